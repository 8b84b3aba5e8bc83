/** Hyperbolic functions and their inverses. */
import '../install-hyperbolic-functions.ts'
import type { NdArray } from '../core/array.ts'
import { cacosh, casinh, catanh, ccosh, csinh, ctanh } from '../core/scalar/complex-trigonometry.ts'
import * as kernel from '../kernel/make.ts'
import { div, reciprocal, square } from './arithmetic.ts'
import { add, constant, inexact, mul, unary } from './elementwise.ts'
import { sub } from './negation.ts'
import { rsqrt } from './roots.ts'
import * as math from '../core/scalar/math.ts'

const one = (x: NdArray): NdArray => constant(x, 1)

export const sinh = unary('sinh', {
  accepts: inexact,
  scalar: math.sinh,
  complex: csinh,
  jvp: (dx, x) => mul(dx, cosh(x)),
  lower: { expr: (x) => kernel.unary('sinh', x) }
})

export const cosh = unary('cosh', {
  accepts: inexact,
  scalar: math.cosh,
  complex: ccosh,
  jvp: (dx, x) => mul(dx, sinh(x)),
  lower: { expr: (x) => kernel.unary('cosh', x) }
})

/** Its derivative is written (1 + y)(1 − y), which loses nothing near ±1. */
export const tanh = unary('tanh', {
  accepts: inexact,
  scalar: math.tanh,
  complex: ctanh,
  jvp: (dx, _x, y) => mul(add(dx, mul(dx, y)), sub(one(y), y)),
  lower: { expr: (x) => kernel.unary('tanh', x) }
})

export const asinh = unary('asinh', {
  accepts: inexact,
  scalar: math.asinh,
  complex: casinh,
  jvp: (dx, x) => mul(dx, rsqrt(add(square(x), one(x)))),
  lower: { expr: (x) => kernel.unary('asinh', x) }
})

/** NaN below 1. */
export const acosh = unary('acosh', {
  accepts: inexact,
  scalar: math.acosh,
  complex: cacosh,
  jvp: (dx, x) => mul(dx, mul(rsqrt(sub(x, one(x))), rsqrt(add(x, one(x))))),
  lower: { expr: (x) => kernel.unary('acosh', x) }
})

/** ±∞ at ±1, NaN beyond. */
export const atanh = unary('atanh', {
  accepts: inexact,
  scalar: math.atanh,
  complex: catanh,
  jvp: (dx, x) => mul(reciprocal(add(one(x), x)), div(dx, sub(one(x), x))),
  lower: { expr: (x) => kernel.unary('atanh', x) }
})
