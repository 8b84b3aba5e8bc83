/**
 * Level-1 operations on contiguous pieces of {@link Dense} storage, real or complex.
 *
 * The factorisations are written once over these: a real matrix skips the imaginary half here, in
 * one place. A vector is (storage, offset) with the length last. Complex scalars are two numbers,
 * and complex results are two functions, so that no inner loop allocates.
 */

import type { Dense } from './dense.ts'

/** Re Σ conj(x_i) y_i. */
export const dotRe = (x: Dense, xo: number, y: Dense, yo: number, n: number): number => {
  const { re: xr, im: xi } = x
  const { re: yr, im: yi } = y
  let even = 0
  let odd = 0
  let i = 0
  // Two chains hide the latency of addition and halve the growth of rounding.
  for (; i + 1 < n; i += 2) {
    even += xr[xo + i] * yr[yo + i]
    odd += xr[xo + i + 1] * yr[yo + i + 1]
  }
  if (i < n) even += xr[xo + i] * yr[yo + i]
  if (xi !== null && yi !== null) {
    for (i = 0; i + 1 < n; i += 2) {
      even += xi[xo + i] * yi[yo + i]
      odd += xi[xo + i + 1] * yi[yo + i + 1]
    }
    if (i < n) even += xi[xo + i] * yi[yo + i]
  }
  return even + odd
}

/** Im Σ conj(x_i) y_i, which is 0 for real vectors. */
export const dotIm = (x: Dense, xo: number, y: Dense, yo: number, n: number): number => {
  const { re: xr, im: xi } = x
  const { re: yr, im: yi } = y
  if (xi === null || yi === null) return 0
  let plus = 0
  let minus = 0
  for (let i = 0; i < n; i++) {
    plus += xr[xo + i] * yi[yo + i]
    minus += xi[xo + i] * yr[yo + i]
  }
  return plus - minus
}

/** y += (ar + i ai) x. */
export const axpy = (
  ar: number,
  ai: number,
  x: Dense,
  xo: number,
  y: Dense,
  yo: number,
  n: number
): void => {
  const { re: xr, im: xi } = x
  const { re: yr, im: yi } = y
  if (xi === null || yi === null) {
    for (let i = 0; i < n; i++) yr[yo + i] += ar * xr[xo + i]
    return
  }
  for (let i = 0; i < n; i++) {
    const r = xr[xo + i]
    const s = xi[xo + i]
    yr[yo + i] += ar * r - ai * s
    yi[yo + i] += ar * s + ai * r
  }
}

/** x *= ar + i ai. */
export const scale = (ar: number, ai: number, x: Dense, xo: number, n: number): void => {
  const { re, im } = x
  if (im === null) {
    for (let i = 0; i < n; i++) re[xo + i] *= ar
    return
  }
  for (let i = 0; i < n; i++) {
    const r = re[xo + i]
    const s = im[xo + i]
    re[xo + i] = ar * r - ai * s
    im[xo + i] = ar * s + ai * r
  }
}

const sumOfSquares = (x: Float64Array, offset: number, n: number, factor: number): number => {
  let sum = 0
  for (let i = 0; i < n; i++) {
    const v = x[offset + i] * factor
    sum += v * v
  }
  return sum
}

/** sqrt(Σ |x_i|²) without needless overflow or underflow. */
export const norm = (x: Dense, offset: number, n: number): number => {
  const at = (factor: number): number =>
    sumOfSquares(x.re, offset, n, factor) +
    (x.im === null ? 0 : sumOfSquares(x.im, offset, n, factor))
  const plain = at(1)
  if (plain > 1e-280 && plain < 1e280) return Math.sqrt(plain)
  // Squares left the range of float64 (or all are zero, or NaN): measure again in scaled units.
  const factor = plain > 1 ? 2 ** -540 : 2 ** 540
  return Math.sqrt(at(factor)) / factor
}

/** Exchanges x and y. */
export const swap = (x: Dense, xo: number, y: Dense, yo: number, n: number): void => {
  const exchange = (a: Float64Array, b: Float64Array): void => {
    for (let i = 0; i < n; i++) {
      const t = a[xo + i]
      a[xo + i] = b[yo + i]
      b[yo + i] = t
    }
  }
  exchange(x.re, y.re)
  if (x.im !== null && y.im !== null) exchange(x.im, y.im)
}

/**
 * The plane rotation x' = c x + s y, y' = c y − conj(s) x with s = sr + i si, applied to vectors
 * whose consecutive entries lie `step` apart (1 for rows, the width of the matrix for columns).
 */
export const rotate = (
  c: number,
  sr: number,
  si: number,
  x: Dense,
  xo: number,
  y: Dense,
  yo: number,
  step: number,
  n: number
): void => {
  const { re: xr, im: xi } = x
  const { re: yr, im: yi } = y
  if (xi === null || yi === null) {
    for (let k = 0, i = xo, j = yo; k < n; k++, i += step, j += step) {
      const a = xr[i]
      const b = yr[j]
      xr[i] = c * a + sr * b
      yr[j] = c * b - sr * a
    }
    return
  }
  for (let k = 0, i = xo, j = yo; k < n; k++, i += step, j += step) {
    const ar = xr[i]
    const ai = xi[i]
    const br = yr[j]
    const bi = yi[j]
    xr[i] = c * ar + sr * br - si * bi
    xi[i] = c * ai + sr * bi + si * br
    yr[j] = c * br - sr * ar - si * ai
    yi[j] = c * bi - sr * ai + si * ar
  }
}
