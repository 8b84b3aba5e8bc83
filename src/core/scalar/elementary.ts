/** Elementary functions where Math.* has other corner rules than XLA, or does not exist. */

import * as math from './math.ts'

/** x^y by IEEE 754's rules: 1^y = x^0 = 1 even for NaN, (−1)^±∞ = 1, where Math.pow gives NaN. */
export const pow = (x: number, y: number): number => {
  if (x === 1 || (x === -1 && (y === Infinity || y === -Infinity))) return 1
  return math.pow(x, y)
}

/** x^n by repeated squaring, 1/x^|n| for n < 0, as XLA expands integer powers; n is an integer. */
export const integerPow = (x: number, n: number): number => {
  if (!Number.isInteger(n)) return pow(x, n)
  let result = 1
  let square = x
  for (let k = Math.abs(n); k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result *= square
    square *= square
  }
  return n < 0 ? 1 / result : result
}

/** −1, 0 or 1 with the sign of zero kept and NaN passed through. */
export const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : x)

/** Remainder with the sign of the dividend, C's fmod: x − y trunc(x/y), exact. */
export const rem = (x: number, y: number): number => x % y

/** Remainder with the sign of the divisor, NumPy's mod: x − y ⌊x/y⌋; a zero has the sign of y. */
export const floorMod = (x: number, y: number): number => {
  const r = x % y
  if (r === 0) return y < 0 || Object.is(y, -0) ? -0 : r !== r ? r : 0
  return r < 0 !== y < 0 ? r + y : r
}

/** 2^x, exact at integers. */
export const exp2 = (x: number): number => math.pow(2, x)

/** log2 x, exact at powers of two. */
export const log2 = (x: number): number => {
  const y = math.log2(x)
  const n = Math.round(y)
  return math.pow(2, n) === x ? n : y
}

/** 1/(1+e^(−x)), with full relative accuracy in the lower tail. */
export const logistic = (x: number): number => {
  if (x >= 0) return 1 / (1 + math.exp(-x))
  const e = math.exp(x)
  return e / (1 + e)
}

/** ln(e^x + e^y) without overflow. */
export const logaddexp = (x: number, y: number): number => {
  if (x === y) return x + Math.LN2 // equal infinities too
  const d = x - y
  if (d !== d) return NaN
  return d > 0 ? x + math.log1p(math.exp(-d)) : y + math.log1p(math.exp(d))
}

/** x ln y with 0 ln y = 0 whatever y is, as JAX. */
export const xlogy = (x: number, y: number): number => (x === 0 ? 0 : x * math.log(y))

/** x ln(1+y) with 0 ln(1+y) = 0 whatever y is, as JAX. */
export const xlog1py = (x: number, y: number): number => (x === 0 ? 0 : x * math.log1p(y))

/** 1/√x: ±Infinity at ±0. */
export const rsqrt = (x: number): number => 1 / Math.sqrt(x)

/**
 * √(x²+y²) without overflow; Infinity if either is infinite, even beside NaN.
 *
 * Error: below 1 ulp, by one Newton correction of the exact residual h² − x² − y².
 * Source: Borges 2020, "An improved algorithm for hypot(a, b)" (the fused-free variant).
 */
export const hypot = (x: number, y: number): number => {
  const a = Math.max(Math.abs(x), Math.abs(y))
  const b = Math.min(Math.abs(x), Math.abs(y))
  if (Math.abs(x) === Infinity || Math.abs(y) === Infinity) return Infinity
  if (a !== a) return NaN
  if (b === 0 || a > b * 1e9) return a + b * (b / (2 * a || 1))
  if (a > 1e150) return 2 ** 600 * hypotScaled(a * 2 ** -600, b * 2 ** -600)
  if (b < 1e-130) return 2 ** -600 * hypotScaled(a * 2 ** 600, b * 2 ** 600)
  return hypotScaled(a, b)
}

const hypotScaled = (a: number, b: number): number => {
  const h = Math.sqrt(a * a + b * b)
  if (h <= 2 * b) {
    const d = h - b
    return h - (a * (2 * d - a) + (d - 2 * (a - b)) * d) / (2 * h)
  }
  const d = h - a
  return h - (2 * d * (a - 2 * b) + (4 * d - b) * b + d * d) / (2 * h)
}
