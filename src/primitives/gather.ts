/**
 * gather and scatterAdd: reading windows at computed places, and adding to them. Each is the
 * transpose of the other.
 */
import { makeAval, type NdArray } from '../core/array.ts'
import { allocate, integerRange, isBool, isInexact, slotsOf, type DType } from '../core/dtype.ts'
import { sizeOf, type Shape } from '../core/shape.ts'
import { select } from '../kernel/make.ts'
import { full } from '../kernel/views.ts'
import { definePrimitive, isUnknown, isZero, type Primitive } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { instantiate } from './elementwise.ts'
import {
  asGather,
  asScatter,
  checkIndices,
  eachWindowElement,
  gatheredShape,
  lowerCoordinates,
  windowSizes,
  type GatherDimensions,
  type GatherMode
} from './gather-dimensions.ts'
import { settle } from './host.ts'
import { mapTangent, zeroOf } from './linear.ts'
import { fillLike, moveAxis, reshape } from './movement.ts'
import { scatterRules, type Scatter, type ScatterParams } from './scatter-rules.ts'

export interface GatherParams {
  readonly dimensionNumbers: GatherDimensions
  /** Extent of the window on every operand axis. */
  readonly sliceSizes: readonly number[]
  readonly mode: GatherMode
  /** What skipped windows hold; null: NaN, the lowest integer, the highest unsigned one, or true. */
  readonly fillValue: number | boolean | null
}

const fillOf = (dtype: DType, value: number | boolean | null): number => {
  if (value !== null) return Number(value)
  if (isInexact(dtype)) return NaN
  if (isBool(dtype)) return 1
  const [lowest, highest] = integerRange(dtype)
  return lowest === 0 ? highest : lowest
}

const up = (axes: readonly number[]): readonly number[] => axes.map((a) => a + 1)

export const gatherP: Primitive<GatherParams> = definePrimitive<GatherParams>({
  name: 'gather',
  abstractEval: ([x, indices], { dimensionNumbers: d, sliceSizes }) => {
    checkIndices('gather', x, indices, d, sliceSizes)
    return [makeAval(gatheredShape(x.shape, indices.shape, d, sliceSizes), x.dtype, x.weak)]
  },
  reference: ([x, indices], { dimensionNumbers: d, sliceSizes, mode, fillValue }, [out]) => {
    const slots = slotsOf(x.dtype)
    const data = allocate(x.dtype, sizeOf(out.shape))
    const fill = fillOf(x.dtype, fillValue)
    eachWindowElement(x.shape, indices, out.shape, d, sliceSizes, mode, (at, from) => {
      // Only the real part of a complex fill is not zero.
      if (from < 0) data[at * slots] = fill
      else for (let s = 0; s < slots; s++) data[at * slots + s] = x.data[from * slots + s]
    })
    return [settle(x.dtype, data)]
  },
  lower: ([x, indices], { dimensionNumbers: d, sliceSizes, mode, fillValue }, [out], context) => {
    const { shape } = out
    const fill = full(shape, x.dtype, fillOf(x.dtype, fillValue))
    if (sizeOf(x.shape) === 0) return [fill]
    const { coordinates, valid } = lowerCoordinates(x.shape, indices, shape, d, sliceSizes, mode)
    const y = context.at(x, shape, coordinates)
    if (valid === null) return [y]
    return [{ ...y, parts: y.parts.map((e, p) => select(valid, e, fill.parts[p])) }]
  },
  jvp: ([x, indices], [dx], p) => {
    const y = gather(x, indices, p)
    const zeroFilled = { ...p, fillValue: 0 }
    return [
      [y],
      [mapTangent(makeAval(y.shape, y.dtype), dx, (t) => gather(t, indices, zeroFilled))]
    ]
  },
  transpose: ([ct], [x, indices], { dimensionNumbers, mode }) => {
    const aval = makeAval(x.shape, x.dtype)
    const to = (t: NdArray): NdArray =>
      scatterAdd(fillLike(zeroOf(aval), x.shape), indices as NdArray, t, {
        dimensionNumbers: asScatter(dimensionNumbers),
        mode,
        uniqueIndices: false,
        indicesAreSorted: false
      })
    return [mapTangent(aval, ct, to), null]
  },
  batch: (_axis, [x, indices], [dx, di], p) => {
    const d = p.dimensionNumbers
    if (di === null && dx !== null) {
      const size = x.shape[dx]
      const params: GatherParams = {
        ...p,
        sliceSizes: [size, ...p.sliceSizes],
        dimensionNumbers: {
          offsetDims: [0, ...up(d.offsetDims)],
          collapsedSliceDims: up(d.collapsedSliceDims),
          startIndexMap: up(d.startIndexMap),
          operandBatchingDims: up(d.operandBatchingDims),
          startIndicesBatchingDims: d.startIndicesBatchingDims
        }
      }
      return [[gather(moveAxis(x, dx, 0), indices, params)], [0]]
    }
    const rows = moveAxis(indices, di ?? 0, 0)
    if (dx === null) {
      const dimensionNumbers = {
        ...d,
        offsetDims: up(d.offsetDims),
        startIndicesBatchingDims: up(d.startIndicesBatchingDims)
      }
      return [[gather(x, rows, { ...p, dimensionNumbers })], [0]]
    }
    const params: GatherParams = {
      ...p,
      sliceSizes: [Math.min(1, x.shape[dx]), ...p.sliceSizes],
      dimensionNumbers: {
        offsetDims: up(d.offsetDims),
        collapsedSliceDims: up(d.collapsedSliceDims),
        startIndexMap: up(d.startIndexMap),
        operandBatchingDims: [0, ...up(d.operandBatchingDims)],
        startIndicesBatchingDims: [0, ...up(d.startIndicesBatchingDims)]
      }
    }
    return [[gather(moveAxis(x, dx, 0), rows, params)], [0]]
  }
})

/** XLA's gather. Shape: batch axes of the indices, with one axis per kept window axis between. */
export const gather = (x: NdArray, indices: NdArray, params: GatherParams): NdArray =>
  bind1(gatherP, [x, indices], params)

/** The gather that reads back the windows a scatter wrote; skipped ones are zero. */
export const gatherWindows = (
  x: NdArray,
  indices: NdArray,
  updates: Shape,
  { dimensionNumbers, mode }: ScatterParams
): NdArray => {
  const d = asGather(dimensionNumbers)
  const sliceSizes = windowSizes(x.shape, updates, d)
  return gather(x, indices, { dimensionNumbers: d, sliceSizes, mode, fillValue: 0 })
}

export const scatterAddP: Primitive<ScatterParams> = definePrimitive<ScatterParams>({
  ...scatterRules('scatterAdd', 'add', (x, indices, updates, p) =>
    scatterAdd(x, indices, updates, p)
  ),
  jvp: ([x, indices, updates], [dx, , du], p) => {
    const y = scatterAdd(x, indices, updates, p)
    if (isZero(du)) return [[y], [dx]]
    return [[y], [scatterAdd(instantiate(dx), indices, du, p)]]
  },
  transpose: ([ct], [x, indices, updates], p) => {
    const read = (t: NdArray): NdArray => gatherWindows(t, indices as NdArray, updates.shape, p)
    return [
      isUnknown(x) ? ct : null,
      null,
      isUnknown(updates) ? mapTangent(updates.aval, ct, read) : null
    ]
  }
})

/** A copy of `x` with `updates` added at the windows; windows may overlap. Shape: that of x. */
export const scatterAdd: Scatter = (x, indices, updates, params) =>
  bind1(scatterAddP, [x, indices, updates], params)

/**
 * y[…, j, …] = x[…, indices[…, j, …], …]: along `axis` by index, along the others by position.
 * Shape: indices have x's rank and its extents off `axis` -> shape of the indices.
 */
export const takeAlongAxis = (
  x: NdArray,
  indices: NdArray,
  axis: number,
  mode: GatherMode = 'fillOrDrop'
): NdArray => {
  const batching = x.shape.map((_, a) => a).filter((a) => a !== axis)
  return gather(x, reshape(indices, [...indices.shape, 1]), {
    dimensionNumbers: {
      offsetDims: [],
      collapsedSliceDims: [axis],
      startIndexMap: [axis],
      operandBatchingDims: batching,
      startIndicesBatchingDims: batching
    },
    sliceSizes: x.shape.map((n) => Math.min(1, n)),
    mode,
    fillValue: null
  })
}
