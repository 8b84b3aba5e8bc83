/** Adapters by the name of the module of torch.nn. */
import type { Adapters } from './adapter.ts'
import { attentionAdapters } from './attention.ts'
import { linearAdapters } from './linear.ts'
import { recurrentAdapters } from './recurrent.ts'

export const adapters: Adapters = { ...linearAdapters, ...recurrentAdapters, ...attentionAdapters }
