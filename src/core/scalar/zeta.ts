/** The Hurwitz zeta function and the polygamma functions. */

import { digamma, gamma, lgamma } from './gamma.ts'
import * as math from './math.ts'

/** B_2k / (2k)!: the weights of the Euler–Maclaurin formula. */
const BERNOULLI_OVER_FACTORIAL: readonly number[] = [
  0.08333333333333333, -0.001388888888888889, 3.306878306878307e-5, -8.267195767195768e-7,
  2.08767569878681e-8, -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
  8.586062056277845e-15, -2.174868698558062e-16, 5.5090028283602295e-18, -1.3954464685812522e-19,
  3.534707039629467e-21, -8.953517427037546e-23, 2.267952452337683e-24
]

/** Terms summed directly before the tail is replaced by its asymptotic expansion. */
const DIRECT = 12
/** Where the exponent is at most SMALL the expansion holds as soon as q + k has come to NEAR. */
const SMALL = 8
const NEAR = 10

/** a^(−s). Small whole powers are products, whose error is below s/2 ulp. */
const inversePower = (a: number, s: number): number => {
  if (s > SMALL || s !== Math.floor(s) || a > 1e30) return math.pow(a, -s)
  let power = a
  for (let i = 1; i < s; i++) power *= a
  return 1 / power
}

/** Σ_{k≥0} (q+k)^(−s), s > 1, q > 0. Source: Euler–Maclaurin, DLMF 25.11.5 and 2.10.1. */
const zetaPositive = (s: number, q: number): number => {
  let sum = 0
  let a = q
  for (let k = 0; k < DIRECT && (a < NEAR || s > SMALL); k++) {
    const term = inversePower(a, s)
    sum += term
    if (term < sum * 1e-17) return sum // also ends Infinity, and s so large that one term is all
    a += 1
  }
  const power = inversePower(a, s)
  let tail = power * (a / (s - 1) + 0.5)
  const r = 1 / a
  let factor = s * power * r
  let k = s + 1
  for (const b of BERNOULLI_OVER_FACTORIAL) {
    const term = b * factor
    tail += term
    if (Math.abs(term) < 1e-17 * tail) break
    factor *= k * r * ((k + 1) * r)
    k += 2
  }
  return sum + tail
}

/**
 * Hurwitz zeta ζ(s, q) = Σ_{k≥0} (q+k)^(−s).
 *
 * Domain: s > 1. +Infinity at s = 1, NaN for s < 1. For q ≤ 0 only integral s is real: at the
 * poles q = 0, −1, … it is +Infinity for even s and NaN for odd s, as XLA and Cephes.
 * Error: relative 3e-15 for q > 0; for q < 0 and odd s absolute near its zeros.
 */
export const zeta = (s: number, q: number): number => {
  if (s !== s || q !== q) return NaN
  if (s === 1) return Infinity
  if (s < 1) return NaN
  if (q > 0) {
    if (q === Infinity) return 0
    if (s === Infinity) return q > 1 ? 0 : q === 1 ? 1 : Infinity
    return zetaPositive(s, q)
  }
  if (s !== Math.floor(s) || s === Infinity) return NaN
  const even = s % 2 === 0
  if (q === Math.floor(q)) return even ? Infinity : NaN
  // the terms with q + k < 0 are ±(j + c)^(−s), j < m, c = ⌈q⌉ − q: a difference of two zetas
  const c = Math.ceil(q) - q
  const below = zetaPositive(s, c) - zetaPositive(s, 1 - q)
  const above = zetaPositive(s, q - Math.floor(q))
  return even ? above + below : above - below
}

/** n!, exactly up to 18!. */
const factorial = (n: number): number => {
  let product = 1
  for (let k = 2; k <= n; k++) product *= k
  return product
}

/**
 * ψ^(n)(x) = (−1)^(n+1) n! ζ(n+1, x); the digamma function for n = 0.
 *
 * Domain: integral n ≥ 0, else NaN; poles at x = 0, −1, … follow {@link zeta} and {@link digamma}.
 * Source: DLMF 25.11.12.
 */
export const polygamma = (n: number, x: number): number => {
  if (n === 0) return digamma(x)
  if (!(n > 0) || n !== Math.floor(n)) return NaN
  const z = zeta(n + 1, x)
  const y =
    n < 19 ? factorial(n) * z : n < 171 ? gamma(n + 1) * z : math.exp(lgamma(n + 1) + math.log(z))
  return n % 2 === 0 ? -y : y
}
