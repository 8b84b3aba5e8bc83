/** Data movement that needs kernels: padding with holes, concatenation, gather, scatter, sort. */
import { sizeOf } from '../core/shape.ts'
import type { HostData } from '../core/dtype.ts'
import {
  addAffine,
  affine,
  coefficient,
  constantIndex,
  rowMajorStrides,
  scaleAffine
} from './affine.ts'
import { copy, type Emitter, loadBuffer, store, storesOf } from './emit.ts'
import type { Expr } from './expr.ts'
import type { LoweredType, LoweredValue, ScatterOptions } from './fuse.ts'
import type { MapStage } from './ir.ts'
import { binary, constant, iota, load, splitBase } from './make.ts'
import { only, padEdges, transpose } from './views.ts'
import { dependsOn } from './walk.ts'

/**
 * XLA's pad. Without interior it stays a view; holes are a filled buffer with strided stores, which
 * has what is added at the edges as well.
 */
export const pad = (
  c: Emitter,
  v: LoweredValue,
  fill: LoweredValue,
  config: readonly (readonly [low: number, high: number, interior: number])[]
): LoweredValue => {
  const edges = config.map(([low, high]) => [low, high] as const)
  if (config.every(([, , interior]) => interior === 0)) return padEdges(v, fill, edges)
  const added = edges.map((edge) => edge.map((n) => Math.max(n, 0)))
  const spread = v.shape.map(
    (n, a) => added[a][0] + (n === 0 ? 0 : (n - 1) * (config[a][2] + 1) + 1) + added[a][1]
  )
  const type = { shape: spread, dtype: v.dtype }
  const buffer = copy(c, { ...type, parts: fill.parts })
  const strides = rowMajorStrides(spread)
  const index = affine(
    strides.reduce((sum, s, a) => sum + s * added[a][0], 0),
    strides.map((s, a) => s * (config[a][2] + 1))
  )
  if (sizeOf(v.shape) > 0) {
    const stores = storesOf(v, buffer, index)
    c.emit({ _tag: 'nest', axes: v.shape, stages: [{ _tag: 'map', extents: [], stores }] })
  }
  const removed = edges.map(([low, high]) => [Math.min(low, 0), Math.min(high, 0)] as const)
  return padEdges(loadBuffer(buffer, type), fill, removed)
}

export const concatenate = (
  c: Emitter,
  values: readonly LoweredValue[],
  axis: number
): LoweredValue => {
  if (values.length === 1) return store(c, values[0])
  const shape = values[0].shape.map((n, a) =>
    a === axis ? values.reduce((sum, v) => sum + v.shape[a], 0) : n
  )
  const type = { shape, dtype: values[0].dtype }
  const buffer = c.allocate(type)
  const strides = rowMajorStrides(shape)
  const stages: MapStage[] = []
  let start = 0
  for (const v of values) {
    const index = affine(start * strides[axis], strides)
    start += v.shape[axis]
    if (sizeOf(v.shape) > 0) {
      stages.push({ _tag: 'map', extents: v.shape, stores: storesOf(v, buffer, index) })
    }
  }
  if (stages.length > 0) c.emit({ _tag: 'nest', axes: [], stages })
  return loadBuffer(buffer, type)
}

/** coordinate · stride, kept affine where the coordinate is. */
const scaled = (coordinate: Expr, stride: number): Expr => {
  if (stride === 0) return constant('int32', 0)
  const [moved, rest] = splitBase(coordinate)
  const affinePart = iota('int32', scaleAffine(moved, stride))
  return rest === null
    ? affinePart
    : binary('add', affinePart, binary('mul', rest, constant('int32', stride)))
}

const total = (terms: readonly Expr[]): Expr =>
  terms.reduce((sum, t) => binary('add', sum, t), constant('int32', 0))

/** operand[coordinates…] over `shape`. */
export const at = (
  c: Emitter,
  operand: LoweredValue,
  shape: readonly number[],
  coordinates: readonly Expr[]
): LoweredValue => {
  const isView = operand.parts.every(
    (e) => e._tag === 'load' && (e.base === null || dependsOn([e.base]).size === 0)
  )
  const source = isView ? operand : store(c, operand)
  const parts = source.parts.map((e) => {
    if (e._tag !== 'load') return e // no other node is left
    const moved = total(coordinates.map((x, a) => scaled(x, coefficient(e.index, a))))
    const base = e.base === null ? moved : binary('add', moved, e.base)
    return load(e.dtype, e.buffer, constantIndex(e.index.offset), base)
  })
  return { shape, dtype: operand.dtype, parts }
}

export const scatter = (
  c: Emitter,
  operand: LoweredValue,
  updates: LoweredValue,
  { kind, coordinates, valid }: ScatterOptions
): LoweredValue => {
  const buffer = copy(c, operand)
  if (sizeOf(updates.shape) > 0 && sizeOf(operand.shape) > 0) {
    const strides = rowMajorStrides(operand.shape)
    const scale = operand.parts.length
    const base = total(coordinates.map((x, a) => scaled(x, strides[a] * scale)))
    const [moved, rest] = splitBase(base)
    updates.parts.forEach((value, p) =>
      c.emit({
        _tag: 'scatter',
        axes: updates.shape,
        kind,
        place: { buffer, index: addAffine(moved, constantIndex(p)), base: rest },
        valid,
        value
      })
    )
  }
  return loadBuffer(buffer, operand)
}

export const updateSlice = (
  c: Emitter,
  operand: LoweredValue,
  update: LoweredValue,
  starts: readonly LoweredValue[]
): LoweredValue => {
  // Read before the copy is overwritten: the update may be a view of the operand.
  const block = store(c, update)
  const buffer = copy(c, operand)
  if (sizeOf(update.shape) > 0) {
    const strides = rowMajorStrides(operand.shape)
    const base = total(starts.map((s, a) => scaled(only(s), strides[a] * operand.parts.length)))
    const [moved, rest] = splitBase(base)
    const index = affine(0, strides)
    const stores = storesOf(block, buffer, index, rest).map((s) => ({
      ...s,
      index: addAffine(s.index, moved)
    }))
    c.emit({ _tag: 'nest', axes: update.shape, stages: [{ _tag: 'map', extents: [], stores }] })
  }
  return loadBuffer(buffer, operand)
}

export const sort = (
  c: Emitter,
  values: readonly LoweredValue[],
  axis: number,
  numKeys: number,
  kept = values[0].shape[axis]
): readonly LoweredValue[] => {
  const { shape } = values[0]
  const order = [...shape.flatMap((_, a) => (a === axis ? [] : [a])), axis]
  const back = shape.map((_, a) => order.indexOf(a))
  const moved = values.map((v) => transpose(v, order))
  const outputs = moved.map((v) => c.allocate(v))
  if (sizeOf(shape) > 0) {
    const inputs = moved.map((v) => wholeBuffer(store(c, v)))
    const length = shape[axis]
    const outer = sizeOf(shape) / length
    c.emit({ _tag: 'sort', outer, length, numKeys, kept, inputs, outputs })
  }
  return moved.map((v, i) => transpose(loadBuffer(outputs[i], v), back))
}

/** The buffer of a stored value. */
const wholeBuffer = (v: LoweredValue): number => (v.parts[0] as Expr & { buffer: number }).buffer // stored values are loads

export const library = (
  c: Emitter,
  name: string,
  params: string,
  reason: string | null,
  inputs: readonly LoweredValue[],
  outputs: readonly LoweredType[],
  run: (inputs: readonly HostData[], outputs: readonly HostData[]) => void
): readonly LoweredValue[] => {
  const sources = inputs.map((v) => wholeBuffer(store(c, v)))
  const targets = outputs.map((t) => c.allocate(t))
  c.emit({ _tag: 'library', name, params, reason, inputs: sources, outputs: targets, run })
  return outputs.map((t, i) => loadBuffer(targets[i], t))
}
