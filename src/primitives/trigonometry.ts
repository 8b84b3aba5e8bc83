/** Circular functions and their inverses. */
import '../install-arc-functions.ts'
import type { NdArray } from '../core/array.ts'
import { cacos, casin, catan, ccos, csin, ctan } from '../core/scalar/complex-trigonometry.ts'
import * as kernel from '../kernel/make.ts'
import { div, square } from './arithmetic.ts'
import { add, binary, constant, inexact, mul, unary } from './elementwise.ts'
import { neg, sub } from './negation.ts'
import { rsqrt } from './roots.ts'
import * as math from '../core/scalar/math.ts'

const one = (x: NdArray): NdArray => constant(x, 1)

export const sin = unary('sin', {
  accepts: inexact,
  scalar: math.sin,
  complex: csin,
  jvp: (dx, x) => mul(dx, cos(x)),
  lower: { expr: (x) => kernel.unary('sin', x) }
})

export const cos = unary('cos', {
  accepts: inexact,
  scalar: math.cos,
  complex: ccos,
  jvp: (dx, x) => neg(mul(dx, sin(x))),
  lower: { expr: (x) => kernel.unary('cos', x) }
})

export const tan = unary('tan', {
  accepts: inexact,
  scalar: math.tan,
  complex: ctan,
  jvp: (dx, _x, y) => mul(dx, add(one(y), square(y))),
  lower: { expr: (x) => kernel.unary('tan', x) }
})

/** The angle in [−π/2, π/2] with this sine. */
export const asin = unary('asin', {
  accepts: inexact,
  scalar: math.asin,
  complex: casin,
  jvp: (dx, x) => mul(dx, rsqrt(sub(one(x), square(x)))),
  lower: { expr: (x) => kernel.unary('asin', x) }
})

/** The angle in [0, π] with this cosine. */
export const acos = unary('acos', {
  accepts: inexact,
  scalar: math.acos,
  complex: cacos,
  jvp: (dx, x) => neg(mul(dx, rsqrt(sub(one(x), square(x))))),
  lower: { expr: (x) => kernel.unary('acos', x) }
})

/** The angle in (−π/2, π/2) with this tangent. */
export const atan = unary('atan', {
  accepts: inexact,
  scalar: math.atan,
  complex: catan,
  jvp: (dx, x) => div(dx, add(one(x), square(x))),
  lower: { expr: (x) => kernel.unary('atan', x) }
})

/** The angle of the point (x, y), first argument y, in [−π, π]. NaN derivative at the origin. */
export const atan2 = binary('atan2', {
  accepts: ['float'],
  scalar: math.atan2,
  jvp: [
    (dy, y, x) => mul(dy, div(x, add(square(y), square(x)))),
    (dx, y, x) => mul(dx, div(neg(y), add(square(y), square(x))))
  ],
  lower: { expr: (y, x) => kernel.binary('atan2', y, x) }
})
