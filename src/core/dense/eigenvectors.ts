/** Eigenvalues and eigenvectors of matrices in Schur form, by back substitution. */

import { divide, size1 } from './complex.ts'
import { transpose, type Dense } from './dense.ts'
import type { ComplexDense } from './schur-complex.ts'

const TINY = 2 ** -970

/** True when rows i, i + 1 of a quasi-triangular matrix hold a conjugate pair. */
const isPair = (t: Dense, n: number, i: number): boolean =>
  t.im === null && i + 1 < n && t.re[(i + 1) * n + i] !== 0

/**
 * The diagonal of a triangular matrix; of a 2 × 2 block [[a, b], [c, a]] with b c < 0 the pair
 * a ± i √(−b c), the positive imaginary part first.
 *
 * Shape: t [n, n] -> [n].
 */
export const eigenvaluesOf = (t: Dense, n: number): ComplexDense => {
  const re = new Float64Array(n)
  const im = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const at = i * n + i
    re[i] = t.re[at]
    if (t.im !== null) im[i] = t.im[at]
    if (!isPair(t, n, i)) continue
    im[i] = Math.sqrt(Math.abs(t.re[at + 1])) * Math.sqrt(Math.abs(t.re[at + n]))
    re[i + 1] = re[i]
    im[i + 1] = -im[i]
    i++
  }
  return { re, im }
}

/** A number that is safe to divide by: `least` in place of anything smaller. */
const atLeast = (re: number, im: number, least: number): readonly [number, number] =>
  size1(re, im) < least ? [least, 0] : [re, im]

/** Solves the rows above `bottom` of (T − λ) x = 0 where x from `bottom` on is given. */
const substituteBack = (
  t: Dense,
  n: number,
  lr: number,
  li: number,
  x: ComplexDense,
  bottom: number,
  end: number
): void => {
  const { re: xr, im: xi } = x
  // A multiple eigenvalue would divide by zero; an error of this size is within rounding.
  const least = Math.max(Number.EPSILON * 0.5 * size1(lr, li), TINY)
  /** −Σ T_kj x_j over j from … end − 1. */
  const right = (k: number, from: number): readonly [number, number] => {
    let sr = 0
    let si = 0
    for (let j = from, at = k * n + from; j < end; j++, at++) {
      const a = t.re[at]
      sr -= a * xr[j]
      si -= a * xi[j]
      if (t.im !== null) {
        sr += t.im[at] * xi[j]
        si -= t.im[at] * xr[j]
      }
    }
    return [sr, si]
  }
  /** Keeps x small enough for the next division; an eigenvector has no size of its own. */
  const rescale = (from: number): void => {
    const size = Math.max(size1(xr[from], xi[from]), size1(xr[from + 1] ?? 0, xi[from + 1] ?? 0))
    if (!(size > 1e10)) return
    for (let j = from; j < end; j++) {
      xr[j] /= size
      xi[j] /= size
    }
  }
  for (let k = bottom - 1; k >= 0; k--) {
    const [dr, di] = [t.re[k * n + k] - lr, (t.im === null ? 0 : t.im[k * n + k]) - li]
    const isBlock = k > 0 && isPair(t, n, k - 1)
    const [rr, ri] = right(k, k + 1)
    if (!isBlock) {
      ;[xr[k], xi[k]] = divide(rr, ri, ...atLeast(dr, di, least))
      rescale(k)
      continue
    }
    // [[p, b], [c, q]] (x_i, x_k) = (u, r), by elimination with the larger pivot.
    const i = k - 1
    const [pr, pi] = [t.re[i * n + i] - lr, -li]
    const [b, c] = [t.re[i * n + k], t.re[k * n + i]]
    const [ur, ui] = right(i, k + 1)
    if (size1(pr, pi) >= Math.abs(c)) {
      const [fr, fi] = divide(c, 0, pr, pi)
      const pivot = atLeast(dr - fr * b, di - fi * b, least)
      ;[xr[k], xi[k]] = divide(rr - (fr * ur - fi * ui), ri - (fr * ui + fi * ur), ...pivot)
      ;[xr[i], xi[i]] = divide(ur - b * xr[k], ui - b * xi[k], pr, pi)
    } else {
      const [fr, fi] = [pr / c, pi / c]
      const pivot = atLeast(b - (fr * dr - fi * di), -(fr * di + fi * dr), least)
      ;[xr[k], xi[k]] = divide(ur - (fr * rr - fi * ri), ui - (fr * ri + fi * rr), ...pivot)
      xr[i] = (rr - (dr * xr[k] - di * xi[k])) / c
      xi[i] = (ri - (dr * xi[k] + di * xr[k])) / c
    }
    rescale(i)
    k--
  }
}

/**
 * Right eigenvectors of a (quasi-)triangular matrix in columns, of no particular length. Entries of
 * `t` are to be of magnitude near 1 or less.
 *
 * Shape:  t [n, n] -> [n, n].
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §7.6.4.
 */
export const eigenvectorsOf = (t: Dense, n: number): ComplexDense => {
  const w = eigenvaluesOf(t, n)
  const rows = { re: new Float64Array(n * n), im: new Float64Array(n * n) }
  const row = (i: number): ComplexDense => ({
    re: rows.re.subarray(i * n, (i + 1) * n),
    im: rows.im.subarray(i * n, (i + 1) * n)
  })
  for (let i = 0; i < n; i++) {
    const x = row(i)
    if (!isPair(t, n, i)) {
      x.re[i] = 1
      substituteBack(t, n, w.re[i], w.im[i], x, i, i + 1)
      continue
    }
    const [b, c] = [t.re[i * n + i + 1], t.re[(i + 1) * n + i]]
    // −iω x_i + b x_(i+1) = 0, scaled so that the larger is 1.
    const isFirst = Math.abs(b) >= Math.abs(c)
    x.re[isFirst ? i : i + 1] = 1
    x.im[isFirst ? i + 1 : i] = w.im[i] / (isFirst ? b : c)
    substituteBack(t, n, w.re[i], w.im[i], x, i, i + 2)
    const conjugate = row(i + 1)
    conjugate.re.set(x.re)
    conjugate.im.set(x.im.map((v) => -v))
    i++
  }
  const columns = transpose(rows, n, n)
  return { re: columns.re, im: columns.im ?? new Float64Array(n * n) }
}

/** Entries in the opposite order, rows and columns both: Tᴴ so turned is upper triangular again. */
export const turnAround = (x: Dense, isConjugate: boolean): Dense => ({
  re: x.re.slice().reverse(),
  im: x.im && x.im.map((v) => (isConjugate ? -v : v)).reverse()
})
