/**
 * Windows at places known only at run time: reading one and replacing one. Each is made of the
 * other under transposition.
 */
import { makeAval, scalar, type Aval, type NdArray } from '../core/array.ts'
import { allocate, isInteger, slotsOf, type DType } from '../core/dtype.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { show, sizeOf, stridesOf, type Shape } from '../core/shape.ts'
import { axisIndex } from '../kernel/affine.ts'
import type { Expr } from '../kernel/expr.ts'
import type { LoweredValue } from '../kernel/fuse.ts'
import { binary, cast, constant, iota } from '../kernel/make.ts'
import { only, value } from '../kernel/views.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type Dim,
  type HostArray,
  type Primitive
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { concatenate } from './concatenate-split.ts'
import { checkSame, instantiate } from './elementwise.ts'
import { gather } from './gather.ts'
import { copyStrided, eachIndex, flatIndex } from './host.ts'
import { mapTangent } from './linear.ts'
import { batchFirst, fillLike, moveAxis, reshape } from './movement.ts'
import { scatter } from './scatter.ts'

const zerosOf = (shape: Shape, dtype: DType): NdArray => fillLike(scalar(0, dtype), shape)

const axesOf = (rank: number): readonly number[] => Array.from({ length: rank }, (_, a) => a)

/** One integer scalar per axis, all of one type, and a window that fits into the array. */
const checkWindow = (
  operation: string,
  x: Aval,
  window: readonly number[],
  starts: readonly Aval[]
): void => {
  const rank = x.shape.length
  const fits =
    window.length === rank &&
    window.every((n, a) => Number.isInteger(n) && n >= 0 && n <= x.shape[a])
  if (!fits)
    throw new ShapeError(operation, {
      problem: 'the window does not fit into the array',
      got: `window ${show(window)} of shape ${show(x.shape)}`,
      expected: '0 ≤ window ≤ extent for every axis',
      hint: 'the window has the rank of the array; an axis taken whole has its full extent'
    })
  if (starts.length !== rank || starts.some((s) => s.shape.length !== 0))
    throw new ShapeError(operation, {
      problem: 'the starts are not one scalar per axis',
      got: `${starts.length} starts of shapes ${starts.map((s) => show(s.shape)).join(', ')}`,
      expected: `${rank} scalars for shape ${show(x.shape)}`,
      hint: 'index a vector of starts: starts.slice(0), starts.slice(1), …'
    })
  if (starts.some((s) => !isInteger(s.dtype) || s.dtype !== starts[0].dtype))
    throw new DTypeError(operation, {
      problem: 'the starts are not integers of one type',
      got: starts.map((s) => s.dtype).join(', '),
      expected: 'int32 or another integer type, the same for all axes',
      hint: "convert with astype('int32')"
    })
}

/** The start that keeps the window inside, per axis. */
const clampedStarts = (
  shape: Shape,
  window: readonly number[],
  starts: readonly HostArray[]
): readonly number[] => starts.map((s, a) => Math.min(shape[a] - window[a], Math.max(0, s.data[0])))

/** The same as expressions. */
const lowerStarts = (
  shape: Shape,
  window: readonly number[],
  starts: readonly LoweredValue[]
): readonly Expr[] =>
  starts.map((s, a) => {
    const last = shape[a] - window[a]
    if (last === 0) return constant('int32', 0)
    // Unsigned starts beyond int32 are beyond every array; the cast must not make them negative.
    const raw =
      s.dtype === 'uint32' ? binary('min', only(s), constant('uint32', 0x7fffffff)) : only(s)
    const within = binary('min', cast(raw, 'int32'), constant('int32', last))
    return binary('max', constant('int32', 0), within)
  })

/** Starts per example as the rows of an index array. Shape: -> [examples, rank]. */
const startRows = (starts: readonly NdArray[], dims: readonly Dim[], size: number): NdArray =>
  concatenate(
    starts.map((s, a) => reshape(batchFirst(s, dims[a], size), [size, 1])),
    1
  )

interface DynamicSliceParams {
  readonly sliceSizes: readonly number[]
}

export const dynamicSliceP: Primitive<DynamicSliceParams> = definePrimitive<DynamicSliceParams>({
  name: 'dynamicSlice',
  abstractEval: ([x, ...starts], { sliceSizes }) => {
    checkWindow('dynamicSlice', x, sliceSizes, starts)
    return [makeAval(sliceSizes, x.dtype, x.weak)]
  },
  reference: ([x, ...starts], { sliceSizes }) => {
    const data = allocate(x.dtype, sizeOf(sliceSizes))
    const strides = stridesOf(x.shape)
    const from = flatIndex(strides, clampedStarts(x.shape, sliceSizes, starts))
    copyStrided(data, sliceSizes, x.data, strides, from, slotsOf(x.dtype))
    return [data]
  },
  lower: ([x, ...starts], { sliceSizes }, _outs, context) => {
    const coordinates = lowerStarts(x.shape, sliceSizes, starts).map((start, a) =>
      binary('add', start, iota('int32', axisIndex(a)))
    )
    return [context.at(x, sliceSizes, coordinates)]
  },
  jvp: ([x, ...starts], [dx], { sliceSizes }) => {
    const y = dynamicSlice(x, starts, sliceSizes)
    const aval = makeAval(y.shape, y.dtype)
    return [[y], [mapTangent(aval, dx, (t) => dynamicSlice(t, starts, sliceSizes))]]
  },
  transpose: ([ct], [x, ...starts]) => {
    const aval = makeAval(x.shape, x.dtype)
    const known = starts as readonly NdArray[] // integers have no cotangent, so starts are known
    return [
      mapTangent(aval, ct, (t) => dynamicUpdateSlice(zerosOf(x.shape, x.dtype), t, known)),
      ...starts.map(() => null)
    ]
  },
  batch: (axis, [x, ...starts], [dx, ...ds], { sliceSizes }) => {
    if (ds.every((d) => d === null)) {
      const all = [scalar(0, starts[0]?.dtype ?? 'int32'), ...starts]
      return [[dynamicSlice(batchFirst(x, dx, axis.size), all, [axis.size, ...sliceSizes])], [0]]
    }
    const axes = axesOf(starts.length)
    const after = axes.map((a) => a + 1)
    const shared = dx === null
    const examples = shared ? [] : [0]
    const y = gather(shared ? x : moveAxis(x, dx, 0), startRows(starts, ds, axis.size), {
      dimensionNumbers: {
        offsetDims: after,
        collapsedSliceDims: [],
        startIndexMap: shared ? axes : after,
        operandBatchingDims: examples,
        startIndicesBatchingDims: examples
      },
      sliceSizes: shared ? sliceSizes : [Math.min(1, axis.size), ...sliceSizes],
      mode: 'clip',
      fillValue: null
    })
    return [[y], [0]]
  }
})

/**
 * The window of extents `sliceSizes` at `starts`, which are moved so that it lies inside.
 * Shape: starts are integer scalars, one per axis -> `sliceSizes`.
 */
export const dynamicSlice = (
  x: NdArray,
  starts: readonly NdArray[],
  sliceSizes: readonly number[]
): NdArray => bind1(dynamicSliceP, [x, ...starts], { sliceSizes })

type NoParams = Record<never, never>

export const dynamicUpdateSliceP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: 'dynamicUpdateSlice',
  abstractEval: ([x, update, ...starts]) => {
    checkWindow('dynamicUpdateSlice', x, update.shape, starts)
    checkSame('dynamicUpdateSlice', [makeAval([], x.dtype), makeAval([], update.dtype)])
    return [makeAval(x.shape, x.dtype, x.weak && update.weak)]
  },
  reference: ([x, update, ...starts]) => {
    const data = x.data.slice()
    const slots = slotsOf(x.dtype)
    const strides = stridesOf(x.shape)
    const corner = flatIndex(strides, clampedStarts(x.shape, update.shape, starts))
    let from = 0
    eachIndex(update.shape, (index) => {
      const to = (corner + flatIndex(strides, index)) * slots
      for (let s = 0; s < slots; s++) data[to + s] = update.data[from++]
    })
    return [data]
  },
  lower: ([x, update, ...starts], _params, _outs, context) => {
    const clamped = lowerStarts(x.shape, update.shape, starts).map((e) => value([], e))
    return [context.updateSlice(x, update, clamped)]
  },
  jvp: ([x, update, ...starts], [dx, du]) => {
    const y = dynamicUpdateSlice(x, update, starts)
    const dy =
      isZero(dx) && isZero(du)
        ? zero(makeAval(y.shape, y.dtype))
        : dynamicUpdateSlice(instantiate(dx), instantiate(du), starts)
    return [[y], [dy]]
  },
  transpose: ([ct], [x, update, ...starts]) => {
    const known = starts as readonly NdArray[] // integers have no cotangent, so starts are known
    const around = (t: NdArray): NdArray =>
      dynamicUpdateSlice(t, zerosOf(update.shape, update.dtype), known)
    const window = (t: NdArray): NdArray => dynamicSlice(t, known, update.shape)
    return [
      isUnknown(x) ? mapTangent(x.aval, ct, around) : null,
      isUnknown(update) ? mapTangent(update.aval, ct, window) : null,
      ...starts.map(() => null)
    ]
  },
  batch: (axis, [x, update, ...starts], [dx, du, ...ds]) => {
    const operand = batchFirst(x, dx, axis.size)
    const windows = batchFirst(update, du, axis.size)
    if (ds.every((d) => d === null)) {
      const all = [scalar(0, starts[0]?.dtype ?? 'int32'), ...starts]
      return [[dynamicUpdateSlice(operand, windows, all)], [0]]
    }
    const after = axesOf(starts.length).map((a) => a + 1)
    const y = scatter(operand, startRows(starts, ds, axis.size), windows, {
      dimensionNumbers: {
        updateWindowDims: after,
        insertedWindowDims: [],
        scatterDimsToOperandDims: after,
        operandBatchingDims: [0],
        scatterIndicesBatchingDims: [0]
      },
      mode: 'clip',
      uniqueIndices: true,
      indicesAreSorted: true
    })
    return [[y], [0]]
  }
})

/**
 * A copy of `x` with the window at `starts` replaced; starts are moved so that it lies inside.
 * Shape: update has the rank of x and fits into it; starts are integer scalars, one per axis -> x.
 */
export const dynamicUpdateSlice = (
  x: NdArray,
  update: NdArray,
  starts: readonly NdArray[]
): NdArray => bind1(dynamicUpdateSliceP, [x, update, ...starts], {})
