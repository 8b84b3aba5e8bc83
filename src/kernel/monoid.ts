/** Neutral elements and steps of the monoids that reductions, scans and windows combine with. */
import { integerRange, isFloat } from '../core/dtype.ts'
import type { Expr, ScalarType } from './expr.ts'
import type { Monoid } from './ir.ts'
import { binary, compare, constant, select, unary } from './make.ts'

/** The value that changes nothing: 0, 1, −∞ (or the lowest integer), +∞ (the highest). */
export const neutral = (monoid: Monoid, dtype: ScalarType): number => {
  switch (monoid) {
    case 'add':
    case 'or':
    case 'xor':
      return 0
    case 'mul':
      return 1
    case 'and':
      return dtype === 'bool' ? 1 : dtype === 'uint32' ? 0xffffffff : integerRange(dtype)[1] | -1
    case 'max':
    case 'argmax':
      return isFloat(dtype) ? -Infinity : integerRange(dtype)[0]
    case 'min':
    case 'argmin':
      return isFloat(dtype) ? Infinity : integerRange(dtype)[1]
    case 'logaddexp':
      return -Infinity
  }
}

/** log(exp x + exp y): the larger plus log1p of the ratio; equal infinities give themselves. */
const logaddexp = (x: Expr, y: Expr): Expr => {
  const larger = binary('max', x, y)
  const difference = binary('sub', x, y)
  const ratio = unary('exp', unary('neg', unary('abs', difference)))
  return select(compare('eq', x, y), addLog2(x), binary('add', larger, unary('log1p', ratio)))
}

const addLog2 = (x: Expr): Expr => binary('add', x, constant(x.dtype, Math.LN2))

/** One step of a monoid that carries no position. */
export const combine = (monoid: Exclude<Monoid, 'argmax' | 'argmin'>, x: Expr, y: Expr): Expr =>
  monoid === 'logaddexp' ? logaddexp(x, y) : binary(monoid, x, y)
