/** Losses, under optax's names and those of torch.nn. */
export {
  adaptiveLogSoftmax,
  adaptiveSoftmaxLoss,
  type AdaptiveSoftmaxOptions,
  type AdaptiveSoftmaxParams
} from './adaptive-softmax.ts'
export {
  binaryCrossEntropy,
  multilabelSoftMarginLoss,
  negativeLogLikelihood,
  sigmoidBinaryCrossEntropy,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
  type BinaryCrossEntropyOptions,
  type CrossEntropyOptions,
  type IntegerLabelOptions
} from './classification.ts'
export { ctcLoss, ctcLossWithForwardProbs, type CtcLossOptions, type CtcOptions } from './ctc.ts'
export {
  convexKlDivergence,
  generalizedKlDivergence,
  klDivergence,
  klDivergenceWithLogTargets,
  type DivergenceOptions
} from './divergence.ts'
export { makeFenchelYoungLoss, type MaxFunction } from './fenchel-young.ts'
export {
  gaussianNllLoss,
  poissonNllLoss,
  type GaussianNllOptions,
  type PoissonNllOptions
} from './likelihood.ts'
export {
  hingeLoss,
  multiclassHingeLoss,
  multiclassPerceptronLoss,
  perceptronLoss
} from './margin.ts'
export {
  polyLossCrossEntropy,
  safeSoftmaxCrossEntropy,
  sigmoidFocalLoss,
  smoothLabels,
  type FocalOptions,
  type PolyLossOptions,
  type SmoothLabelsOptions
} from './modified.ts'
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  marginRankingLoss,
  multiMarginLoss,
  multilabelMarginLoss,
  pairwiseDistance,
  softMarginLoss,
  tripletMarginWithDistanceLoss,
  type MarginOptions,
  type MultiMarginOptions,
  type PairwiseDistanceOptions,
  type TripletDistanceOptions
} from './pairs.ts'
export { l1Penalty, l2Penalty, type PenaltyOptions } from './penalties.ts'
export { rankingSoftmaxLoss, type RankingOptions } from './ranking.ts'
export type { Reduction, ReductionOptions } from './reduce.ts'
export {
  absoluteError,
  huberLoss,
  l2Loss,
  logCosh,
  smoothL1Loss,
  squaredError,
  type HuberOptions,
  type SmoothL1Options
} from './regression.ts'
export {
  binaryDiceLoss,
  diceLoss,
  multiclassGeneralizedDiceLoss,
  type BinaryDiceOptions,
  type DiceOptions,
  type GeneralizedDiceOptions
} from './segmentation.ts'
export {
  cosineDistance,
  cosineSimilarity,
  ntxent,
  tripletMarginLoss,
  type CosineOptions,
  type NtxentOptions,
  type TripletOptions
} from './similarity.ts'
export { sparsemaxLoss, multiclassSparsemaxLoss } from './sparsemax.ts'
