/**
 * Complex arithmetic, exponential, logarithm, root and power on (re, im) pairs.
 *
 * Every function writes its result to out[0] and out[1] and allocates nothing; out may be read
 * only after the call. Signed zeros select the side of a branch cut, as C99 Annex G.
 */

import { hypot } from './elementary.ts'
import * as math from './math.ts'

/** A place for one complex number: an array or typed array of at least two elements. */
export type ComplexOut = { [index: number]: number }

const copySign = (magnitude: number, sign: number): number =>
  sign < 0 || Object.is(sign, -0) ? -Math.abs(magnitude) : Math.abs(magnitude)

const isFinite = Number.isFinite

/** (a + bi)(c + di) by the four products, as XLA: infinities may give NaN parts. */
export const cmul = (a: number, b: number, c: number, d: number, out: ComplexOut): void => {
  out[0] = a * c - b * d
  out[1] = a * d + b * c
}

/** One part of Smith's quotient, with r = d/c, |d| ≤ |c| and denominator c + d r. */
const quotientPart = (
  a: number,
  b: number,
  c: number,
  d: number,
  denominator: number,
  r: number
): number => {
  // b r may underflow: then d (b/c) is formed the other way round
  const br = r !== 0 ? b * r : d * (b / c)
  if (r === 0 || br !== 0) return (a + br) / denominator
  return a / denominator + (b / denominator) * r
}

/**
 * (a + bi)/(c + di) without undue overflow or underflow.
 *
 * Division by zero gives signed infinities, infinite/finite and finite/infinite the limits of
 * C99 Annex G.5.1. Source: Baudin and Smith 2012, "A robust complex division in Scilab".
 */
export const cdiv = (a: number, b: number, c: number, d: number, out: ComplexOut): void => {
  const top = Math.max(Math.abs(a), Math.abs(b))
  const bottom = Math.max(Math.abs(c), Math.abs(d))
  // a power of two keeps c² + d² and the sums below in range
  let scale = 1
  let rescale = 1
  if (top >= 2 ** 1022) {
    scale = 0.5
    rescale = 2
  } else if (top <= 2 ** -969) {
    scale = 2 ** 105
    rescale = 2 ** -105
  }
  let inverseScale = 1
  if (bottom >= 2 ** 1022) inverseScale = 0.5
  else if (bottom <= 2 ** -969) inverseScale = 2 ** 105
  const ar = a * scale
  const ai = b * scale
  const br = c * inverseScale
  const bi = d * inverseScale
  let re: number
  let im: number
  if (Math.abs(bi) <= Math.abs(br)) {
    const r = bi / br
    const t = br + bi * r
    re = quotientPart(ar, ai, br, bi, t, r)
    im = quotientPart(ai, -ar, br, bi, t, r)
  } else {
    const r = br / bi
    const t = bi + br * r
    re = quotientPart(ai, ar, bi, br, t, r)
    im = -quotientPart(ar, -ai, bi, br, t, r)
  }
  re *= inverseScale
  im *= inverseScale
  out[0] = re * rescale
  out[1] = im * rescale
  if (re !== re || im !== im) divideSpecial(a, b, c, d, out)
}

/** The limits where an operand is zero or infinite; leaves NaN where there is none. */
const divideSpecial = (a: number, b: number, c: number, d: number, out: ComplexOut): void => {
  if (c === 0 && d === 0 && (a === a || b === b)) {
    const infinity = copySign(Infinity, c)
    out[0] = infinity * a
    out[1] = infinity * b
  } else if ((Math.abs(a) === Infinity || Math.abs(b) === Infinity) && isFinite(c) && isFinite(d)) {
    const x = copySign(Math.abs(a) === Infinity ? 1 : 0, a)
    const y = copySign(Math.abs(b) === Infinity ? 1 : 0, b)
    out[0] = Infinity * (x * c + y * d)
    out[1] = Infinity * (y * c - x * d)
  } else if ((Math.abs(c) === Infinity || Math.abs(d) === Infinity) && isFinite(a) && isFinite(b)) {
    const x = copySign(Math.abs(c) === Infinity ? 1 : 0, c)
    const y = copySign(Math.abs(d) === Infinity ? 1 : 0, d)
    out[0] = 0 * (a * x + b * y)
    out[1] = 0 * (b * x - a * y)
  }
}

/** |re + i im|. */
export const cabs = hypot

/** z/|z|, 0 at 0: JAX's sign of a complex number. */
export const csign = (re: number, im: number, out: ComplexOut): void => {
  const h = hypot(re, im)
  if (h === 0) {
    out[0] = re
    out[1] = im
  } else if (h === Infinity || h < 1e-290) {
    const scale = h < 1 ? 2 ** 200 : 0.5
    const s = hypot(re * scale, im * scale)
    out[0] = (re * scale) / s
    out[1] = (im * scale) / s
  } else {
    out[0] = re / h
    out[1] = im / h
  }
}

/** e^z = e^re (cos im + i sin im). */
export const cexp = (re: number, im: number, out: ComplexOut): void => {
  if (im === 0) {
    out[0] = math.exp(re)
    out[1] = im
  } else if (!isFinite(im)) {
    out[0] = re === -Infinity ? 0 : re === Infinity ? Infinity : NaN
    out[1] = re === -Infinity ? 0 : NaN
  } else if (re > 709 && re < 1500) {
    // e^re overflows although its product with a small cosine need not
    const half = math.exp(re / 2)
    out[0] = half * math.cos(im) * half
    out[1] = half * math.sin(im) * half
  } else {
    const e = math.exp(re)
    out[0] = e * math.cos(im)
    out[1] = e * math.sin(im)
  }
}

/** e^z − 1; near 0 the real part is expm1(re) cos im − 2 sin²(im/2). */
export const cexpm1 = (re: number, im: number, out: ComplexOut): void => {
  if (!isFinite(im) || re > 700) {
    cexp(re, im, out)
    out[0] -= 1
    return
  }
  const s = math.sin(0.5 * im)
  out[0] = math.expm1(re) * math.cos(im) - 2 * s * s
  out[1] = im === 0 ? im : math.exp(re) * math.sin(im)
}

const SPLITTER = 134217729 // 2^27 + 1

/** x·x − p for p = fl(x·x), exactly. Source: Dekker 1971. */
const squareError = (x: number, p: number): number => {
  const t = SPLITTER * x
  const h = t - (t - x)
  const l = x - h
  return h * h - p + 2 * h * l + l * l
}

/** x² + y² − 1, to full relative accuracy for x ≥ y ≥ 0 with x² + y² near 1. */
const normMinusOne = (x: number, y: number): number => {
  const p = x * x
  const q = y * y
  const d = p - 1
  const dError = p - (d + 1) + (d + 1 - d - 1)
  const s = d + q
  const t = s - d
  const sError = d - (s - t) + (q - t)
  return s + (squareError(x, p) + squareError(y, q) + dError + sError)
}

/** ln|z|, accurate on the unit circle too. Source: Kahan 1987. */
const logAbs = (re: number, im: number): number => {
  const x = Math.max(Math.abs(re), Math.abs(im))
  const y = Math.min(Math.abs(re), Math.abs(im))
  const n = x * x + y * y
  if (n > 0.5 && n < 3) return 0.5 * math.log1p(normMinusOne(x, y))
  if (x > 1e300 && x < Infinity) return math.log(hypot(x / 4, y / 4)) + 2 * Math.LN2
  if (x < 1e-290 && x > 0) return math.log(hypot(x * 2 ** 200, y * 2 ** 200)) - 200 * Math.LN2
  return math.log(hypot(re, im))
}

/** Principal logarithm: ln|z| + i arg z; −Infinity at 0. */
export const clog = (re: number, im: number, out: ComplexOut): void => {
  out[0] = logAbs(re, im)
  out[1] = math.atan2(im, re)
}

/** ln(1+z), accurate near 0: ½ ln(1 + re(2+re) + im²). */
export const clog1p = (re: number, im: number, out: ComplexOut): void => {
  if (Math.abs(re) < 0.5 && Math.abs(im) < 0.5) {
    out[0] = 0.5 * math.log1p(normExcess(re, im))
  } else out[0] = logAbs(1 + re, im)
  out[1] = math.atan2(im, 1 + re)
}

/** 2x + x² + y², whose terms cancel near the circle |1+z| = 1. */
const normExcess = (x: number, y: number): number => {
  const p = x * x
  const q = y * y
  const a = 2 * x
  const s = a + p
  const t = s - a
  const sError = a - (s - t) + (p - t)
  const u = s + q
  const v = u - s
  const uError = s - (u - v) + (q - v)
  if (Math.abs(x) < 1e-140 || Math.abs(y) < 1e-140) return u + (sError + uError)
  return u + (squareError(x, p) + squareError(y, q) + sError + uError)
}

/** Principal square root, Re ≥ 0; the cut is the negative real axis. Source: Kahan 1987. */
export const csqrt = (re: number, im: number, out: ComplexOut): void => {
  if (re === 0 && im === 0) {
    out[0] = 0
    out[1] = im
    return
  }
  if (Math.abs(im) === Infinity) {
    out[0] = Infinity
    out[1] = im
    return
  }
  if (Math.abs(re) === Infinity) {
    const other = im !== im ? NaN : 0
    out[0] = re > 0 ? Infinity : other
    out[1] = re > 0 ? copySign(other, im) : copySign(Infinity, im)
    return
  }
  const size = Math.max(Math.abs(re), Math.abs(im))
  const scale = size > 1e300 ? 2 ** -10 : size < 1e-290 ? 2 ** 200 : 1
  const root = size > 1e300 ? 2 ** 5 : size < 1e-290 ? 2 ** -100 : 1
  const x = re * scale
  const y = im * scale
  const t = Math.sqrt(0.5 * (Math.abs(x) + hypot(x, y)))
  const other = (0.5 * Math.abs(y)) / t
  out[0] = root * (x >= 0 ? t : other)
  out[1] = root * copySign(x >= 0 ? other : t, im)
  if (re !== re || im !== im) out[0] = out[1] = NaN
}

/**
 * z^w = e^(w ln z), principal value; z^0 = 1, and 0^w = 0 for Re w > 0.
 *
 * Error: relative |w ln z| · 2e-16, as any evaluation through the logarithm.
 */
export const cpow = (a: number, b: number, c: number, d: number, out: ComplexOut): void => {
  if (c === 0 && d === 0) {
    out[0] = 1
    out[1] = 0
    return
  }
  if (a === 0 && b === 0 && c > 0) {
    out[0] = out[1] = 0
    return
  }
  const log = logAbs(a, b)
  const arg = math.atan2(b, a)
  cexp(c * log - d * arg, c * arg + (d === 0 ? 0 : d * log), out)
}
