/** Gathering, scattering and windows that choose, with parameters that are checked by name. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ValueError, checkOptions, listOf, showArgument } from '../core/errors.ts'
import { neg } from '../primitives/negation.ts'
import * as gathering from '../primitives/gather.ts'
import type {
  GatherDimensions,
  GatherMode,
  ScatterDimensions
} from '../primitives/gather-dimensions.ts'
import type { ScatterParams } from '../primitives/scatter-rules.ts'
import * as scattering from '../primitives/scatter.ts'
import * as winners from '../primitives/winners.ts'
import { leafArray } from '../trace/flat.ts'

/** Throws unless the options have every field, and the first of them the lists of that table. */
const requireFields = (
  operation: string,
  options: object,
  fields: readonly string[],
  lists: readonly string[]
): void => {
  const given = options as Readonly<Record<string, unknown>>
  const missing = fields.find((name) => given[name] === undefined)
  if (missing !== undefined)
    throw new ValueError(operation, {
      problem: `${missing} is missing`,
      got: showArgument(given[missing]),
      expected: `{ ${fields.join(', ')} }`,
      hint: "they are XLA's"
    })
  const table = given[fields[0]] as Readonly<Record<string, readonly number[]>>
  if (lists.length === 0) listOf(operation, given[fields[0]] as readonly number[])
  for (const name of lists) listOf(`${operation} ${name}`, table[name])
}

/** Without batching dimensions where there are none. */
type Given<D, B extends keyof D> = Omit<D, B> & Partial<Pick<D, B>>

export interface GatherParams {
  readonly dimensionNumbers: Given<
    GatherDimensions,
    'operandBatchingDims' | 'startIndicesBatchingDims'
  >
  /** Extent of the window on every operand axis. */
  readonly sliceSizes: readonly number[]
  /** 'fillOrDrop' by default. */
  readonly mode?: GatherMode
  /** What skipped windows hold; null: NaN, the lowest integer, the highest unsigned one, or true. */
  readonly fillValue?: number | boolean | null
}

/** Slices of x from starts that are values. */
export const gather = (x: ArrayLike, indices: ArrayLike, params: GatherParams): NdArray => {
  checkOptions('gather', params, ['dimensionNumbers', 'sliceSizes', 'mode', 'fillValue'])
  requireFields(
    'gather',
    params,
    ['dimensionNumbers', 'sliceSizes'],
    ['offsetDims', 'collapsedSliceDims', 'startIndexMap']
  )
  const { dimensionNumbers, sliceSizes, mode = 'fillOrDrop', fillValue = null } = params
  return gathering.gather(leafArray(x), leafArray(indices), {
    dimensionNumbers: {
      operandBatchingDims: [],
      startIndicesBatchingDims: [],
      ...dimensionNumbers
    },
    sliceSizes: listOf('gather', sliceSizes),
    mode,
    fillValue
  })
}

export interface ScatterOptions {
  readonly dimensionNumbers: Given<
    ScatterDimensions,
    'operandBatchingDims' | 'scatterIndicesBatchingDims'
  >
  /** 'fillOrDrop' by default. */
  readonly mode?: GatherMode
  /** No place is written twice, by the caller's word; false by default. */
  readonly uniqueIndices?: boolean
  readonly indicesAreSorted?: boolean
}

type Scatter = (x: NdArray, indices: NdArray, updates: NdArray, params: ScatterParams) => NdArray

const scattered =
  (name: string, f: Scatter) =>
  (x: ArrayLike, indices: ArrayLike, updates: ArrayLike, params: ScatterOptions): NdArray => {
    checkOptions(name, params, ['dimensionNumbers', 'mode', 'indicesAreSorted', 'uniqueIndices'])
    requireFields(
      name,
      params,
      ['dimensionNumbers'],
      ['updateWindowDims', 'insertedWindowDims', 'scatterDimsToOperandDims']
    )
    const { mode = 'fillOrDrop', uniqueIndices = false, indicesAreSorted = false } = params
    return f(leafArray(x), leafArray(indices), leafArray(updates), {
      dimensionNumbers: {
        operandBatchingDims: [],
        scatterIndicesBatchingDims: [],
        ...params.dimensionNumbers
      },
      mode,
      uniqueIndices,
      indicesAreSorted
    })
  }

/** x with slices at these starts replaced; so for the whole family, which adds, multiplies … */
export const scatter = scattered('scatter', scattering.scatter)
export const scatterAdd = scattered('scatterAdd', gathering.scatterAdd)
/** Subtracts: adds what is negated. */
export const scatterSub = (
  x: ArrayLike,
  indices: ArrayLike,
  updates: ArrayLike,
  params: ScatterOptions
): NdArray => scatterAdd(x, indices, neg(leafArray(updates)), params)
export const scatterMax = scattered('scatterMax', scattering.scatterMax)
export const scatterMin = scattered('scatterMin', scattering.scatterMin)
export const scatterMul = scattered('scatterMul', scattering.scatterMul)

/** Of every window of `operand`, the winner's element of `tangents`. */
export const selectAndGatherAdd = (
  tangents: ArrayLike,
  operand: ArrayLike,
  params: Parameters<typeof winners.selectAndGatherAdd>[2]
): NdArray => {
  requireWindows('selectAndGatherAdd', params)
  return winners.selectAndGatherAdd(leafArray(tangents), leafArray(operand), params)
}

/** Every element of `source` added where the winner of its window is in `operand`. */
export const selectAndScatterAdd = (
  source: ArrayLike,
  operand: ArrayLike,
  params: Parameters<typeof winners.selectAndScatterAdd>[2]
): NdArray => {
  requireWindows('selectAndScatterAdd', params)
  return winners.selectAndScatterAdd(leafArray(source), leafArray(operand), params)
}

const windowNames = ['windowDimensions', 'windowStrides', 'padding']

const requireWindows = (operation: string, params: object): void => {
  checkOptions(operation, params, ['select', ...windowNames, 'baseDilation', 'windowDilation'])
  requireFields(operation, params, [...windowNames, 'select'], [])
}
