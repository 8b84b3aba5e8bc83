/** Accuracy: the fraction of predictions that are right. */
import { hostOf, scalar, type NdArray } from '../core/array.ts'
import * as lax from '../lax/index.ts'
import { classesOf } from './classes.ts'
import type { Metric } from './metric.ts'

export interface Counted {
  readonly correct: NdArray // int32 []
  readonly total: NdArray // int32 []
}

/**
 * Right predictions over all predictions; NaN when there are none.
 *
 * Shape: predictions [...] (classes) or [..., classes] (scores), labels [...].
 *
 * @category metrics
 * @since 0.1.0
 */
export const accuracy = (): Metric<Counted> => ({
  observe: (predictions, labels) => {
    const [predicted, actual] = classesOf('accuracy', predictions, labels)
    const right = lax.convertElementType(lax.eq(predicted, actual), 'int32')
    return { correct: lax.reduceSum(right, [0]), total: lax.full([], right.size, 'int32') }
  },
  monoid: {
    empty: { correct: scalar(0, 'int32'), total: scalar(0, 'int32') },
    concat: (a, b) => ({
      correct: lax.add(a.correct, b.correct),
      total: lax.add(a.total, b.total)
    })
  },
  value: ({ correct, total }) => hostOf(correct)[0] / hostOf(total)[0]
})
