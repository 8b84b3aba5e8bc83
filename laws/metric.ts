/**
 * Laws of metrics: what they say of a data set does not depend on how it was cut into batches, nor
 * on how often an example was written down instead of weighed. Values are equal within 1e-9,
 * relative and absolute, since float64 sums in another order differ by rounding.
 */
import fc from 'fast-check'
import { hostOf, isArray, type NdArray } from '../src/core/array.ts'
import { evaluate, observeAll, type Batch, type Metric } from '../src/metrics/metric.ts'
import { LawError } from './comparison.ts'

/** A metric with the examples to try it on, and how some of them make a batch. */
export interface MetricSubject<S, R, P, T, E> {
  readonly metric: Metric<S, R, P, T>
  readonly examples: fc.Arbitrary<readonly E[]>
  readonly batch: (examples: readonly E[], weights?: readonly number[]) => Batch<P, T>
}

const close = (x: number, y: number): boolean =>
  Object.is(x, y) || x === y || Math.abs(x - y) <= 1e-9 * (1 + Math.abs(y))

/** Whether two values are the same numbers in the same places, within rounding. */
export const sameValue = (x: unknown, y: unknown): boolean => {
  if (isArray(x) && isArray(y)) return sameValue(Array.from(hostOf(x)), Array.from(hostOf(y)))
  if (typeof x === 'number' && typeof y === 'number') return close(x, y)
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return x === y
  const [a, b] = [Object.entries(x), Object.entries(y)]
  return (
    a.length === b.length && a.every(([k, v]) => sameValue(v, (y as Record<string, unknown>)[k]))
  )
}

const text = (x: unknown): string =>
  JSON.stringify(x, (_, v: unknown) => (isArray(v) ? String(v) : v))

const require = (actual: unknown, expected: unknown, equation: string): void => {
  if (!sameValue(actual, expected))
    throw new LawError(`${equation}: ${text(actual)} instead of ${text(expected)}`)
}

/** Examples with places to cut them at; the same place twice gives an empty batch. */
const cut = <E>(examples: fc.Arbitrary<readonly E[]>) =>
  examples.chain((all) =>
    fc.tuple(fc.constant(all), fc.nat(all.length), fc.nat(all.length)).map(([of, i, j]) => {
      const [a, b] = [Math.min(i, j), Math.max(i, j)]
      return [
        of,
        [of.slice(0, a), of.slice(a, b), of.slice(b)].filter((x) => x.length > 0)
      ] as const
    })
  )

/** evaluate(batches) = evaluate([all in one]). */
export const additivity = <S, R, P, T, E>(m: MetricSubject<S, R, P, T, E>): fc.IProperty<unknown> =>
  fc.property(cut(m.examples), ([all, parts]) =>
    require(evaluate(
      m.metric,
      parts.map((part) => m.batch(part))
    ), evaluate(m.metric, [m.batch(all)]), 'the metric over batches is not the metric over all')
  )

/** value(empty · x) = value(x) = value(x · empty), and (x · y) · z = x · (y · z) in value. */
export const monoid = <S, R, P, T, E>(m: MetricSubject<S, R, P, T, E>): fc.IProperty<unknown> =>
  fc.property(cut(m.examples), ([, parts]) => {
    const { concat, empty } = m.metric.monoid
    const [x, y, z] = [0, 1, 2].map((i) =>
      observeAll(m.metric, parts[i] === undefined ? [] : [m.batch(parts[i])])
    )
    const whole = m.metric.value(concat(concat(x, y), z))
    require(m.metric.value(concat(x, concat(y, z))), whole, '(x · y) · z = x · (y · z)')
    require(m.metric.value(concat(empty, concat(concat(x, y), z))), whole, '1 · x = x')
    require(m.metric.value(concat(concat(concat(x, y), z), empty)), whole, 'x · 1 = x')
  })

/** An example of weight k counts as k examples of weight 1. */
export const weights = <S, R, P, T, E>(m: MetricSubject<S, R, P, T, E>): fc.IProperty<unknown> =>
  fc.property(
    m.examples.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: all.length, maxLength: all.length })
      )
    ),
    ([all, times]) =>
      require(evaluate(m.metric, [m.batch(all, times)]), evaluate(m.metric, [
        m.batch(all.flatMap((e, i) => new Array<E>(times[i]).fill(e)))
      ]), 'an example of weight k is not k examples')
  )

/** value(compiled observe) = value(observe). */
export const compiled = <S, R, E>(
  m: MetricSubject<S, R, NdArray, NdArray, E>,
  compile: (
    observe: (predictions: NdArray, targets: NdArray) => S
  ) => (predictions: NdArray, targets: NdArray) => S
): fc.IProperty<unknown> =>
  fc.property(m.examples, (all) => {
    const [predictions, targets] = m.batch(all)
    const fast = compile((p, t) => m.metric.observe(p, t))
    require(m.metric.value(fast(predictions, targets)), m.metric.value(
      m.metric.observe(predictions, targets)
    ), 'observing under jit')
  })
