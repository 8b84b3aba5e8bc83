/** Metrics as monoids over batches, equal to scikit-learn's values. */
import '../install.ts'

export {
  collect,
  evaluate,
  observeAll,
  type AnyMetric,
  type Batch,
  type Metric,
  type StateOf,
  type ValuesOf
} from './metric.ts'
export {
  accuracy,
  hammingLoss,
  zeroOneLoss,
  type AccuracyOptions,
  type Counted
} from './accuracy.ts'
export {
  balancedAccuracy,
  cohenKappa,
  matthewsCorrcoef,
  type BalancedAccuracyOptions,
  type CohenKappaOptions
} from './agreement.ts'
export type { Average, AverageOptions, Averaged } from './average.ts'
export {
  calibrationCurve,
  calibrationError,
  type Bins,
  type CalibrationCurve,
  type CalibrationOptions
} from './calibration.ts'
export type { ClassCounts } from './class-counts.ts'
export {
  classificationReport,
  showReport,
  type Report,
  type ReportOptions,
  type ReportRow
} from './classification-report.ts'
export {
  calinskiHarabaszScore,
  daviesBouldinScore,
  silhouetteSamples,
  silhouetteScore,
  type Distance,
  type SilhouetteOptions
} from './cluster-shape.ts'
export {
  adjustedMutualInfoScore,
  adjustedRandScore,
  completenessScore,
  contingencyMatrix,
  fowlkesMallowsScore,
  homogeneityCompletenessVMeasure,
  homogeneityScore,
  mutualInfoScore,
  normalizedMutualInfoScore,
  pairConfusionMatrix,
  randScore,
  vMeasureScore,
  type Homogeneity,
  type InformationOptions,
  type VMeasureOptions
} from './clustering.ts'
export {
  confusionMatrix,
  type ClassOptions,
  type Confusion,
  type ConfusionMatrixOptions
} from './confusion-matrix.ts'
export {
  meanAveragePrecisionOfBoxes,
  type Annotations,
  type DetectionOptions,
  type DetectionScores,
  type Detections,
  type Images
} from './detection.ts'
export { characterErrorRate, editDistance, wordErrorRate, type Edits } from './edit-distance.ts'
export {
  d2AbsoluteErrorScore,
  d2PinballScore,
  d2TweedieScore,
  explainedVariance,
  medianAbsoluteError,
  r2,
  type ExplainedOptions,
  type Variation
} from './explained.ts'
export type { Kept } from './kept.ts'
export type { MultioutputOptions, OutputOf } from './multioutput.ts'
export {
  classLikelihoodRatios,
  multilabelConfusionMatrix,
  samplewiseConfusionMatrix,
  type LikelihoodRatios,
  type MultilabelOptions
} from './per-class.ts'
export { bitsPerToken, perplexity, type PerplexityOptions, type Surprise } from './perplexity.ts'
export {
  averagePrecision,
  precisionRecallCurve,
  type AveragePrecisionOptions,
  type PrecisionRecallCurve
} from './precision-recall-curve.ts'
export {
  f1,
  fBeta,
  jaccard,
  precision,
  recall,
  specificity,
  type FBetaOptions
} from './precision-recall.ts'
export {
  brierScore,
  d2Brier,
  d2LogLoss,
  hingeLoss,
  logLoss,
  type BrierOptions,
  type LogLossOptions,
  type ProbabilityOptions
} from './probabilities.ts'
export {
  coverageError,
  dcg,
  labelRankingAveragePrecision,
  labelRankingLoss,
  meanAveragePrecision,
  meanReciprocalRank,
  ndcg,
  precisionAtK,
  recallAtK,
  type GainOptions,
  type RankOptions
} from './ranking.ts'
export {
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanGammaDeviance,
  meanPinballLoss,
  meanPoissonDeviance,
  meanSquaredError,
  meanSquaredLogError,
  meanTweedieDeviance,
  rootMeanSquaredError,
  rootMeanSquaredLogError,
  type LargestError,
  type MeanError,
  type PinballOptions,
  type TweedieOptions
} from './regression.ts'
export {
  auc,
  detCurve,
  rocAuc,
  rocCurve,
  type CurveOptions,
  type DetCurve,
  type RocAucOptions,
  type RocCurve,
  type ScoreOf
} from './roc.ts'
export type { ScoreAverage } from './score-average.ts'
export { dice, iou, type OverlapOptions } from './segmentation.ts'
export {
  bleu,
  chrf,
  rougeL,
  rougeN,
  type BleuCounts,
  type BleuOptions,
  type ChrfCounts,
  type ChrfOptions,
  type References,
  type RougeScore,
  type RougeSums
} from './text.ts'
export type { Text } from './tokens.ts'
export { topKAccuracy, type TopKOptions } from './top-k.ts'
