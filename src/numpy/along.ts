/** Axes as functions of `np` see them: one, several or all, kept with extent 1 or dropped. */
import type { NdArray } from '../core/array.ts'
import { isBool } from '../core/dtype.ts'
import type { Axis } from '../core/fluent.ts'
import { insert, iota as axesUpTo, normalizeAxes, normalizeAxis } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import { gather } from '../primitives/gather.ts'
import { iota } from '../primitives/iota.ts'
import * as movement from '../primitives/movement.ts'
import { reshape } from '../primitives/movement.ts'
import * as reduction from '../primitives/reduction.ts'
import { rev } from '../primitives/reversal.ts'

/** `x` as a vector, row-major. */
export const flat = (x: NdArray): NdArray => reshape(x, [x.size])

/** A new axis of extent 1 before `axis` of the result; −1 puts it last. */
export const expand = (x: NdArray, axis: number): NdArray =>
  reshape(x, insert(x.shape, axis < 0 ? axis + x.ndim + 1 : axis, 1))

/** Drops an axis of extent 1. */
export const drop = (x: NdArray, axis: number): NdArray => {
  const at = axis < 0 ? axis + x.ndim : axis
  return reshape(
    x,
    x.shape.filter((_, i) => i !== at)
  )
}

type Reduce = (x: NdArray, axes: readonly number[]) => NdArray

const over =
  (operation: string, f: Reduce) =>
  (x: NdArray, axis: Axis | undefined = null, keepdims = false): NdArray => {
    const axes = normalizeAxes(operation, axis, x.ndim)
    const y = f(x, axes)
    return keepdims
      ? reshape(
          y,
          x.shape.map((n, i) => (axes.includes(i) ? 1 : n))
        )
      : y
  }

/** Σ x; bools are counted in int32. */
export const sumOver = over('sum', (x, axes) =>
  movement.sum(isBool(x.dtype) ? convertElementType(x, 'int32') : x, axes)
)
export const maxOver = over('max', reduction.reduceMax)
export const minOver = over('min', reduction.reduceMin)
export const prodOver = over('prod', (x, axes) =>
  reduction.reduceProd(isBool(x.dtype) ? convertElementType(x, 'int32') : x, axes)
)
export const anyOver = over('any', reduction.reduceOr)
export const allOver = over('all', reduction.reduceAnd)

/** How many elements a reduction over `axis` takes together. */
export const countOver = (x: NdArray, axis: Axis | undefined): number =>
  normalizeAxes('mean', axis, x.ndim).reduce((n, a) => n * x.shape[a], 1)

/** The axes of `axis` joined into one, which stands last. Shape: -> [...others, product]. */
export const joinedLast = (operation: string, x: NdArray, axis: Axis | undefined): NdArray => {
  const axes = normalizeAxes(operation, axis, x.ndim)
  const others = axesUpTo(x.ndim).filter((a) => !axes.includes(a))
  const turned = movement.transpose(x, [...others, ...axes])
  return reshape(turned, [...others.map((a) => x.shape[a]), countOver(x, axes)])
}

/** A non-negative axis and the array, an array without axes becoming a vector; null flattens. */
export const axisOf = (
  operation: string,
  x: NdArray,
  axis: number | null | undefined
): readonly [x: NdArray, axis: number] =>
  axis === null || axis === undefined ? [flat(x), 0] : [x, normalizeAxis(operation, axis, x.ndim)]

export const flipped = (x: NdArray, axis: number): NdArray => rev(x, [axis])

/** x[indices] along the first axis; indices outside are moved inside. Shape: [...indices, ...rest]. */
export const takeFirst = (x: NdArray, indices: NdArray): NdArray =>
  gather(x, reshape(indices, [...indices.shape, 1]), {
    dimensionNumbers: {
      offsetDims: axesUpTo(x.ndim - 1).map((a) => indices.ndim + a),
      collapsedSliceDims: [0],
      startIndexMap: [0],
      operandBatchingDims: [],
      startIndicesBatchingDims: []
    },
    sliceSizes: [Math.min(1, x.shape[0]), ...x.shape.slice(1)],
    mode: 'clip',
    fillValue: null
  })

/** Arrays of one shape side by side along a new axis. */
export const stacked = (xs: readonly NdArray[], axis = 0): NdArray =>
  concatenate(
    xs.map((x) => expand(x, axis)),
    axis < 0 ? xs[0].ndim : axis
  )

/** 0, 1, … along `axis` of `shape`, in `dtype` int32. */
export const counting = (shape: readonly number[], axis: number): NdArray =>
  iota('int32', shape, axis)
