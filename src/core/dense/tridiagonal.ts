/** Hermitian matrices to tridiagonal form, and tridiagonal matrices to their eigenvalues. */

import { transpose, type Dense } from './dense.ts'
import { conjugate, gather, reflector, type Reflector } from './householder.ts'
import { productOf } from './qr.ts'
import { createRotations, rotateRows, type Rotations } from './rotations.ts'
import { axpy, dotIm, dotRe } from './vector.ts'
import { hypot } from '../scalar/elementary.ts'

/** A real symmetric tridiagonal T with A = Q T Qᴴ. */
export interface Tridiagonal {
  readonly diagonal: Float64Array // [n]
  readonly below: Float64Array // [n], the last entry is 0
  /** Rows are the columns of Q, so that rotations of columns touch contiguous memory. */
  readonly qTransposed: Dense | null // [n, n]
}

/** A ← Hᴴ A H on the trailing Hermitian block from row `at`: a rank-2 update. */
const reflectBothSides = (h: Reflector, a: Dense, n: number, at: number): void => {
  if (h.tauRe === 0 && h.tauIm === 0) return
  const size = n - at
  const vBar = conjugate(h.v)
  const w: Dense = { re: new Float64Array(size), im: a.im && new Float64Array(size) }
  for (let i = 0; i < size; i++) {
    const sr = dotRe(vBar, 0, a, (at + i) * n + at, size)
    const si = dotIm(vBar, 0, a, (at + i) * n + at, size)
    w.re[i] = h.tauRe * sr - h.tauIm * si
    if (w.im !== null) w.im[i] = h.tauRe * si + h.tauIm * sr
  }
  const dr = dotRe(w, 0, h.v, 0, size)
  const di = dotIm(w, 0, h.v, 0, size)
  const half = [(h.tauRe * dr - h.tauIm * di) / -2, (h.tauRe * di + h.tauIm * dr) / -2] as const
  axpy(half[0], half[1], h.v, 0, w, 0, size)
  const wBar = conjugate(w)
  for (let i = 0; i < size; i++) {
    const row = (at + i) * n + at
    axpy(-h.v.re[i], h.v.im === null ? 0 : -h.v.im[i], wBar, 0, a, row, size)
    axpy(-w.re[i], w.im === null ? 0 : -w.im[i], vBar, 0, a, row, size)
  }
}

/** As {@link reflectBothSides} of a real matrix, in its lower triangle alone: half the work. */
const reflectTriangle = (h: Reflector, a: Float64Array, n: number, at: number): void => {
  if (h.tauRe === 0) return
  const size = n - at
  const v = h.v.re
  const w = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const row = (at + i) * n + at
    const vi = v[i]
    let sum = 0
    for (let j = 0; j < i; j++) {
      const entry = a[row + j]
      sum += entry * v[j]
      w[j] += entry * vi
    }
    w[i] += sum + a[row + i] * vi
  }
  let inner = 0
  for (let i = 0; i < size; i++) {
    w[i] *= h.tauRe
    inner += w[i] * v[i]
  }
  const half = (h.tauRe * inner) / -2
  for (let i = 0; i < size; i++) w[i] += half * v[i]
  for (let i = 0; i < size; i++) {
    const row = (at + i) * n + at
    const vi = v[i]
    const wi = w[i]
    for (let j = 0; j <= i; j++) a[row + j] -= vi * w[j] + wi * v[j]
  }
}

/**
 * Reduces a Hermitian matrix, given in full and overwritten, to tridiagonal form.
 *
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §8.3.1.
 */
export const tridiagonalize = (a: Dense, n: number, wantVectors: boolean): Tridiagonal => {
  const diagonal = new Float64Array(n)
  const below = new Float64Array(n)
  const reflectors: Reflector[] = []
  for (let k = 0; k + 1 < n; k++) {
    const h = reflector(gather(a, (k + 1) * n + k, n, n - k - 1), n - k - 1)
    reflectors.push(h)
    diagonal[k] = a.re[k * n + k]
    below[k] = h.beta
    if (a.im === null) reflectTriangle(h, a.re, n, k + 1)
    else reflectBothSides(h, a, n, k + 1)
  }
  if (n > 0) diagonal[n - 1] = a.re[n * n - 1]
  const isComplex = a.im !== null
  const q = wantVectors ? productOf(reflectors, n, n, isComplex, 1) : null
  return { diagonal, below, qTransposed: q && transpose(q, n, n) }
}

/** One implicit QR step with Wilkinson's shift on rows lo … hi; leaves its rotations. */
const step = (t: Tridiagonal, lo: number, hi: number, { cos, sin }: Rotations): void => {
  const { diagonal: d, below: e } = t
  const gap = (d[hi - 1] - d[hi]) / 2
  const last = e[hi - 1]
  const root = hypot(gap, last)
  const shift = d[hi] - last * (last / (gap + (gap < 0 ? -root : root)))
  let x = d[lo] - shift
  let bulge = e[lo]
  for (let k = lo; k < hi; k++) {
    const r = hypot(x, bulge)
    const c = r === 0 ? 1 : x / r
    const s = r === 0 ? 0 : bulge / r
    if (k > lo) e[k - 1] = r
    const q = (d[k + 1] - d[k]) * s + 2 * c * e[k]
    d[k] += s * q
    d[k + 1] -= s * q
    e[k] = c * q - e[k]
    if (k + 1 < hi) {
      x = e[k]
      bulge = s * e[k + 1]
      e[k + 1] *= c
    }
    cos[k] = c
    sin[k] = s
  }
}

/**
 * Diagonalises in place by the shifted QR iteration: `diagonal` becomes the eigenvalues, in no
 * order, and row i of `qTransposed` the eigenvector of the i-th. False when it did not converge.
 *
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §8.3.4–8.3.5.
 */
export const diagonalize = (t: Tridiagonal, n: number): boolean => {
  const { diagonal: d, below: e } = t
  const isNegligible = (k: number): boolean =>
    Math.abs(e[k]) <= (Number.EPSILON / 2) * (Math.abs(d[k]) + Math.abs(d[k + 1]))
  const rotations = createRotations(n)
  let budget = 30 * n
  for (let hi = n - 1; hi > 0;) {
    let lo = hi
    while (lo > 0 && !isNegligible(lo - 1)) lo--
    if (lo > 0) e[lo - 1] = 0
    if (lo === hi) hi--
    else if (budget-- === 0) return false
    else {
      step(t, lo, hi, rotations)
      rotateRows(t.qTransposed, n, rotations, lo, hi)
    }
  }
  return true
}
