/** Derivatives of the incomplete gamma function in its order, and of gamma samples. */

import { logMinusDigamma } from './gamma.ts'
import { stirlingCorrection } from './gamma-kernel.ts'
import { gammaPrefix, nearDiagonal, temmeEta } from './incomplete-gamma.ts'
import { TEMME } from './temme-coefficients.ts'
import * as math from './math.ts'

/** One unit in the last place of 1: a factor this near to 1 changes nothing any more. */
const CONVERGED = 2.3e-16

/** ln x − ψ(a) = ln(x/a) + (ln a − ψ(a)), both without cancellation at x ≈ a. */
const logRatio = (a: number, x: number): number => {
  const mu = (x - a) / a
  return (Math.abs(mu) < 0.5 ? math.log1p(mu) : math.log(x / a)) + logMinusDigamma(a)
}

/**
 * −Γ(a) ∂P/∂a / (x^a e^(−x)) from the power series.
 *
 * P = x^a e^−x/Γ(a+1) Σ t_n, so ∂P/∂a = x^a e^−x/Γ(a+1) (S' + S (ln x − ψ(a+1))); for
 * x < a + ½ both parts are negative.
 */
const bySeries = (a: number, x: number): number => {
  let t = 1
  let sum = 1
  let logDerivative = 0 // of t_n: −Σ 1/(a+k)
  let derivative = 0
  for (let n = 1; n < 100000; n++) {
    t *= x / (a + n)
    logDerivative -= 1 / (a + n)
    sum += t
    const add = t * logDerivative
    derivative += add
    if (add > derivative * 1e-17 && n > x - a) break
  }
  // ψ(a+1) = ψ(a) + 1/a is not used: it cancels for small a
  const c = math.log(x) - math.log(a + 1) + logMinusDigamma(a + 1)
  return -(derivative + sum * c) / a
}

/**
 * The same from Legendre's continued fraction h, by forward differentiation of Lentz's method:
 * −∂P/∂a = ∂Q/∂a = x^a e^−x/Γ(a) (h' + h (ln x − ψ(a))), both positive for x > a.
 */
const byFraction = (a: number, x: number): number => {
  let b = x + 1 - a
  let c = 1e300
  let dc = 0
  let d = 1 / b
  let dd = d * d
  let h = d
  let slope = d // h'/h
  for (let n = 1; n < 100000; n++) {
    const an = -n * (n - a)
    b += 2
    dd = n * d + an * dd - 1
    d = 1 / (an * d + b)
    const logSlope = -dd * d
    dd = logSlope * d
    dc = -1 + n / c - (an * dc) / (c * c)
    c = b + an / c
    const factor = c * d
    const step = dc / c + logSlope
    h *= factor
    slope += step
    if (!(Math.abs(factor - 1) > CONVERGED || Math.abs(step) > 1e-16 * Math.abs(slope))) break
  }
  return h * (slope + logRatio(a, x))
}

/** The same by differentiating Temme's expansion along fixed x: dη/da = −μ/(aη). */
const byTemme = (a: number, x: number): number => {
  const mu = (x - a) / a
  const eta = temmeEta(mu)
  const ratio = mu === 0 ? 1 : mu / eta
  const r = 1 / a
  let f = 0 // Σ c_k r^k
  let fEta = 0 // Σ c_k' r^k
  let fR = 0 // Σ k c_k r^(k−1)
  for (let k = TEMME.length - 1; k >= 0; k--) {
    const row = TEMME[k]
    let value = 0
    let slope = 0
    for (let j = row.length - 1; j >= 0; j--) {
      slope = slope * eta + value
      value = value * eta + row[j]
    }
    fR = fR * r + f
    f = f * r + value
    fEta = fEta * r + slope
  }
  const bracket = ratio - eta / 2 + (math.log1p(mu) - 0.5 * r) * f - fEta * ratio * r - fR * r * r
  return bracket * r * math.exp(stirlingCorrection(a))
}

/** −(∂P/∂a) / (x ∂P/∂x) = d ln x / da at fixed P. */
const logQuantileSlope = (a: number, x: number): number => {
  if (nearDiagonal(a, x)) return byTemme(a, x)
  return x <= 1.5 || x <= a ? bySeries(a, x) : byFraction(a, x)
}

/**
 * ∂P(a, x)/∂a, at most 0.
 *
 * Domain: a > 0 and x ≥ 0, else NaN; 0 at x = 0 and x = Infinity.
 * Error: relative 1e-13.
 */
export const igammaGradA = (a: number, x: number): number => {
  if (!(a > 0 && x >= 0)) return NaN
  if (x === 0 || x === Infinity || a === Infinity) return 0
  const prefix = gammaPrefix(a, x)
  return prefix === 0 ? 0 : -prefix * logQuantileSlope(a, x)
}

/**
 * dx/da for a sample x of Gamma(a, 1) at a fixed uniform P(a, x): −(∂P/∂a) / (∂P/∂x).
 *
 * Domain: as {@link igammaGradA}; the ratio does not underflow where its parts do.
 * Source: implicit reparameterization, Figurnov et al. 2018.
 */
export const randomGammaGrad = (a: number, x: number): number => {
  if (!(a > 0 && x >= 0)) return NaN
  if (x === 0) return 0
  if (x === Infinity || a === Infinity) return NaN
  return x * logQuantileSlope(a, x)
}
