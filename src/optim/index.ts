/** Optimizers as pure state transitions, schedules and losses, under optax's names. */
export {
  identity,
  type EmptyState,
  type GradientTransformation,
  type OptState,
  type UpdateExtra
} from './transformation.ts'
export { chain, getMonoid } from './chain.ts'
export { applyUpdates } from './apply-updates.ts'
export { globalNorm } from './arithmetic.ts'
export type { Schedule, ScalarOrSchedule } from './rate.ts'
export { trace, type TraceOptions, type TraceState } from './trace.ts'
export {
  scale,
  scaleByLearningRate,
  scaleBySchedule,
  type ScaleByLearningRateOptions,
  type ScaleByScheduleState
} from './scale.ts'
export { scaleByAdam, type ScaleByAdamOptions, type ScaleByAdamState } from './scale-by-adam.ts'
export { addDecayedWeights, type AddDecayedWeightsOptions } from './add-decayed-weights.ts'
export { clip, clipByGlobalNorm } from './clipping.ts'
export { type Mask, type MaskTree } from './mask.ts'
export { masked, type MaskedState } from './masked.ts'
export { sgd, type SgdOptions } from './sgd.ts'
export { adam, adamw, type AdamOptions, type AdamWOptions } from './adam.ts'
export {
  constantSchedule,
  cosineDecaySchedule,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  piecewiseConstantSchedule,
  polynomialSchedule,
  warmupCosineDecaySchedule,
  type CosineDecayOptions,
  type ExponentialDecayOptions,
  type PiecewiseConstantOptions,
  type PolynomialScheduleOptions,
  type WarmupCosineDecayOptions
} from './schedules.ts'
export {
  sigmoidBinaryCrossEntropy,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
  type CrossEntropyOptions
} from './losses/classification.ts'
export { huberLoss, l2Loss, squaredError, type HuberOptions } from './losses/regression.ts'
