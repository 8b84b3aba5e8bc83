/** Negation and subtraction: linear, and closed under transposition with addition. */
import * as kernel from '../kernel/make.ts'
import { differenceFromZero, involution } from './algebra.ts'
import { binary, number, unary } from './elementwise.ts'

/** −x, with the sign of zero; integers wrap. */
export const neg = unary('neg', {
  accepts: number,
  scalar: (x) => -x,
  jvp: (dx) => neg(dx),
  transpose: (ct) => neg(ct),
  simplify: involution('neg'),
  exact: true,
  lower: {
    expr: (x) => kernel.unary('neg', x),
    parts: (x) => x.map((part) => kernel.unary('neg', part))
  }
})

/** x − y. Integers wrap. */
export const sub = binary('sub', {
  accepts: number,
  scalar: (x, y) => x - y,
  complex: (xr, xi, yr, yi, to) => {
    to[0] = xr - yr
    to[1] = xi - yi
  },
  jvp: [(dx) => dx, (dy) => neg(dy)],
  transpose: [(ct) => ct, (ct) => neg(ct)],
  simplify: differenceFromZero,
  exact: true,
  lower: {
    expr: (x, y) => kernel.binary('sub', x, y),
    parts: ([xr, xi], [yr, yi]) => [kernel.binary('sub', xr, yr), kernel.binary('sub', xi, yi)]
  }
})
