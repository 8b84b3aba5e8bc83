/** The QR iteration for real Hessenberg matrices. */

import type { Dense } from './dense.ts'
import { gather, reflectRows, reflector } from './householder.ts'
import { rotate } from './vector.ts'
import { hypot } from '../scalar/elementary.ts'

/** A real Hessenberg matrix on its way to Schur form; `q` (when wanted) collects the similarity. */
interface Problem {
  readonly h: Dense // [n, n]
  readonly q: Dense | null // [n, n]
  readonly n: number
  readonly lo: number
}

/** Two shifts: re ± i im, so equal when they are real. */
interface Shifts {
  readonly re: number
  readonly im: number
}

const EPSILON = Number.EPSILON / 2
const TINY = 2 ** -1021 / EPSILON

const copySign = (size: number, like: number): number =>
  like < 0 || Object.is(like, -0) ? -Math.abs(size) : Math.abs(size)

/**
 * True when the subdiagonal entry (k, k − 1) can be set to zero without harm.
 *
 * Source: Ahues and Tisseur, A new deflation criterion for the QR algorithm (1997).
 */
const isNegligible = ({ h: { re }, n, lo }: Problem, k: number, hi: number): boolean => {
  const below = Math.abs(re[k * n + k - 1])
  if (below <= TINY) return true
  const [a, d] = [re[(k - 1) * n + k - 1], re[k * n + k]]
  let size = Math.abs(a) + Math.abs(d)
  if (size === 0) {
    if (k - 2 >= lo) size += Math.abs(re[(k - 1) * n + k - 2])
    if (k + 1 <= hi) size += Math.abs(re[(k + 1) * n + k])
  }
  if (!(below <= EPSILON * size)) return false
  const above = Math.abs(re[(k - 1) * n + k])
  const [ab, ba] = [Math.max(below, above), Math.min(below, above)]
  const aa = Math.max(Math.abs(d), Math.abs(a - d))
  const bb = Math.min(Math.abs(d), Math.abs(a - d))
  const s = aa + ab
  return ba * (ab / s) <= Math.max(TINY, EPSILON * (bb * (aa / s)))
}

/** Eigenvalues of [[a, b], [c, d]] as shifts; of two real ones the one nearer to d, twice. */
const shiftsOf = (a: number, b: number, c: number, d: number): Shifts => {
  const s = Math.abs(a) + Math.abs(b) + Math.abs(c) + Math.abs(d)
  if (s === 0) return { re: 0, im: 0 }
  const mean = (a / s + d / s) / 2
  const det = (a / s - mean) * (d / s - mean) - (b / s) * (c / s)
  const root = Math.sqrt(Math.abs(det))
  if (det >= 0) return { re: mean * s, im: root * s }
  const [up, down] = [mean + root, mean - root]
  return { re: s * (Math.abs(up - d / s) <= Math.abs(down - d / s) ? up : down), im: 0 }
}

/** Shifts for the block lo … hi of at least 3 rows; every tenth without progress is arbitrary. */
const chooseShifts = ({ h, n }: Problem, lo: number, hi: number, stalled: number): Shifts => {
  const at = (i: number, j: number): number => h.re[i * n + j]
  if (stalled % 10 !== 0) {
    return shiftsOf(at(hi - 1, hi - 1), at(hi - 1, hi), at(hi, hi - 1), at(hi, hi))
  }
  const isBelow = stalled % 20 === 0
  const s = isBelow
    ? Math.abs(at(hi, hi - 1)) + Math.abs(at(hi - 1, hi - 2))
    : Math.abs(at(lo + 1, lo)) + Math.abs(at(lo + 2, lo + 1))
  const diagonal = 0.75 * s + (isBelow ? at(hi, hi) : at(lo, lo))
  return shiftsOf(diagonal, -0.4375 * s, s, diagonal)
}

const real3 = (x: number, y: number, z: number): Dense => ({
  re: Float64Array.of(x, y, z),
  im: null
})

/**
 * Where the step may start: the lowest row m at which the bulge would enter through two small
 * subdiagonal entries, and the first column of (H − σ₁)(H − σ₂) there, scaled.
 */
const findStart = ({ h, n }: Problem, lo: number, hi: number, { re, im }: Shifts) => {
  const at = (i: number, j: number): number => h.re[i * n + j]
  for (let m = hi - 2; ; m--) {
    const gap = at(m, m) - re
    const s = Math.abs(gap) + Math.abs(im) + Math.abs(at(m + 1, m))
    const below = at(m + 1, m) / s
    const x = below * at(m, m + 1) + gap * (gap / s) + im * (im / s)
    const y = below * (at(m, m) + at(m + 1, m + 1) - 2 * re)
    const z = below * at(m + 2, m + 1)
    const size = Math.abs(x) + Math.abs(y) + Math.abs(z)
    const column = real3(x / size, y / size, z / size)
    if (m === lo) return { m, column }
    const diagonals = Math.abs(at(m - 1, m - 1)) + Math.abs(at(m, m)) + Math.abs(at(m + 1, m + 1))
    const [first, second, third] = column.re
    const entering = Math.abs(at(m, m - 1)) * (Math.abs(second) + Math.abs(third))
    if (entering <= EPSILON * Math.abs(first) * diagonals) return { m, column }
  }
}

/** A ← A (I − τ v vᵀ) on the first `rows` rows of two or three columns: the hot loop of the step. */
const reflectNarrow = (
  { re: v }: Dense,
  tau: number,
  { re: a }: Dense,
  n: number,
  column: number,
  rows: number,
  size: number
): void => {
  const second = v[1]
  const third = size === 3 ? v[2] : 0
  const far = size === 3 ? 2 : 1 // without a third column its weight is zero: read any number
  for (let i = 0, at = column; i < rows; i++, at += n) {
    const sum = tau * (a[at] + second * a[at + 1] + third * a[at + far])
    a[at] -= sum
    a[at + 1] -= sum * second
    if (size === 3) a[at + 2] -= sum * third
  }
}

/** One double-shift step (Francis) on rows lo … hi: a bulge of 3 rows is chased down. */
const francisStep = (problem: Problem, lo: number, hi: number, stalled: number): void => {
  const { h, q, n } = problem
  const { re } = h
  const { m, column } = findStart(problem, lo, hi, chooseShifts(problem, lo, hi, stalled))
  for (let k = m; k < hi; k++) {
    const size = Math.min(3, hi - k + 1)
    const x = k === m ? column : gather(h, k * n + k - 1, n, size)
    const { v, tauRe, beta } = reflector(x, size)
    if (k > m) {
      re[k * n + k - 1] = beta
      for (let i = 1; i < size; i++) re[(k + i) * n + k - 1] = 0
    } else if (m > lo) {
      // The other entries that would enter column m − 1 are negligible: findStart saw to it.
      re[k * n + k - 1] *= 1 - tauRe
    }
    reflectRows(v, tauRe, 0, h, n, k, k, size, n - k)
    reflectNarrow(v, tauRe, h, n, k, Math.min(k + 4, hi + 1), size)
    if (q !== null) reflectNarrow(v, tauRe, q, n, k, n, size)
  }
}

/** A rotation, and whether it uncovers two real eigenvalues. */
interface Standardizing {
  readonly c: number
  readonly s: number
  readonly isReal: boolean
}

/**
 * The rotation (c, s) after which [[a, b], [c, d]] is upper triangular, or has equal diagonal
 * entries and off-diagonal entries of opposite signs: a conjugate pair.
 *
 * Source: Bai and Demmel, On swapping diagonal blocks in real Schur form, Linear Algebra Appl. 186
 *         (1993): standardisation of 2 × 2 blocks.
 */
const standardizing = (a: number, b: number, c: number, d: number): Standardizing => {
  if (c === 0) return { c: 1, s: 0, isReal: true }
  if (b === 0) return { c: 0, s: 1, isReal: true }
  const gap = a - d
  if (gap === 0 && b > 0 !== c > 0) return { c: 1, s: 0, isReal: false }
  const p = gap / 2
  const larger = Math.max(Math.abs(b), Math.abs(c))
  const smaller = Math.min(Math.abs(b), Math.abs(c)) * Math.sign(b) * Math.sign(c)
  const size = Math.max(Math.abs(p), larger)
  const discriminant = (p / size) * p + (larger / size) * smaller
  if (discriminant >= 4 * EPSILON) {
    const z = p + copySign(Math.sqrt(size) * Math.sqrt(discriminant), p)
    const tau = hypot(c, z)
    return { c: z / tau, s: c / tau, isReal: true }
  }
  // Complex, or nearly equal and real: make the diagonal entries equal.
  const sigma = b + c
  const tau = hypot(sigma, gap)
  const cosine = Math.sqrt((1 + Math.abs(sigma) / tau) / 2)
  return { c: cosine, s: -(p / (tau * cosine)) * copySign(1, sigma), isReal: false }
}

/** Rotates rows and columns i, i + 1; left of and below their block is nothing but zeros. */
const rotateBoth = ({ h, q, n }: Problem, i: number, c: number, s: number): void => {
  rotate(c, s, 0, h, i * n + i, h, (i + 1) * n + i, 1, n - i)
  rotate(c, s, 0, h, i, h, i + 1, n, i + 2)
  if (q !== null) rotate(c, s, 0, q, i, q, i + 1, n, n)
}

/** Brings the isolated block of rows i, i + 1 to standard form. */
const standardize = (problem: Problem, i: number): void => {
  const { re } = problem.h
  const at = i * problem.n + i
  const under = at + problem.n
  const { c, s, isReal } = standardizing(re[at], re[at + 1], re[under], re[under + 1])
  rotateBoth(problem, i, c, s)
  if (isReal) {
    re[under] = 0
    return
  }
  const mean = (re[at] + re[under + 1]) / 2
  re[at] = mean
  re[under + 1] = mean
  const [b, below] = [re[at + 1], re[under]]
  if (below === 0 || b > 0 !== below > 0) return
  // Rounding made a nearly double eigenvalue real: rotate once more, now to triangular form.
  if (b === 0) rotateBoth(problem, i, 0, 1)
  else {
    const tau = Math.sqrt(Math.abs(b + below))
    rotateBoth(problem, i, Math.sqrt(Math.abs(b)) / tau, Math.sqrt(Math.abs(below)) / tau)
  }
  re[under] = 0
}

/**
 * Brings rows lo … hi of a real Hessenberg matrix to real Schur form, in place: upper triangular but
 * for 2 × 2 blocks with equal diagonal entries, one for each conjugate pair of eigenvalues. Rows
 * outside are triangular already. False when it did not converge.
 *
 * Source: Francis, The QR transformation I and II, Computer J. 4 (1961–62);
 *         shifts and tests are LAPACK xLAHQR's, so that up to rounding eigenvalues of small matrices
 *         come in its order.
 */
export const realSchur = (
  h: Dense,
  q: Dense | null,
  n: number,
  lo: number,
  hi: number
): boolean => {
  const problem: Problem = { h, q, n, lo }
  let budget = 30 * Math.max(10, n)
  let stalled = 0
  for (let end = hi; end >= lo;) {
    let start = end
    while (start > lo && !isNegligible(problem, start, hi)) start--
    if (start > lo) h.re[start * n + start - 1] = 0
    if (start >= end - 1) {
      if (start < end) standardize(problem, start)
      end = start - 1
      stalled = 0
      continue
    }
    if (budget-- === 0) return false
    stalled++
    francisStep(problem, start, end, stalled)
  }
  return true
}
