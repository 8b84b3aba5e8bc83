/** Eigenvalues and eigenvectors of general square matrices. */

import { balance, unbalanceLeft, unbalanceRight } from './balance.ts'
import { maxPart, nans, times, transpose, unitScale, zeros, type Dense } from './dense.ts'
import { eigenvaluesOf, eigenvectorsOf, turnAround } from './eigenvectors.ts'
import type { ComplexDense } from './schur-complex.ts'
import { schurWithin } from './schur.ts'
import { axpy, norm } from './vector.ts'
import { hypot } from '../scalar/elementary.ts'

/** Which eigenvectors are wanted; those that are not come back empty. */
export interface EigOptions {
  /** Default true. */
  readonly right?: boolean
  /** Default false. */
  readonly left?: boolean
}

/** A V = V diag(w) and VLᴴ A = diag(w) VLᴴ, always complex. */
export interface Eig {
  readonly w: ComplexDense // [n]
  readonly v: ComplexDense // [n, n], eigenvectors in columns
  readonly vl: ComplexDense // [n, n], left eigenvectors in columns
}

const asComplex = (x: Dense): ComplexDense => ({
  re: x.re,
  im: x.im ?? new Float64Array(x.re.length)
})

/** Q X. Shape: [n, n] each. */
const product = (q: Dense, x: Dense, n: number): ComplexDense => {
  const out = asComplex(zeros(n * n, true))
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      axpy(q.re[i * n + k], q.im === null ? 0 : q.im[i * n + k], x, k * n, out, i * n, n)
    }
  }
  return out
}

/**
 * Columns of length 1 whose largest entry is real, as LAPACK geev turns them: positive for complex
 * A, but of the sign that its real part had for real A.
 */
const normalized = (v: Dense, n: number, keepsSign: boolean): ComplexDense => {
  const { re, im } = asComplex(transpose(v, n, n))
  for (let j = 0; j < n; j++) {
    const row = { re: re.subarray(j * n, (j + 1) * n), im: im.subarray(j * n, (j + 1) * n) }
    // Entries down to the smallest normal number would be lost in one division by a tiny norm.
    const factor = unitScale(maxPart(row))
    const length = norm(
      { re: row.re.map((x) => x * factor), im: row.im.map((x) => x * factor) },
      0,
      n
    )
    for (let i = 0; i < n; i++) {
      row.re[i] = (row.re[i] * factor) / length
      row.im[i] = (row.im[i] * factor) / length
    }
    if (keepsSign && row.im.every((x) => x === 0)) continue
    let top = 0
    for (let i = 1; i < n; i++) {
      if (row.re[i] ** 2 + row.im[i] ** 2 > row.re[top] ** 2 + row.im[top] ** 2) top = i
    }
    const isNegative = keepsSign && row.re[top] < 0
    const size = hypot(row.re[top], row.im[top]) * (isNegative ? -1 : 1)
    const [c, s] = [row.re[top] / size, row.im[top] / size]
    for (let i = 0; i < n; i++) {
      const [a, b] = [row.re[i], row.im[i]]
      row.re[i] = c * a + s * b
      row.im[i] = i === top ? 0 : c * b - s * a
    }
  }
  return asComplex(transpose({ re, im }, n, n))
}

/**
 * Eigenvalues in the order of the diagonal of the Schur form, and eigenvectors of length 1, by
 * balancing, Hessenberg form and shifted QR. Complex eigenvalues of a real matrix come in exact
 * conjugate pairs, the positive imaginary part first, as do their eigenvectors. All NaN when an
 * entry of A is not finite.
 *
 * Shape:  a [n, n].
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §7.5–7.6.
 */
export const eig = (a: Dense, n: number, options: EigOptions = {}): Eig => {
  const { right = true, left = false } = options
  const max = maxPart(a)
  const factor = unitScale(max)
  const balanced = Number.isFinite(max) ? balance(times(a, factor), n) : null
  const schur = balanced && schurWithin(balanced.b, n, balanced.lo, balanced.hi)
  if (balanced === null || schur === null) {
    const missing = (isWanted: boolean): ComplexDense => asComplex(nans(isWanted ? n * n : 0, true))
    return { w: asComplex(nans(n, true)), v: missing(right), vl: missing(left) }
  }
  const scaled = eigenvaluesOf(schur.t, n)
  const w = asComplex(times(scaled, 1 / factor))
  const none = asComplex(zeros(0, true))
  const rightVectors = (): ComplexDense => {
    const v = product(schur.q, eigenvectorsOf(schur.t, n), n)
    unbalanceRight(balanced, v, n, n)
    return normalized(v, n, a.im === null)
  }
  const leftVectors = (): ComplexDense => {
    // Left eigenvectors of T are right ones of Tᴴ, which is upper triangular back to front.
    const adjointT = turnAround(transpose(schur.t, n, n), true)
    const v = product(schur.q, turnAround(eigenvectorsOf(adjointT, n), false), n)
    unbalanceLeft(balanced, v, n, n)
    return normalized(v, n, a.im === null)
  }
  return { w, v: right ? rightVectors() : none, vl: left ? leftVectors() : none }
}
