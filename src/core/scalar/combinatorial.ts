/** Factorials, Pochhammer's symbol, the multivariate gamma function and Bernoulli's numbers. */

import { gamma, lgamma } from './gamma.ts'
import { logGammaQuotient } from './incomplete-beta.ts'
import * as math from './math.ts'

/** n! = Γ(n+1) for real n ≥ 0; 0 for n < 0, as scipy. */
export const factorial = (n: number): number => (n < 0 ? 0 : gamma(n + 1))

/** Rising factorial Γ(z+m)/Γ(z). Error: relative 1e-14 for moderate arguments. */
export const poch = (z: number, m: number): number => {
  if (m === 0) return 1
  if (m === Math.floor(m) && Math.abs(m) <= 64) {
    let product = 1
    for (let k = 0; k < m; k++) product *= z + k
    for (let k = -1; k >= m; k--) product /= z + k
    return product
  }
  if (z >= 10 && m > 0) return math.exp(-logGammaQuotient(m, z))
  const top = gamma(z + m)
  const bottom = gamma(z)
  if (Math.abs(top) < Infinity && Math.abs(bottom) < Infinity && bottom !== 0) return top / bottom
  return math.exp(lgamma(z + m) - lgamma(z))
}

/** ln Γ_d(a) = d(d−1)/4 ln π + Σ_{j<d} ln Γ(a − j/2), for a > (d−1)/2. */
export const multigammaln = (a: number, d: number): number => {
  let sum = 0.25 * d * (d - 1) * math.log(Math.PI)
  for (let j = 0; j < d; j++) sum += lgamma(a - 0.5 * j)
  return sum
}

/** B_2, B_4, …, B_26 as fractions. Source: DLMF 24.2(iv). */
const BERNOULLI: readonly number[] = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
  854513 / 138,
  -236364091 / 2730,
  8553103 / 6
]

/** Bernoulli's number B_n with B_1 = −½; ±Infinity from n = 260 on. Error: relative 1e-14. */
export const bernoulliNumber = (n: number): number => {
  if (n === 0) return 1
  if (n === 1) return -0.5
  if (n % 2 === 1) return 0
  if (n <= 26) return BERNOULLI[n / 2 - 1]
  // |B_n| = 2 n!/(2π)^n ζ(n), ζ(n) = 1 + 2^−n + … (DLMF 25.6.2)
  let magnitude = 2 * (1 + math.pow(2, -n) + math.pow(3, -n))
  for (let k = n; k > 0; k--) magnitude *= k / (2 * Math.PI)
  return n % 4 === 2 ? magnitude : -magnitude
}
