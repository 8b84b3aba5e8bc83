/** Reductions and running combinations as nests. */
import { sizeOf } from '../core/shape.ts'
import type { DType } from '../core/dtype.ts'
import { affine, axisIndex, coefficient, rowMajor, rowMajorStrides } from './affine.ts'
import { type Emitter, loadBuffer, partIndex, store, storesOf } from './emit.ts'
import type { LoweredValue } from './fuse.ts'
import type { Monoid, ReduceStage } from './ir.ts'
import { accumulator, cast, iota, stageResult, wideType } from './make.ts'
import { only, partType, transpose } from './views.ts'
import { nodes } from './walk.ts'

const without = (shape: readonly number[], axes: readonly number[]): readonly number[] =>
  shape.flatMap((_, a) => (axes.includes(a) ? [] : [a]))

/** A nest of one reduction stage over the trailing extents, stored over the leading axes. */
export const emitReduce = (
  c: Emitter,
  axes: readonly number[],
  stage: ReduceStage,
  result: LoweredValue
): LoweredValue => {
  const type = { shape: axes, dtype: result.dtype }
  const buffer = c.allocate(type)
  if (sizeOf(axes) > 0) {
    const stores = storesOf(result, buffer, rowMajor(axes))
    c.emit({ _tag: 'nest', axes, stages: [stage, { _tag: 'map', extents: [], stores }] })
  }
  return loadBuffer(buffer, type)
}

/** From so many rows on it pays to store what they are together. */
const leastRows = 8

/**
 * The reduced axis that lies innermost in memory beside one that stays, as the channels of a group
 * lie among groups. Along both vectors are as long as rows, so the others are reduced before it.
 */
const axisForLast = ({ shape, parts }: LoweredValue, axes: readonly number[]): number | null => {
  for (const e of nodes(parts)) {
    // What is summed in another type is rounded once.
    if (e._tag !== 'load' || wideType(parts[0].dtype) !== parts[0].dtype) continue
    const last = axes.find((a) => coefficient(e.index, a) === 1)
    const isBeside = (n: number, a: number): boolean =>
      n > 1 && !axes.includes(a) && coefficient(e.index, a) === shape[last as number]
    if (last === undefined || !shape.some(isBeside)) continue
    const rows = axes.flatMap((a) => (a === last ? [] : [shape[a]]))
    if (sizeOf(rows) >= leastRows) return last
  }
  return null
}

export const reduce = (
  c: Emitter,
  v: LoweredValue,
  axes: readonly number[],
  monoid: Exclude<Monoid, 'argmax' | 'argmin'>
): LoweredValue => {
  const last = axisForLast(v, axes)
  if (last !== null) {
    const before = axes.filter((a) => a !== last)
    const at = last - before.filter((a) => a < last).length
    return reduce(c, reduce(c, v, before, monoid), [at], monoid)
  }
  const kept = without(v.shape, axes)
  const moved = transpose(v, [...kept, ...axes])
  const shape = kept.map((a) => v.shape[a])
  const stage: ReduceStage = {
    _tag: 'reduce',
    extents: axes.map((a) => v.shape[a]),
    reductions: moved.parts.map((e) => ({ monoid, value: e, position: null }))
  }
  const parts = moved.parts.map((e, p) => stageResult(e.dtype, 0, p))
  return emitReduce(c, shape, stage, { shape, dtype: v.dtype, parts })
}

export const argReduce = (
  c: Emitter,
  v: LoweredValue,
  axis: number,
  monoid: 'argmax' | 'argmin',
  indexDtype: DType
): LoweredValue => {
  const kept = without(v.shape, [axis])
  const shape = kept.map((a) => v.shape[a])
  const stage: ReduceStage = {
    _tag: 'reduce',
    extents: [v.shape[axis]],
    reductions: [
      {
        monoid,
        value: only(transpose(v, [...kept, axis])),
        position: iota('int32', axisIndex(kept.length))
      }
    ]
  }
  const position = cast(stageResult('int32', 0, 0, 'position'), partType(indexDtype))
  return emitReduce(c, shape, stage, { shape, dtype: indexDtype, parts: [position] })
}

export const cumulative = (
  c: Emitter,
  v: LoweredValue,
  axis: number,
  monoid: 'add' | 'mul' | 'max' | 'min' | 'logaddexp',
  reverse: boolean
): LoweredValue => {
  if (sizeOf(v.shape) === 0) return store(c, v)
  const kept = without(v.shape, [axis])
  const order = [...kept, axis]
  const moved = transpose(v, order)
  const buffer = c.allocate(v)
  const strides = rowMajorStrides(v.shape)
  const index = affine(
    0,
    order.map((a) => strides[a])
  )
  c.emit({
    _tag: 'nest',
    axes: kept.map((a) => v.shape[a]),
    stages: moved.parts.map((value, p) => ({
      _tag: 'scan',
      extents: [v.shape[axis]],
      monoid,
      value,
      reverse,
      stores: [
        {
          buffer,
          index: partIndex(v.dtype, index, p),
          base: null,
          value: accumulator(value.dtype)
        }
      ]
    }))
  })
  return loadBuffer(buffer, v)
}
