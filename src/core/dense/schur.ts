/** Schur form: every square matrix is unitarily similar to a triangular one. */

import { balance, unbalanceRight } from './balance.ts'
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
  // Scaling by D would leave a similarity that is not unitary; a permutation is.
  const balanced = Number.isFinite(max) ? balance(times(a, factor), n, false) : null
  const result = balanced && schurWithin(balanced.b, n, balanced.lo, balanced.hi)
  if (balanced === null || result === null) {
    return { t: nans(n * n, a.im !== null), q: nans(n * n, a.im !== null) }
  }
  unbalanceRight(balanced, result.q, n, n)
  return { t: times(result.t, 1 / factor), q: result.q }
}
