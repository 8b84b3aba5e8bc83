/**
 * Metrics: what a batch says, a monoid that joins batches, and the value that all of them have.
 * The metric of a data set is the metric of its batches, whatever their sizes.
 */
import { checkRecord, checkFunction, checkIterable, listOf } from '../core/errors.ts'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import type { NdArray } from '../core/array.ts'
import { onHost } from '../core/config.ts'

/**
 * A figure of merit over predictions and what they should have been. `S` is what is remembered
 * between batches, a tree; `P` and `T` are arrays, or lists of texts or boxes.
 */
export interface Metric<S, R = number, P = NdArray, T = NdArray> {
  /**
   * What one batch contributes, examples counting as much as `weights` says (once each when left
   * out). Pure; where it takes arrays it is built of array operations and runs under jit.
   */
  readonly observe: (predictions: P, targets: T, weights?: NdArray) => S
  readonly monoid: Monoid<S>
  /** The value of what has been observed. */
  readonly value: (observed: S) => R
}

/** Predictions, targets, and weights of the examples where they differ. */
export type Batch<P = NdArray, T = NdArray> = readonly [
  predictions: P,
  targets: T,
  weights?: NdArray | undefined
]

const requireMetric = (operation: string, metric: unknown): void => {
  const made = 'a metric, such as metrics.accuracy()'
  const hint = 'metrics are made by calling their function'
  checkRecord(operation, metric, made, hint)
  const { monoid, observe } = metric as Partial<AnyMetric>
  checkRecord(operation, monoid, made, hint)
  checkFunction(operation, observe)
}

/** What batches contribute together: `foldMap(observe)`, of host arrays on the host. */
export const observeAll = <S, R, P, T>(
  metric: Metric<S, R, P, T>,
  batches: Iterable<Batch<P, T>>
): S => {
  requireMetric('observeAll', metric)
  checkIterable('observeAll', batches)
  let observed = metric.monoid.empty
  for (const batch of batches) {
    listOf<unknown>('observeAll', batch, 'a batch')
    const [predictions, targets, weights] = batch
    observed = onHost(() =>
      metric.monoid.concat(observed, metric.observe(predictions, targets, weights))
    )
  }
  return observed
}

/**
 * The metric over batches: `value(foldMap(observe))`. It is read at once, so predictions on a GPU
 * are brought to the host first: `await deviceGet(predictions)`.
 *
 * @example
 * const predictions = np.array([1, 0], { dtype: 'int32' })
 * const targets = np.array([1, 1], { dtype: 'int32' })
 * evaluate(metrics.accuracy(), [[predictions, targets]]) // => 0.5
 *
 * @category metrics
 * @since 0.1.0
 */
export const evaluate = <S, R, P, T>(
  metric: Metric<S, R, P, T>,
  batches: Iterable<Batch<P, T>>
): R => {
  const observed = observeAll(metric, batches)
  return onHost(() => metric.value(observed))
}

/** A metric of any state: each is only given what it made itself. */
export interface AnyMetric<P = NdArray, T = NdArray> {
  readonly observe: (predictions: P, targets: T, weights?: NdArray) => unknown
  readonly monoid: { readonly empty: unknown; readonly concat: (a: never, b: never) => unknown }
  readonly value: (observed: never) => unknown
}

/** What each metric of a record remembers. */
export type StateOf<M> = {
  readonly [K in keyof M]: M[K] extends { readonly monoid: { readonly empty: infer S } } ? S : never
}

/** What each metric of a record tells. */
export type ValuesOf<M> = {
  readonly [K in keyof M]: M[K] extends { readonly value: (s: never) => infer R } ? R : never
}

/**
 * Several metrics as one: a pass over the data gives all values.
 *
 * @example
 * const both = collect({ accuracy: metrics.accuracy(), f1: metrics.f1() })
 * const [predictions, targets] = [[1, 0], [1, 1]].map((x) => np.array(x, { dtype: 'int32' }))
 * evaluate(both, [[predictions, targets]]).accuracy // => 0.5
 *
 * @category metrics
 * @since 0.1.0
 */
export const collect = <
  const M extends Readonly<Record<string, AnyMetric<P, T>>>,
  P = NdArray,
  T = NdArray
>(
  parts: M
): Metric<StateOf<M>, ValuesOf<M>, P, T> => {
  checkRecord('collect', parts, 'an object of metrics by name')
  const names = Object.keys(parts)
  for (const name of names) requireMetric('collect', parts[name])
  const each = (f: (name: string) => unknown): never =>
    Object.fromEntries(names.map((name) => [name, f(name)])) as never // fields are those of `parts`
  type States = Readonly<Record<string, unknown>>
  return {
    observe: (predictions, targets, weights) =>
      each((name) => parts[name].observe(predictions, targets, weights)),
    monoid: {
      empty: each((name) => parts[name].monoid.empty),
      concat: (a: States, b: States) =>
        each((name) => parts[name].monoid.concat(a[name] as never, b[name] as never))
    },
    value: (observed: States) => each((name) => parts[name].value(observed[name] as never))
  }
}
