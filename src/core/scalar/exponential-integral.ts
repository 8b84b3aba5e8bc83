/** The exponential integrals Ei, E1 and E_n, in float64. */

import { digamma } from './gamma.ts'
import { horner } from './polynomial.ts'
import * as math from './math.ts'

/** One unit in the last place of 1: a factor this near to 1 changes nothing any more. */
const CONVERGED = 2.3e-16

const EULER_GAMMA = 0.5772156649015329

/** The positive zero of Ei, as a double and the remainder. Source: DLMF 6.13. */
const EI_ROOT: readonly number[] = [0.3725074107813666, 1.3140183414386028e-17]

/** Ei^(k)(x0)/k! at that zero, k ≥ 1. */
const EI_AT_ROOT: readonly number[] = [
  3.8962157339071672, -3.2816078663985615, 6.522376145438925, -12.969697383536516,
  27.88629796294205, -62.37880152891542, 143.5349488096751, -337.1558271787469, 804.5318399821382,
  -1943.7966457234988, 4743.765650402431, -11673.463991167164, 28926.95530543545, -72107.9458683716,
  180669.55858939196, -454696.21885446657, 1148834.5468177444, -2912721.6638508374,
  7407692.958000587, -18891727.000381533, 48300034.930860244, -123768219.00249171,
  317811105.66636217, -817618569.3184928, 2107109291.8643637, -5438996831.077285, 14060263909.95585,
  -36396891001.49205, 94338595092.19165, -244811170506.643, 635998181827.3706, -1653989211524.3916,
  4305601123377.465, -11218476935676.422, 29255656955573.395, -76355527419593.92, 199437279275942.5,
  -521302192120109.25, 1363558024737805.5, -3568973490569445.5
]

/** E_n(x), n ≥ 1, by the continued fraction DLMF 8.19.17 in its even form, x > 1. */
const byFraction = (n: number, x: number): number => {
  let b = x + n
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let k = 1; k < 10000; k++) {
    const a = -k * (n - 1 + k)
    b += 2
    d = 1 / (a * d + b)
    c = b + a / c
    const factor = c * d
    h *= factor
    if (!(Math.abs(factor - 1) > CONVERGED)) break // NaN too
  }
  return h * math.exp(-x)
}

/** E_n(x), n ≥ 1, 0 < x ≤ 1, by the series DLMF 8.19.8. */
const bySeries = (n: number, x: number): number => {
  let power = 1 // (−x)^k / k!
  let sum = 0
  for (let k = 0; ; k++) {
    if (k > 0) power *= -x / k
    const add = k === n - 1 ? power * (digamma(n) - math.log(x)) : -power / (k - n + 1)
    sum += add
    if (k >= n - 1 ? Math.abs(add) < 1e-18 * Math.abs(sum) : power === 0) return sum
  }
}

/** E1(x) = ∫_x^∞ e^(−t)/t dt for x ≥ 0; Infinity at 0, NaN for x < 0. Error: relative 2e-15. */
export const exp1 = (x: number): number => expn(1, x)

/**
 * E_n(x) = ∫_1^∞ e^(−xt)/t^n dt, for integral n ≥ 0 and x ≥ 0, else NaN.
 *
 * Error: relative 2e-15. At x = 0: Infinity for n ≤ 1, else 1/(n−1).
 */
export const expn = (n: number, x: number): number => {
  if (!(n >= 0 && x >= 0) || n !== Math.floor(n)) return NaN
  if (x === Infinity) return 0
  if (n === 0) return math.exp(-x) / x
  if (x === 0) return n === 1 ? Infinity : 1 / (n - 1)
  return x > 1 ? byFraction(n, x) : bySeries(n, x)
}

/** γ + ln x + Σ x^k/(k k!), all terms of the sum positive. Source: DLMF 6.6.1. */
const expiSeries = (x: number): number => {
  let power = 1
  let sum = 0
  for (let k = 1; ; k++) {
    power *= x / k
    const next = sum + power / k
    if (next === sum) break
    sum = next
  }
  return EULER_GAMMA + math.log(x) + sum
}

/** e^x/x Σ k!/x^k, cut before the terms grow. Source: DLMF 6.12.2. */
const expiAsymptotic = (x: number): number => {
  let term = 1
  let sum = 1
  for (let k = 1; k < x; k++) {
    term *= k / x
    sum += term
    if (term < 1e-17) break
  }
  const half = math.exp(0.5 * x) // e^x overflows a little before Ei does
  return half === Infinity ? half : ((half * sum) / x) * half
}

/**
 * Ei(x), the principal value of ∫_{−∞}^x e^t/t dt; −Infinity at 0.
 *
 * Error: relative 2e-15, at the zero 0.3725… too.
 */
export const expi = (x: number): number => {
  if (x !== x) return x
  if (x < 0) return -exp1(-x)
  if (x === 0) return -Infinity
  if (x >= 40) return expiAsymptotic(x)
  const d = x - EI_ROOT[0] - EI_ROOT[1]
  return Math.abs(d) < 0.15 ? d * horner(EI_AT_ROOT, d) : expiSeries(x)
}
