/** LU factorisation with partial pivoting. */

import { divide, size1 } from './complex.ts'
import { copy, type Dense } from './dense.ts'
import { from, subtractProduct, type Block } from './product.ts'
import { substitute } from './substitution.ts'
import { axpy, swap } from './vector.ts'

/** P A = L U, packed. */
export interface Lu {
  /** U on and above the diagonal; below it L, whose ones are left out. Shape: [m, n]. */
  readonly lu: Dense
  /** Row i was exchanged with row pivots[i] ≥ i, in order of i. Shape: [min(m, n)]. */
  readonly pivots: Int32Array
  /** The exchanges composed: row i of P A is row permutation[i] of A. Shape: [m]. */
  readonly permutation: Int32Array
}

/** Up to this many columns are eliminated one by one. */
const NARROW = 16

/**
 * Gaussian elimination with row exchanges, with LAPACK getrf's pivots: the first entry of the
 * column with the greatest |re| + |im|. A zero pivot is kept and its column left alone.
 *
 * Shape:  a [m, n].
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §3.4 (outer product form); real
 *         matrices by halves of their columns, as Toledo, Locality of reference in LU
 *         decomposition with partial pivoting, SIAM J. Matrix Anal. 18 (1997).
 */
export const lu = (a: Dense, m: number, n: number): Lu => {
  const out = copy(a)
  const { re, im } = out
  const sizeAt = (at: number): number => (im === null ? Math.abs(re[at]) : size1(re[at], im[at]))
  const pivots = new Int32Array(Math.min(m, n))
  const permutation = Int32Array.from({ length: m }, (_, i) => i)

  /** Columns `first` to `end` − 1, and what that means for those up to `last` − 1. */
  const eliminate = (first: number, end: number, last: number): void => {
    for (let k = first; k < end; k++) {
      let p = k
      for (let i = k + 1; i < m; i++) if (sizeAt(i * n + k) > sizeAt(p * n + k)) p = i
      pivots[k] = p
      if (p !== k) {
        swap(out, k * n, out, p * n, n)
        const row = permutation[k]
        permutation[k] = permutation[p]
        permutation[p] = row
      }
      const diagonal = k * n + k
      if (sizeAt(diagonal) === 0) continue
      for (let i = k + 1; i < m; i++) {
        const at = i * n + k
        const [fr, fi] =
          im === null
            ? [re[at] / re[diagonal], 0]
            : divide(re[at], im[at], re[diagonal], im[diagonal])
        re[at] = fr
        if (im !== null) im[at] = fi
        axpy(-fr, -fi, out, diagonal + 1, out, at + 1, last - k - 1)
      }
    }
  }

  const whole: Block = { data: re, at: 0, down: n, right: 1 }
  /** What the elimination of columns `first` to `end` − 1 means for those up to `last` − 1. */
  const follow = (first: number, end: number, last: number): void => {
    const right = from(whole, first, end)
    substitute(from(whole, first, first), end - first, right, last - end, true)
    const below = from(whole, end, first)
    subtractProduct(from(whole, end, end), below, right, m - end, last - end, end - first)
  }

  const byHalves = (first: number, end: number): void => {
    if (end - first <= NARROW) return eliminate(first, end, end)
    const middle = first + 4 * Math.ceil((end - first) / 8)
    byHalves(first, middle)
    follow(first, middle, end)
    byHalves(middle, end)
  }

  if (im !== null) eliminate(0, pivots.length, n)
  else {
    byHalves(0, pivots.length)
    if (n > pivots.length) follow(0, pivots.length, n)
  }
  return { lu: out, pivots, permutation }
}
