/**
 * NumPy's indexing. Positions, slices and new axes are slices, reversals and reshapes; arrays of
 * integers become one gather, whose axes come where the first of them stood when they stood side by
 * side, and first otherwise.
 */
import type { NdArray } from '../core/array.ts'
import type { Index, IndexMode, IndexOptions } from '../core/fluent.ts'
import { broadcast, iota as axesOf, type Shape } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import { gather } from '../primitives/gather.ts'
import type { ScatterDimensions } from '../primitives/gather-dimensions.ts'
import { broadcastInDim, broadcastTo, reshape } from '../primitives/movement.ts'
import { rev } from '../primitives/reversal.ts'
import { slice } from '../primitives/slicing.ts'
import { minimum } from './arithmetic.ts'
import { array } from './array.ts'
import { gatherMode, normalizeIndices } from './index-modes.ts'
import { filled } from './promotion.ts'
import { parseIndex, type ArrayEntry, type Entry, type SliceEntry } from './index-parse.ts'

/** The entries without arrays: a slice, a reversal and a reshape. */
const readBasic = (x: NdArray, entries: readonly Entry[]): NdArray => {
  const start = new Array<number>(x.ndim).fill(0)
  const limit = [...x.shape]
  const strides = new Array<number>(x.ndim).fill(1)
  const backwards: number[] = []
  const shape: number[] = []
  for (const e of entries)
    if (e._tag === 'newaxis') shape.push(1)
    else if (e._tag === 'position') {
      start[e.axis] = e.at
      limit[e.axis] = e.at + 1
    } else if (e._tag === 'slice') {
      const { low, high, stride } = forward(e)
      start[e.axis] = low
      limit[e.axis] = high
      strides[e.axis] = stride
      if (e.step < 0) backwards.push(e.axis)
      shape.push(e.length)
    }
  return reshape(rev(slice(x, start, limit, strides), backwards), shape)
}

/** The positions of a slice in increasing order, as a half-open range. */
const forward = ({
  start,
  length,
  step
}: SliceEntry): { readonly low: number; readonly high: number; readonly stride: number } => {
  if (length === 0) return { low: 0, high: 0, stride: 1 }
  const last = start + (length - 1) * step
  const low = Math.min(start, last)
  return { low, high: Math.max(start, last) + 1, stride: length === 1 ? 1 : Math.abs(step) }
}

const isAdvanced = (e: Entry): boolean => e._tag === 'array' || e._tag === 'position'

interface Advanced {
  /** Shape that the arrays of integers broadcast to. */
  readonly batch: Shape
  readonly axes: readonly number[]
  readonly indices: readonly NdArray[]
  /** Position in `entries` where the axes of `batch` enter the result. */
  readonly at: number
}

/** Beside arrays a number is an array without axes. */
const asEntryArray = (e: Entry): readonly ArrayEntry[] => {
  if (e._tag === 'array') return [e]
  if (e._tag !== 'position') return []
  return [{ _tag: 'array', axis: e.axis, indices: array(e.at, { dtype: 'int32' }) }]
}

const advancedOf = (
  operation: string,
  shape: Shape,
  entries: readonly Entry[],
  mode: IndexMode
): Advanced => {
  const arrays = entries.flatMap(asEntryArray)
  const batch = broadcast(
    operation,
    arrays.map((e) => e.indices.shape)
  )
  const places = entries.flatMap((e, i) => (isAdvanced(e) ? [i] : []))
  const together = places.every((p, i) => p === places[0] + i)
  return {
    batch,
    axes: arrays.map((e) => e.axis),
    indices: arrays.map((e) =>
      broadcastTo(normalizeIndices(operation, e.indices, shape[e.axis], mode), batch)
    ),
    at: together ? places[0] : 0
  }
}

/** Indices as the last axis of one array. */
const stacked = (indices: readonly NdArray[], batch: Shape): NdArray => {
  // A window over everything has no place to name.
  if (indices.length === 0) return filled('index', 0, [...batch, 0], 'int32')
  const columns = indices.map((i) => reshape(i, [...batch, 1]))
  return columns.length === 1 ? columns[0] : concatenate(sameType(columns), batch.length)
}

/** uint32 beside int32 would not join; a value that wraps was outside the array anyway. */
const sameType = (xs: readonly NdArray[]): readonly NdArray[] =>
  xs.every((x) => x.dtype === xs[0].dtype) ? xs : xs.map((x) => clampToInt32(x))

const clampToInt32 = (x: NdArray): NdArray =>
  x.dtype === 'int32' ? x : convertElementType(minimum(x, 0x7fffffff), 'int32')

const readAdvanced = (
  operation: string,
  x: NdArray,
  entries: readonly Entry[],
  options: IndexOptions
): NdArray => {
  const mode = options.mode ?? 'clip'
  const advanced = advancedOf(operation, x.shape, entries, mode)
  // Slices first: then every axis that is not indexed is taken whole.
  const whole = axesOf(x.ndim).map((axis): Entry => {
    const found = entries.find((e) => e._tag === 'slice' && e.axis === axis)
    return found ?? { _tag: 'slice', axis, start: 0, length: x.shape[axis], step: 1 }
  })
  const sliced = readBasic(x, whole)
  const before = entries.slice(0, advanced.at).filter((e) => e._tag === 'slice').length
  const rest = axesOf(x.ndim).filter((a) => !advanced.axes.includes(a))
  const rank = advanced.batch.length
  const gathered = gather(sliced, stacked(advanced.indices, advanced.batch), {
    dimensionNumbers: {
      offsetDims: rest.map((_, i) => (i < before ? i : i + rank)),
      collapsedSliceDims: advanced.axes.toSorted((a, b) => a - b),
      startIndexMap: advanced.axes,
      operandBatchingDims: [],
      startIndicesBatchingDims: []
    },
    sliceSizes: sliced.shape.map((n, a) => (advanced.axes.includes(a) ? Math.min(1, n) : n)),
    mode: gatherMode(operation, mode),
    fillValue: options.fillValue ?? null
  })
  const shape = entries.flatMap((e, i): readonly number[] => [
    ...(i === advanced.at ? advanced.batch : []),
    ...(e._tag === 'slice' ? [e.length] : e._tag === 'newaxis' ? [1] : [])
  ])
  return reshape(gathered, shape)
}

/**
 * The elements at an index. Indices in arrays that are outside move to the nearest element unless
 * `mode` says otherwise; a number outside is an error.
 */
export const readIndex = (
  operation: string,
  x: NdArray,
  index: readonly Index[],
  options: IndexOptions = {}
): NdArray => {
  const entries = parseIndex(operation, x.shape, index)
  return entries.some((e) => e._tag === 'array')
    ? readAdvanced(operation, x, entries, options)
    : readBasic(x, entries)
}

/** What a scatter needs to write at an index. */
export interface Target {
  readonly indices: NdArray
  readonly dimensionNumbers: ScatterDimensions
  /** Shape of what `x.slice(index)` would be: updates broadcast to it. */
  readonly shape: Shape
  /** Shape of the updates of the scatter: that without new axes. */
  readonly updates: Shape
  /** Axes of the updates that are written backwards. */
  readonly backwards: readonly number[]
  /** Whether no place is written twice, whatever the arrays hold. */
  readonly unique: boolean
}

interface Column {
  readonly axis: number
  readonly indices: NdArray
  /** Axes of the batch that the indices run over. */
  readonly along: readonly number[]
}

/** Where an index writes: windows for whole stretches, indices for everything else. */
export const targetOf = (
  operation: string,
  shape: Shape,
  index: readonly Index[],
  mode: IndexMode
): Target => {
  const entries = parseIndex(operation, shape, index)
  const hasArrays = entries.some((e) => e._tag === 'array')
  const advanced = hasArrays ? advancedOf(operation, shape, entries, mode) : null
  const columns: Column[] = []
  const batch: number[] = []
  const updates: number[] = []
  const windowDims: number[] = []
  const inserted: number[] = []
  const backwards: number[] = []
  const result: number[] = []

  const enterArrays = (a: Advanced): void => {
    const along = a.batch.map((_, i) => batch.length + i)
    a.axes.forEach((axis, i) => columns.push({ axis, indices: a.indices[i], along }))
    batch.push(...a.batch)
    updates.push(...a.batch)
    result.push(...a.batch)
  }
  const constantAt = (axis: number, at: number): void => {
    columns.push({ axis, indices: array(at, { dtype: 'int32' }), along: [] })
  }

  entries.forEach((e, i) => {
    if (advanced !== null && i === advanced.at) enterArrays(advanced)
    if (e._tag === 'newaxis') result.push(1)
    else if (e._tag === 'array') inserted.push(e.axis)
    else if (e._tag === 'position') {
      inserted.push(e.axis)
      if (advanced === null) constantAt(e.axis, e.at)
    } else {
      const { low, stride } = forward(e)
      if (stride === 1) {
        if (e.length !== shape[e.axis]) constantAt(e.axis, low)
        if (e.step < 0) backwards.push(updates.length)
        windowDims.push(updates.length)
      } else {
        const places = Int32Array.from({ length: e.length }, (_, k) => e.start + k * e.step)
        columns.push({ axis: e.axis, indices: array(places), along: [batch.length] })
        inserted.push(e.axis)
        batch.push(e.length)
      }
      updates.push(e.length)
      result.push(e.length)
    }
  })
  return {
    indices: stacked(
      columns.map((c) => broadcastInDim(c.indices, batch, c.along)),
      batch
    ),
    dimensionNumbers: {
      updateWindowDims: windowDims,
      insertedWindowDims: inserted.toSorted((a, b) => a - b),
      scatterDimsToOperandDims: columns.map((c) => c.axis),
      operandBatchingDims: [],
      scatterIndicesBatchingDims: []
    },
    shape: result,
    updates,
    backwards,
    unique: !hasArrays
  }
}
