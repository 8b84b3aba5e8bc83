/** Hessenberg form: zeros below the first subdiagonal, by a unitary similarity. */

import { copy, type Dense } from './dense.ts'
import { gather, reflectColumns, reflectRows, reflector, type Reflector } from './householder.ts'
import { productOf } from './qr.ts'

/** A = Q H Qᴴ. */
export interface Hessenberg {
  readonly h: Dense // [n, n]
  readonly q: Dense // [n, n]
}

/**
 * Unitary Q and upper Hessenberg H with A = Q H Qᴴ, by Householder reflectors. Rows and columns
 * outside lo … hi must be triangular already; Q is the identity there.
 *
 * Shape:  a [n, n].
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §7.4.2.
 */
export const hessenberg = (a: Dense, n: number, lo = 0, hi = n - 1): Hessenberg => {
  const h = copy(a)
  const reflectors: Reflector[] = []
  for (let k = lo; k < hi; k++) {
    const size = hi - k
    const r = reflector(gather(h, (k + 1) * n + k, n, size), size)
    reflectors.push(r)
    for (let i = k + 1; i <= hi; i++) {
      h.re[i * n + k] = i === k + 1 ? r.beta : 0
      if (h.im !== null) h.im[i * n + k] = 0
    }
    reflectColumns(r.v, r.tauRe, r.tauIm, h, n, 0, k + 1, hi + 1, size)
    reflectRows(r.v, r.tauRe, -r.tauIm, h, n, k + 1, k + 1, size, n - k - 1)
  }
  return { h, q: productOf(reflectors, n, n, a.im !== null, lo + 1, hi + 1) }
}
