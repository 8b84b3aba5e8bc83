/**
 * The pieces that the gamma family shares: Stirling's correction, ln Γ on [3/2, 5/2],
 * and ln(1+x) − x, which keep the relative accuracy where the textbook forms cancel.
 */

import { horner } from './polynomial.ts'
import * as math from './math.ts'

/** ½ ln 2π */
export const HALF_LOG_TWO_PI = 0.9189385332046727

/** B_2k / (2k (2k−1)). Source: DLMF 5.11.1. */
export const STIRLING: readonly number[] = [
  0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953,
  0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641, -0.029550653594771242,
  0.17964437236883057, -1.3924322169059011, 13.402864044168393, -156.84828462600203
]

/** ln Γ(2+z) = (1−γ) z + Σ_{k≥2} (−1)^k (ζ(k)−1)/k z^k. Source: DLMF 5.7.3. */
export const LGAMMA_AT_2: readonly number[] = [
  0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546,
  -0.007385551028673986, 0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425,
  -0.00022315475845357939, 9.945751278180853e-5, -4.492623673813314e-5, 2.050721277567069e-5,
  -9.439488275268397e-6, 4.374866789907488e-6, -2.039215753801366e-6, 9.55141213040742e-7,
  -4.492469198764566e-7, 2.1207184805554665e-7, -1.0043224823968099e-7, 4.7698101693639804e-8,
  -2.2711094608943164e-8, 1.0838659214896955e-8, -5.183475041970047e-9, 2.4836745438024785e-9,
  -1.1921401405860912e-9, 5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10,
  -6.4229645638381e-11
]

/** ln Γ*(x) = ln Γ(x) − (x−½) ln x + x − ½ ln 2π, for x ≥ 8; absolute error below 1e-17. */
export const stirlingCorrection = (x: number): number => {
  const r = 1 / x
  return x > 1e17 ? STIRLING[0] * r : r * horner(STIRLING, r * r)
}

/** stirlingCorrection(x) − stirlingCorrection(x+d) for x ≥ 8, relatively accurate as d → 0. */
export const stirlingDifference = (x: number, d: number): number => {
  if (d > 0.01 * x) return stirlingCorrection(x) - stirlingCorrection(x + d)
  const r = 1 / x
  const log = math.log1p(d * r)
  let power = r
  let sum = 0
  for (let k = 0; k < STIRLING.length; k++) {
    sum -= STIRLING[k] * power * math.expm1(-(2 * k + 1) * log)
    power *= r * r
  }
  return sum
}

/** ln Γ(2+z) for |z| ≤ ½, with full relative accuracy at its zero z = 0. */
export const lgammaNear2 = (z: number): number => z * horner(LGAMMA_AT_2, z)

/** ln Γ(1+z) for −½ ≤ z ≤ 3/2, with full relative accuracy at its zeros z = 0 and z = 1. */
export const lgamma1p = (z: number): number =>
  z > 0.5 ? lgammaNear2(z - 1) : lgammaNear2(z) - math.log1p(z)

/**
 * ln(1+x) − x without cancellation, for x > −1.
 *
 * Source: with s = x/(2+x), ln(1+x) = 2 artanh s = 2s + 2s³ Σ s^2k/(2k+3) and 2s − x = −s x.
 */
export const log1pmx = (x: number): number => {
  if (!(Math.abs(x) <= 0.6)) return math.log1p(x) - x // NaN too
  const s = x / (2 + x)
  const s2 = s * s
  let sum = 0
  let power = 1
  for (let k = 3; ; k += 2) {
    const next = sum + power / k
    if (next === sum) break
    sum = next
    power *= s2
  }
  return 2 * s * s2 * sum - s * x
}
