/** Shapes, slices and counting: XLA's operations with explicit dimensions. */
import { literal } from './lift.ts'
import { avalOf, isArray, makeAval, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { isInteger, type DType } from '../core/dtype.ts'
import { IndexError, ValueError, checkOptions, listOf, ShapeError } from '../core/errors.ts'
import {
  insert,
  iota as counting,
  normalizeAxis,
  show as showShape,
  sizeOf,
  type Shape
} from '../core/shape.ts'
import * as barrier from '../primitives/barrier.ts'
import * as joining from '../primitives/concatenate-split.ts'
import * as conversion from '../primitives/convert.ts'
import * as dynamic from '../primitives/dynamic.ts'
import { iota as iotaOf } from '../primitives/iota.ts'
import * as movement from '../primitives/movement.ts'
import * as reversal from '../primitives/reversal.ts'
import * as rounding from '../primitives/rounding.ts'
import * as slicing from '../primitives/slicing.ts'
import { leafArray } from '../trace/flat.ts'

export const convertElementType = (x: ArrayLike, dtype: DType): NdArray =>
  conversion.convertElementType(leafArray(x), dtype)

export const bitcastConvertType = (x: ArrayLike, dtype: DType): NdArray =>
  conversion.bitcastConvertType(leafArray(x), dtype)

/** The extents, or a ShapeError for what are no counts. */
const extents = (operation: string, shape: Shape): Shape => {
  if (listOf(operation, shape).every((n) => Number.isInteger(n) && n >= 0)) return shape
  throw new ShapeError(operation, {
    problem: 'the shape is no list of counts',
    got: showShape(shape),
    expected: 'integers of at least 0',
    hint: 'np.reshape infers one extent of -1'
  })
}

/** Shape: -> `shape`; axis i of x becomes axis `broadcastDimensions[i]`. */
export const broadcastInDim = (
  x: ArrayLike,
  shape: Shape,
  broadcastDimensions: readonly number[]
): NdArray =>
  movement.broadcastInDim(
    leafArray(x),
    extents('broadcastInDim', shape),
    listOf('broadcastInDim', broadcastDimensions)
  )

/** Repeats x along new leading axes. Shape: [...sizes, ...x.shape]. */
export const broadcast = (x: ArrayLike, sizes: readonly number[]): NdArray => {
  const a = leafArray(x)
  const leading = extents('broadcast', sizes)
  const dimensions = a.shape.map((_, i) => leading.length + i)
  return movement.broadcastInDim(a, [...leading, ...a.shape], dimensions)
}

export const reshape = (x: ArrayLike, shape: Shape): NdArray =>
  movement.reshape(leafArray(x), extents('reshape', shape))

/** Axis i of the result is axis `permutation[i]` of x. */
export const transpose = (x: ArrayLike, permutation: readonly number[]): NdArray =>
  movement.transpose(leafArray(x), listOf('transpose', permutation))

/** Joins axes from `start` up to `stop` (exclusive) into one. */
export const collapse = (of: ArrayLike, start: number, stop?: number): NdArray => {
  const x = leafArray(of)
  const from = normalizeAxis('collapse', start, x.ndim)
  const to =
    stop === undefined || stop === x.ndim ? x.ndim : normalizeAxis('collapse', stop, x.ndim)
  return movement.reshape(x, [
    ...x.shape.slice(0, from),
    sizeOf(x.shape.slice(from, to)),
    ...x.shape.slice(to)
  ])
}

/** New axes of extent 1 at these positions of the result. */
export const expandDims = (x: ArrayLike, dimensions: readonly number[]): NdArray => {
  const a = leafArray(x)
  const rank = a.ndim + listOf('expandDims', dimensions).length
  const at = dimensions.map((d) => normalizeAxis('expandDims', d, rank)).toSorted((p, q) => p - q)
  return movement.reshape(
    a,
    at.reduce<Shape>((shape, d) => insert(shape, d, 1), a.shape)
  )
}

/** Drops axes of extent 1. */
export const squeeze = (x: ArrayLike, dimensions: readonly number[]): NdArray => {
  const a = leafArray(x)
  const axes = listOf('squeeze', dimensions).map((d) => normalizeAxis('squeeze', d, a.ndim))
  const wide = axes.find((d) => a.shape[d] !== 1)
  if (wide !== undefined)
    throw new ValueError('squeeze', {
      problem: 'an axis to drop has an extent other than 1',
      got: `axis ${wide} of shape [${a.shape.join(', ')}]`,
      expected: 'axes of extent 1',
      hint: 'index it, or reduce over it'
    })
  return movement.reshape(
    a,
    a.shape.filter((_, i) => !axes.includes(i))
  )
}

/** start ≤ index < limit, every `strides`-th. */
export const slice = (
  x: ArrayLike,
  start: readonly number[],
  limit: readonly number[],
  strides?: readonly number[]
): NdArray => {
  for (const given of [start, limit, ...(strides === undefined ? [] : [strides])])
    listOf('slice', given)
  return slicing.slice(leafArray(x), start, limit, strides)
}

export const sliceInDim = (
  x: ArrayLike,
  start: number | null,
  limit: number | null,
  options: { readonly stride?: number; readonly axis?: number } = {}
): NdArray => {
  checkOptions('sliceInDim', options, ['stride', 'axis'])
  const a = leafArray(x)
  const axis = normalizeAxis('sliceInDim', options.axis ?? 0, a.ndim)
  const n = a.shape[axis]
  const place = (p: number | null, otherwise: number): number =>
    p === null ? otherwise : p < 0 ? p + n : p
  return slicing.sliceInDim(a, place(start, 0), place(limit, n), axis, options.stride ?? 1)
}

/** One position of an axis. The axis stays with extent 1 unless keepdims is false. */
export const indexInDim = (
  x: ArrayLike,
  index: number,
  axis = 0,
  options: { readonly keepdims?: boolean } = {}
): NdArray => {
  const a = leafArray(x)
  const at = normalizeAxis('indexInDim', axis, a.ndim)
  const extent = a.shape[at]
  if (!Number.isInteger(index) || index < -extent || index >= extent)
    throw new IndexError('indexInDim', {
      problem: 'the index is outside the axis',
      got: `index ${index} of axis ${at} of shape ${showShape(a.shape)}`,
      expected:
        extent === 0
          ? 'no index: the axis is empty'
          : `an integer from ${-extent} to ${extent - 1}`,
      hint: 'negative indices count from the end; dynamicIndexInDim takes traced ones and clamps'
    })
  const i = index < 0 ? index + extent : index
  const y = slicing.sliceInDim(a, i, i + 1, at)
  return options.keepdims === false ? squeeze(y, [at]) : y
}

/** Low, high and interior amounts per axis; negative low and high crop. */
export const pad = (x: ArrayLike, value: ArrayLike, config: slicing.PadConfig): NdArray => {
  const a = leafArray(x)
  const fill = isArray(value) ? value : literal(value, a)
  listOf('pad', config).forEach((amounts) => listOf('pad', amounts))
  return slicing.pad(a, fill, config)
}

export const concatenate = (operands: readonly NdArray[], dimension: number): NdArray =>
  joining.concatenate(listOf('concatenate', operands).map(leafArray), dimension)

export const split = (of: ArrayLike, sizes: readonly number[], axis = 0): readonly NdArray[] => {
  const x = leafArray(of)
  return joining.split(x, extents('split', sizes), normalizeAxis('split', axis, x.ndim))
}

export const rev = (x: ArrayLike, dimensions: readonly number[]): NdArray =>
  reversal.rev(leafArray(x), listOf('rev', dimensions))

const start = (given: ArrayLike): NdArray => {
  const i = leafArray(given)
  return isInteger(i.dtype) && isArray(given) ? i : conversion.convertElementType(i, 'int32')
}

/** A slice whose start is a value; it is moved into the array. Shape: -> `sliceSizes`. */
export const dynamicSlice = (
  x: ArrayLike,
  startIndices: readonly ArrayLike[],
  sliceSizes: readonly number[]
): NdArray =>
  dynamic.dynamicSlice(
    leafArray(x),
    listOf('dynamicSlice', startIndices).map(start),
    extents('dynamicSlice', sliceSizes)
  )

/** x with `update` at a start that is a value. Shape: that of x. */
export const dynamicUpdateSlice = (
  x: ArrayLike,
  update: ArrayLike,
  startIndices: readonly ArrayLike[]
): NdArray =>
  dynamic.dynamicUpdateSlice(
    leafArray(x),
    leafArray(update),
    listOf('dynamicUpdateSlice', startIndices).map(start)
  )

const only = (x: NdArray, axis: number, index: ArrayLike): readonly ArrayLike[] =>
  x.shape.map((_, a) => (a === axis ? index : 0))

export const dynamicSliceInDim = (
  of: ArrayLike,
  startIndex: ArrayLike,
  sliceSize: number,
  axis = 0
): NdArray => {
  const x = leafArray(of)
  const at = normalizeAxis('dynamicSliceInDim', axis, x.ndim)
  const sizes = x.shape.map((n, a) => (a === at ? sliceSize : n))
  return dynamicSlice(x, only(x, at, startIndex), sizes)
}

export const dynamicIndexInDim = (
  of: ArrayLike,
  index: ArrayLike,
  axis = 0,
  options: { readonly keepdims?: boolean } = {}
): NdArray => {
  const x = leafArray(of)
  const at = normalizeAxis('dynamicIndexInDim', axis, x.ndim)
  const y = dynamicSliceInDim(x, index, 1, at)
  return options.keepdims === false ? squeeze(y, [at]) : y
}

export const dynamicUpdateSliceInDim = (
  of: ArrayLike,
  update: NdArray,
  startIndex: ArrayLike,
  axis = 0
): NdArray => {
  const x = leafArray(of)
  const at = normalizeAxis('dynamicUpdateSliceInDim', axis, x.ndim)
  return dynamicUpdateSlice(x, update, only(x, at, startIndex))
}

export const dynamicUpdateIndexInDim = (
  of: ArrayLike,
  part: ArrayLike,
  index: ArrayLike,
  axis = 0
): NdArray => {
  const [x, update] = [leafArray(of), leafArray(part)]
  const at = normalizeAxis('dynamicUpdateIndexInDim', axis, x.ndim)
  const row = update.ndim === x.ndim ? update : expandDims(update, [at])
  return dynamicUpdateSliceInDim(x, row, index, at)
}

/** 0, 1, 2 … Shape: [size]. */
export const iota = (dtype: DType, size: number): NdArray =>
  iotaOf(dtype, extents('iota', [size]), 0)

/** 0, 1, 2 … along one dimension of a shape. */
export const broadcastedIota = (dtype: DType, shape: Shape, dimension: number): NdArray =>
  iotaOf(dtype, extents('broadcastedIota', shape), dimension)

export const full = (shape: Shape, value: ArrayLike, dtype?: DType): NdArray => {
  extents('full', shape)
  // A number takes the type that is asked for, and is then no longer weak.
  if (dtype !== undefined && !isArray(value)) return movement.fillLike(scalar(value, dtype), shape)
  const x = leafArray(value)
  const typed =
    dtype === undefined || dtype === x.dtype ? x : conversion.convertElementType(x, dtype)
  return movement.fillLike(typed, shape)
}

export const fullLike = (like: ArrayLike, value: ArrayLike, dtype?: DType): NdArray => {
  const x = leafArray(like)
  return full(x.shape, value, dtype ?? x.dtype)
}

export const zerosLike = (x: ArrayLike): NdArray => fullLike(x, 0)

/** Several copies side by side: reps per axis. */
export const tile = (of: ArrayLike, reps: readonly number[]): NdArray => {
  const x = leafArray(of)
  if (extents('tile', reps).length !== x.ndim)
    throw new ShapeError('tile', {
      problem: 'there is not one number of copies for each axis',
      got: `${showShape(reps)} for ${showShape(x.shape)}`,
      expected: `${x.ndim} counts`,
      hint: 'np.tile takes fewer or more'
    })
  const pairs = x.shape.flatMap((n, a) => [reps[a], n])
  const spread = movement.broadcastInDim(
    x,
    pairs,
    counting(x.ndim).map((a) => 2 * a + 1)
  )
  return movement.reshape(
    spread,
    x.shape.map((n, a) => n * reps[a])
  )
}

export const shapeAsValue = (shape: Shape): NdArray =>
  joining.concatenate(
    extents('shapeAsValue', shape).map((n) => movement.reshape(scalar(n, 'int32'), [1])),
    0
  )

export const typeOf = (x: ArrayLike): { readonly shape: Shape; readonly dtype: DType } => {
  const { shape, dtype } = avalOf(leafArray(x))
  return makeAval(shape, dtype)
}

/** The same arrays; nothing is computed, merged or moved across. */
export const optimizationBarrier = (xs: readonly ArrayLike[]): readonly NdArray[] =>
  barrier.optimizationBarrier(listOf('optimizationBarrier', xs).map(leafArray))

/** x rounded to floats with so many bits of exponent and mantissa. */
export const reducePrecision = (
  x: ArrayLike,
  options: { readonly exponentBits: number; readonly mantissaBits: number }
): NdArray => {
  checkOptions('reducePrecision', options, ['exponentBits', 'mantissaBits'])
  return rounding.reducePrecision(leafArray(x), options)
}
