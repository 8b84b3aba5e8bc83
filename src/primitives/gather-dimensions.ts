/**
 * XLA's dimension numbers for gather and scatter: which axes of the indices, the operand and the
 * windows mean what. The last axis of the indices holds the position of one window.
 */
import type { Aval } from '../core/array.ts'
import { isInteger } from '../core/dtype.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { show, sizeOf, stridesOf, without, type Shape } from '../core/shape.ts'
import type { Affine } from '../kernel/affine.ts'
import { axisIndex, constantIndex } from '../kernel/affine.ts'
import { binary, cast, compare, constant, iota } from '../kernel/make.ts'
import type { Expr } from '../kernel/expr.ts'
import type { LoweredValue } from '../kernel/fuse.ts'
import { view } from '../kernel/views.ts'

/** What an index outside the array does: moves into it, is skipped (or filled), or never occurs. */
export type GatherMode = 'clip' | 'fillOrDrop' | 'promiseInBounds'

export interface GatherDimensions {
  /** Axes of the result that run over a window. */
  readonly offsetDims: readonly number[]
  /** Operand axes of window extent 1 that the result does not have. */
  readonly collapsedSliceDims: readonly number[]
  /** Operand axis for each component of an index. */
  readonly startIndexMap: readonly number[]
  readonly operandBatchingDims: readonly number[]
  readonly startIndicesBatchingDims: readonly number[]
}

export interface ScatterDimensions {
  /** Axes of the updates that run over a window. */
  readonly updateWindowDims: readonly number[]
  /** Operand axes of window extent 1 that the updates do not have. */
  readonly insertedWindowDims: readonly number[]
  readonly scatterDimsToOperandDims: readonly number[]
  readonly operandBatchingDims: readonly number[]
  readonly scatterIndicesBatchingDims: readonly number[]
}

/** A scatter's windows seen as the gather that reads them back. */
export const asGather = (d: ScatterDimensions): GatherDimensions => ({
  offsetDims: d.updateWindowDims,
  collapsedSliceDims: d.insertedWindowDims,
  startIndexMap: d.scatterDimsToOperandDims,
  operandBatchingDims: d.operandBatchingDims,
  startIndicesBatchingDims: d.scatterIndicesBatchingDims
})

/** A gather's windows seen as the scatter that writes them. */
export const asScatter = (d: GatherDimensions): ScatterDimensions => ({
  updateWindowDims: d.offsetDims,
  insertedWindowDims: d.collapsedSliceDims,
  scatterDimsToOperandDims: d.startIndexMap,
  operandBatchingDims: d.operandBatchingDims,
  scatterIndicesBatchingDims: d.startIndicesBatchingDims
})

/** Operand axes that a window runs over and the result keeps, in order. */
export const windowAxes = (rank: number, d: GatherDimensions): readonly number[] =>
  Array.from({ length: rank }, (_, a) => a).filter(
    (a) => !d.collapsedSliceDims.includes(a) && !d.operandBatchingDims.includes(a)
  )

/** Shape of the windows, one per index: batch axes of the indices with the offsets put between. */
export const gatheredShape = (
  operand: Shape,
  indices: Shape,
  d: GatherDimensions,
  sliceSizes: readonly number[]
): Shape => {
  const batch = indices.slice(0, -1)
  const window = windowAxes(operand.length, d).map((a) => sliceSizes[a])
  const rank = batch.length + window.length
  let nextBatch = 0
  let nextWindow = 0
  return Array.from({ length: rank }, (_, a) =>
    d.offsetDims.includes(a) ? window[nextWindow++] : batch[nextBatch++]
  )
}

/** Extents of a scatter's window on every operand axis. */
export const windowSizes = (
  operand: Shape,
  updates: Shape,
  d: GatherDimensions
): readonly number[] => {
  let next = 0
  const axes = windowAxes(operand.length, d)
  return operand.map((n, a) => (axes.includes(a) ? updates[d.offsetDims[next++]] : Math.min(1, n)))
}

export const checkIndices = (
  operation: string,
  operand: Aval,
  indices: Aval,
  d: GatherDimensions,
  sliceSizes: readonly number[]
): void => {
  if (!isInteger(indices.dtype))
    throw new DTypeError(operation, {
      problem: 'the indices are no integers',
      got: indices.dtype,
      expected: 'int32 or another integer type',
      hint: "convert with astype('int32'); a boolean mask goes into np.where or x.slice(mask)"
    })
  const rank = operand.shape.length
  const components = indices.shape[indices.shape.length - 1]
  const distinct = (axes: readonly number[], n: number): boolean =>
    new Set(axes).size === axes.length && axes.every((a) => Number.isInteger(a) && a >= 0 && a < n)
  const increasing = (axes: readonly number[]): boolean =>
    axes.every((a, i) => i === 0 || a > axes[i - 1])
  const removed = [...d.collapsedSliceDims, ...d.operandBatchingDims]
  const kept = windowAxes(rank, d).length
  const fine =
    indices.shape.length >= 1 &&
    components === d.startIndexMap.length &&
    sliceSizes.length === rank &&
    distinct([...d.startIndexMap, ...d.operandBatchingDims], rank) &&
    distinct(removed, rank) &&
    distinct(d.startIndicesBatchingDims, indices.shape.length - 1) &&
    d.operandBatchingDims.length === d.startIndicesBatchingDims.length &&
    d.offsetDims.length === kept &&
    distinct(d.offsetDims, indices.shape.length - 1 + kept) &&
    increasing(d.offsetDims) &&
    sliceSizes.every((s, a) => Number.isInteger(s) && s >= 0 && s <= operand.shape[a]) &&
    removed.every((a) => sliceSizes[a] <= 1) &&
    d.operandBatchingDims.every(
      (a, i) => operand.shape[a] === indices.shape[d.startIndicesBatchingDims[i]]
    )
  if (!fine)
    throw new ShapeError(operation, {
      problem: 'the dimension numbers do not fit the arrays',
      got: `operand ${show(operand.shape)}, indices ${show(indices.shape)}, window ${show(sliceSizes)}, ${JSON.stringify(d)}`,
      expected:
        'one index component per indexed axis, windows within the operand, and one offset axis per kept window axis',
      hint: 'x.slice(…), np.take and np.takeAlongAxis write these numbers for you'
    })
}

/** Splits a position in the result into its batch part and its offset in the window. */
export const batchAxes = (rank: number, d: GatherDimensions): readonly number[] =>
  Array.from({ length: rank }, (_, a) => a).filter((a) => !d.offsetDims.includes(a))

/**
 * Visits every position of the gathered shape: `from` is the place in the operand (−1 where the
 * window is outside and the mode skips it), `at` the row-major position in the result.
 */
export const eachWindowElement = (
  operand: Shape,
  indices: { readonly shape: Shape; readonly data: ArrayLike<number> },
  out: Shape,
  d: GatherDimensions,
  sliceSizes: readonly number[],
  mode: GatherMode,
  visit: (at: number, from: number) => void
): void => {
  const rank = operand.length
  const axes = windowAxes(rank, d)
  const batch = batchAxes(out.length, d)
  const indexShape = without(indices.shape, [indices.shape.length - 1])
  const components = d.startIndexMap.length
  const strides = stridesOf(operand)
  const position = out.map(() => 0)
  const start = new Array<number>(rank)
  const total = sizeOf(out)
  const empty = sizeOf(operand) === 0
  for (let at = 0; at < total; at++) {
    let row = 0
    batch.forEach((p, i) => (row = row * indexShape[i] + position[p]))
    start.fill(0)
    d.startIndexMap.forEach((a, k) => (start[a] = indices.data[row * components + k]))
    let inside = true
    for (let a = 0; a < rank; a++) {
      const last = operand[a] - sliceSizes[a]
      if (mode === 'fillOrDrop') inside &&= start[a] >= 0 && start[a] <= last
      else start[a] = Math.min(last, Math.max(0, start[a]))
    }
    d.operandBatchingDims.forEach(
      (a, i) => (start[a] = position[batch[d.startIndicesBatchingDims[i]]])
    )
    let from = 0
    // An operand without elements has none to offer, whatever the mode.
    inside &&= !empty
    if (inside) {
      for (let a = 0; a < rank; a++) from += start[a] * strides[a]
      axes.forEach((a, i) => (from += position[d.offsetDims[i]] * strides[a]))
    }
    visit(at, inside ? from : -1)
    for (let a = out.length - 1; a >= 0; a--) {
      if (++position[a] < out[a]) break
      position[a] = 0
    }
  }
}

/** The operand coordinates of every position of the gathered shape, clamped, and their validity. */
export const lowerCoordinates = (
  operand: Shape,
  indices: LoweredValue,
  out: Shape,
  d: GatherDimensions,
  sliceSizes: readonly number[],
  mode: GatherMode
): { readonly coordinates: readonly Expr[]; readonly valid: Expr | null } => {
  const batch = batchAxes(out.length, d)
  const axes = windowAxes(operand.length, d)
  const int = (v: number): Expr => constant('int32', v)
  const component = (k: number): Expr => {
    const places: Affine[] = [...batch.map(axisIndex), constantIndex(k)]
    const e = view(indices, out, places).parts[0]
    // Unsigned indices beyond int32 are outside of every array; the cast must not make them small.
    return indices.dtype === 'uint32'
      ? cast(binary('min', e, constant('uint32', 0x7fffffff)), 'int32')
      : cast(e, 'int32')
  }
  let valid: Expr | null = null
  const coordinates = operand.map((n, a): Expr => {
    const batching = d.operandBatchingDims.indexOf(a)
    if (batching >= 0) return iota('int32', axisIndex(batch[d.startIndicesBatchingDims[batching]]))
    const k = d.startIndexMap.indexOf(a)
    const w = axes.indexOf(a)
    const offset = w < 0 ? null : iota('int32', axisIndex(d.offsetDims[w]))
    if (k < 0) return offset ?? int(0)
    const raw = component(k)
    const last = int(n - sliceSizes[a])
    if (mode === 'fillOrDrop') {
      const within = binary('and', compare('ge', raw, int(0)), compare('le', raw, last))
      valid = valid === null ? within : binary('and', valid, within)
    }
    const clamped = binary('max', int(0), binary('min', raw, last))
    return offset === null ? clamped : binary('add', clamped, offset)
  })
  return { coordinates, valid }
}
