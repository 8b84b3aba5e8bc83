/** Choices lane by lane. Some of them are an instruction: an extreme, or a mask. */
import type { Compare, Expr, Select } from '../../../kernel/expr.ts'
import type { Lanes } from './elementary/lanes.ts'
import { isUnsigned, machineType } from './expr-scalar.ts'
import { eachVector, shapeOf, widenMask } from './expr-vector.ts'
import type { FunctionBuilder } from '../wasm/function.ts'
import type { PlainInstruction } from '../wasm/opcodes.ts'

/** The operands of an ordering as a < b; null for other comparisons. */
const lessThan = (e: Compare): readonly [a: Expr, b: Expr] | null =>
  e.op === 'lt' ? [e.x, e.y] : e.op === 'gt' ? [e.y, e.x] : null

/**
 * The one instruction that a choice between the compared is, and its operands. Those of floats are
 * pmax(a, b) = a < b ? b : a and pmin(a, b) = b < a ? b : a.
 */
const extremeOf = (e: Select): readonly [PlainInstruction, Expr, Expr] | null => {
  const { condition, dtype, x, y } = e
  if (condition._tag !== 'compare' || dtype === 'bool') return null
  const order = lessThan(condition)
  if (order === null) return null
  const [a, b] = order
  const isGreater = x === b && y === a
  if (!isGreater && !(x === a && y === b)) return null
  const shape = shapeOf(dtype)
  if (shape === 'i32x4') {
    const op = isGreater ? 'max' : 'min'
    return [`i32x4.${op}_${isUnsigned(dtype) ? 'u' : 's'}`, a, b]
  }
  return isGreater ? [`${shape}.pmax`, a, b] : [`${shape}.pmin`, b, a]
}

const isZero = (e: Expr): boolean => e._tag === 'const' && Object.is(e.value, 0)

/** x where the condition holds, y elsewhere; `value` gives the vectors of an operand. */
export const vectorSelect = (
  f: FunctionBuilder,
  width: number,
  e: Select,
  value: (x: Expr) => Lanes
): Lanes => {
  const extreme = extremeOf(e)
  if (extreme !== null) {
    const [op, first, second] = extreme
    const [a, b] = [value(first), value(second)]
    return eachVector(f, width, (at) => f.get(a[at]).get(b[at]).op(op))
  }
  const { condition, x, y, dtype } = e
  const isWide = machineType(dtype) === 'f64'
  // The comparison of float64 as it is: as a mask of 32-bit lanes it would be widened again.
  const direct =
    isWide && condition._tag === 'compare' && machineType(condition.x.dtype) === 'f64'
      ? ([condition.op, value(condition.x), value(condition.y)] as const)
      : null
  const mask = direct === null ? value(condition) : []
  const pushMask = (at: number): void => {
    if (direct === null) {
      f.get(mask[at])
      if (isWide) widenMask(f)
    } else {
      const [op, a, b] = direct
      f.get(a[at]).get(b[at]).op(`f64x2.${op}`)
    }
  }
  const masked = isZero(y) ? x : isZero(x) ? y : null
  if (masked !== null) {
    const kept = value(masked)
    return eachVector(f, width, (at) => {
      f.get(kept[at])
      pushMask(at)
      f.op(masked === x ? 'v128.and' : 'v128.andnot')
    })
  }
  const [yes, no] = [value(x), value(y)]
  return eachVector(f, width, (at) => {
    f.get(yes[at]).get(no[at])
    pushMask(at)
    f.op('v128.bitselect')
  })
}
