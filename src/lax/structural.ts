/** Shapes, slices and counting: XLA's operations with explicit dimensions. */
import { avalOf, isArray, makeAval, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { isInteger, type DType } from '../core/dtype.ts'
import { IndexError, ValueError, checkOptions } from '../core/errors.ts'
import {
  insert,
  iota as counting,
  normalizeAxis,
  show as showShape,
  sizeOf,
  type Shape
} from '../core/shape.ts'
import * as joining from '../primitives/concatenate-split.ts'
import * as conversion from '../primitives/convert.ts'
import * as dynamic from '../primitives/dynamic.ts'
import { iota as iotaOf } from '../primitives/iota.ts'
import * as movement from '../primitives/movement.ts'
import * as reversal from '../primitives/reversal.ts'
import * as slicing from '../primitives/slicing.ts'
import { leafArray } from '../trace/flat.ts'

export const convertElementType = (x: ArrayLike, dtype: DType): NdArray =>
  conversion.convertElementType(leafArray(x), dtype)

export const bitcastConvertType = (x: ArrayLike, dtype: DType): NdArray =>
  conversion.bitcastConvertType(leafArray(x), dtype)

/** Shape: -> `shape`; axis i of x becomes axis `broadcastDimensions[i]`. */
export const broadcastInDim = (
  x: ArrayLike,
  shape: Shape,
  broadcastDimensions: readonly number[]
): NdArray => movement.broadcastInDim(leafArray(x), shape, broadcastDimensions)

/** Repeats x along new leading axes. Shape: [...sizes, ...x.shape]. */
export const broadcast = (x: ArrayLike, sizes: readonly number[]): NdArray => {
  const a = leafArray(x)
  const dimensions = a.shape.map((_, i) => sizes.length + i)
  return movement.broadcastInDim(a, [...sizes, ...a.shape], dimensions)
}

export const reshape = (x: ArrayLike, shape: Shape): NdArray =>
  movement.reshape(leafArray(x), shape)

/** Axis i of the result is axis `permutation[i]` of x. */
export const transpose = (x: ArrayLike, permutation: readonly number[]): NdArray =>
  movement.transpose(leafArray(x), permutation)

/** Joins axes from `start` up to `stop` (exclusive) into one. */
export const collapse = (x: NdArray, start: number, stop = x.ndim): NdArray => {
  const from = normalizeAxis('collapse', start, x.ndim)
  const to = stop < 0 ? stop + x.ndim : stop
  return movement.reshape(x, [
    ...x.shape.slice(0, from),
    sizeOf(x.shape.slice(from, to)),
    ...x.shape.slice(to)
  ])
}

/** New axes of extent 1 at these positions of the result. */
export const expandDims = (x: ArrayLike, dimensions: readonly number[]): NdArray => {
  const a = leafArray(x)
  const rank = a.ndim + dimensions.length
  const at = dimensions.map((d) => normalizeAxis('expandDims', d, rank)).toSorted((p, q) => p - q)
  return movement.reshape(
    a,
    at.reduce<Shape>((shape, d) => insert(shape, d, 1), a.shape)
  )
}

/** Drops axes of extent 1. */
export const squeeze = (x: ArrayLike, dimensions: readonly number[]): NdArray => {
  const a = leafArray(x)
  const axes = dimensions.map((d) => normalizeAxis('squeeze', d, a.ndim))
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
): NdArray => slicing.slice(leafArray(x), start, limit, strides)

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
  const fill = isArray(value) ? value : scalar(value, a.dtype)
  return slicing.pad(a, fill, config)
}

export const concatenate = (operands: readonly NdArray[], dimension: number): NdArray =>
  joining.concatenate(operands, dimension)

export const split = (x: NdArray, sizes: readonly number[], axis = 0): readonly NdArray[] =>
  joining.split(x, sizes, normalizeAxis('split', axis, x.ndim))

export const rev = (x: NdArray, dimensions: readonly number[]): NdArray =>
  reversal.rev(x, dimensions)

const start = (i: ArrayLike): NdArray =>
  isArray(i) && isInteger(i.dtype)
    ? i
    : isArray(i)
      ? convertElementType(i, 'int32')
      : scalar(i, 'int32')

/** A slice whose start is a value; it is moved into the array. Shape: -> `sliceSizes`. */
export const dynamicSlice = (
  x: NdArray,
  startIndices: readonly ArrayLike[],
  sliceSizes: readonly number[]
): NdArray => dynamic.dynamicSlice(x, startIndices.map(start), sliceSizes)

/** x with `update` at a start that is a value. Shape: that of x. */
export const dynamicUpdateSlice = (
  x: NdArray,
  update: NdArray,
  startIndices: readonly ArrayLike[]
): NdArray => dynamic.dynamicUpdateSlice(x, update, startIndices.map(start))

const only = (x: NdArray, axis: number, index: ArrayLike): readonly ArrayLike[] =>
  x.shape.map((_, a) => (a === axis ? index : 0))

export const dynamicSliceInDim = (
  x: NdArray,
  startIndex: ArrayLike,
  sliceSize: number,
  axis = 0
): NdArray => {
  const at = normalizeAxis('dynamicSliceInDim', axis, x.ndim)
  const sizes = x.shape.map((n, a) => (a === at ? sliceSize : n))
  return dynamicSlice(x, only(x, at, startIndex), sizes)
}

export const dynamicIndexInDim = (
  x: NdArray,
  index: ArrayLike,
  axis = 0,
  options: { readonly keepdims?: boolean } = {}
): NdArray => {
  const at = normalizeAxis('dynamicIndexInDim', axis, x.ndim)
  const y = dynamicSliceInDim(x, index, 1, at)
  return options.keepdims === false ? squeeze(y, [at]) : y
}

export const dynamicUpdateSliceInDim = (
  x: NdArray,
  update: NdArray,
  startIndex: ArrayLike,
  axis = 0
): NdArray => {
  const at = normalizeAxis('dynamicUpdateSliceInDim', axis, x.ndim)
  return dynamicUpdateSlice(x, update, only(x, at, startIndex))
}

export const dynamicUpdateIndexInDim = (
  x: NdArray,
  update: NdArray,
  index: ArrayLike,
  axis = 0
): NdArray => {
  const at = normalizeAxis('dynamicUpdateIndexInDim', axis, x.ndim)
  const row = update.ndim === x.ndim ? update : expandDims(update, [at])
  return dynamicUpdateSliceInDim(x, row, index, at)
}

/** 0, 1, 2 … Shape: [size]. */
export const iota = (dtype: DType, size: number): NdArray => iotaOf(dtype, [size], 0)

/** 0, 1, 2 … along one dimension of a shape. */
export const broadcastedIota = (dtype: DType, shape: Shape, dimension: number): NdArray =>
  iotaOf(dtype, shape, dimension)

export const full = (shape: Shape, value: ArrayLike, dtype?: DType): NdArray => {
  // A number takes the type that is asked for, and is then no longer weak.
  if (dtype !== undefined && !isArray(value)) return movement.fillLike(scalar(value, dtype), shape)
  const x = leafArray(value)
  const typed =
    dtype === undefined || dtype === x.dtype ? x : conversion.convertElementType(x, dtype)
  return movement.fillLike(typed, shape)
}

export const fullLike = (x: NdArray, value: ArrayLike, dtype: DType = x.dtype): NdArray =>
  full(x.shape, value, dtype)

export const zerosLike = (x: NdArray): NdArray => fullLike(x, 0)

/** Several copies side by side: reps per axis. */
export const tile = (x: NdArray, reps: readonly number[]): NdArray => {
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
    shape.map((n) => movement.reshape(scalar(n, 'int32'), [1])),
    0
  )

export const typeOf = (x: ArrayLike): { readonly shape: Shape; readonly dtype: DType } => {
  const { shape, dtype } = avalOf(leafArray(x))
  return makeAval(shape, dtype)
}
