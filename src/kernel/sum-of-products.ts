/**
 * Products of which one operand, or both, is used once: sums over its entries, bound by memory.
 *
 * As matrix products they would have a single row or column for every point of the batch axes. Where
 * those lie closer together in memory than what is summed, each would stride through the operand.
 */
import { sizeOf } from '../core/shape.ts'
import { coefficient } from './affine.ts'
import type { Emitter } from './emit.ts'
import { placeOf } from './emit.ts'
import type { ScalarType } from './expr.ts'
import type { ContractDimensions, LoweredValue } from './fuse.ts'
import { reduce } from './lower-reduce.ts'
import { binary, cast, constant, load, wideType } from './make.ts'
import { broadcastInDim, convert, map, squeeze, transpose } from './views.ts'

/** A contraction with the free axes of its operands. */
export interface Axes extends ContractDimensions {
  readonly lhsFree: readonly number[]
  readonly rhsFree: readonly number[]
}

const extents = (v: LoweredValue, axes: readonly number[]): readonly number[] =>
  axes.map((a) => v.shape[a])

/** The axis whose neighbours are neighbours in memory; null where that is not known. */
const fastestAxis = (v: LoweredValue): number | null => {
  const [e] = v.parts
  if (e._tag !== 'load') return null
  const fastest = v.shape.findIndex((n, a) => n > 1 && Math.abs(coefficient(e.index, a)) === 1)
  return fastest < 0 ? null : fastest
}

/** Whether the contraction is better summed entry by entry than as products of matrices. */
export const isSumOfProducts = (lhs: LoweredValue, rhs: LoweredValue, d: Axes): boolean => {
  if (sizeOf(extents(lhs, d.lhsBatch)) === 1) return false
  const [m, n] = [sizeOf(extents(lhs, d.lhsFree)), sizeOf(extents(rhs, d.rhsFree))]
  if (m === 1 && n === 1) return true
  const isAlongBatch = (v: LoweredValue, batch: readonly number[]): boolean => {
    const fastest = fastestAxis(v)
    return fastest !== null && batch.includes(fastest)
  }
  return (n === 1 && isAlongBatch(lhs, d.lhsBatch)) || (m === 1 && isAlongBatch(rhs, d.rhsBatch))
}

/** The contraction as a map, or a reduction of one, which fuses with what made the operands. */
export const sumOfProducts = (
  c: Emitter,
  lhs: LoweredValue,
  rhs: LoweredValue,
  d: Axes,
  dtype: ScalarType
): LoweredValue => {
  const [batch, left, right, summed] = [
    extents(lhs, d.lhsBatch),
    extents(lhs, d.lhsFree),
    extents(rhs, d.rhsFree),
    extents(lhs, d.lhsContract)
  ]
  // The batch axes, which lie closest together, come last but for what is summed.
  const firstBatch = left.length + right.length
  const firstSummed = firstBatch + batch.length
  const space = [...left, ...right, ...batch, ...summed]
  const operand = (
    v: LoweredValue,
    groups: readonly (readonly [axes: readonly number[], first: number])[],
    isRepeated: boolean
  ): LoweredValue => {
    const places = new Array<number>(v.shape.length).fill(0)
    for (const [axes, first] of groups) axes.forEach((a, i) => (places[a] = first + i))
    if (!isRepeated) return broadcastInDim(v, space, places)
    const { buffer, index, base } = placeOf(c, v) // evaluated once, not for every entry
    const stored = { ...v, parts: [load(v.parts[0].dtype, buffer, index, base)] }
    return broadcastInDim(stored, space, places)
  }
  const x = operand(
    lhs,
    [
      [d.lhsFree, 0],
      [d.lhsBatch, firstBatch],
      [d.lhsContract, firstSummed]
    ],
    sizeOf(right) > 1
  )
  const y = operand(
    rhs,
    [
      [d.rhsFree, left.length],
      [d.rhsBatch, firstBatch],
      [d.rhsContract, firstSummed]
    ],
    sizeOf(left) > 1
  )
  const wide = wideType(dtype)
  const product = map([x, y], (a, b) => binary('mul', cast(a, wide), cast(b, wide)))
  const last = summed.map((_, i) => firstSummed + i)
  // A sum of one product is a map, and fuses with what follows. As every sum does, it starts from
  // zero: a product of −0 gives 0.
  const sums =
    sizeOf(summed) === 1
      ? map([squeeze(product, last)], (a) => binary('add', a, constant(a.dtype, 0)))
      : reduce(c, product, last, 'add')
  const order = [...batch.map((_, i) => firstBatch + i), ...[...left, ...right].map((_, i) => i)]
  return convert(transpose(sums, order), dtype)
}
