/**
 * What all scatters share: updates are combined, one after the other, into windows at computed
 * places. They differ in how an update meets what is there.
 */
import { makeAval, type Aval, type NdArray } from '../core/array.ts'
import { isBool, isComplex, isInteger, slotsOf, type DType } from '../core/dtype.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { roundToBfloat16, roundToFloat16 } from '../core/scalar/rounding.ts'
import { equals, show } from '../core/shape.ts'
import type { ScatterKind } from '../kernel/ir.ts'
import type { BatchRule, HostArray, Primitive } from '../trace/primitive.ts'
import { checkSame } from './elementwise.ts'
import {
  asGather,
  checkIndices,
  eachWindowElement,
  gatheredShape,
  lowerCoordinates,
  windowSizes,
  type GatherMode,
  type ScatterDimensions
} from './gather-dimensions.ts'
import { hostRoutine } from './lower.ts'
import { batchFirst, moveAxis } from './movement.ts'

export interface ScatterParams {
  readonly dimensionNumbers: ScatterDimensions
  readonly mode: GatherMode
  /** No place is written twice, by the caller's word. */
  readonly uniqueIndices: boolean
  readonly indicesAreSorted: boolean
}

export type Scatter = (
  x: NdArray,
  indices: NdArray,
  updates: NdArray,
  params: ScatterParams
) => NdArray

const isExtremal = (kind: ScatterKind): boolean => kind === 'min' || kind === 'max'

const scatterAval =
  (name: string, kind: ScatterKind) =>
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
    if (isExtremal(kind) && isComplex(x.dtype))
      throw new DTypeError(name, {
        problem: 'complex numbers have no order',
        got: x.dtype,
        expected: 'a real type',
        hint: 'compare np.abs, np.real or np.imag'
      })
    return [makeAval(x.shape, x.dtype, x.weak && updates.weak)]
  }

type Combine = (there: number, update: number) => number

/** On bools adding is or, multiplying is and. Math.min and Math.max give NaN beside NaN, as XLA. */
const combineOf = (kind: ScatterKind, dtype: DType): Combine => {
  const round = dtype === 'float16' ? roundToFloat16 : dtype === 'bfloat16' ? roundToBfloat16 : null
  switch (kind) {
    case 'set':
      return (_there, update) => update
    case 'min':
      return Math.min
    case 'max':
      return Math.max
    case 'add':
      if (isBool(dtype)) return (a, b) => a | b
      return round === null ? (a, b) => a + b : (a, b) => round(a + b)
    case 'mul':
      if (isBool(dtype)) return (a, b) => a & b
      if (isInteger(dtype)) return Math.imul
      return round === null ? (a, b) => a * b : (a, b) => round(a * b)
  }
}

const scatterReference =
  (kind: ScatterKind): NonNullable<Primitive<ScatterParams>['reference']> =>
  ([x, indices, updates], { dimensionNumbers, mode }) => {
    const data = x.data.slice()
    const slots = slotsOf(x.dtype)
    const combine = combineOf(kind, x.dtype)
    const u = updates.data
    eachWindow(x, indices, updates, dimensionNumbers, mode, (at, to) => {
      if (kind === 'mul' && slots === 2) {
        const [re, im] = [data[2 * to], data[2 * to + 1]]
        data[2 * to] = re * u[2 * at] - im * u[2 * at + 1]
        data[2 * to + 1] = re * u[2 * at + 1] + im * u[2 * at]
      } else
        for (let s = 0; s < slots; s++)
          data[to * slots + s] = combine(data[to * slots + s], u[at * slots + s])
    })
    return [data]
  }

/** Visits the updates that are inside, in order: `at` is the update, `to` its place. */
const eachWindow = (
  x: HostArray,
  indices: HostArray,
  updates: HostArray,
  dimensionNumbers: ScatterDimensions,
  mode: GatherMode,
  visit: (at: number, to: number) => void
): void => {
  const d = asGather(dimensionNumbers)
  const sizes = windowSizes(x.shape, updates.shape, d)
  eachWindowElement(x.shape, indices, updates.shape, d, sizes, mode, (at, to) => {
    if (to >= 0) visit(at, to)
  })
}

const lowerScatter =
  (name: string, kind: ScatterKind): NonNullable<Primitive<ScatterParams>['lower']> =>
  (inputs, params, outs, context) => {
    const [x, indices, updates] = inputs
    // A complex product mixes its parts, which a scatter of parts cannot.
    if (kind === 'mul' && isComplex(x.dtype))
      return hostRoutine<ScatterParams>(
        name,
        'complex: a product mixes its parts',
        scatterReference(kind)
      )(inputs, params, outs, context)
    const d = asGather(params.dimensionNumbers)
    const sizes = windowSizes(x.shape, updates.shape, d)
    return [
      context.scatter(x, updates, {
        kind,
        ...lowerCoordinates(x.shape, indices, updates.shape, d, sizes, params.mode)
      })
    ]
  }

const up = (axes: readonly number[]): readonly number[] => axes.map((a) => a + 1)

/** Indices that all examples share leave the batch an axis of the window; else it is a batching axis. */
const batchScatter =
  (apply: Scatter): BatchRule<ScatterParams> =>
  (axis, [x, indices, updates], [dx, di, du], p) => {
    const d = p.dimensionNumbers
    const shifted = {
      updateWindowDims: up(d.updateWindowDims),
      insertedWindowDims: up(d.insertedWindowDims),
      scatterDimsToOperandDims: up(d.scatterDimsToOperandDims),
      operandBatchingDims: up(d.operandBatchingDims),
      scatterIndicesBatchingDims: d.scatterIndicesBatchingDims
    }
    const dimensionNumbers: ScatterDimensions =
      di === null
        ? { ...shifted, updateWindowDims: [0, ...shifted.updateWindowDims] }
        : {
            ...shifted,
            operandBatchingDims: [0, ...shifted.operandBatchingDims],
            scatterIndicesBatchingDims: [0, ...up(d.scatterIndicesBatchingDims)]
          }
    const operand = batchFirst(x, dx, axis.size)
    const values = batchFirst(updates, du, axis.size)
    const rows = di === null ? indices : moveAxis(indices, di, 0)
    return [[apply(operand, rows, values, { ...p, dimensionNumbers })], [0]]
  }

/** The rules that follow from how an update meets what is there. */
export const scatterRules = (
  name: string,
  kind: ScatterKind,
  apply: Scatter
): Pick<Primitive<ScatterParams>, 'name' | 'abstractEval' | 'reference' | 'lower' | 'batch'> => ({
  name,
  abstractEval: scatterAval(name, kind),
  reference: scatterReference(kind),
  lower: lowerScatter(name, kind),
  batch: batchScatter(apply)
})
