/** Square and cube roots. */
import { cdiv, csqrt } from '../core/scalar/complex.ts'
import { rsqrt as rsqrtOf } from '../core/scalar/elementary.ts'
import * as kernel from '../kernel/make.ts'
import { div, integerPow } from './arithmetic.ts'
import { rootParts } from './complex-parts.ts'
import { constant, float, inexact, mul, unary } from './elementwise.ts'
import * as math from '../core/scalar/math.ts'

/** √x; NaN below 0. Its derivative is infinite at 0. */
export const sqrt = unary('sqrt', {
  accepts: inexact,
  scalar: Math.sqrt,
  complex: csqrt,
  jvp: (dx, _x, y) => mul(dx, div(constant(y, 0.5), y)),
  lower: { expr: (x) => kernel.unary('sqrt', x), parts: rootParts }
})

/** 1/√x; ±∞ at ±0. */
export const rsqrt = unary('rsqrt', {
  accepts: inexact,
  scalar: rsqrtOf,
  complex: (re, im, to) => {
    csqrt(re, im, to)
    cdiv(1, 0, to[0], to[1], to)
  },
  jvp: (dx, x, y) => mul(dx, mul(constant(x, -0.5), div(y, x))),
  lower: { expr: (x) => kernel.unary('rsqrt', x) }
})

/** The real cube root, of negative numbers too. */
export const cbrt = unary('cbrt', {
  accepts: float,
  scalar: math.cbrt,
  jvp: (dx, _x, y) => mul(dx, mul(constant(y, 1 / 3), integerPow(y, -2))),
  lower: { expr: (x) => kernel.unary('cbrt', x) }
})
