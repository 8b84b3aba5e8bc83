/**
 * Metrics: what a batch says, a monoid that joins batches, and the value that all of them have.
 * The metric of a data set is the metric of its batches, whatever their sizes and order.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import type { NdArray } from '../core/array.ts'

/** A figure of merit over predictions and what they should have been. */
export interface Metric<S, R = number> {
  /** What one batch contributes. Pure and built of array operations: it may run under jit. */
  readonly observe: (predictions: NdArray, targets: NdArray) => S
  readonly monoid: Monoid<S>
  /** The value of what has been observed. */
  readonly value: (observed: S) => R
}

/**
 * The metric over batches: `value(foldMap(observe))`.
 *
 * @example
 * const predictions = np.array([1, 0], { dtype: 'int32' })
 * const targets = np.array([1, 1], { dtype: 'int32' })
 * evaluate(metrics.accuracy(), [[predictions, targets]]) // => 0.5
 *
 * @category metrics
 * @since 0.1.0
 */
export const evaluate = <S, R>(
  metric: Metric<S, R>,
  batches: Iterable<readonly [predictions: NdArray, targets: NdArray]>
): R => {
  let observed = metric.monoid.empty
  for (const [predictions, targets] of batches)
    observed = metric.monoid.concat(observed, metric.observe(predictions, targets))
  return metric.value(observed)
}
