/** Cholesky factorisation. */

import { nans, zeros, type Dense } from './dense.ts'
import { dotIm, dotRe } from './vector.ts'

/**
 * Lower triangular L with positive diagonal and L Lᴴ = A, zeros above the diagonal.
 *
 * Only the lower triangle of `a` is read, and of its diagonal only the real part. When A is not
 * positive definite (or holds a NaN there) every entry of the result is NaN, as in JAX.
 *
 * Shape:  a [n, n] -> [n, n].
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §4.2 (by rows: Cholesky–Banachiewicz).
 */
export const cholesky = (a: Dense, n: number): Dense => {
  const l = zeros(n * n, a.im !== null)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const pivot = l.re[j * n + j]
      l.re[i * n + j] = (a.re[i * n + j] - dotRe(l, j * n, l, i * n, j)) / pivot
      if (a.im !== null && l.im !== null) {
        l.im[i * n + j] = (a.im[i * n + j] - dotIm(l, j * n, l, i * n, j)) / pivot
      }
    }
    const square = a.re[i * n + i] - dotRe(l, i * n, l, i * n, i)
    if (!(square > 0)) return nans(n * n, a.im !== null)
    l.re[i * n + i] = Math.sqrt(square)
  }
  return l
}
