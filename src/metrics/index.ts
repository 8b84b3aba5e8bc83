/** Metrics as monoids over batches, equal to scikit-learn's values. */
import '../install.ts'

export { evaluate, type Metric } from './metric.ts'
export { accuracy, type Counted } from './accuracy.ts'
export { confusionMatrix, type ClassOptions } from './confusion-matrix.ts'
export {
  f1,
  fBeta,
  precision,
  recall,
  type Average,
  type AverageOptions,
  type FBetaOptions
} from './precision-recall.ts'
