/** The QR iteration for complex Hessenberg matrices. */

import { divide, size1, squareRoot, type Complex } from './complex.ts'
import { rotate } from './vector.ts'
import { hypot } from '../scalar/elementary.ts'

/** Storage that is complex for certain. */
export interface ComplexDense {
  readonly re: Float64Array
  readonly im: Float64Array
}

const EPSILON = Number.EPSILON / 2
const TINY = 2 ** -1021 / EPSILON

/** Source: Ahues and Tisseur, A new deflation criterion for the QR algorithm (1997). */
const isNegligible = (h: ComplexDense, n: number, k: number, lo: number, hi: number): boolean => {
  const sizeAt = (i: number, j: number): number => size1(h.re[i * n + j], h.im[i * n + j])
  const below = sizeAt(k, k - 1)
  if (below <= TINY) return true
  let size = sizeAt(k - 1, k - 1) + sizeAt(k, k)
  if (size === 0) {
    if (k - 2 >= lo) size += sizeAt(k - 1, k - 2)
    if (k + 1 <= hi) size += sizeAt(k + 1, k)
  }
  if (!(below <= EPSILON * size)) return false
  const above = sizeAt(k - 1, k)
  const at = k * n + k
  const gap = size1(h.re[at - n - 1] - h.re[at], h.im[at - n - 1] - h.im[at])
  const last = sizeAt(k, k)
  const [ab, ba] = [Math.max(below, above), Math.min(below, above)]
  const [aa, bb] = [Math.max(last, gap), Math.min(last, gap)]
  const s = aa + ab
  return ba * (ab / s) <= Math.max(TINY, EPSILON * (bb * (aa / s)))
}

/** Wilkinson's shift: the eigenvalue of the last 2 × 2 block nearer to its last entry. */
const wilkinson = ({ re, im }: ComplexDense, n: number, hi: number): Complex => {
  const at = hi * n + hi
  const [dr, di] = [re[at], im[at]]
  const [pr, pi] = squareRoot(re[at - n], im[at - n])
  const [qr, qi] = squareRoot(re[at - 1], im[at - 1])
  // u² is the product of the off-diagonal entries, x half the gap of the diagonal ones.
  const [ur, ui] = [pr * qr - pi * qi, pr * qi + pi * qr]
  if (ur === 0 && ui === 0) return [dr, di]
  const [xr, xi] = [(re[at - n - 1] - dr) / 2, (im[at - n - 1] - di) / 2]
  const s = Math.max(size1(ur, ui), size1(xr, xi))
  const [ar, ai] = [xr / s, xi / s]
  const [br, bi] = [ur / s, ui / s]
  const [rootRe, rootIm] = squareRoot(
    ar * ar - ai * ai + br * br - bi * bi,
    2 * (ar * ai + br * bi)
  )
  const sign = ar * rootRe + ai * rootIm < 0 ? -s : s
  const [fr, fi] = divide(ur, ui, xr + sign * rootRe, xi + sign * rootIm)
  return [dr - (ur * fr - ui * fi), di - (ur * fi + ui * fr)]
}

const chooseShift = (
  h: ComplexDense,
  n: number,
  lo: number,
  hi: number,
  stalled: number
): Complex => {
  if (stalled % 10 !== 0) return wilkinson(h, n, hi)
  const [k, below] = stalled % 20 === 0 ? [hi, hi * n + hi - 1] : [lo, (lo + 1) * n + lo]
  return [h.re[k * n + k] + 0.75 * hypot(h.re[below], h.im[below]), h.im[k * n + k]]
}

/** The lowest row at which the bulge may enter through two small subdiagonal entries. */
const findStart = (h: ComplexDense, n: number, lo: number, hi: number, shift: Complex): number => {
  const sizeAt = (at: number): number => size1(h.re[at], h.im[at])
  for (let m = hi - 1; m > lo; m--) {
    const at = m * n + m
    const gap = size1(h.re[at] - shift[0], h.im[at] - shift[1])
    const below = sizeAt(at + n)
    const s = gap + below
    const diagonals = sizeAt(at) + sizeAt(at + n + 1)
    if (sizeAt(at - 1) * (below / s) <= EPSILON * (gap / s) * diagonals) return m
  }
  return lo
}

/** One single-shift step on rows lo … hi: a bulge of one entry is chased down by rotations. */
const singleStep = (
  h: ComplexDense,
  q: ComplexDense | null,
  n: number,
  lo: number,
  hi: number,
  shift: Complex
): void => {
  const start = findStart(h, n, lo, hi, shift)
  const first = start * n + start
  let [xr, xi] = [h.re[first] - shift[0], h.im[first] - shift[1]]
  let [yr, yi] = [h.re[first + n], h.im[first + n]]
  for (let k = start; k < hi; k++) {
    // (c, s) with c real takes (x, y) to (r, 0): c = |x| / ‖(x, y)‖ and s = c conj(y) / conj(x).
    const xSize = hypot(xr, xi)
    const size = hypot(xSize, hypot(yr, yi))
    const [pr, pi] = xSize === 0 ? [1, 0] : [xr / xSize, xi / xSize]
    const c = size === 0 ? 1 : xSize / size
    const [sr, si] = size === 0 ? [0, 0] : [(pr * yr + pi * yi) / size, (pi * yr - pr * yi) / size]
    const from = Math.max(k - 1, start)
    rotate(c, sr, si, h, k * n + from, h, (k + 1) * n + from, 1, n - from)
    if (k === start && start > lo) {
      // What the rotation brings below this entry is negligible: findStart saw to it.
      h.re[first - 1] *= c
      h.im[first - 1] *= c
    }
    if (k > start) {
      h.re[(k + 1) * n + k - 1] = 0
      h.im[(k + 1) * n + k - 1] = 0
    }
    rotate(c, sr, -si, h, k, h, k + 1, n, Math.min(k + 3, hi + 1))
    if (q !== null) rotate(c, sr, -si, q, k, q, k + 1, n, n)
    if (k + 1 === hi) return
    ;[xr, xi] = [h.re[(k + 1) * n + k], h.im[(k + 1) * n + k]]
    ;[yr, yi] = [h.re[(k + 2) * n + k], h.im[(k + 2) * n + k]]
  }
}

/**
 * Brings rows lo … hi of a complex Hessenberg matrix to upper triangular form, in place; rows
 * outside are triangular already. False when it did not converge.
 *
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §7.5, with one complex shift;
 *         shifts and tests are LAPACK xLAHQR's, so that up to rounding eigenvalues of small matrices
 *         come in its order.
 */
export const complexSchur = (
  h: ComplexDense,
  q: ComplexDense | null,
  n: number,
  lo: number,
  hi: number
): boolean => {
  let budget = 30 * Math.max(10, n)
  let stalled = 0
  for (let end = hi; end > lo;) {
    let start = end
    while (start > lo && !isNegligible(h, n, start, lo, hi)) start--
    if (start > lo) {
      h.re[start * n + start - 1] = 0
      h.im[start * n + start - 1] = 0
    }
    if (start === end) {
      end--
      stalled = 0
      continue
    }
    if (budget-- === 0) return false
    stalled++
    singleStep(h, q, n, start, end, chooseShift(h, n, start, end, stalled))
  }
  return true
}
