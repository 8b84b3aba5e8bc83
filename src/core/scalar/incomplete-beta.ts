/** The beta function's logarithm and the regularized incomplete beta function, in float64. */

import { gamma, lgamma } from './gamma.ts'
import {
  HALF_LOG_TWO_PI,
  lgamma1p,
  log1pmx,
  stirlingCorrection,
  stirlingDifference
} from './gamma-kernel.ts'
import { igamma } from './incomplete-gamma.ts'
import * as math from './math.ts'

/** One unit in the last place of 1: a factor this near to 1 changes nothing any more. */
const CONVERGED = 2.3e-16

/** From here on Γ is replaced by Stirling's series. */
const LARGE = 10

/** ln Γ(b) − ln Γ(a+b) for b ≥ 10, 0 < a: the terms of order b ln b are cancelled on paper. */
export const logGammaQuotient = (a: number, b: number): number => {
  // (b−½) ln b − (a+b−½) ln(a+b) + a, with ln(a+b) = ln b + ln(1+a/b)
  const h = a / b
  const correction = stirlingDifference(b, a)
  if (h < 0.5) {
    // −(b − ½ + a) log1p(h) + b h = −(a − ½) log1p(h) − b (log1p(h) − h)
    return correction - a * math.log(b) - (a - 0.5) * math.log1p(h) - b * log1pmx(h)
  }
  return correction - a * math.log(b) - (a + b - 0.5) * math.log1p(h) + a
}

/**
 * ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a+b), for a, b > 0; NaN elsewhere.
 *
 * Error: 1e-15 relative to max(1, |ln B|), for a and b of any size.
 * Source: DiDonato and Morris 1992 (BCORR), with Stirling's correction Γ*.
 */
export const lbeta = (x: number, y: number): number => {
  const a = Math.min(x, y)
  const b = Math.max(x, y)
  if (!(a >= 0)) return NaN
  if (a === 0) return Infinity
  if (b === Infinity) return -Infinity
  if (a >= LARGE) {
    const h = a / b
    const correction = stirlingCorrection(a) + stirlingDifference(b, a)
    const u = (a - 0.5) * math.log(h / (1 + h)) - b * math.log1p(h)
    return u - 0.5 * math.log(b) + HALF_LOG_TWO_PI + correction
  }
  if (b >= LARGE) return lgamma(a) + logGammaQuotient(a, b)
  // B(a, b) near 1 has a logarithm near 0: take it of the quotient
  return a < 1e-300 ? -math.log(a) : math.log((gamma(a) * gamma(b)) / gamma(a + b))
}

/** x^a y^b / (a B(a, b)) with y = 1 − x, for a, b > 0 and 0 < x < 1. */
const betaPrefix = (a: number, b: number, x: number, y: number): number => {
  if (a >= LARGE && b >= LARGE) {
    // relative to the maximum at x0 = a/(a+b): the first-order terms cancel on paper
    const n = a + b
    const d = x * b - y * a // n (x − x0)
    const logPower = a * deviation(d / a, (x * n) / a) + b * deviation(-d / b, (y * n) / b)
    const correction = stirlingCorrection(n) - stirlingCorrection(a) - stirlingCorrection(b)
    return Math.sqrt(b / (n * 2 * Math.PI) / a) * math.exp(logPower + correction)
  }
  const logY = x < 0.5 ? math.log1p(-x) : math.log(y)
  if (a < LARGE && b < LARGE) {
    // Γ(a+1) and Γ(b+1) rather than Γ(a) and Γ(b), which overflow for the least a and b
    const scale = (gamma(a + b + 1) / (gamma(a + 1) * gamma(b + 1))) * (b / (a + b))
    return scale * math.pow(x, a) * (x < 0.5 ? math.exp(b * logY) : math.pow(y, b))
  }
  const logPower = a * (y < 0.5 ? math.log1p(-y) : math.log(x)) + b * logY
  if (a <= 1) return math.exp(logPower - lgamma1p(a) - logGammaQuotient(a, b))
  return math.exp(logPower - lbeta(a, b)) / a
}

/** ln(1+h) − h, from h or, when 1+h is small, from 1+h = ratio. */
const deviation = (h: number, ratio: number): number =>
  h < -0.6 ? math.log(ratio) - h : log1pmx(h)

/** I_x(a, b)/{@link betaPrefix} by the continued fraction DLMF 8.17.22, for x < (a+1)/(a+b+2). */
const fraction = (a: number, b: number, x: number): number => {
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1))
  let h = d
  for (let m = 1; m < 100000; m++) {
    const even = (m / (a + 2 * m - 1)) * ((b - m) / (a + 2 * m)) * x
    d = 1 / (1 + even * d)
    c = 1 + even / c
    h *= d * c
    const odd = (-(a + m) / (a + 2 * m)) * ((a + b + m) / (a + 2 * m + 1)) * x
    d = 1 / (1 + odd * d)
    c = 1 + odd / c
    const factor = d * c
    h *= factor
    if (!(Math.abs(factor - 1) > CONVERGED)) break // NaN too
  }
  return h
}

/** ln Γ(b) − ln Γ(a+b) for a, b > 0, relatively accurate as a → 0. */
const smallQuotient = (a: number, b: number): number => {
  let sum = 0
  let y = b
  for (; y < LARGE; y += 1) sum += math.log1p(a / y) // Γ(y+1) = y Γ(y)
  return sum + logGammaQuotient(a, y)
}

/**
 * I_x(a, b) for b ≤ 1 and y = 1 − x small, where 1 − I_y(b, a) would cancel:
 * I_y(b, a) = y^b/(b B) (1 + b Σ_{n≥1} (1−a)_n/n! y^n/(b+n)). Source: DLMF 8.17.7–8.
 */
const smallB = (a: number, b: number, y: number): number => {
  let term = 1
  let sum = 0
  for (let n = 1; n < 1000; n++) {
    term *= ((n - a) / n) * y
    const add = term / (b + n)
    sum += add
    if (Math.abs(add) <= 1e-17 * Math.abs(sum)) break
  }
  const exponent = b * math.log(y) - lgamma1p(b) - smallQuotient(b, a)
  return -math.expm1(exponent) - math.exp(exponent) * b * sum
}

/**
 * I_x(a, b) = B(x; a, b)/B(a, b), the beta distribution's probability of being below x.
 *
 * Domain: a, b ≥ 0 and 0 ≤ x ≤ 1, else NaN. A zero a (or infinite b) puts all the mass at 0, a
 * zero b (or infinite a) puts it at 1, both at once give NaN, as JAX.
 * Error: relative 1e-14, growing to |ln I| · 1e-15 in the far tail and to
 * 1e-11 as min(a, b) grows to 1e10, since the fraction takes √min(a, b) steps near the mean.
 */
export const betainc = (a: number, b: number, x: number): number => {
  if (!(a >= 0 && b >= 0 && x >= 0 && x <= 1)) return NaN
  const atZero = a === 0 || b === Infinity
  const atOne = b === 0 || a === Infinity
  if (atZero && atOne) return NaN
  if (atZero) return x === 0 ? 0 : 1
  if (atOne) return x === 1 ? 1 : 0
  if (x === 0 || x === 1) return x
  const y = 1 - x
  // (1−t)^(b−1) is e^(−bt) to double precision for all t ≤ x
  if (y === 1 && b > 1e15) return igamma(a, b * x)
  if (x < (a + 1) / (a + b + 2)) return Math.min(1, betaPrefix(a, b, x, y) * fraction(a, b, x))
  return b <= 1 ? smallB(a, b, y) : 1 - betaPrefix(b, a, y, x) * fraction(b, a, y)
}
