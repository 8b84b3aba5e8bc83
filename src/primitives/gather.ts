/**
 * gather and scatterAdd: reading windows at computed places, and adding to them. Each is the
 * transpose of the other.
 */
import { makeAval, type Aval, type NdArray } from '../core/array.ts'
import { allocate, integerRange, isBool, isInexact, slotsOf, type DType } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { equals, show, sizeOf, type Shape } from '../core/shape.ts'
import type { Expr } from '../kernel/expr.ts'
import { constant, select } from '../kernel/make.ts'
import { partType } from '../kernel/views.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type BatchRule,
  type Primitive
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { checkSame, instantiate } from './elementwise.ts'
import {
  asGather,
  asScatter,
  checkIndices,
  eachWindowElement,
  gatheredShape,
  lowerCoordinates,
  windowSizes,
  type GatherDimensions,
  type GatherMode,
  type ScatterDimensions
} from './gather-dimensions.ts'
import { settle } from './host.ts'
import { mapTangent, zeroOf } from './linear.ts'
import { batchFirst, fillLike, moveAxis, reshape } from './movement.ts'

export interface GatherParams {
  readonly dimensionNumbers: GatherDimensions
  /** Extent of the window on every operand axis. */
  readonly sliceSizes: readonly number[]
  readonly mode: GatherMode
  /** What skipped windows hold; null: NaN, the lowest integer, the highest unsigned one, true. */
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
      for (let s = 0; s < slots; s++)
        data[at * slots + s] = from < 0 ? fill : x.data[from * slots + s]
    })
    return [data]
  },
  lower: ([x, indices], { dimensionNumbers: d, sliceSizes, mode, fillValue }, [out], context) => {
    const { coordinates, valid } = lowerCoordinates(
      x.shape,
      indices,
      out.shape,
      d,
      sliceSizes,
      mode
    )
    const y = context.at(x, out.shape, coordinates)
    if (valid === null) return [y]
    const fill = constant(partType(x.dtype), fillOf(x.dtype, fillValue))
    return [{ ...y, parts: y.parts.map((e: Expr) => select(valid, e, fill)) }]
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

export interface ScatterParams {
  readonly dimensionNumbers: ScatterDimensions
  readonly mode: GatherMode
  readonly uniqueIndices: boolean
  readonly indicesAreSorted: boolean
}

/** Types of a scatter's result; shared by the whole family. */
export const scatterAval =
  (name: string) =>
  (
    [x, indices, updates]: readonly Aval[],
    { dimensionNumbers }: ScatterParams
  ): readonly Aval[] => {
    const d = asGather(dimensionNumbers)
    const sizes = windowSizes(x.shape, updates.shape, d)
    checkIndices(name, x, indices, d, sizes)
    const expected = gatheredShape(x.shape, indices.shape, d, sizes)
    if (!equals(expected, updates.shape))
      throw new ShapeError(name, {
        problem: 'the updates do not fit the indices',
        got: `updates ${show(updates.shape)} for indices ${show(indices.shape)}`,
        expected: show(expected),
        hint: 'x.at(index).set(values) broadcasts the values'
      })
    checkSame(name, [makeAval([], x.dtype), makeAval([], updates.dtype)])
    return [makeAval(x.shape, x.dtype, x.weak && updates.weak)]
  }

type Combine = (there: number, update: number) => number

/** The reference of the whole family: updates meet the operand one after the other. */
export const scatterReference =
  (
    combine: Combine,
    complex?: (data: Float64Array | Float32Array, at: number, re: number, im: number) => void
  ): NonNullable<Primitive<ScatterParams>['reference']> =>
  ([x, indices, updates], { dimensionNumbers, mode }) => {
    const data = x.data.slice()
    const slots = slotsOf(x.dtype)
    const d = asGather(dimensionNumbers)
    const sizes = windowSizes(x.shape, updates.shape, d)
    eachWindowElement(x.shape, indices, updates.shape, d, sizes, mode, (at, to) => {
      if (to < 0) return
      if (slots === 2 && complex !== undefined)
        complex(data as Float64Array, to * 2, updates.data[at * 2], updates.data[at * 2 + 1])
      else
        for (let s = 0; s < slots; s++)
          data[to * slots + s] = combine(data[to * slots + s], updates.data[at * slots + s])
    })
    return [settle(x.dtype, data)]
  }

export const lowerScatter =
  (kind: 'set' | 'add' | 'mul' | 'min' | 'max'): NonNullable<Primitive<ScatterParams>['lower']> =>
  ([x, indices, updates], { dimensionNumbers, mode }, _outs, context) => {
    const d = asGather(dimensionNumbers)
    const sizes = windowSizes(x.shape, updates.shape, d)
    return [
      context.scatter(x, updates, {
        kind,
        ...lowerCoordinates(x.shape, indices, updates.shape, d, sizes, mode)
      })
    ]
  }

/** Indices that all examples share leave the batch an axis of the window; else it is a batching axis. */
export const batchScatter =
  (
    apply: (x: NdArray, indices: NdArray, updates: NdArray, p: ScatterParams) => NdArray
  ): BatchRule<ScatterParams> =>
  (axis, [x, indices, updates], [dx, di, du], p) => {
    const d = p.dimensionNumbers
    const operand = batchFirst(x, dx, axis.size)
    const values = batchFirst(updates, du, axis.size)
    const shifted = {
      insertedWindowDims: up(d.insertedWindowDims),
      scatterDimsToOperandDims: up(d.scatterDimsToOperandDims)
    }
    const dimensionNumbers: ScatterDimensions =
      di === null
        ? {
            ...shifted,
            updateWindowDims: [0, ...up(d.updateWindowDims)],
            operandBatchingDims: up(d.operandBatchingDims),
            scatterIndicesBatchingDims: d.scatterIndicesBatchingDims
          }
        : {
            ...shifted,
            updateWindowDims: up(d.updateWindowDims),
            operandBatchingDims: [0, ...up(d.operandBatchingDims)],
            scatterIndicesBatchingDims: [0, ...up(d.scatterIndicesBatchingDims)]
          }
    const rows = di === null ? indices : moveAxis(indices, di, 0)
    return [[apply(operand, rows, values, { ...p, dimensionNumbers })], [0]]
  }

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
  name: 'scatterAdd',
  abstractEval: scatterAval('scatterAdd'),
  reference: scatterReference((x, u) => x + u),
  lower: lowerScatter('add'),
  jvp: ([x, indices, updates], [dx, , du], p) => {
    const y = scatterAdd(x, indices, updates, p)
    if (isZero(dx) && isZero(du)) return [[y], [zero(makeAval(y.shape, y.dtype))]]
    return [[y], [isZero(du) ? dx : scatterAdd(instantiate(dx), indices, du, p)]]
  },
  transpose: ([ct], [x, indices, updates], p) => {
    const aval = makeAval(updates.shape, updates.dtype)
    const read = (t: NdArray): NdArray => gatherWindows(t, indices as NdArray, updates.shape, p)
    return [isUnknown(x) ? ct : null, null, isUnknown(updates) ? mapTangent(aval, ct, read) : null]
  },
  batch: batchScatter((x, i, u, p) => scatterAdd(x, i, u, p))
})

/** A copy of `x` with `updates` added at the windows; windows may overlap. Shape: that of x. */
export const scatterAdd = (
  x: NdArray,
  indices: NdArray,
  updates: NdArray,
  params: ScatterParams
): NdArray => bind1(scatterAddP, [x, indices, updates], params)

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
