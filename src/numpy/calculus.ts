/** Differences and integrals of sampled functions. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { isInexact } from '../core/dtype.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { normalizeAxes, normalizeAxis } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { cumsum } from '../primitives/cumulative.ts'
import { reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { flat } from './along.ts'
import { abs, add, divide, mod, multiply, subtract } from './arithmetic.ts'
import { equal, greater, less, logicalAnd } from './comparison.ts'
import { diff } from './cumulative.ts'
import { asArray, asInexact, asType, promoteTypes } from './promotion.ts'
import { sum } from './reductions.ts'
import { where } from './selection.ts'

const part = (x: NdArray, axis: number, from: number, to: number): NdArray =>
  sliceInDim(x, from, to < 0 ? x.shape[axis] + to : to, axis)

/** A vector along `axis` of arrays of rank `rank`. */
const vectorAlong = (v: NdArray, axis: number, rank: number): NdArray =>
  reshape(
    v,
    Array.from({ length: rank }, (_, a) => (a === axis ? v.size : 1))
  )

export interface TrapezoidOptions {
  /** Where the samples are: one place for each along the axis, or for each element. */
  readonly x?: ArrayLike
  /** Distance of the samples without `x`; 1. */
  readonly dx?: ArrayLike
  readonly axis?: number
}

/**
 * ∫ y dx along an axis by Σ (x_{i+1} − x_i) (y_i + y_{i+1}) / 2. Shape: -> without `axis`.
 *
 * @category calculus
 * @since 0.1.0
 */
export const trapezoid = (y: ArrayLike, options: TrapezoidOptions = {}): NdArray => {
  checkOptions('np.trapezoid', options, ['x', 'dx', 'axis'])
  const { x, dx = 1, axis = -1 } = options
  const [values, places] = promoteTypes('np.trapezoid', x === undefined ? [y] : [y, x], true)
  const at = normalizeAxis('np.trapezoid', axis, values.ndim)
  const n = values.shape[at]
  const sums = add(part(values, at, Math.min(1, n), n), part(values, at, 0, Math.max(n - 1, 0)))
  const widths =
    places === undefined
      ? dx
      : places.ndim === 1
        ? vectorAlong(diff(places), at, values.ndim)
        : diff(places, { axis: at })
  return multiply(sum(multiply(sums, widths), { axis: at }), 0.5)
}

/** NumPy's older name of `trapezoid`. */
export const trapz = trapezoid

export interface GradientOptions {
  readonly axis?: number | readonly number[] | null
}

const uniform = (f: NdArray, axis: number, h: NdArray): NdArray => {
  const n = f.shape[axis]
  const inner = divide(subtract(part(f, axis, 2, n), part(f, axis, 0, -2)), multiply(h, 2))
  const ends = (i: number): NdArray =>
    divide(subtract(part(f, axis, i + 1, i + 2), part(f, axis, i, i + 1)), h)
  return concatenate([ends(0), inner, ends(n - 2)], axis)
}

/** Second order inside: weights of the parabola through three neighbours. */
const uneven = (f: NdArray, axis: number, x: NdArray): NdArray => {
  const n = f.shape[axis]
  const h = vectorAlong(diff(x), axis, f.ndim)
  const [before, after] = [part(h, axis, 0, -1), part(h, axis, 1, n - 1)]
  const slopes = divide(subtract(part(f, axis, 1, n), part(f, axis, 0, -1)), h)
  const [left, right] = [part(slopes, axis, 0, -1), part(slopes, axis, 1, n - 1)]
  const inner = divide(add(multiply(after, left), multiply(before, right)), add(before, after))
  return concatenate([part(slopes, axis, 0, 1), inner, part(slopes, axis, n - 2, n - 1)], axis)
}

const isOptions = (x: ArrayLike | GradientOptions | undefined): x is GradientOptions =>
  typeof x === 'object' && !isArray(x)

/**
 * ∂f along each axis by central differences, one-sided at the ends. After f come distances (one for
 * all axes, or one for each) or coordinates (a vector for each axis), last the options.
 *
 * Shape: kept; a list when there are several axes.
 * Errors: ShapeError for an axis with fewer than two samples.
 *
 * @example
 * np.gradient(np.array([1, 2, 4, 7])).toNested() // => [1, 1.5, 2.5, 3]
 *
 * @category calculus
 * @since 0.1.0
 */
export function gradient(f: ArrayLike): NdArray
export function gradient(
  f: ArrayLike,
  ...rest: readonly (ArrayLike | GradientOptions)[]
): NdArray & readonly NdArray[]
export function gradient(
  f: ArrayLike,
  ...rest: readonly (ArrayLike | GradientOptions)[]
): NdArray | readonly NdArray[] {
  const last = rest[rest.length - 1]
  if (isOptions(last)) checkOptions('np.gradient', last, ['axis'])
  const { axis = null } = isOptions(last) ? last : {}
  const given = (isOptions(last) ? rest.slice(0, -1) : rest) as readonly ArrayLike[] // options are last
  const y = asInexact(f, 'np.gradient')
  const axes = normalizeAxes('np.gradient', axis, y.ndim)
  const short = axes.find((a) => y.shape[a] < 2)
  if (short !== undefined)
    throw new ShapeError('np.gradient', {
      problem: 'an axis has too few samples',
      got: `extent ${y.shape[short]} of axis ${short}`,
      expected: 'at least 2',
      hint: 'name other axes with { axis }'
    })
  if (given.length > 1 && given.length !== axes.length)
    throw new ValueError('np.gradient', {
      problem: 'distances and axes do not pair up',
      got: `${given.length} distances for ${axes.length} axes`,
      expected: 'none, one, or one for each axis',
      hint: 'options stand last'
    })
  const slopes = axes.map((a, i) => {
    const spacing = asType(asArray(given.length > 1 ? given[i] : (given[0] ?? 1)), y.dtype)
    return spacing.ndim === 0 ? uniform(y, a, spacing) : uneven(y, a, spacing)
  })
  return typeof axis === 'number' || slopes.length === 1 ? slopes[0] : slopes
}

/** Differences of neighbours in the flattened array, with values before and after. */
export const ediff1d = (
  x: ArrayLike,
  options: { readonly toBegin?: ArrayLike; readonly toEnd?: ArrayLike } = {}
): NdArray => {
  checkOptions('np.ediff1d', options, ['toBegin', 'toEnd'])
  const { toBegin, toEnd } = options
  const y = flat(asArray(x, 'np.ediff1d'))
  const ends = (end: ArrayLike | undefined): readonly NdArray[] =>
    end === undefined ? [] : [flat(asType(asArray(end, 'np.ediff1d'), y.dtype))]
  return concatenate([...ends(toBegin), diff(y), ...ends(toEnd)], 0)
}

export interface UnwrapOptions {
  /** Jumps from here on are undone; half a period by default, and never less. */
  readonly discont?: number | null
  readonly axis?: number
  readonly period?: number
}

/**
 * Angles with multiples of the period added so that neighbours differ by at most half of it.
 * Shape: kept.
 */
export const unwrap = (p: ArrayLike, options: UnwrapOptions = {}): NdArray => {
  checkOptions('np.unwrap', options, ['discont', 'axis', 'period'])
  const { discont = null, axis = -1, period = 2 * Math.PI } = options
  const given = asArray(p, 'np.unwrap')
  const y = isInexact(given.dtype) ? given : asInexact(given, 'np.unwrap')
  const at = normalizeAxis('np.unwrap', axis, y.ndim)
  if (y.shape[at] === 0) return y
  const half = period / 2
  const steps = diff(y, { axis: at })
  const wrapped = subtract(mod(add(steps, half), period), half)
  const upward = logicalAnd(equal(wrapped, -half), greater(steps, 0))
  const turned = where(upward, half, wrapped)
  const correction = where(less(abs(steps), discont ?? half), 0, subtract(turned, steps))
  const rest = add(part(y, at, 1, y.shape[at]), cumsum(correction, at))
  return concatenate([part(y, at, 0, 1), rest], at)
}
