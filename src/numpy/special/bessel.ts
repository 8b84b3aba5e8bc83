/** Modified Bessel functions of the first kind, plain and times exp(−|x|). */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import * as ops from '../../primitives/special.ts'
import { abs, multiply } from '../arithmetic.ts'
import { exp } from '../exponential.ts'
import { inexactUnary } from '../lift.ts'
import { asInexact } from '../promotion.ts'

/** exp(−|x|) I₀(x). */
export const i0e = inexactUnary('special.i0e', ops.besselI0e)
/** exp(−|x|) I₁(x). */
export const i1e = inexactUnary('special.i1e', ops.besselI1e)

const grown =
  (operation: string, f: (x: ArrayLike) => NdArray) =>
  (x: ArrayLike): NdArray => {
    const y = asInexact(x, operation)
    return multiply(exp(abs(y)), f(y))
  }

/** I₀(x). */
export const i0 = grown('np.special.i0', i0e)
/** I₁(x). */
export const i1 = grown('np.special.i1', i1e)
