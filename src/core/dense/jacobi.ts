/** One-sided Jacobi: makes the rows of a matrix orthogonal to each other by plane rotations. */

import type { Dense } from './dense.ts'
import { dotIm, dotRe, norm, rotate } from './vector.ts'
import { hypot } from '../scalar/elementary.ts'

/**
 * Rows shorter than this beside a longest row of about 1 are taken to be zero: their squares
 * would underflow, and nothing of this size reaches a float64 sum with the others.
 */
export const NEGLIGIBLE = 1e-140

const MAX_SWEEPS = 60

/** The new squared length of a row, measured afresh where the difference would cancel. */
const squareAfter = (x: Dense, n: number, row: number, before: number, change: number): number =>
  before + change > before / 2 ? before + change : dotRe(x, row * n, x, row * n, n)

/** Makes rows p and q of `x` orthogonal; `j` is rotated alike. False when they already were. */
const rotatePair = (
  x: Dense,
  j: Dense | null,
  squares: Float64Array,
  n: number,
  p: number,
  q: number,
  tolerance: number
): boolean => {
  const gr = dotRe(x, q * n, x, p * n, n)
  const gi = dotIm(x, q * n, x, p * n, n)
  const g = x.im === null ? Math.abs(gr) : hypot(gr, gi)
  if (!(g > tolerance * Math.sqrt(squares[p]) * Math.sqrt(squares[q]))) return false
  const zeta = (squares[q] - squares[p]) / (2 * g)
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + hypot(1, zeta))
  const c = 1 / hypot(1, t)
  const s = c * t
  // The phase of ⟨x_q, x_p⟩ makes the complex problem a real one.
  const sr = (-s * gr) / g
  const si = (-s * gi) / g
  rotate(c, sr, si, x, p * n, x, q * n, 1, n)
  if (j !== null) rotate(c, sr, si, j, p * n, j, q * n, 1, n)
  const moved = t * g
  squares[p] = squareAfter(x, n, p, squares[p], -moved)
  squares[q] = squareAfter(x, n, q, squares[q], moved)
  return true
}

/**
 * X ← J X with orthogonal rows and J unitary, in place; `j` (when given) ← J j. Entries are to be
 * of magnitude near 1. False when it did not converge.
 *
 * Relative accuracy does not depend on the lengths of the rows, so small singular values are as
 * good as the data allow.
 *
 * Shape:  x [n, n], j [n, n].
 * Source: Hestenes 1958; Demmel and Veselić, Jacobi's method is more accurate than QR, SIAM J.
 *         Matrix Anal. 13 (1992).
 */
export const orthogonalizeRows = (x: Dense, j: Dense | null, n: number): boolean => {
  const tolerance = Math.max(8, Math.sqrt(n)) * (Number.EPSILON / 2)
  const squares = new Float64Array(n)
  const isZero = (i: number): boolean => squares[i] < NEGLIGIBLE ** 2
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotations = 0
    for (let i = 0; i < n; i++) squares[i] = norm(x, i * n, n) ** 2
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (isZero(p) || isZero(q)) continue
        if (rotatePair(x, j, squares, n, p, q, tolerance)) rotations++
      }
    }
    if (rotations === 0) return true
  }
  return false
}
