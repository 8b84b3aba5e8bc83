/** Counts and scores of every class at once. */
import { fromHost, makeAval, type NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import { requireCount, requireLabels } from './classes.ts'
import { classCounting, countsOf, type ClassCounts, type Counts } from './class-counts.ts'
import type { ClassOptions } from './confusion-matrix.ts'
import type { Metric } from './metric.ts'
import { recallRatio } from './precision-recall.ts'

export interface MultilabelOptions extends Partial<ClassOptions> {
  /** Classes to show, in this order: all by default. */
  readonly labels?: readonly number[] | undefined
  readonly multilabel?: boolean
}

const counted = (
  operation: string,
  { classes = 2, multilabel = false, labels }: MultilabelOptions
) => {
  requireCount(operation, classes)
  if (!multilabel) requireLabels(operation, labels ?? [], classes)
  return classCounting(operation, { classes, multilabel, ratio: recallRatio, zeroDivision: 0 })
}

/** True and false negatives and positives of a class against the rest. */
const decisions = (c: Counts): readonly number[] => [
  c.total - c.predicted - c.actual + c.hits,
  c.predicted - c.hits,
  c.actual - c.hits,
  c.hits
]

/**
 * [[true negatives, false positives], [false negatives, true positives]] of each class against
 * the rest.
 *
 * Shape: as precision -> float64 [classes, 2, 2].
 *
 * @category metrics
 * @since 0.1.0
 */
export const multilabelConfusionMatrix = (
  options: MultilabelOptions = {}
): Metric<ClassCounts, NdArray> => {
  checkOptions('multilabelConfusionMatrix', options, ['classes', 'labels', 'multilabel'])
  return {
    ...counted('multilabelConfusionMatrix', options),
    value: (observed) => {
      const all = countsOf(observed)
      const shown = options.labels?.map((c) => all[c]) ?? all
      const data = Float64Array.from(shown.flatMap(decisions))
      return fromHost(makeAval([shown.length, 2, 2], 'float64'), data)
    }
  }
}

export interface LikelihoodRatios {
  /** Sensitivity / (1 − specificity): by how much a positive prediction raises the odds. */
  readonly positive: number
  /** (1 − sensitivity) / specificity: by how much a negative prediction lowers them. */
  readonly negative: number
}

/**
 * By how much a prediction changes the odds of the second of two classes. NaN where undefined.
 *
 * Shape: as accuracy.
 *
 * @category metrics
 * @since 0.1.0
 */
export const classLikelihoodRatios = (): Metric<ClassCounts, LikelihoodRatios> => ({
  ...counted('classLikelihoodRatios', {}),
  value: (observed) => {
    const counts = countsOf(observed)
    if (counts.length === 0) return { positive: NaN, negative: NaN }
    const [tn, fp, fn, tp] = decisions(counts[1])
    const [positives, negatives] = [tp + fn, tn + fp]
    if (positives === 0) return { positive: NaN, negative: NaN }
    return {
      positive: fp === 0 ? NaN : (tp * negatives) / (fp * positives),
      negative: tn === 0 ? NaN : (fn * negatives) / (tn * positives)
    }
  }
})
