/** Top-k accuracy: how often the truth is among the k best guesses. */
import { requireArrays } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { requireClasses } from './classes.ts'
import type { Counted } from './accuracy.ts'
import type { Metric } from './metric.ts'
import { double, numberOf, totals, weightsOf } from './sums.ts'

export interface TopKOptions {
  /** How many guesses: 2 by default, as in scikit-learn. */
  readonly k?: number
  /** A fraction by default; false gives the (weighted) number. */
  readonly normalize?: boolean
}

/**
 * How often the true class has one of the k highest scores. Of equal scores the later class is
 * the better guess.
 *
 * Shape:  predictions (scores) [..., classes], labels [...].
 * Errors: IndexError for a label outside the classes.
 *
 * @category metrics
 * @since 0.1.0
 */
export const topKAccuracy = (options: TopKOptions = {}): Metric<Counted> => {
  checkOptions('topKAccuracy', options, ['k', 'normalize'])
  const { k = 2, normalize = true } = options
  if (!Number.isInteger(k) || k < 1)
    throw new ValueError('topKAccuracy', {
      problem: 'the number of guesses is no count',
      got: `k: ${String(k)}`,
      expected: 'an integer from 1 on',
      hint: '{ k: 1 } is the accuracy'
    })
  return {
    observe: (predictions, labels, weights) => {
      requireArrays('topKAccuracy', predictions, labels)
      const classes = predictions.shape.at(-1) ?? 0
      if (predictions.ndim !== labels.ndim + 1)
        throw new ShapeError('topKAccuracy', {
          problem: 'predictions are no scores of these labels',
          got: `predictions ${show(predictions.shape)}, labels ${show(labels.shape)}`,
          expected: 'scores [..., classes] and labels [...]',
          hint: 'the classes are the last axis'
        })
      requireClasses('topKAccuracy', labels, classes)
      const rows = lax.reshape(predictions, [labels.size, classes])
      const of = lax.reshape(lax.convertElementType(labels, 'int32'), [labels.size, 1])
      const truth = np.takeAlongAxis(rows, of, 1)
      const column = lax.broadcastedIota('int32', rows.shape, 1)
      const isBetter = np.logicalOr(
        np.greater(rows, truth),
        np.logicalAnd(np.equal(rows, truth), np.greater(column, of))
      )
      const rank = np.sum(lax.convertElementType(isBetter, 'int32'), { axis: 1 })
      const isKnown = lax.and(lax.ge(labels, 0), lax.lt(labels, classes))
      const right = lax.and(lax.lt(rank, k), lax.reshape(isKnown, [labels.size]))
      const w = weightsOf('topKAccuracy', weights, [labels.size])
      return { correct: np.sum(lax.mul(double(right), w)), total: np.sum(w) }
    },
    monoid: totals(['correct', 'total']),
    value: ({ correct, total }) =>
      normalize ? numberOf(correct) / numberOf(total) : numberOf(correct)
  }
}
