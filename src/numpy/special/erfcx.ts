/** The scaled complementary error function. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ERFCX } from '../../core/scalar/error-function.ts'
import { customJvp } from '../../control/custom-jvp.ts'
import { stopGradient } from '../../primitives/identity.ts'
import { add, divide, maximum, multiply, negative, square, subtract } from '../arithmetic.ts'
import { less } from '../comparison.ts'
import { exp } from '../exponential.ts'
import { asInexact } from '../promotion.ts'
import { round } from '../rounding.ts'
import { where } from '../selection.ts'

/** Σ c_k T_k(t), by Clenshaw's recurrence. */
const chebyshev = (coefficients: readonly number[], t: NdArray): NdArray => {
  const twice = multiply(t, 2)
  const none = multiply(t, 0)
  const [first, second] = coefficients
    .slice(1)
    .reduceRight<readonly [NdArray, NdArray]>(
      ([b1, b2], c) => [add(subtract(multiply(twice, b1), b2), c), b1],
      [none, none]
    )
  return add(subtract(multiply(t, first), second), coefficients[0])
}

/** erfcx(x) for x ≥ 0: a series in (x − 15/4)/(x + 15/4), whose derivatives are exact too. */
const tail = (x: NdArray): NdArray => {
  const t = subtract(1, divide(7.5, add(x, 3.75)))
  return divide(chebyshev(ERFCX, t), add(multiply(x, 2), 1))
}

/** Here e^(x²) is beyond the largest float64. */
const OVERFLOW = -27

/** 2 e^(x²) for x ≤ 0; x² is taken as h² + (x − h)(x + h), of which h² is exact in float32. */
const growing: (x: NdArray) => NdArray = customJvp(
  (x: NdArray): NdArray => {
    const bounded = maximum(x, OVERFLOW)
    const h = stopGradient(divide(round(multiply(bounded, 32)), 32))
    const rest = multiply(subtract(bounded, h), add(bounded, h))
    return multiply(multiply(exp(square(h)), exp(rest)), 2)
  },
  {
    jvp: ([x]: readonly NdArray[], [dx]: readonly NdArray[]) => {
      const y = growing(x)
      return [y, multiply(dx, multiply(multiply(x, 2), y))]
    }
  }
)

/**
 * e^(x²) erfc(x): neither under- nor overflows for positive x.
 *
 * Source: Shepherd and Laframboise, Mathematics of Computation 36 (1981); erfcx(−x) is
 * 2 e^(x²) − erfcx(x).
 */
export const erfcx = (x: ArrayLike): NdArray => {
  const y = asInexact(x, 'np.special.erfcx')
  const isNegative = less(y, 0)
  const decaying = tail(where(isNegative, negative(y), y))
  return where(isNegative, subtract(growing(where(isNegative, y, 0)), decaying), decaying)
}
