/**
 * Complex circular and hyperbolic functions and their inverses on (re, im) pairs, written to
 * `out`. Each circular function is its hyperbolic twin turned by i: f(z) = −i fh(iz).
 */

import type { ComplexOut } from './complex.ts'
import { hypot } from './elementary.ts'
import * as math from './math.ts'

const copySign = (magnitude: number, sign: number): number =>
  sign < 0 || Object.is(sign, -0) ? -Math.abs(magnitude) : Math.abs(magnitude)

/** out = −i out. */
const turnBack = (out: ComplexOut): void => {
  const re = out[0]
  out[0] = out[1]
  out[1] = -re
}

/** cosh re, sinh re times c, s in [−1, 1], split where the factor overflows before the product. */
const scaled = (hyperbolic: number, re: number, factor: number): number => {
  if (factor === 0)
    return hyperbolic === Infinity || hyperbolic === -Infinity ? factor : hyperbolic * factor
  const a = Math.abs(re)
  if (!(a > 709) || a === Infinity) return hyperbolic * factor
  const half = math.exp(0.5 * a)
  const y = 0.5 * half * factor * half
  return hyperbolic < 0 ? -y : y
}

/** sinh z = sinh re cos im + i cosh re sin im. */
export const csinh = (re: number, im: number, out: ComplexOut): void => {
  if (!Number.isFinite(im)) {
    out[0] = re === 0 || Math.abs(re) === Infinity ? re : NaN
    out[1] = NaN
    return
  }
  out[0] = scaled(math.sinh(re), re, math.cos(im))
  out[1] = im === 0 ? im : scaled(math.cosh(re), re, math.sin(im))
}

/** cosh z = cosh re cos im + i sinh re sin im. */
export const ccosh = (re: number, im: number, out: ComplexOut): void => {
  if (!Number.isFinite(im)) {
    out[0] = Math.abs(re) === Infinity ? Infinity : NaN
    out[1] = re === 0 ? 0 : NaN
    return
  }
  out[0] = scaled(math.cosh(re), re, math.cos(im))
  out[1] =
    im === 0 ? (re < 0 || Object.is(re, -0) ? -im : im) : scaled(math.sinh(re), re, math.sin(im))
}

/** tanh z, bounded away from the overflow of its parts. Source: Kahan 1987. */
export const ctanh = (re: number, im: number, out: ComplexOut): void => {
  const a = Math.abs(re)
  if (a > 22) {
    // 1 − |tanh re| < 2^-62; the imaginary part is sin 2im / (2 sinh² re)
    const e = math.exp(-a)
    out[0] = copySign(1, re)
    out[1] = Number.isFinite(im)
      ? 4 * math.sin(im) * math.cos(im) * e * e
      : a === Infinity
        ? 0
        : NaN
    if (!Number.isFinite(im) && a !== Infinity) out[0] = NaN
    return
  }
  if (!Number.isFinite(im)) {
    out[0] = re === 0 ? re : NaN
    out[1] = NaN
    return
  }
  const t = math.tan(im)
  const s = math.sinh(re)
  const beta = 1 + t * t
  const denominator = 1 + beta * s * s
  out[0] = (beta * math.cosh(re) * s) / denominator
  out[1] = t / denominator
}

/** sin z = sin re cosh im + i cos re sinh im. */
export const csin = (re: number, im: number, out: ComplexOut): void => {
  csinh(-im, re, out)
  turnBack(out)
}

/** cos z = cos re cosh im − i sin re sinh im. */
export const ccos = (re: number, im: number, out: ComplexOut): void => ccosh(-im, re, out)

/** tan z = sin z / cos z. */
export const ctan = (re: number, im: number, out: ComplexOut): void => {
  ctanh(-im, re, out)
  turnBack(out)
}

/** Beyond this modulus asin z = atan2(x, y) + i ln 2|z| to double precision. */
const HUGE = 1e15

/** |Im asin| = |Re acosh| for x, y ≥ 0, with r, s the distances from ∓1. */
const logPart = (x: number, y: number, r: number, s: number): number => {
  const a = 0.5 * (r + s)
  if (a > 1.5) return math.log(a + Math.sqrt(a * a - 1))
  if (y <= 1e-17 * Math.abs(x - 1)) {
    // y² would underflow or be lost
    return x < 1
      ? y / Math.sqrt((1 - x) * (1 + x))
      : math.log1p(x - 1 + Math.sqrt((x - 1) * (x + 1)))
  }
  if (x === 1 && y < 1e-32) return Math.sqrt(y)
  const left = (y / (r + (x + 1))) * y
  const right = x < 1 ? (y / (s + (1 - x))) * y : s + (x - 1)
  const excess = 0.5 * (left + right)
  return math.log1p(excess + Math.sqrt(excess * (a + 1)))
}

/** √(a² − x²), the cotangent's numerator of Re asin, without cancellation. */
const crossover = (x: number, y: number, r: number, s: number): number => {
  const a = 0.5 * (r + s)
  if (x <= 1) return Math.sqrt(0.5 * (a + x) * ((y / (r + x + 1)) * y + (s + (1 - x))))
  return y * Math.sqrt(0.5 * ((a + x) / (r + x + 1) + (a + x) / (s + (x - 1))))
}

/** For infinite, NaN and huge arguments: the part of ln 2|z|, without overflow. */
const logHuge = (x: number, y: number): number => {
  const h = hypot(x, y)
  return h === Infinity && x < Infinity && y < Infinity
    ? math.log(hypot(x / 4, y / 4)) + 3 * Math.LN2
    : math.log(h) + Math.LN2
}

/**
 * Principal arcsine, |Re| ≤ π/2; cuts (−∞, −1) and (1, ∞).
 *
 * Source: Hull, Fairgrieve and Tang 1997.
 */
export const casin = (re: number, im: number, out: ComplexOut): void => {
  const x = Math.abs(re)
  const y = Math.abs(im)
  if (!(x < HUGE && y < HUGE)) {
    out[0] = copySign(math.atan2(x, y), re)
    out[1] = copySign(logHuge(x, y), im)
    return
  }
  const r = hypot(x + 1, y)
  const s = hypot(x - 1, y)
  const b = (2 * x) / (r + s)
  out[0] = copySign(b <= 0.64 ? math.asin(b) : math.atan2(x, crossover(x, y, r, s)), re)
  out[1] = copySign(logPart(x, y, r, s), im)
}

/** Principal arccosine, 0 ≤ Re ≤ π; cuts and source as {@link casin}. */
export const cacos = (re: number, im: number, out: ComplexOut): void => {
  const x = Math.abs(re)
  const y = Math.abs(im)
  if (!(x < HUGE && y < HUGE)) {
    out[0] = math.atan2(y, re)
    out[1] = -copySign(logHuge(x, y), im)
    return
  }
  const r = hypot(x + 1, y)
  const s = hypot(x - 1, y)
  const b = (2 * re) / (r + s)
  out[0] = Math.abs(b) <= 0.64 ? math.acos(b) : math.atan2(crossover(x, y, r, s), re)
  out[1] = -copySign(logPart(x, y, r, s), im)
}

/**
 * Principal artanh, |Im| ≤ π/2; cuts (−∞, −1] and [1, ∞).
 *
 * Source: Re = ¼ ln(1 + 4x/((1−x)² + y²)), Im = ½ arg((1−x)(1+x) − y² + 2iy) (Kahan 1987).
 */
export const catanh = (re: number, im: number, out: ComplexOut): void => {
  const x = Math.abs(re)
  const y = Math.abs(im)
  if (x > 1e150 || y > 1e150) {
    const h = hypot(x / 4, y / 4) // 1/z, scaled
    out[0] = copySign(h === Infinity ? 0 : x / 4 / h / h / 4, re)
    out[1] = copySign(im !== im || (re !== re && y !== Infinity) ? NaN : Math.PI / 2, im)
    return
  }
  if (x === 1 && y < 1e-100) {
    out[0] = copySign(0.5 * (Math.LN2 - math.log(y)), re)
    out[1] = copySign(y === 0 ? 0 : Math.PI / 4, im)
    return
  }
  const d = 1 - x
  out[0] = copySign(0.25 * math.log1p((4 * x) / (d * d + y * y)), re)
  out[1] = copySign(0.5 * math.atan2(2 * y, d * (1 + x) - y * y), im)
}

/** Principal arsinh; cuts on the imaginary axis beyond ±i. */
export const casinh = (re: number, im: number, out: ComplexOut): void => {
  casin(-im, re, out)
  turnBack(out)
}

/** Principal arcosh, Re ≥ 0; cut (−∞, 1). acosh z = ±i acos z. */
export const cacosh = (re: number, im: number, out: ComplexOut): void => {
  cacos(re, im, out)
  const u = out[0]
  out[0] = Math.abs(out[1])
  out[1] = copySign(u, im)
}

/** Principal arctangent; cuts on the imaginary axis beyond ±i. */
export const catan = (re: number, im: number, out: ComplexOut): void => {
  catanh(-im, re, out)
  turnBack(out)
}
