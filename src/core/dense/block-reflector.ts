/**
 * Several real Householder reflectors at once: H_0 H_1 … H_(b−1) = I − V T Vᵀ, so that applying them
 * is products of matrices.
 *
 * Source: Schreiber and Van Loan, A storage-efficient WY representation for products of Householder
 *         transformations, SIAM J. Sci. Stat. Comput. 10 (1989).
 */

import type { Reflector } from './householder.ts'
import { flipped, subtractProduct, type Block } from './product.ts'

/** Reflectors that are applied together. */
export const TOGETHER = 32

/** V and T; vector j of V begins at row j. */
export interface BlockReflector {
  readonly rows: number
  readonly count: number
  readonly v: Block // [rows, count]
  readonly t: Block // [count, count], upper triangular
}

const dense = (rows: number, columns: number): Block => ({
  data: new Float64Array(rows * columns),
  at: 0,
  down: columns,
  right: 1
})

/** The product of reflectors that act on `rows` rows, each on one row less than the one before. */
export const blockOf = (reflectors: readonly Reflector[], rows: number): BlockReflector => {
  const count = reflectors.length
  const v = dense(rows, count)
  reflectors.forEach((h, j) => {
    for (let i = j; i < rows; i++) v.data[i * count + j] = h.v.re[i - j]
  })
  const gram = dense(count, count) // −Vᵀ V
  subtractProduct(gram, flipped(v), v, count, count, rows)
  const t = dense(count, count)
  for (let j = 0; j < count; j++) {
    const tau = reflectors[j].tauRe
    for (let i = 0; i < j; i++) {
      let sum = 0
      for (let k = i; k < j; k++) sum += t.data[i * count + k] * gram.data[k * count + j]
      t.data[i * count + j] = tau * sum
    }
    t.data[j * count + j] = tau
  }
  return { rows, count, v, t }
}

/** C ← (I − V T Vᵀ) C, or its transpose. Shape: c [rows, columns]. */
export const applyBlock = (
  { rows, count, v, t }: BlockReflector,
  c: Block,
  columns: number,
  isTransposed: boolean
): void => {
  if (columns === 0) return
  const w = dense(count, columns) // −Vᵀ C
  subtractProduct(w, flipped(v), c, count, columns, rows)
  const tw = dense(count, columns) // T Vᵀ C
  subtractProduct(tw, isTransposed ? flipped(t) : t, w, count, columns, count)
  subtractProduct(c, v, tw, rows, columns, count)
}
