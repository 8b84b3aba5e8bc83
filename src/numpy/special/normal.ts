/** The error function, the normal distribution and the logistic one. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { customJvp } from '../../control/custom-jvp.ts'
import * as ops from '../../primitives/error-function.ts'
import { logistic } from '../../primitives/elementary.ts'
import { abs, add, divide, multiply, negative, square, subtract } from '../arithmetic.ts'
import { greater, less } from '../comparison.ts'
import { exp, log, log1p } from '../exponential.ts'
import { inexactUnary } from '../lift.ts'
import { asInexact } from '../promotion.ts'
import { where } from '../selection.ts'
import * as math from '../../core/scalar/math.ts'

/** erf(x) = 2/√π ∫₀^x e^{−t²} dt. */
export const erf = inexactUnary('special.erf', ops.erf)
/** 1 − erf(x), without cancellation. */
export const erfc = inexactUnary('special.erfc', ops.erfc)
/** The inverse of erf on (−1, 1). */
export const erfinv = inexactUnary('special.erfinv', ops.erfInv)

/** 1 / (1 + e^{−x}). */
export const expit = inexactUnary('special.expit', logistic)

/** log(x / (1 − x)). */
export const logit = (x: ArrayLike): NdArray => {
  const y = asInexact(x, 'np.special.logit')
  return subtract(log(y), log1p(negative(y)))
}

/** Φ(x), the distribution function of the standard normal. */
export const ndtr = (x: ArrayLike): NdArray => {
  const y = asInexact(x, 'np.special.ndtr')
  const scaled = multiply(y, Math.SQRT1_2)
  const tail = multiply(erfc(abs(scaled)), 0.5)
  const middle = multiply(add(erf(scaled), 1), 0.5)
  return where(
    less(abs(scaled), Math.SQRT1_2),
    middle,
    where(greater(y, 0), subtract(1, tail), tail)
  )
}

/** The inverse of Φ: √2 erf⁻¹(2p − 1), by way of the smaller tail. */
export const ndtri = (p: ArrayLike): NdArray => {
  const y = asInexact(p, 'np.special.ndtri')
  return multiply(erfinv(subtract(multiply(y, 2), 1)), Math.SQRT2)
}

/** Terms of the asymptotic series of the tail: 1 − 1/x² + 3/x⁴ − 15/x⁶ + … */
const tailSeries = (x: NdArray): NdArray => {
  const inverse = divide(1, square(x))
  const terms = 12
  return Array.from({ length: terms }, (_, i) => terms - i).reduce<NdArray>(
    (rest, k) => subtract(1, multiply(multiply(inverse, 2 * k - 1), rest)),
    add(multiply(inverse, 0), 1)
  )
}

/** Below this the series of twelve terms is exact to float64 and Φ itself soon underflows. */
const TAIL = -14

const logarithm: (x: NdArray) => NdArray = customJvp(
  (x: NdArray): NdArray => {
    const far = where(less(x, TAIL), x, TAIL)
    const tail = subtract(
      add(multiply(square(far), -0.5), log(tailSeries(far))),
      add(log(negative(far)), 0.5 * math.log(2 * Math.PI))
    )
    const near = where(less(x, TAIL), TAIL, x)
    const upper = log1p(negative(ndtr(negative(near))))
    const middle = where(greater(near, 0), upper, log(ndtr(where(greater(near, 0), 0, near))))
    return where(less(x, TAIL), tail, middle)
  },
  {
    // φ/Φ as the exponential of a difference of logarithms, which neither under- nor overflows.
    jvp: ([x]: readonly NdArray[], [dx]: readonly NdArray[]) => {
      const y = logarithm(x)
      const density = subtract(multiply(square(x), -0.5), 0.5 * math.log(2 * Math.PI))
      return [y, multiply(dx, exp(subtract(density, y)))]
    }
  }
)

/**
 * log Φ(x), accurate in the lower tail by its asymptotic series.
 *
 * Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 26.2.12.
 */
export const logNdtr = (x: ArrayLike): NdArray => logarithm(asInexact(x, 'np.special.logNdtr'))
