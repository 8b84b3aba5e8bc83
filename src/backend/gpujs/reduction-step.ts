/** One step of a reduction as expressions, for monoids with and without a position. */
import { isFloat } from '../../core/dtype.ts'
import type { Expr } from '../../kernel/expr.ts'
import type { Monoid } from '../../kernel/ir.ts'
import { binary, compare, select, unary } from '../../kernel/make.ts'
import { combine } from '../../kernel/monoid.ts'

export interface Slot {
  readonly value: Expr
  readonly position: Expr | null
}

/** Whether `b` beats `a` in an argmax or argmin: NaN wins, ties go to the lowest position. */
const beats = (monoid: Monoid, a: Slot, b: Slot): Expr => {
  const [x, y] = [a.value, b.value]
  const [p, q] = [a.position as Expr, b.position as Expr] // argmax and argmin have positions
  const better = compare(monoid === 'argmax' ? 'gt' : 'lt', y, x)
  const earlier = compare('lt', q, p)
  if (!isFloat(x.dtype)) {
    return binary('or', better, binary('and', compare('eq', x, y), earlier))
  }
  const [nanX, nanY] = [compare('ne', x, x), compare('ne', y, y)]
  const same = binary('or', compare('eq', x, y), binary('and', nanX, nanY))
  const wins = binary('or', binary('and', nanY, unary('not', nanX)), better)
  return binary('or', wins, binary('and', same, earlier))
}

/** One step of a reduction: `a` with `b`. */
export const step = (monoid: Monoid, a: Slot, b: Slot): Slot => {
  if (monoid !== 'argmax' && monoid !== 'argmin') {
    return { value: combine(monoid, a.value, b.value), position: null }
  }
  const wins = beats(monoid, a, b)
  return {
    value: select(wins, b.value, a.value),
    position: select(wins, b.position as Expr, a.position as Expr) // argmax and argmin have positions
  }
}

/** The position of an argmax over nothing. */
export const nowhere = 0x7fffffff
