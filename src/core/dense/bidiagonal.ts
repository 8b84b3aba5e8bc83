/** Square matrices to real bidiagonal form, and bidiagonal matrices to their singular values. */

import { hypot } from '../scalar/elementary.ts'
import { transpose, type Dense } from './dense.ts'
import {
  conjugate,
  gather,
  reflectColumns,
  reflector,
  reflectRows,
  type Reflector
} from './householder.ts'
import { productOf } from './qr.ts'
import { createRotations, rotateRows, type Rotations } from './rotations.ts'
import { scale } from './vector.ts'

/** A real upper bidiagonal B with A = Q B Pᴴ. */
export interface Bidiagonal {
  readonly diagonal: Float64Array // [n]
  readonly above: Float64Array // [n], the last entry is 0
  /** Rows are the columns of Q and of P: rotations of columns then touch contiguous memory. */
  readonly qTransposed: Dense | null // [n, n]
  readonly pTransposed: Dense | null // [n, n]
}

/**
 * Reduces a square matrix, which is overwritten, by reflectors from both sides in turn.
 *
 * Shape:  a [n, n].
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §5.4.8.
 */
export const bidiagonalize = (a: Dense, n: number, wantVectors: boolean): Bidiagonal => {
  const diagonal = new Float64Array(n)
  const above = new Float64Array(n)
  const left: Reflector[] = []
  const right: Reflector[] = []
  for (let k = 0; k < n; k++) {
    const rows = n - k
    const h = reflector(gather(a, k * n + k, n, rows), rows)
    left.push(h)
    diagonal[k] = h.beta
    const columns = rows - 1
    if (columns === 0) break
    reflectRows(h.v, h.tauRe, -h.tauIm, a, n, k, k + 1, rows, columns)
    const g = reflector(conjugate(gather(a, k * n + k + 1, 1, columns)), columns)
    right.push(g)
    above[k] = g.beta
    reflectColumns(g.v, g.tauRe, g.tauIm, a, n, k + 1, k + 1, columns, columns)
  }
  const isComplex = a.im !== null
  const product = (reflectors: readonly Reflector[], shift: number): Dense | null =>
    wantVectors ? transpose(productOf(reflectors, n, n, isComplex, shift), n, n) : null
  return { diagonal, above, qTransposed: product(left, 0), pTransposed: product(right, 1) }
}

/** The smaller singular value of [[a, b], [0, c]]. Source: LAPACK's xLAS2 in outline. */
const smaller = (a: number, b: number, c: number): number => {
  const [low, high] = [Math.min(Math.abs(a), Math.abs(c)), Math.max(Math.abs(a), Math.abs(c))]
  if (low === 0) return 0
  const span = Math.max(high, Math.abs(b))
  const [p, q, r] = [low / span, high / span, Math.abs(b) / span]
  const sum = hypot(p + q, r) + hypot(q - p, r)
  return (2 * p * q * span) / sum
}

/** The rotations of one step, from the right and from the left. */
interface Turns {
  readonly right: Rotations
  readonly left: Rotations
}

const note = ({ cos, sin }: Rotations, i: number, c: number, s: number): void => {
  cos[i] = c
  sin[i] = s
}

/** Cosine and sine that turn (f, g) into (r, 0). */
const givens = (f: number, g: number): readonly [c: number, s: number, r: number] => {
  if (g === 0) return [1, 0, f]
  const r = hypot(f, g)
  return [f / r, g / r, r]
}

/** A QR step without a shift on rows lo … hi: no entry loses relative accuracy. */
const plainStep = (b: Bidiagonal, lo: number, hi: number, turns: Turns): void => {
  const { diagonal: d, above: e } = b
  let [c, s, r] = [1, 0, 0]
  let [oldC, oldS] = [1, 0]
  for (let i = lo; i < hi; i++) {
    ;[c, s, r] = givens(d[i] * c, e[i])
    if (i > lo) e[i - 1] = oldS * r
    ;[oldC, oldS, d[i]] = givens(oldC * r, d[i + 1] * s)
    note(turns.right, i, c, s)
    note(turns.left, i, oldC, oldS)
  }
  const rest = d[hi] * c
  d[hi] = rest * oldC
  e[hi - 1] = rest * oldS
}

/** A QR step with a shift on rows lo … hi, whose diagonal has no zeros. */
const shiftedStep = (b: Bidiagonal, lo: number, hi: number, shift: number, turns: Turns): void => {
  const { diagonal: d, above: e } = b
  let f = (Math.abs(d[lo]) - shift) * (Math.sign(d[lo]) + shift / d[lo])
  let g = e[lo]
  for (let i = lo; i < hi; i++) {
    const [c, s, r] = givens(f, g)
    if (i > lo) e[i - 1] = r
    f = c * d[i] + s * e[i]
    e[i] = c * e[i] - s * d[i]
    g = s * d[i + 1]
    d[i + 1] *= c
    note(turns.right, i, c, s)
    const [lc, ls, lr] = givens(f, g)
    d[i] = lr
    f = lc * e[i] + ls * d[i + 1]
    d[i + 1] = lc * d[i + 1] - ls * e[i]
    if (i + 1 < hi) {
      g = ls * e[i + 1]
      e[i + 1] *= lc
    }
    note(turns.left, i, lc, ls)
  }
  e[hi - 1] = f
}

/**
 * Diagonalises in place by the implicitly shifted QR iteration: `diagonal` becomes the singular
 * values, not negative and in no order, and rows i of the transposed factors their vectors. False
 * when it did not converge.
 *
 * Source: Golub and Kahan 1965; steps without a shift where one would drown small values, by Demmel
 *         and Kahan, Accurate singular values of bidiagonal matrices, SIAM J. Sci. Stat. Comput. 11
 *         (1990).
 */
export const diagonalize = (b: Bidiagonal, n: number): boolean => {
  const { diagonal: d, above: e } = b
  const ulp = Number.EPSILON / 2
  const largest = d.reduce((m, x, i) => Math.max(m, Math.abs(x), Math.abs(e[i])), 0)
  const isNegligible = (k: number): boolean => Math.abs(e[k]) <= ulp * largest
  const turns = { right: createRotations(n), left: createRotations(n) }
  let budget = 40 * n
  for (let hi = n - 1; hi > 0;) {
    let lo = hi
    while (lo > 0 && !isNegligible(lo - 1)) lo--
    if (lo > 0) e[lo - 1] = 0
    if (lo === hi) {
      hi--
      continue
    }
    if (budget-- === 0) return false
    let least = Infinity
    for (let i = lo; i <= hi; i++) least = Math.min(least, Math.abs(d[i]))
    const shift = least <= ulp * largest ? 0 : smaller(d[hi - 1], e[hi - 1], d[hi])
    if ((shift / d[lo]) ** 2 <= ulp || shift === 0) plainStep(b, lo, hi, turns)
    else shiftedStep(b, lo, hi, shift, turns)
    rotateRows(b.pTransposed, n, turns.right, lo, hi)
    rotateRows(b.qTransposed, n, turns.left, lo, hi)
  }
  for (let i = 0; i < n; i++) {
    if (d[i] >= 0) continue
    d[i] = -d[i]
    if (b.pTransposed !== null) scale(-1, 0, b.pTransposed, i * n, n)
  }
  return true
}
