/**
 * Sorting as a network (Batcher 1968): a permutation is compared and exchanged in log² passes, then
 * the operands are read through it. Ties go by position, so the sort is stable.
 */
import type { HostData } from '../../../core/dtype.ts'
import { isFloat } from '../../../core/dtype.ts'
import { affine, axisIndex, constantIndex, rowMajor } from '../../../kernel/affine.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type { Buffer, Sort } from '../../../kernel/ir.ts'
import { binary, compare, constant, iota, load, select, unary } from '../../../kernel/make.ts'
import type { MapPass } from './pass.ts'
import type { Allocate } from './split-nest.ts'

export type AllocateConstant = (data: HostData) => number

const int = (x: number): Expr => constant('int32', x)
const not = (x: Expr): Expr => unary('not', x)
const both = (x: Expr, y: Expr): Expr => binary('and', x, y)
const either = (x: Expr, y: Expr): Expr => binary('or', x, y)

/** x before y, NaN last; and whether neither is before the other. */
const ordered = (x: Expr, y: Expr): { readonly less: Expr; readonly same: Expr } => {
  if (x.dtype === 'bool') return { less: both(not(x), y), same: not(binary('xor', x, y)) }
  const less = compare('lt', x, y)
  const same = compare('eq', x, y)
  if (!isFloat(x.dtype)) return { less, same }
  const [nanX, nanY] = [compare('ne', x, x), compare('ne', y, y)]
  return { less: either(less, both(not(nanX), nanY)), same: either(same, both(nanX, nanY)) }
}

/** The sort as passes; `buffers` tells the dtypes of its operands. */
export const splitSort = (
  k: Sort,
  buffers: readonly Buffer[],
  allocate: Allocate,
  allocateConstant: AllocateConstant
): readonly MapPass[] => {
  const { outer, length, numKeys } = k
  const padded = 2 ** Math.ceil(Math.log2(Math.max(1, length)))
  const space = [outer, padded]
  const whole = rowMajor(space)
  const row = affine(0, [length])
  const dtypeOf = (buffer: number): ScalarType => buffers[buffer].dtype as ScalarType // complex operands do not reach a sort

  /** Operand `i` of the row at a position, which may lie in the padding. */
  const keyAt = (i: number, position: Expr): Expr =>
    load(dtypeOf(k.inputs[i]), k.inputs[i], row, binary('min', position, int(length - 1)))
  /** Whether position x comes before position y; padding comes last. */
  const before = (x: Expr, y: Expr): Expr => {
    let result = compare('lt', x, y)
    for (let key = numKeys - 1; key >= 0; key--) {
      const { less, same } = ordered(keyAt(key, x), keyAt(key, y))
      result = either(less, both(same, result))
    }
    const [outX, outY] = [compare('ge', x, int(length)), compare('ge', y, int(length))]
    const beyond = either(both(not(outX), outY), both(both(outX, outY), compare('lt', x, y)))
    return select(either(outX, outY), beyond, result)
  }

  let current = allocate('int32', outer * padded)
  const at = axisIndex(1)
  const passes: MapPass[] = [
    {
      _tag: 'map',
      space,
      stores: [{ buffer: current, index: whole, base: null, value: iota('int32', at) }]
    }
  ]
  const i = iota('int32', at)
  for (let size = 2; size <= padded; size *= 2) {
    for (let step = size / 2; step >= 1; step /= 2) {
      // The numbers are data, so that all passes of all sorts alike share one kernel.
      const sizes = allocateConstant(Int32Array.of(size, step))
      const [sizeOf, stepOf] = [0, 1].map((n) => load('int32', sizes, constantIndex(n)))
      const partner = binary('xor', i, stepOf)
      const mine = load('int32', current, whole)
      const theirs = load('int32', current, affine(0, [padded]), partner)
      const ascending = compare('eq', binary('and', i, sizeOf), int(0))
      const first = compare('lt', i, partner)
      const keepFirst = not(binary('xor', first, ascending))
      const keep = not(binary('xor', keepFirst, before(mine, theirs)))
      const next = allocate('int32', outer * padded)
      passes.push({
        _tag: 'map',
        space,
        stores: [{ buffer: next, index: whole, base: null, value: select(keep, mine, theirs) }]
      })
      current = next
    }
  }
  const results = [outer, length]
  const found = load('int32', current, affine(0, [padded, 1]))
  passes.push({
    _tag: 'map',
    space: results,
    stores: k.outputs.map((buffer, o) => ({
      buffer,
      index: rowMajor(results),
      base: null,
      value: load(dtypeOf(k.inputs[o]), k.inputs[o], row, found)
    }))
  })
  return passes
}
