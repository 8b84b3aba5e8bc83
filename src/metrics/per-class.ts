/** Counts and scores of every class at once. */
import { fromHost, makeAval, type NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import { requireCount, requireLabels } from './classes.ts'
import { classCounting, countsOf, type ClassCounts, type Counts } from './class-counts.ts'
import { counting, tableOf, type ClassOptions, type Confusion } from './confusion-matrix.ts'
import { keeping, type Kept } from './kept.ts'
import type { Metric } from './metric.ts'
import { refuseWeights } from './sums.ts'

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
  return classCounting(operation, { classes, multilabel, ratios: [], zeroDivision: 0 })
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

/**
 * [[true negatives, false positives], [false negatives, true positives]] of each row of labels.
 *
 * Shape:  predictions and labels [n, labels] -> float64 [n, 2, 2].
 * Errors: ShapeError unless both have such rows; ValueError when examples have weights.
 *
 * @example
 * const [predictions, labels] = [[1, 0, 1], [1, 1, 0]].map((x) => np.array([x]))
 * const matrix = metrics.evaluate(metrics.samplewiseConfusionMatrix(), [[predictions, labels]])
 * matrix.toNested() // => [[[0, 1], [1, 1]]]
 *
 * @category metrics
 * @since 0.1.0
 */
export const samplewiseConfusionMatrix = (
  options: Pick<MultilabelOptions, 'labels'> = {}
): Metric<Kept, NdArray> => {
  checkOptions('samplewiseConfusionMatrix', options, ['labels'])
  const operation = 'samplewiseConfusionMatrix'
  const metric = keeping(operation, 'same', ({ length, width, predictions, targets }) => {
    const shown = options.labels ?? Array.from({ length: width }, (_, i) => i)
    const data = Array.from({ length }, (_, i) => {
      const count = (f: (isPredicted: boolean, isActual: boolean) => boolean): number =>
        shown.filter((c) => f(predictions[i * width + c] !== 0, targets[i * width + c] !== 0))
          .length
      return decisions({
        hits: count((p, a) => p && a),
        predicted: count((p) => p),
        actual: count((_, a) => a),
        total: shown.length,
        seen: shown.length
      })
    })
    return fromHost(makeAval([length, 2, 2], 'float64'), Float64Array.from(data.flat()))
  })
  return {
    ...metric,
    observe: (predictions, labels, weights) => {
      refuseWeights(operation, weights)
      return metric.observe(predictions, labels)
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
export const classLikelihoodRatios = (): Metric<Confusion, LikelihoodRatios> => ({
  ...counting('classLikelihoodRatios', 2),
  value: (observed) => {
    // Each count is a sum of its own: a difference of sums would leave roundings where it is zero.
    const [[tn, fp], [fn, tp]] = tableOf(observed)
    const [positives, negatives] = [tp + fn, tn + fp]
    if (positives === 0) return { positive: NaN, negative: NaN }
    return {
      positive: fp === 0 ? NaN : (tp * negatives) / (fp * positives),
      negative: tn === 0 ? NaN : (fn * negatives) / (tn * positives)
    }
  }
})
