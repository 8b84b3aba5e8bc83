/** Cholesky factorisation. */

import { nans, zeros, type Dense } from './dense.ts'
import { flipped, from, subtractProduct, type Block } from './product.ts'
import { substituteRight } from './substitution.ts'
import { dotIm, dotRe } from './vector.ts'

/** By rows (Cholesky–Banachiewicz); false when a pivot is not positive. */
const byRows = (a: Dense, l: Dense, n: number): boolean => {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const pivot = l.re[j * n + j]
      l.re[i * n + j] = (a.re[i * n + j] - dotRe(l, j * n, l, i * n, j)) / pivot
      if (a.im !== null && l.im !== null) {
        l.im[i * n + j] = (a.im[i * n + j] - dotIm(l, j * n, l, i * n, j)) / pivot
      }
    }
    const square = a.re[i * n + i] - dotRe(l, i * n, l, i * n, i)
    if (!(square > 0)) return false
    l.re[i * n + i] = Math.sqrt(square)
  }
  return true
}

/** Up to this order a factorisation goes entry by entry. */
const SMALL = 24

/** A small lower triangle in place. */
const small = ({ data, at, down }: Block, n: number): boolean => {
  for (let i = 0; i < n; i++) {
    const row = at + i * down
    for (let j = 0; j <= i; j++) {
      const other = at + j * down
      let rest = data[row + j]
      for (let k = 0; k < j; k++) rest -= data[other + k] * data[row + k]
      if (j < i) data[row + j] = rest / data[other + j]
      else if (rest > 0) data[row + j] = Math.sqrt(rest)
      else return false
    }
  }
  return true
}

/** The lower triangle in place, by halves; what stands above it is left as it is or worse. */
const byHalves = (a: Block, n: number): boolean => {
  if (n <= SMALL) return small(a, n)
  const half = 4 * Math.ceil(n / 8)
  if (!byHalves(a, half)) return false
  const below = from(a, half, 0)
  const rest = from(a, half, half)
  substituteRight(a, half, below, n - half)
  subtractProduct(rest, below, flipped(below), n - half, n - half, half, true)
  return byHalves(rest, n - half)
}

/**
 * Lower triangular L with positive diagonal and L Lᴴ = A, zeros above the diagonal.
 *
 * Only the lower triangle of `a` is read, and of its diagonal only the real part. When A is not
 * positive definite (or holds a NaN there) every entry of the result is NaN, as in JAX.
 *
 * Shape:  a [n, n] -> [n, n].
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §4.2.
 */
export const cholesky = (a: Dense, n: number): Dense => {
  const l = zeros(n * n, a.im !== null)
  if (a.im !== null || n <= SMALL) return byRows(a, l, n) ? l : nans(n * n, a.im !== null)
  for (let i = 0; i < n; i++) l.re.set(a.re.subarray(i * n, i * n + i + 1), i * n)
  if (!byHalves({ data: l.re, at: 0, down: n, right: 1 }, n)) return nans(n * n, false)
  for (let i = 0; i < n; i++) l.re.fill(0, i * n + i + 1, (i + 1) * n)
  return l
}
