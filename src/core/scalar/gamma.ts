/** Euler's gamma function, its logarithm and its logarithmic derivative, in float64. */

import { HALF_LOG_TWO_PI, lgamma1p, lgammaNear2, stirlingCorrection } from './gamma-kernel.ts'
import { horner } from './polynomial.ts'
import { cospi, sinpi } from './trigonometry-pi.ts'
import * as math from './math.ts'

/** The positive zero of ψ, as a double and the remainder. Source: DLMF 5.4.20. */
export const DIGAMMA_ROOT: readonly number[] = [1.4616321449683622, 9.549995429965697e-17]

/** ψ^(k)(x0)/k! at that zero, k ≥ 1. */
export const DIGAMMA_AT_ROOT: readonly number[] = [
  0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652,
  0.10782405069126237, -0.07219956125645471, 0.04880428816414311, -0.03316112647484736,
  0.022597648232218104, -0.01542476590494896, 0.010538791616612175, -0.007204534386356869,
  0.004926781395729853, -0.003369801655439328, 0.002305126326734928, -0.0015769367714301972,
  0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602, -0.0003454680251063077,
  0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741, -7.569179582195066e-5,
  5.178575795222081e-5, -3.5430070947659604e-5, 2.424006611860132e-5
]

/** B_2k / 2k. Source: DLMF 5.11.2. */
export const DIGAMMA_ASYMPTOTIC: readonly number[] = [
  0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667,
  0.007575757575757576, -0.021092796092796094, 0.08333333333333333, -0.4432598039215686,
  3.0539543302701198, -26.456212121212122, 281.46014492753625, -3607.5105463980462
]

const lgammaPositive = (x: number): number => {
  if (x < 0.5) return lgamma1p(x) - math.log(x)
  if (x <= 2.5) return lgamma1p(x - 1)
  if (x < 8) {
    // Γ(x) = (x−1)(x−2)⋯y Γ(y): step down into (3/2, 5/2]
    let product = 1
    let y = x
    while (y > 2.5) product *= --y
    return math.log(product) + lgammaNear2(y - 2)
  }
  if (x > 1e305) return x * (math.log(x) - 1) // the other terms vanish, and (x − ½) ln x overflows first
  return (x - 0.5) * (math.log(x) - 1) + (HALF_LOG_TWO_PI - 0.5 + stirlingCorrection(x))
}

/**
 * ln|Γ(x)|; +Infinity at 0, −1, −2, … and at ±Infinity.
 *
 * Error: relative 2e-15 for x > 0, its zeros 1 and 2 included; for x < 0 relative to
 * max(1, |ln Γ|), since there ln|Γ| passes through zero twice between poles.
 * Source: Stirling's series (DLMF 5.11.1), Taylor's at 2 (5.7.3), reflection (5.5.3).
 */
export const lgamma = (x: number): number => {
  if (x > 0) return lgammaPositive(x)
  if (x === -Infinity || x === Math.floor(x)) return Infinity
  // Γ(x) Γ(−x) = −π / (x sin πx)
  if (x > -0.5) return lgamma1p(x) - math.log(-x)
  return math.log(Math.PI / Math.abs(x * sinpi(x))) - lgammaPositive(-x)
}

/** sqrt(2π) x^(x−½) e^(−x) Γ*(x), x ≥ 20; the power is halved since it overflows before Γ does. */
const gammaStirling = (x: number): number => {
  const half = math.pow(x, 0.5 * x - 0.25)
  return half * math.exp(-x) * half * (Math.sqrt(2 * Math.PI) * math.exp(stirlingCorrection(x)))
}

const gammaPositive = (x: number): number => {
  if (x < 20) {
    if (x < 0.5) return math.exp(lgamma1p(x)) / x
    let product = 1
    let y = x
    while (y > 2.5) product *= --y
    if (y < 1.5) {
      product /= y
      y += 1
    }
    return product * math.exp(lgammaNear2(y - 2))
  }
  return x > 171.7 ? Infinity : gammaStirling(x)
}

/**
 * Γ(x); ±Infinity at ±0, NaN at −1, −2, … and −Infinity (as scipy and JAX).
 *
 * Error: relative 2e-15; exact at integers up to 18.
 */
export const gamma = (x: number): number => {
  if (x > 0) return gammaPositive(x)
  if (x === 0) return 1 / x
  if (x === Math.floor(x)) return NaN // −Infinity too
  if (x > -0.5) return math.exp(lgamma1p(x)) / x
  const s = -Math.PI / (x * sinpi(x))
  if (x > -171) return s / gammaPositive(-x)
  if (x < -190) return s < 0 ? -0 : 0
  // Γ(−x) overflows although the quotient may be subnormal: divide in two steps
  const half = math.pow(-x, -0.5 * x - 0.25)
  return s / (half * math.exp(x)) / (half * Math.sqrt(2 * Math.PI))
}

const digammaPositive = (x: number): number => {
  let shift = 0
  let y = x
  if (y < 1.16) {
    shift = -1 / y
    y += 1
  }
  if (y <= 1.76) return shift + digammaAtRoot(y)
  let lost = 0 // what rounding the sum of the quotients has dropped
  while (y < 10) {
    const quotient = 1 / y
    const next = shift - quotient
    lost += shift - next - quotient
    shift = next
    y += 1
  }
  const r = 1 / y
  const rest = y > 1e17 ? 0 : r * r * horner(DIGAMMA_ASYMPTOTIC, r * r)
  return shift + (math.log(y) - 0.5 * r - rest) + lost
}

const digammaAtRoot = (x: number): number => {
  const d = x - DIGAMMA_ROOT[0] - DIGAMMA_ROOT[1]
  return d * horner(DIGAMMA_AT_ROOT, d)
}

/**
 * ψ(x) = Γ'(x)/Γ(x); NaN at 0, −1, −2, … and −Infinity, as XLA.
 *
 * Error: relative 2e-15 for x > 0, the zero at 1.4616 included; absolute for x < 0 near the
 * zeros between poles.
 * Source: DLMF 5.11.2 (asymptotic), 5.5.2 (recurrence), 5.5.4 (reflection).
 */
export const digamma = (x: number): number => {
  if (x > 0) return x === Infinity ? x : digammaPositive(x)
  if (x === Math.floor(x)) return NaN
  // −1/x is split off so that the cotangent never meets it near 0: ψ(x) = ψ(1+x) − 1/x
  if (x > -0.5) return digammaPositive(1 + x) - 1 / x
  return digammaPositive(1 - x) - (Math.PI * cospi(x)) / sinpi(x)
}

/** ln x − ψ(x) > 0 for x > 0, without the cancellation at large x. */
export const logMinusDigamma = (x: number): number => {
  if (x < 10) return math.log(x) - digammaPositive(x)
  const r = 1 / x
  return 0.5 * r + r * r * horner(DIGAMMA_ASYMPTOTIC, r * r)
}
