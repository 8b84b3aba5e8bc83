/** Expressions that are known to be at most zero, or NaN, whatever is loaded. */
import { isFloat } from '../core/dtype.ts'
import type { Expr } from './expr.ts'
import type { Stage } from './ir.ts'

/** Where an expression stands: in a stage of these extents, with these before it in its nest. */
interface Place {
  readonly extents: readonly number[]
  readonly stages: readonly Stage[]
}

/** Deeper expressions are not looked into. */
const maxDepth = 5

const nonNegativeUnary: ReadonlySet<string> = new Set(['abs', 'exp', 'exp2', 'sqrt', 'logistic'])

/** Whether `bound` is the maximum of the values of `e` over the extents that e stands in. */
const isMaximumOf = (bound: Expr, e: Expr, { extents, stages }: Place): boolean => {
  if (bound._tag !== 'stage' || bound.part !== 'value') return false
  const s = stages[bound.stage]
  if (s?._tag !== 'reduce' || s.extents.length !== extents.length) return false
  const { monoid, value } = s.reductions[bound.reduction]
  return monoid === 'max' && value === e && s.extents.every((n, i) => n === extents[i])
}

type Sign = 'positive' | 'negative'

const opposite = (sign: Sign): Sign => (sign === 'positive' ? 'negative' : 'positive')

/** Whether e is zero, NaN, or of the sign. */
const hasSign = (e: Expr, sign: Sign, place: Place, depth = 0): boolean => {
  if (depth > maxDepth || !isFloat(e.dtype)) return false
  const has = (x: Expr, s: Sign): boolean => hasSign(x, s, place, depth + 1)
  if (e._tag === 'const') return sign === 'positive' ? e.value >= 0 : e.value <= 0
  if (e._tag === 'unary')
    return e.op === 'neg'
      ? has(e.x, opposite(sign))
      : sign === 'positive' && nonNegativeUnary.has(e.op)
  if (e._tag !== 'binary') return false
  const { op, x, y } = e
  switch (op) {
    case 'add':
      return has(x, sign) && has(y, sign)
    case 'sub':
      return (
        (sign === 'negative' && isMaximumOf(y, x, place)) ||
        (has(x, sign) && has(y, opposite(sign)))
      )
    case 'mul':
    case 'div':
      return (
        (sign === 'positive' && x === y) ||
        (has(x, 'positive') && has(y, sign)) ||
        (has(x, 'negative') && has(y, opposite(sign)))
      )
    case 'max':
    case 'min': {
      const either = (op === 'max') === (sign === 'positive')
      return either ? has(x, sign) || has(y, sign) : has(x, sign) && has(y, sign)
    }
    default:
      return false
  }
}

/**
 * Whether e is at most zero, or NaN. Stages share their nodes: equal expressions are the same, and
 * where extents are the same, so are the points.
 */
export const isAtMostZero = (e: Expr, place: Place): boolean => hasSign(e, 'negative', place)
