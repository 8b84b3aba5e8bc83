/** Sums in float64: exact counts up to 2^53, and totals that 2^24 examples do not stall. */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { hostOf, scalar, type NdArray } from '../core/array.ts'
import { ShapeError, ValueError } from '../core/errors.ts'
import { equals, show, type Shape } from '../core/shape.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'

/** An array as float64. */
export const double = (x: NdArray): NdArray => lax.convertElementType(x, 'float64')

const zero = scalar(0, 'float64')

/** Totals by name. The empty ones are scalars, which broadcast to whatever shape comes. */
export const totals = <K extends string>(
  names: readonly K[]
): Monoid<Readonly<Record<K, NdArray>>> => {
  const each = (f: (name: K) => NdArray) =>
    Object.fromEntries(names.map((name) => [name, f(name)])) as Record<K, NdArray>
  return { empty: each(() => zero), concat: (a, b) => each((name) => np.add(a[name], b[name])) }
}

/** Weights of examples as float64, all 1 when left out. Shape: -> `shape`. */
export const weightsOf = (
  operation: string,
  weights: NdArray | undefined,
  shape: Shape
): NdArray => {
  if (weights === undefined) return lax.full(shape, 1, 'float64')
  if (equals(weights.shape, shape)) return double(weights)
  throw new ShapeError(operation, {
    problem: 'weights do not belong to these examples',
    got: `weights ${show(weights.shape)} for examples ${show(shape)}`,
    expected: 'one weight for each example',
    hint: 'leave weights out where all examples count the same'
  })
}

/** One number as the host has it. */
export const numberOf = (x: NdArray): number => hostOf(x)[0]

/** The elements as a list of numbers. */
export const numbersOf = (x: NdArray): readonly number[] => Array.from(hostOf(x))

/**
 * How much each bin gets. Places outside [0, bins) count for nothing.
 *
 * Shape: places int32 [n], weights [n] -> float64 [bins].
 */
export const histogram = (places: NdArray, weights: NdArray, bins: number): NdArray => {
  const isInside = lax.and(lax.ge(places, 0), lax.lt(places, bins))
  // An index from the end would count; one past the end is dropped.
  const at = np.where(isInside, places, bins)
  return lax.full([bins], 0, 'float64').at(at).add(weights, { mode: 'drop' })
}

/** Throws a ValueError when weights are given to a metric in which they mean nothing. */
export const refuseWeights = (operation: string, weights: NdArray | undefined): void => {
  if (weights === undefined) return
  throw new ValueError(operation, {
    problem: 'examples of this metric have no weights',
    got: `weights ${show(weights.shape)}`,
    expected: 'predictions and targets alone',
    hint: 'leave the third element of the batch out'
  })
}
