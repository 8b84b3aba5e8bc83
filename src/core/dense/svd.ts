/** Singular value decomposition. */

import {
  adjoint,
  copy,
  corner,
  identity,
  maxPart,
  nans,
  pickRows,
  times,
  transpose,
  unitScale,
  zeros,
  type Dense
} from './dense.ts'
import { bidiagonalize, diagonalize } from './bidiagonal.ts'
import { NEGLIGIBLE, orthogonalizeRows } from './jacobi.ts'
import { conjugate } from './householder.ts'
import { qr } from './qr.ts'
import { dotIm, dotRe, norm } from './vector.ts'

/** What of the decomposition is wanted. */
export interface SvdOptions {
  /** U [m, m] and Vᴴ [n, n]; otherwise, with k = min(m, n), U [m, k] and Vᴴ [k, n]. */
  readonly fullMatrices: boolean
  /** Otherwise `u` and `vh` are empty. */
  readonly computeUv: boolean
}

/** A = U diag(s) Vᴴ. */
export interface Svd {
  readonly u: Dense
  readonly s: Float64Array // [min(m, n)], descending
  readonly vh: Dense
}

const failed = (m: number, n: number, { fullMatrices, computeUv }: SvdOptions, a: Dense): Svd => {
  const k = Math.min(m, n)
  const isComplex = a.im !== null
  return {
    u: nans(computeUv ? m * (fullMatrices ? m : k) : 0, isComplex),
    s: new Float64Array(k).fill(NaN),
    vh: nans(computeUv ? n * (fullMatrices ? n : k) : 0, isComplex)
  }
}

/** Rows of length 1, the first `rank` from `x`, the others orthogonal to them. Shape: [n, n]. */
const unitRows = (x: Dense, n: number, lengths: Float64Array, rank: number): Dense => {
  const out = zeros(n * n, x.im !== null)
  if (rank < n) {
    // The last columns of a full Q of the first rows' adjoint span what is missing.
    const q = qr(adjoint(x, rank, n), n, rank, { fullMatrices: true }).q
    const missing = adjoint(q, n, n)
    out.re.set(missing.re)
    if (missing.im !== null) out.im?.set(missing.im)
  }
  for (let i = 0; i < rank; i++) {
    for (let at = i * n; at < (i + 1) * n; at++) {
      out.re[at] = x.re[at] / lengths[i]
      if (x.im !== null && out.im !== null) out.im[at] = x.im[at] / lengths[i]
    }
  }
  return out
}

/** Q Jᴴ in the first n columns of an otherwise unchanged Q. Shape: q [m, width], j [n, n]. */
const timesAdjoint = (q: Dense, m: number, width: number, j: Dense, n: number): Dense => {
  const out = { re: q.re.slice(), im: q.im === null ? null : q.im.slice() }
  for (let row = 0; row < m; row++) {
    for (let k = 0; k < n; k++) {
      out.re[row * width + k] = dotRe(j, k * n, q, row * width, n)
      if (out.im !== null) out.im[row * width + k] = dotIm(j, k * n, q, row * width, n)
    }
  }
  return out
}

/** Column j of `x` as column `to[j]`. */
const scatterColumns = (x: Dense, n: number, to: Int32Array): Dense => {
  const out = zeros(n * n, x.im !== null)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      out.re[i * n + to[j]] = x.re[i * n + j]
      if (x.im !== null && out.im !== null) out.im[i * n + to[j]] = x.im[i * n + j]
    }
  }
  return out
}

/** Beyond this order Jacobi's rotations take too long. */
const MOST_BY_JACOBI = 32

/** Positions in descending order of what stands there. */
const descending = (x: Float64Array): Int32Array =>
  Int32Array.from({ length: x.length }, (_, i) => i).sort((p, q) => x[q] - x[p] || p - q)

/** Q X in the first n columns of an otherwise unchanged Q. Shape: q [m, width], x [n, n]. */
const timesLeft = (q: Dense, m: number, width: number, x: Dense, n: number): Dense =>
  timesAdjoint(q, m, width, adjoint(x, n, n), n)

/** By bidiagonal form; `a` has entries near 1 at most, and m ≥ n. Null where it did not converge. */
const byBidiagonal = (a: Dense, m: number, n: number, options: SvdOptions): Svd | null => {
  const { fullMatrices, computeUv } = options
  const first = m === n ? null : qr(a, m, n, { fullMatrices: fullMatrices && computeUv })
  const square = first === null ? copy(a) : corner(first.r, n, n, n)
  const b = bidiagonalize(square, n, computeUv)
  if (!diagonalize(b, n)) return null
  const order = descending(b.diagonal)
  const s = Float64Array.from(order, (i) => b.diagonal[i])
  const { qTransposed, pTransposed } = b
  if (qTransposed === null || pTransposed === null) {
    const none = zeros(0, a.im !== null)
    return { u: none, s, vh: none }
  }
  const left = transpose(pickRows(qTransposed, n, order), n, n)
  const u = first === null ? left : timesLeft(first.q, m, fullMatrices ? m : n, left, n)
  return { u, s, vh: conjugate(pickRows(pTransposed, n, order)) }
}

/**
 * Singular values, descending, and singular vectors. Small matrices: QR with column pivoting, A P = Q R, then
 * one-sided Jacobi on the rows of R, J R = diag(s) Yᴴ, so that A = (Q Jᴴ) diag(s) (Yᴴ Pᵀ), which
 * gives the smallest values all their digits. Others: bidiagonal form, then QR steps, whose error
 * is a few ulp of the largest value. All NaN when an entry of A is not finite.
 *
 * Shape:  a [m, n]; the results by {@link SvdOptions}.
 * Source: Drmač and Veselić, New fast and accurate Jacobi SVD algorithm I, SIAM J. Matrix Anal. 29
 *         (2008), the outline only.
 */
export const svd = (a: Dense, m: number, n: number, options: SvdOptions): Svd => {
  const { fullMatrices, computeUv } = options
  if (m < n) {
    const { u, s, vh } = svd(adjoint(a, m, n), n, m, options)
    const width = fullMatrices ? n : m
    if (!computeUv) return { u: vh, s, vh: u }
    return { u: adjoint(vh, m, m), s, vh: adjoint(u, n, width) }
  }
  const isComplex = a.im !== null
  const max = maxPart(a)
  if (!Number.isFinite(max)) return failed(m, n, options, a)
  const factor = unitScale(max)
  if (n > MOST_BY_JACOBI) {
    const found = byBidiagonal(times(a, factor), m, n, options)
    if (found === null) return failed(m, n, options, a)
    return { ...found, s: found.s.map((x) => x / factor) }
  }
  const first = qr(times(a, factor), m, n, {
    fullMatrices: fullMatrices && computeUv,
    pivoting: true
  })
  const x = corner(first.r, n, n, n)
  const j = computeUv ? identity(n, n, isComplex) : null
  if (!orthogonalizeRows(x, j, n)) return failed(m, n, options, a)

  const lengths = Float64Array.from({ length: n }, (_, i) => norm(x, i * n, n))
  const order = descending(lengths)
  const sorted = Float64Array.from(order, (i) => lengths[i])
  const s = sorted.map((length) => length / factor)
  if (j === null) return { u: zeros(0, isComplex), s, vh: zeros(0, isComplex) }

  const rank = sorted.filter((length) => length >= NEGLIGIBLE).length
  const u = timesAdjoint(first.q, m, fullMatrices ? m : n, pickRows(j, n, order), n)
  const y = unitRows(pickRows(x, n, order), n, sorted, rank)
  return { u, s, vh: scatterColumns(y, n, first.pivots) }
}
