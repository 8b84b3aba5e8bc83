/** Adapters by the name of the module of torch.nn. */
import type { Adapters } from './adapter.ts'
import { activationAdapters } from './activation.ts'
import { attentionAdapters } from './attention.ts'
import { convolutionAdapters } from './convolution.ts'
import { linearAdapters } from './linear.ts'
import { normalizationAdapters } from './normalization.ts'
import { poolingAdapters } from './pooling.ts'
import { recurrentAdapters } from './recurrent.ts'
import { shapeAdapters } from './shapes.ts'

export const adapters: Adapters = {
  ...linearAdapters,
  ...recurrentAdapters,
  ...attentionAdapters,
  ...normalizationAdapters,
  ...shapeAdapters,
  ...convolutionAdapters,
  ...poolingAdapters,
  ...activationAdapters
}
