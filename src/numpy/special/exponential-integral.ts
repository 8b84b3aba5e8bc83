/** Exponential integrals. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { customJvp } from '../../control/custom-jvp.ts'
import { foriLoop } from '../../control/loops.ts'
import { stopGradient } from '../../primitives/identity.ts'
import { digamma, lgamma } from '../../primitives/special.ts'
import { add, divide, maximum, mod, multiply, negative, subtract } from '../arithmetic.ts'
import { equal, greater, less, logicalOr } from '../comparison.ts'
import { exp, log } from '../exponential.ts'
import { asInexact, asType, promoteAll } from '../promotion.ts'
import { where } from '../selection.ts'

const EULER = 0.5772156649015329

/**
 * e^{−x} / (x + n − 1·n / (x + n + 2 − 2(n + 1) / (x + n + 4 − …))), from the inside, for x ≥ 1.
 *
 * Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 5.1.22, contracted.
 */
const fraction = (n: NdArray, x: NdArray): NdArray => {
  const depth = 100
  const base = add(x, n)
  const inner = foriLoop(
    0,
    depth,
    (i, below: NdArray) => {
      const k = asType(subtract(depth, i), x.dtype)
      const step = multiply(k, add(n, subtract(k, 1)))
      return subtract(add(base, multiply(subtract(k, 1), 2)), divide(step, below))
    },
    add(base, 2 * depth)
  )
  return divide(exp(negative(x)), inner)
}

/**
 * (−x)^{n−1}/(n−1)! (ψ(n) − log x) − Σ_{k≠n−1} (−x)^k / ((k − n + 1) k!), for x < 1.
 *
 * Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 5.1.12.
 */
const series = (n: NdArray, x: NdArray): NdArray => {
  const [total] = foriLoop(
    0,
    25,
    (i, [sum, term]: readonly [NdArray, NdArray]) => {
      const k = asType(i, x.dtype)
      const divisor = subtract(add(k, 1), n)
      const isOwn = equal(divisor, 0)
      const share = where(isOwn, 0, divide(term, where(isOwn, 1, divisor)))
      return [add(sum, share), negative(divide(multiply(term, x), add(k, 1)))] as const
    },
    [multiply(x, 0), add(multiply(x, 0), 1)] as const
  )
  const power = exp(subtract(multiply(subtract(n, 1), log(x)), lgamma(n)))
  const sign = where(equal(mod(n, 2), 1), 1, -1)
  return subtract(multiply(multiply(sign, power), subtract(digamma(n), log(x))), total)
}

const evaluated = (n: NdArray, x: NdArray): NdArray => {
  const order = maximum(n, 1)
  const isSmall = less(x, 1)
  const small = series(order, where(isSmall, maximum(x, Number.MIN_VALUE), 0.5))
  const large = fraction(n, where(isSmall, 1, x))
  const atZero = where(greater(n, 1), divide(1, subtract(maximum(n, 2), 1)), Infinity)
  const orderZero = divide(exp(negative(x)), x)
  const positive = where(equal(n, 0), orderZero, where(isSmall, small, large))
  return where(less(x, 0), NaN, where(equal(x, 0), atZero, positive))
}

const integral: (n: NdArray, x: NdArray) => NdArray = customJvp(
  (n: NdArray, x: NdArray): NdArray => evaluated(n, x),
  {
    // dE_n/dx = −E_{n−1}(x); the order is an integer, so it has no derivative. Orders below 0 are
    // not computed, but follow from (n − 1) E_n + x E_{n−1} = e^{−x}, which cancels for larger ones.
    jvp: ([n, x]: readonly NdArray[], [, dx]: readonly NdArray[]) => {
      const y = integral(n, x)
      const low = subtract(n, 1)
      const recurrent = divide(subtract(exp(negative(x)), multiply(low, y)), x)
      const below = where(greater(n, 1), integral(maximum(low, 1), x), recurrent)
      return [y, negative(multiply(dx, below))]
    }
  }
)

/** E_n(x) = ∫₁^∞ e^{−xt} t^{−n} dt for integers n ≥ 0 and x ≥ 0; NaN for negative x. */
export const expn = (n: ArrayLike, x: ArrayLike): NdArray => {
  const [order, at] = promoteAll('np.special.expn', [n, x], true)
  return integral(stopGradient(order), at)
}

/** E₁(x) = ∫_x^∞ e^{−t}/t dt for x ≥ 0. */
export const exp1 = (x: ArrayLike): NdArray => expn(1, asInexact(x, 'np.special.exp1'))

/** γ + log x + Σ x^k / (k k!): no cancellation for positive x. */
const positiveSeries = (x: NdArray): NdArray => {
  const [total] = foriLoop(
    1,
    150,
    (i, [sum, term]: readonly [NdArray, NdArray]) => {
      const k = asType(i, x.dtype)
      const next = divide(multiply(term, x), k)
      return [add(sum, divide(next, k)), next] as const
    },
    [multiply(x, 0), add(multiply(x, 0), 1)] as const
  )
  return add(add(total, log(x)), EULER)
}

/** e^x/x Σ_{k<40} k!/x^k, whose terms fall until k passes x. */
const asymptotic = (x: NdArray): NdArray => {
  const total = foriLoop(
    0,
    40,
    (i, rest: NdArray) => {
      const k = asType(subtract(40, i), x.dtype)
      return add(1, divide(multiply(k, rest), x))
    },
    add(multiply(x, 0), 1)
  )
  return multiply(divide(exp(x), x), total)
}

/** Where the series and the asymptotic expansion both have float64 accuracy. */
const SWITCH = 40

const principal: (x: NdArray) => NdArray = customJvp(
  (x: NdArray): NdArray => {
    const isNegative = less(x, 0)
    const below = negative(exp1(where(isNegative, negative(x), 1)))
    const isLarge = greater(x, SWITCH)
    const middle = positiveSeries(where(logicalOr(isNegative, isLarge), 1, x))
    const above = where(isLarge, asymptotic(where(isLarge, x, SWITCH)), middle)
    return where(isNegative, below, above)
  },
  {
    jvp: ([x]: readonly NdArray[], [dx]: readonly NdArray[]) => [
      principal(x),
      multiply(dx, divide(exp(x), x))
    ]
  }
)

/** Ei(x), the principal value of −∫_{−x}^∞ e^{−t}/t dt. */
export const expi = (x: ArrayLike): NdArray => principal(asInexact(x, 'np.special.expi'))
