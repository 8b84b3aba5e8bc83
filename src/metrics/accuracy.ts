/** Accuracy: the fraction of predictions that are right. */
import { requireArrays, type NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { agreement } from './classes.ts'
import type { Metric } from './metric.ts'
import { double, numberOf, totals, weightsOf } from './sums.ts'

export interface Counted {
  readonly correct: NdArray // float64 []
  readonly total: NdArray // float64 []
}

export interface AccuracyOptions {
  /** Predictions and labels are rows of 0 and 1, and right when the whole row is. */
  readonly multilabel?: boolean
  /** A fraction by default; false gives the (weighted) number. */
  readonly normalize?: boolean
}

const known = ['multilabel', 'normalize']

/** What is right, and what there is. */
const counted = (operation: string, options: AccuracyOptions) => {
  checkOptions(operation, options, known)
  return {
    observe: (predictions: NdArray, labels: NdArray, weights?: NdArray): Counted => {
      const right = double(agreement(operation, predictions, labels, options.multilabel ?? false))
      const w = weightsOf(operation, weights, right.shape)
      return { correct: np.sum(lax.mul(right, w)), total: np.sum(w) }
    },
    monoid: totals(['correct', 'total'])
  }
}

/**
 * Right predictions over all predictions; NaN when there are none.
 *
 * Shape: predictions [...] (classes) or [..., classes] (scores), labels [...].
 *
 * @example
 * const [predictions, labels] = [[1, 0], [1, 1]].map((x) => np.array(x, { dtype: 'int32' }))
 * metrics.evaluate(metrics.accuracy(), [[predictions, labels]]) // => 0.5
 *
 * @category metrics
 * @since 0.1.0
 */
export const accuracy = (options: AccuracyOptions = {}): Metric<Counted> => ({
  ...counted('accuracy', options),
  value: ({ correct, total }) =>
    options.normalize === false ? numberOf(correct) : numberOf(correct) / numberOf(total)
})

/**
 * Wrong predictions over all predictions: 1 − accuracy.
 *
 * Shape: as accuracy.
 *
 * @category metrics
 * @since 0.1.0
 */
export const zeroOneLoss = (options: AccuracyOptions = {}): Metric<Counted> => ({
  ...counted('zeroOneLoss', options),
  value: ({ correct, total }) => {
    const [right, all] = [numberOf(correct), numberOf(total)]
    return options.normalize === false ? all - right : 1 - right / all
  }
})

/**
 * The fraction of labels that are wrong; for one label to an example it is 1 − accuracy.
 *
 * Shape: predictions and labels both [...] (classes), or both [n, labels] of 0 and 1.
 *
 * @category metrics
 * @since 0.1.0
 */
export const hammingLoss = (): Metric<Counted> => ({
  observe: (predictions, labels, weights) => {
    requireArrays('hammingLoss', predictions, labels)
    const right = double(agreement('hammingLoss', predictions, labels, false, labels.shape))
    const rows = labels.shape.slice(0, 1)
    const w = weightsOf('hammingLoss', weights, rows)
    const share =
      right.ndim < 2 ? right : np.mean(right, { axis: right.shape.map((_, a) => a).slice(1) })
    return { correct: np.sum(lax.mul(share, w)), total: np.sum(w) }
  },
  monoid: totals(['correct', 'total']),
  value: ({ correct, total }) => 1 - numberOf(correct) / numberOf(total)
})
