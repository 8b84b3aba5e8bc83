/** Schur form: every square matrix is unitarily similar to a triangular one. */

import { maxPart, nans, times, unitScale, type Dense } from './dense.ts'
import { hessenberg } from './hessenberg.ts'
import { complexSchur } from './schur-complex.ts'
import { realSchur } from './schur-real.ts'

/** A = Q T Qᴴ. */
export interface Schur {
  /** Upper triangular; for real A with 2 × 2 diagonal blocks for conjugate pairs. Shape: [n, n]. */
  readonly t: Dense
  readonly q: Dense // [n, n]
}

/** Schur form by way of Hessenberg form; null when the iteration failed. Entries must be finite. */
export const schurWithin = (a: Dense, n: number, lo: number, hi: number): Schur | null => {
  const { h, q } = hessenberg(a, n, lo, hi)
  const isDone =
    h.im !== null && q.im !== null
      ? complexSchur({ re: h.re, im: h.im }, { re: q.re, im: q.im }, n, lo, hi)
      : realSchur(h, q, n, lo, hi)
  return isDone ? { t: h, q } : null
}

/**
 * Unitary Q and (quasi-)triangular T with A = Q T Qᴴ. All NaN when an entry of A is not finite.
 *
 * Shape: a [n, n].
 */
export const schur = (a: Dense, n: number): Schur => {
  const max = maxPart(a)
  const factor = unitScale(max)
  const result = Number.isFinite(max) ? schurWithin(times(a, factor), n, 0, n - 1) : null
  if (result === null) return { t: nans(n * n, a.im !== null), q: nans(n * n, a.im !== null) }
  return { t: times(result.t, 1 / factor), q: result.q }
}
