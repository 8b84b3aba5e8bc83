/** Optimizers as pure state transitions, schedules and losses, under optax's names. */
export { applyUpdates, incrementalUpdate, periodicUpdate } from './apply-updates.ts'
export {
  biasCorrection,
  globalNorm,
  safeIncrement,
  safeIncrement as safeInt32Increment,
  updateInfinityMoment,
  updateMoment,
  updateMomentPerElemNorm
} from './arithmetic.ts'
export * as assignment from './assignment.ts'
export * as perturbations from './perturbations.ts'
export * as projections from './projections.ts'
export * as secondOrder from './second-order.ts'
export * as tree from './tree-arithmetic.ts'
export * as monteCarlo from './monte-carlo.ts'
export type { Scalar, Schedule, ScalarOrSchedule } from './rate.ts'
export { type Mask, type MaskTree } from './mask.ts'
export type { LearningRateOption, WeightDecayOptions } from './descent.ts'
export {
  applyEvery,
  hasUpdated,
  multiSteps,
  skipLargeUpdates,
  skipNotFinite,
  type ApplyEveryState,
  type MultiStepsOptions,
  type MultiStepsState,
  type ShouldSkipUpdate
} from './accumulate.ts'
export {
  adabelief,
  scaleByBelief,
  type AdabeliefOptions,
  type ScaleByBeliefOptions
} from './adabelief.ts'
export {
  adadelta,
  scaleByAdadelta,
  type AdadeltaOptions,
  type ScaleByAdadeltaOptions,
  type ScaleByAdadeltaState
} from './adadelta.ts'
export {
  adafactor,
  scaleByFactoredRms,
  type AdafactorOptions,
  type FactoredState,
  type ScaleByFactoredRmsOptions
} from './adafactor.ts'
export {
  adagrad,
  scaleByRss,
  type AdagradOptions,
  type ScaleByRssOptions,
  type ScaleByRssState
} from './adagrad.ts'
export { adam, adamw, nadam, nadamw, type AdamOptions, type AdamWOptions } from './adam.ts'
export {
  adamax,
  adamaxw,
  scaleByAdamax,
  type AdamaxOptions,
  type AdamaxWOptions,
  type ScaleByAdamaxOptions
} from './adamax.ts'
export {
  adan,
  scaleByAdan,
  type AdanOptions,
  type ScaleByAdanOptions,
  type ScaleByAdanState
} from './adan.ts'
export { addDecayedWeights, type AddDecayedWeightsOptions } from './add-decayed-weights.ts'
export {
  amsgrad,
  scaleByAmsgrad,
  type AmsgradOptions,
  type ScaleByAmsgradOptions,
  type ScaleByAmsgradState
} from './amsgrad.ts'
export { chain, getMonoid } from './chain.ts'
export {
  adaptiveGradClip,
  clip,
  clipByBlockRms,
  clipByGlobalNorm,
  type AdaptiveGradClipOptions
} from './clipping.ts'
export {
  applyIfFinite,
  conditionallyMask,
  conditionallyTransform,
  type ApplyIfFiniteState,
  type Condition,
  type ConditionallyTransformState
} from './conditionally.ts'
export {
  centralize,
  keepParamsNonnegative,
  normalizeByUpdateNorm,
  setToZero,
  zeroNans,
  type NormalizeByUpdateNormOptions,
  type ZeroNansState
} from './constraints.ts'
export {
  dog,
  dowg,
  scaleByDistanceOverGradients,
  scaleByDog,
  scaleByDowg,
  type DogInitStep,
  type DogOptions,
  type DogState,
  type DowgOptions,
  type DowgState,
  type ScaleByDistanceOverGradientsOptions,
  type ScaleByDistanceOverGradientsState,
  type ScaleByDogOptions,
  type ScaleByDowgOptions
} from './dog.ts'
export { ema, type EmaOptions, type EmaState } from './ema.ts'
export {
  injectHyperparams,
  type InjectHyperparamsOptions,
  type InjectHyperparamsState
} from './inject-hyperparams.ts'
export {
  lion,
  scaleByLion,
  type LionMode,
  type LionOptions,
  type ScaleByLionOptions,
  type ScaleByLionState
} from './lion.ts'
export {
  lookahead,
  lookaheadParams,
  type LookaheadOptions,
  type LookaheadParams,
  type LookaheadState
} from './lookahead.ts'
export * from './losses/index.ts'
export { masked, type MaskedState } from './masked.ts'
export {
  cosineOnecycleSchedule,
  linearOnecycleSchedule,
  piecewiseInterpolateSchedule,
  sgdrSchedule,
  warmupConstantSchedule,
  warmupExponentialDecaySchedule,
  type LinearOnecycleOptions,
  type OnecycleOptions,
  type PiecewiseInterpolateOptions,
  type WarmupConstantOptions,
  type WarmupExponentialDecayOptions
} from './more-schedules.ts'
export { namedChain } from './named-chain.ts'
export {
  addNoise,
  noisySgd,
  type AddNoiseOptions,
  type AddNoiseState,
  type KeyOrSeed,
  type NoisySgdOptions
} from './noise.ts'
export {
  novograd,
  scaleByNovograd,
  type NovogradOptions,
  type ScaleByNovogradOptions,
  type ScaleByNovogradState
} from './novograd.ts'
export {
  optimisticAdam,
  optimisticAdamV2,
  optimisticGradientDescent,
  scaleByOptimisticGradient,
  type OptimisticAdamOptions,
  type OptimisticAdamV2Options,
  type OptimisticGradientDescentOptions,
  type ScaleByOptimisticGradientOptions,
  type ScaleByOptimisticGradientState
} from './optimistic.ts'
export {
  freeze,
  multiTransform,
  partition,
  selectiveTransform,
  type LabelTree,
  type PartitionState,
  type SelectiveTransformOptions
} from './partition.ts'
export {
  polyakSgd,
  scaleByPolyak,
  type PolyakSgdOptions,
  type ScaleByPolyakOptions
} from './polyak.ts'
export { radam, scaleByRadam, type RadamOptions, type ScaleByRadamOptions } from './radam.ts'
export {
  rmsprop,
  scaleByRms,
  scaleByStddev,
  type RmspropOptions,
  type ScaleByRmsOptions,
  type ScaleByRmsState,
  type ScaleByStddevState
} from './rmsprop.ts'
export { rprop, scaleByRprop, type RpropOptions, type ScaleByRpropState } from './rprop.ts'
export { scaleByAdam, type ScaleByAdamOptions, type ScaleByAdamState } from './scale-by-adam.ts'
export {
  scale,
  scaleByLearningRate,
  scaleBySchedule,
  type ScaleByLearningRateOptions,
  type ScaleByScheduleState
} from './scale.ts'
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
export { sgd, type SgdOptions } from './sgd.ts'
export { scaleBySign, signSgd, signum, type SignumOptions } from './sign.ts'
export {
  scaleBySm3,
  sm3,
  type ScaleBySm3Options,
  type ScaleBySm3State,
  type Sm3Options
} from './sm3.ts'
export { trace, type TraceOptions, type TraceState } from './trace.ts'
export {
  identity,
  stateless,
  type EmptyState,
  type GradientTransformation,
  type OptState,
  type UpdateExtra
} from './transformation.ts'
export {
  fromage,
  lamb,
  lars,
  scaleByParamBlockNorm,
  scaleByParamBlockRms,
  scaleByTrustRatio,
  type FromageOptions,
  type LambOptions,
  type LarsOptions,
  type MinScaleOption,
  type ScaleByTrustRatioOptions
} from './trust-ratio.ts'
export { scaleByYogi, yogi, type ScaleByYogiOptions, type YogiOptions } from './yogi.ts'
export {
  scheduleFreeEvalParams,
  scheduleFree,
  scheduleFreeSgd,
  scheduleFreeAdamw,
  type ScheduleFreeOptions,
  type ScheduleFreeState,
  type ScheduleFreeSgdOptions,
  type ScheduleFreeAdamwOptions
} from './schedule-free.ts'
export {
  orthogonalizeViaNewtonSchulz,
  scaleByMuon,
  muon,
  type ScaleByMuonOptions,
  type MuonState,
  type MuonOptions
} from './muon.ts'
export {
  scaleByLbfgs,
  lbfgs,
  type ScaleByLbfgsOptions,
  type ScaleByLbfgsState,
  type LbfgsOptions
} from './lbfgs.ts'
export {
  scaleByZoomLinesearch,
  type ScaleByZoomLinesearchOptions,
  type ZoomLinesearchInfo,
  type ScaleByZoomLinesearchState
} from './zoom-linesearch.ts'
export {
  perExampleGlobalNormClip,
  perExampleLayerNormClip,
  differentiallyPrivateAggregate,
  dpsgd,
  type DifferentiallyPrivateAggregateOptions,
  type DifferentiallyPrivateAggregateState,
  type DpsgdOptions
} from './per-example.ts'
export { normalize, sam, type SamOptions, type SamState } from './sam.ts'
export { flatten } from './flatten.ts'
export { acprop, scaleByAcprop, type AcpropOptions, type ScaleByAcpropOptions } from './acprop.ts'
export {
  ademamix,
  scaleByAdemamix,
  scaleBySimplifiedAdemamix,
  simplifiedAdemamix,
  type AdemamixOptions,
  type ScaleByAdemamixOptions,
  type ScaleByAdemamixState,
  type ScaleBySimplifiedAdemamixOptions,
  type SimplifiedAdemamixOptions
} from './ademamix.ts'
export { adopt, scaleByAdopt, type AdoptOptions, type ScaleByAdoptOptions } from './adopt.ts'
export {
  scaleByBacktrackingLinesearch,
  valueAndGradFromState,
  type BacktrackingLinesearchInfo,
  type BacktrackingLinesearchOptions,
  type BacktrackingLinesearchState
} from './backtracking-linesearch.ts'
export {
  cocob,
  scaleByCocob,
  type CocobOptions,
  type ScaleByCocobOptions,
  type ScaleByCocobState
} from './cocob.ts'
export { dadaptAdamw, type DadaptAdamwOptions, type DadaptAdamwState } from './dadapt-adamw.ts'
export { injectHyperparams as injectStatefulHyperparams } from './inject-hyperparams.ts'
export { madgrad, type MadgradOptions, type MadgradState } from './madgrad.ts'
export {
  initEmptyState,
  statelessWithTreeMap,
  treeMapParams,
  withExtraArgsSupport,
  type TreeMapParamsOptions
} from './map-params.ts'
export { mechanize, type MechanizeOptions, type MechanizeState } from './mechanize.ts'
export { microbatch, type Accumulation, type MicrobatchOptions } from './microbatch.ts'
export {
  momo,
  momoAdam,
  type MomoAdamOptions,
  type MomoAdamState,
  type MomoOptions,
  type MomoState
} from './momo.ts'
export {
  measureWithEma,
  monitor,
  snapshot,
  type Measure,
  type MeasureWithEmaOptions,
  type MonitorState,
  type SnapshotState,
  type StatefulMeasure
} from './monitoring.ts'
export {
  matrixInversePthRoot,
  multiNormal,
  nnls,
  powerIteration,
  safeNorm,
  safeRootMeanSquares,
  scaleGradient,
  type MatrixRootOptions,
  type MultiNormal,
  type PowerIterationOptions
} from './numerics.ts'
export { prodigy, type ProdigyOptions, type ProdigyState } from './prodigy.ts'
export {
  reduceOnPlateau,
  type ReduceOnPlateauOptions,
  type ReduceOnPlateauState
} from './reduce-on-plateau.ts'
export {
  scaleBySophia,
  sophia,
  type ScaleBySophiaOptions,
  type ScaleBySophiaState,
  type SophiaOptions
} from './sophia.ts'
export { splitRealAndImaginary, type SplitRealAndImaginaryState } from './split-complex.ts'
export {
  averagedParams,
  paramsEma,
  swa,
  type ParamsEmaOptions,
  type SwaOptions,
  type WeightAverageState
} from './weight-average.ts'
