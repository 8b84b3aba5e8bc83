/** The error function, its complement and its inverse. */
import '../install-error-functions.ts'
import type { NdArray } from '../core/array.ts'
import * as scalar from '../core/scalar/error-function.ts'
import * as kernel from '../kernel/make.ts'
import { square } from './arithmetic.ts'
import { constant, float, mul, unary } from './elementwise.ts'
import { exp } from './elementary.ts'
import { neg } from './negation.ts'

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI)

/** dx · (2/√π) e^(−x²). */
const gaussian = (dx: NdArray, x: NdArray): NdArray =>
  mul(constant(x, TWO_OVER_SQRT_PI), mul(dx, exp(neg(square(x)))))

/** (2/√π) ∫₀ˣ e^(−t²) dt. */
export const erf = unary('erf', {
  accepts: float,
  scalar: scalar.erf,
  jvp: gaussian,
  lower: { expr: (x) => kernel.unary('erf', x) }
})

/** 1 − erf x, accurate in the upper tail. */
export const erfc = unary('erfc', {
  accepts: float,
  scalar: scalar.erfc,
  jvp: (dx, x) => neg(gaussian(dx, x)),
  lower: { expr: (x) => kernel.unary('erfc', x) }
})

/** The x with this erf; ±∞ at ±1, NaN beyond. */
export const erfInv = unary('erfInv', {
  accepts: float,
  scalar: scalar.erfInv,
  jvp: (dx, _x, y) => mul(constant(y, 1 / TWO_OVER_SQRT_PI), mul(dx, exp(square(y)))),
  lower: { expr: (x) => kernel.unary('erfInv', x) }
})
