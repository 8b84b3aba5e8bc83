/** Eigenvalues and eigenvectors of real symmetric and Hermitian matrices. */

import { maxPart, nans, pickRows, times, transpose, unitScale, zeros, type Dense } from './dense.ts'
import { diagonalize, tridiagonalize } from './tridiagonal.ts'

/** Which triangle of the matrix is read, and what is returned. */
export interface EighOptions {
  /** Read the lower triangle; otherwise the upper one. */
  readonly lower: boolean
  /** Eigenvalues ascending; otherwise in the order in which they were found. */
  readonly sort: boolean
  /** Leave the eigenvectors out (`v` is then empty). Default true. */
  readonly computeVectors?: boolean
}

/** A V = V diag(w) with Vᴴ V = I. */
export interface Eigh {
  readonly w: Float64Array // [n]
  readonly v: Dense // [n, n], eigenvectors in columns
}

/** The Hermitian matrix one of whose triangles is given; the diagonal is taken to be real. */
const hermitian = (a: Dense, n: number, lower: boolean): Dense => {
  const out = zeros(n * n, a.im !== null)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const from = lower ? i * n + j : j * n + i
      out.re[i * n + j] = out.re[j * n + i] = a.re[from]
      if (a.im !== null && out.im !== null && i !== j) {
        const im = lower ? a.im[from] : -a.im[from]
        out.im[i * n + j] = im
        out.im[j * n + i] = -im
      }
    }
  }
  return out
}

/**
 * The eigendecomposition of the Hermitian matrix whose one triangle is given: Householder
 * tridiagonalisation, then implicitly shifted QR. All NaN when an entry of it is not finite.
 *
 * Shape: a [n, n].
 */
export const eigh = (a: Dense, n: number, options: EighOptions): Eigh => {
  const { lower, sort, computeVectors = true } = options
  const isComplex = a.im !== null
  const full = hermitian(a, n, lower)
  const max = maxPart(full)
  const factor = unitScale(max)
  const t = tridiagonalize(times(full, factor), n, computeVectors)
  const vectorSize = computeVectors ? n * n : 0
  if (!Number.isFinite(max) || !diagonalize(t, n)) {
    return { w: new Float64Array(n).fill(NaN), v: nans(vectorSize, isComplex) }
  }
  const order = Int32Array.from({ length: n }, (_, i) => i)
  if (sort) order.sort((i, j) => t.diagonal[i] - t.diagonal[j] || i - j)
  const w = Float64Array.from(order, (i) => t.diagonal[i] / factor)
  const rows = t.qTransposed
  const v = rows === null ? zeros(0, isComplex) : transpose(pickRows(rows, n, order), n, n)
  return { w, v }
}
