/** Fine-tuning: networks that are trained already, adapted by masks over their parameter trees. */
import '../install.ts'

export {
  bitFit,
  complement,
  intersection,
  select,
  union,
  type Pattern,
  type Selection
} from './select.ts'
export { byDepth, byKind, layersOf, type LayersOptions, type LayerTree } from './layers.ts'
export { combine, partition, type Part } from './partition.ts'
export { describe, type DescribedLeaf, type Description } from './describe.ts'
export type { AdaptOptions, Adaptation, AdapterTree, ReversibleAdaptation } from './adaptation.ts'
export { lora, sumOfAdapters, type LoraAdapter, type LoraOptions, type LoraParts } from './lora.ts'
export { dora, type DoraAdapter, type DoraOptions, type DoraParts } from './dora.ts'
export { ia3, type Ia3Adapter, type Ia3Options, type Ia3Parts } from './ia3.ts'
export { replaceHead, transfer, type Transferred } from './transfer.ts'
export {
  gradualUnfreezing,
  layerwiseDecay,
  parameterGroups,
  unfreezingStages,
  type GradualUnfreezingOptions,
  type LayerwiseDecayOptions,
  type ParameterGroup
} from './groups.ts'
export { distillationLoss, featureLoss, type DistillationOptions } from './distillation.ts'
export { ewcPenalty, fisherDiagonal, l2SpPenalty } from './consolidation.ts'
export { captureFeatures, type Run } from './interception.ts'
export {
  bottleneck,
  type Bottleneck,
  type BottleneckAdapter,
  type BottleneckOptions,
  type BottleneckParts
} from './bottleneck.ts'
export {
  prefixTuning,
  promptTuning,
  type PrefixAdapter,
  type PrefixOptions,
  type PrefixParts,
  type PromptParams
} from './prompts.ts'
