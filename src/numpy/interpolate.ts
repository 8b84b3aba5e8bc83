/** Linear interpolation between samples. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { sort } from '../primitives/sorting.ts'
import { takeFirst, counting } from './along.ts'
import { add, clip, divide, mod, multiply, subtract } from './arithmetic.ts'
import { equal, greater, less } from './comparison.ts'
import { promoteTypes } from './promotion.ts'
import { searchsorted } from './searching.ts'
import { where } from './selection.ts'

export interface InterpOptions {
  /** Value before the first sample; the first one by default. */
  readonly left?: ArrayLike
  /** Value after the last sample; the last one by default. */
  readonly right?: ArrayLike
  /** Samples repeat with this period, in any order; no ends then. */
  readonly period?: number
}

/** Samples over one period, sorted, with one more at each end. */
const periodic = (
  xp: NdArray,
  fp: NdArray,
  period: number
): readonly [xp: NdArray, fp: NdArray] => {
  const [places, order] = sort([mod(xp, period), counting(xp.shape, 0)], { dimension: 0 })
  const values = takeFirst(fp, order)
  const n = xp.size
  const around = (v: NdArray, shift: number): NdArray =>
    concatenate(
      [subtract(sliceInDim(v, n - 1, n, 0), shift), v, add(sliceInDim(v, 0, 1, 0), shift)],
      0
    )
  return [around(places, period), around(values, 0)]
}

/**
 * The value at x of the lines through the points (xp, fp); xp ascends.
 *
 * Shape: x [...], xp and fp [n] -> [...]. Errors: ShapeError unless xp and fp are vectors of one length.
 *
 * @example
 * np.interp(2.5, np.array([1, 2, 3]), np.array([3, 2, 0])).item() // => 1
 *
 * @category interpolation
 * @since 0.1.0
 */
export const interp = (
  x: ArrayLike,
  xp: ArrayLike,
  fp: ArrayLike,
  options: InterpOptions = {}
): NdArray => {
  checkOptions('np.interp', options, ['left', 'right', 'period'])
  const { left, right, period } = options
  const [a, places, values] = promoteTypes('np.interp', [x, xp, fp], true)
  if (places.ndim !== 1 || values.ndim !== 1 || places.size !== values.size || places.size === 0)
    throw new ShapeError('np.interp', {
      problem: 'the samples are no two vectors of one length',
      got: `xp ${show(places.shape)}, fp ${show(values.shape)}`,
      expected: 'shapes [n] and [n] with n at least 1',
      hint: 'vmap interpolates many functions'
    })
  if (period === 0)
    throw new ValueError('np.interp', {
      problem: 'the period is 0',
      got: 'period 0',
      expected: 'a number other than 0',
      hint: 'leave it out for samples that do not repeat'
    })
  const length = period === undefined ? undefined : Math.abs(period)
  const [xs, fs] = length === undefined ? [places, values] : periodic(places, values, length)
  const at = length === undefined ? a : mod(a, length)
  const n = xs.size
  const end = (v: NdArray, i: number): NdArray => reshape(sliceInDim(v, i, i + 1, 0), [])
  const i = clip(searchsorted(xs, at, { side: 'right' }), Math.min(1, n - 1), n - 1)
  const [x1, f1] = [takeFirst(xs, i), takeFirst(fs, i)]
  const before = clip(subtract(i, 1), 0, n - 1)
  const [x0, f0] = [takeFirst(xs, before), takeFirst(fs, before)]
  const width = subtract(x1, x0)
  const isJump = equal(width, 0)
  const slope = divide(subtract(f1, f0), where(isJump, 1, width))
  const inside = where(isJump, f0, add(f0, multiply(subtract(at, x0), slope)))
  if (length !== undefined) return inside
  const low = where(less(at, end(xs, 0)), left ?? end(fs, 0), inside)
  return where(greater(at, end(xs, n - 1)), right ?? end(fs, n - 1), low)
}
