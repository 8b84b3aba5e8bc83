/** Substitution in real triangular systems, by halves: nearly all of it is products. */

import { flipped, from, subtractProduct, type Block } from './product.ts'

/** Up to this order, substitution goes entry by entry. */
const SMALL = 24

/** Right-hand sides whose rows are contiguous: whole rows at a time. */
const byRows = (a: Block, n: number, x: Block, m: number, isUnit: boolean): void => {
  const { data, at, down } = x
  for (let i = 0; i < n; i++) {
    const row = at + i * down
    for (let k = 0; k < i; k++) {
      const factor = a.data[a.at + i * a.down + k * a.right]
      const solved = at + k * down
      for (let j = 0; j < m; j++) data[row + j] -= factor * data[solved + j]
    }
    if (isUnit) continue
    const pivot = a.data[a.at + i * (a.down + a.right)]
    for (let j = 0; j < m; j++) data[row + j] /= pivot
  }
}

const byColumns = (a: Block, n: number, x: Block, m: number, isUnit: boolean): void => {
  const { data, down, right } = x
  for (let j = 0; j < m; j++) {
    const column = x.at + j * right
    for (let i = 0; i < n; i++) {
      let rest = data[column + i * down]
      const row = a.at + i * a.down
      for (let k = 0; k < i; k++) rest -= a.data[row + k * a.right] * data[column + k * down]
      data[column + i * down] = isUnit ? rest : rest / a.data[row + i * a.right]
    }
  }
}

/**
 * X ← A⁻¹ X with A lower triangular in its own order of reading, in place.
 *
 * Shape: a [n, n], x [n, m].
 */
export const substitute = (a: Block, n: number, x: Block, m: number, isUnit: boolean): void => {
  if (n <= SMALL) {
    const isWide = x.right === 1 && m > 2
    return (isWide ? byRows : byColumns)(a, n, x, m, isUnit)
  }
  const half = 4 * Math.ceil(n / 8)
  substitute(a, half, x, m, isUnit)
  subtractProduct(from(x, half, 0), from(a, half, 0), x, n - half, m, half)
  substitute(from(a, half, half), n - half, from(x, half, 0), m, isUnit)
}

/** The block with rows and columns in opposite order: an upper triangle becomes a lower one. */
export const reversed = (
  { data, at, down, right }: Block,
  rows: number,
  columns: number
): Block => ({
  data,
  at: at + (rows - 1) * down + (columns - 1) * right,
  down: -down,
  right: -right
})

/** X ← X A⁻ᵀ with A lower triangular. Shape: a [n, n], x [m, n]. */
export const substituteRight = (a: Block, n: number, x: Block, m: number): void =>
  substitute(a, n, flipped(x), m, false)
