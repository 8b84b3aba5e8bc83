/** Elements in another order, and repeated. */
import { hostOf, isArray, isTracer, type ArrayLike, type NdArray } from '../core/array.ts'
import { ShapeError, TracerError, ValueError, checkOptions, listOf } from '../core/errors.ts'
import type { Axis } from '../core/fluent.ts'
import { normalizeAxes, normalizeAxis, show, sizeOf } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { broadcastInDim, reshape } from '../primitives/movement.ts'
import { rev } from '../primitives/reversal.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { array } from './array.ts'
import { lessEqual } from './comparison.ts'
import { cumsum } from './cumulative.ts'
import { sum } from './reductions.ts'
import type { ShapeLike } from './creation.ts'
import { toShape } from './creation.ts'
import { asArray, filled } from './promotion.ts'
import { swapaxes } from './shapes.ts'
import { mod, subtract } from './arithmetic.ts'
import { arange } from './ranges.ts'
import { take } from './taking.ts'

/** Backwards along axes (all of them when `axis` is left out). */
export const flip = (x: ArrayLike, options: { readonly axis?: Axis } = {}): NdArray => {
  checkOptions('np.flip', options, ['axis'])
  const { axis } = options
  const y = asArray(x, 'np.flip')
  return rev(y, normalizeAxes('np.flip', axis, y.ndim))
}

/** Backwards along the second axis. */
export const fliplr = (x: ArrayLike): NdArray => flip(x, { axis: 1 })

/** Backwards along the first axis. */
export const flipud = (x: ArrayLike): NdArray => flip(x, { axis: 0 })

const rolled = (x: NdArray, shift: number, axis: number): NdArray => {
  const extent = x.shape[axis]
  if (extent === 0) return x
  const by = ((shift % extent) + extent) % extent
  if (by === 0) return x
  return concatenate(
    [sliceInDim(x, extent - by, extent, axis), sliceInDim(x, 0, extent - by, axis)],
    axis
  )
}

/** Shifts elements along axes; those that leave at one end enter at the other. */
export const roll = (
  x: ArrayLike,
  shift: number | readonly number[] | NdArray,
  options: { readonly axis?: Axis } = {}
): NdArray => {
  checkOptions('np.roll', options, ['axis'])
  const { axis = null } = options
  const y = asArray(x, 'np.roll')
  if (axis === null) return reshape(roll(reshape(y, [y.size]), shift, { axis: 0 }), y.shape)
  const axes = listOf('np.roll', typeof axis === 'number' ? [axis] : axis).map((a) =>
    normalizeAxis('np.roll', a, y.ndim)
  )
  // A shift known only at run time moves by gathering.
  if (isArray(shift)) return axes.reduce((z, a) => rolledBy(z, shift, a), y)
  const shifts = listOf('np.roll', typeof shift === 'number' ? axes.map(() => shift) : shift)
  const places = axes.length === 1 ? shifts.map(() => axes[0]) : axes
  if (shifts.length !== places.length || !shifts.every(Number.isInteger))
    throw new ValueError('np.roll', {
      problem: 'shifts and axes are not pairs',
      got: `shifts ${show(shifts)}, axes ${show(axes)}`,
      expected: 'an integer for each axis, or one for all',
      hint: 'np.roll(x, [1, 2], { axis: [0, 1] })'
    })
  return shifts.reduce((z, s, i) => rolled(z, s, places[i]), y)
}

const rolledBy = (x: NdArray, shift: NdArray, axis: number): NdArray => {
  const extent = x.shape[axis]
  if (extent === 0) return x
  const from = mod(subtract(arange(extent), shift), extent)
  return take(x, from, { axis, mode: 'clip' })
}

/** Turns by 90° k times in the plane of two axes, from the first towards the second. */
export const rot90 = (
  x: ArrayLike,
  options: { readonly k?: number; readonly axes?: readonly [number, number] } = {}
): NdArray => {
  checkOptions('np.rot90', options, ['k', 'axes'])
  const { k = 1, axes = [0, 1] } = options
  const y = asArray(x, 'np.rot90')
  const [a, b] = axes.map((axis) => normalizeAxis('np.rot90', axis, y.ndim))
  const turns = ((k % 4) + 4) % 4
  if (turns === 0) return y
  if (turns === 2) return rev(y, [a, b])
  return turns === 1 ? swapaxes(rev(y, [b]), a, b) : rev(swapaxes(y, a, b), [b])
}

export interface RepeatOptions {
  readonly axis?: number | null
  /** Extent of the result, where the counts are not known while tracing. */
  readonly totalRepeatLength?: number
}

/** Each element of an axis repeated in place; flattened first when `axis` is left out. */
export const repeat = (
  x: ArrayLike,
  repeats: number | readonly number[] | NdArray,
  options: RepeatOptions = {}
): NdArray => {
  checkOptions('np.repeat', options, ['axis', 'totalRepeatLength'])
  const { axis = null, totalRepeatLength } = options
  const y = asArray(x, 'np.repeat')
  if (axis === null)
    return repeat(
      reshape(y, [y.size]),
      repeats,
      totalRepeatLength === undefined ? { axis: 0 } : { axis: 0, totalRepeatLength }
    )
  const at = normalizeAxis('np.repeat', axis, y.ndim)
  if (typeof repeats === 'number') return repeatEach(y, repeats, at)
  if (isArray(repeats) && totalRepeatLength !== undefined)
    return repeatToLength(y, repeats, at, totalRepeatLength)
  if (isArray(repeats) && isTracer(repeats))
    throw new TracerError('np.repeat', {
      problem: 'the counts decide a shape, and are not known while tracing',
      got: 'traced repeats',
      expected: 'numbers, or { totalRepeatLength }',
      hint: 'np.take(x, indices) repeats by an array of a known shape'
    })
  const counts = isArray(repeats) ? Array.from(hostOf(repeats)) : listOf('np.repeat', repeats)
  return repeatCounts(y, counts, at)
}

const checkRepeats = (counts: readonly number[]): void => {
  if (counts.every((n) => Number.isInteger(n) && n >= 0)) return
  throw new ValueError('np.repeat', {
    problem: 'the repeats are no counts',
    got: show(counts),
    expected: 'integers of at least 0',
    hint: 'one for all, or one for each place along the axis'
  })
}

const repeatEach = (x: NdArray, count: number, axis: number): NdArray => {
  checkRepeats([count])
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const spread = [...before, x.shape[axis], count, ...after]
  const wide = broadcastInDim(
    x,
    spread,
    x.shape.map((_, a) => (a <= axis ? a : a + 1))
  )
  return reshape(wide, [...before, x.shape[axis] * count, ...after])
}

const repeatCounts = (x: NdArray, counts: readonly number[], axis: number): NdArray => {
  checkRepeats(counts)
  if (counts.length === 1) return repeatEach(x, counts[0], axis)
  if (counts.length !== x.shape[axis])
    throw new ShapeError('np.repeat', {
      problem: 'the repeats do not fit the axis',
      got: `${counts.length} repeats for extent ${x.shape[axis]}`,
      expected: 'one for all, or one for each place',
      hint: 'np.tile repeats whole arrays'
    })
  const places = counts.flatMap((n, i) => new Array<number>(n).fill(i))
  return take(x, array(Int32Array.from(places)), { axis, mode: 'clip' })
}

/** Place i of the result holds the element whose run of repeats covers i; the last one goes on. */
const repeatToLength = (x: NdArray, counts: NdArray, axis: number, length: number): NdArray => {
  const ends = reshape(cumsum(counts), [1, counts.size])
  const places = sum(lessEqual(ends, reshape(arange(length), [length, 1])), { axis: 1 })
  return take(x, places, { axis, mode: 'clip' })
}

/** Whole arrays repeated along axes. Shape: extents times `repeats`, aligned at the last axis. */
export const tile = (x: ArrayLike, repeats: number | readonly number[]): NdArray => {
  const y = asArray(x, 'np.tile')
  const counts = listOf('np.tile', typeof repeats === 'number' ? [repeats] : repeats)
  checkRepeats(counts)
  const rank = Math.max(y.ndim, counts.length)
  const shape = [...new Array<number>(rank - y.ndim).fill(1), ...y.shape]
  const times = [...new Array<number>(rank - counts.length).fill(1), ...counts]
  const wide = broadcastInDim(
    reshape(y, shape),
    shape.flatMap((n, a) => [times[a], n]),
    shape.map((_, a) => 2 * a + 1)
  )
  return reshape(
    wide,
    shape.map((n, a) => n * times[a])
  )
}

/** The elements over and over, in row-major order, until the shape is full. */
export const resize = (x: ArrayLike, shape: ShapeLike): NdArray => {
  const y = asArray(x, 'np.resize')
  const to = toShape('np.resize', shape)
  const size = sizeOf(to)
  if (y.size === 0) return filled('np.resize', 0, to, y.dtype)
  const copies = tile(reshape(y, [y.size]), Math.ceil(size / y.size))
  return reshape(sliceInDim(copies, 0, size, 0), to)
}
