/**
 * The regularized incomplete gamma functions P and Q = 1 − P, in float64.
 *
 * Three methods cover the quarter plane: the power series below the diagonal x = a, Legendre's
 * continued fraction above it, and Temme's uniform expansion round it when a is large.
 */

import { erfc } from './error-function.ts'
import { gamma } from './gamma.ts'
import { lgamma1p, log1pmx, stirlingCorrection } from './gamma-kernel.ts'
import { horner } from './polynomial.ts'
import { TEMME } from './temme-coefficients.ts'
import * as math from './math.ts'

/** One unit in the last place of 1: a factor this near to 1 changes nothing any more. */
const CONVERGED = 2.3e-16

/** Above this a, Stirling's series replaces Γ, and Temme's expansion is used round x = a. */
export const LARGE_A = 20

/** True where Temme's expansion converges to double precision: a > 20 and |x − a| < 0.3 a. */
export const nearDiagonal = (a: number, x: number): boolean =>
  a > LARGE_A && Math.abs(x - a) < 0.3 * a

/** η with ½ η² = μ − ln(1+μ) and the sign of μ = x/a − 1. Source: DLMF 8.12.1. */
export const temmeEta = (mu: number): number => {
  const eta = Math.sqrt(-2 * log1pmx(mu))
  return mu < 0 ? -eta : eta
}

/** x^a e^(−x) / Γ(a) for a, x > 0: x times the density of the gamma distribution. */
export const gammaPrefix = (a: number, x: number): number => {
  if (a > LARGE_A) {
    // a^a e^−a √(2π/a) Γ*(a) = Γ(a) takes out everything that would cancel
    const mu = (x - a) / a
    const exponent = mu < -0.6 ? a * (math.log(x / a) - mu) : a * log1pmx(mu)
    return Math.sqrt(a / (2 * Math.PI)) * math.exp(exponent - stirlingCorrection(a))
  }
  if (x > 1e4) return 0
  // the exponential is split since e^(−x) underflows before x^a e^(−x) does
  const half = math.exp(-0.5 * x)
  const power = math.pow(x, a)
  return a < 1 ? (a * (half * power * half)) / gamma(a + 1) : ((half * power) / gamma(a)) * half
}

/** P by Σ x^n / ((a+1)…(a+n)), all terms positive. Source: DLMF 8.11.4. */
const lowerSeries = (a: number, x: number): number => {
  let term = 1
  let sum = 1
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (a + n)
    sum += term
  }
  if (a > 1) return (gammaPrefix(a, x) / a) * sum
  // x^a/Γ(a+1) directly, since x^a/Γ(a) divided by a loses it for a near 0
  return ((math.pow(x, a) * math.exp(-x)) / gamma(a + 1)) * sum
}

/** Q by Legendre's continued fraction, for x > a and x ≥ 1. Source: DLMF 8.9.2; Lentz 1976. */
const upperFraction = (a: number, x: number): number => {
  const prefix = gammaPrefix(a, x)
  if (prefix === 0) return 0
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let n = 1; n < 100000; n++) {
    const an = -n * (n - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    const factor = c * d
    h *= factor
    if (!(Math.abs(factor - 1) > CONVERGED)) break // NaN too
  }
  return prefix * h
}

/** Q for x ≤ 1.1 where 1 − P would cancel: Γ(a) Q = ∫_x^∞, expanded in x. Source: DLMF 8.7.3. */
const upperSeries = (a: number, x: number): number => {
  let term = 1
  let sum = 0
  for (let n = 1; n < 1000; n++) {
    term *= -x / n
    const add = term / (a + n)
    sum += add
    if (Math.abs(add) < 1e-17 * Math.abs(sum)) break
  }
  // 1 − x^a/Γ(a+1) − x^a/Γ(a) Σ_{n≥1} (−x)^n/(n! (a+n)), and 1/Γ(a) = a/Γ(a+1)
  const exponent = a * math.log(x) - lgamma1p(a)
  return -math.expm1(exponent) - math.exp(exponent) * a * sum
}

/** Q (upper) or P by Temme's uniform expansion. Source: Temme 1979; DLMF 8.12.3–8.12.8. */
const temme = (a: number, x: number, upper: boolean): number => {
  const eta = temmeEta((x - a) / a)
  const r = 1 / a
  let sum = 0
  for (let k = TEMME.length - 1; k >= 0; k--) sum = sum * r + horner(TEMME[k], eta)
  const y = eta * Math.sqrt(0.5 * a)
  const rest = (math.exp(-y * y) / Math.sqrt(2 * Math.PI * a)) * sum
  return upper ? 0.5 * erfc(y) + rest : 0.5 * erfc(-y) - rest
}

/** True where neither a nor x is NaN or negative, and not both are zero. */
const inDomain = (a: number, x: number): boolean => a >= 0 && x >= 0 && (a > 0 || x > 0)

/**
 * P(a, x) = γ(a, x)/Γ(a), the gamma distribution's probability of being below x.
 *
 * Domain: a, x ≥ 0, else NaN; P(0, 0) is NaN, P(a, 0) = 0, P(0, x) = P(a, ∞) = 1, P(∞, x) = 0.
 * Error: relative 1e-14, growing to |ln P| · 1e-15 in the far tail.
 */
export const igamma = (a: number, x: number): number => {
  if (!inDomain(a, x)) return NaN
  if (x === Infinity || a === 0) return 1
  if (x === 0 || a === Infinity) return 0
  if (nearDiagonal(a, x)) return temme(a, x, false)
  return x > 1 && x > a ? 1 - upperFraction(a, x) : Math.min(1, lowerSeries(a, x))
}

/**
 * Q(a, x) = 1 − P(a, x), without cancellation.
 *
 * Domain: as {@link igamma}; Q(a, ∞) = Q(0, x) = 0, Q(∞, x) = 1, Q(∞, ∞) is NaN.
 */
export const igammac = (a: number, x: number): number => {
  if (!inDomain(a, x) || (a === Infinity && x === Infinity)) return NaN
  if (x === Infinity || a === 0) return 0
  if (x === 0 || a === Infinity) return 1
  if (nearDiagonal(a, x)) return temme(a, x, true)
  if (x > 1.1) return x > a ? upperFraction(a, x) : 1 - lowerSeries(a, x)
  // P < 0.5 roughly where −0.4/ln x < a (x ≤ ½) or 1.1 x < a: there 1 − P is accurate
  const small = x <= 0.5 ? a * math.log(x) < -0.4 : 1.1 * x < a
  return small ? 1 - lowerSeries(a, x) : upperSeries(a, x)
}
