/** Balancing: makes rows and columns of a square matrix alike in size before its eigenvalues. */

import { copy, type Dense } from './dense.ts'
import { norm, scale, swap } from './vector.ts'
import { gather } from './householder.ts'

/** B = D⁻¹ Pᵀ A P D, of which only rows and columns lo … hi are not yet triangular. */
export interface Balanced {
  readonly b: Dense // [n, n]
  readonly lo: number
  readonly hi: number
  /** Diagonal of D, powers of two. Shape: [n]. */
  readonly scales: Float64Array
  /** Exchanges of coordinates [i, j], in the order in which they were made. */
  readonly swaps: readonly (readonly [number, number])[]
}

const swapCoordinates = (a: Dense, n: number, i: number, j: number): void => {
  swap(a, i * n, a, j * n, n)
  for (const part of a.im === null ? [a.re] : [a.re, a.im]) {
    for (let row = 0; row < n; row++) {
      const held = part[row * n + i]
      part[row * n + i] = part[row * n + j]
      part[row * n + j] = held
    }
  }
}

/** Moves eigenvalues that can be read off to both ends of the diagonal. */
const isolate = (a: Dense, n: number) => {
  const swaps: [number, number][] = []
  const isZero = (i: number, j: number): boolean =>
    a.re[i * n + j] === 0 && (a.im === null || a.im[i * n + j] === 0)
  const isAlone = (i: number, lo: number, hi: number, byRow: boolean): boolean => {
    for (let j = lo; j <= hi; j++) {
      if (j !== i && !(byRow ? isZero(i, j) : isZero(j, i))) return false
    }
    return true
  }
  const exchange = (i: number, j: number): void => {
    if (i === j) return
    swapCoordinates(a, n, i, j)
    swaps.push([i, j])
  }
  let lo = 0
  let hi = n - 1
  for (let i = hi; i >= 0 && hi > 0; i--) {
    if (!isAlone(i, 0, hi, true)) continue
    exchange(i, hi)
    hi--
    i = hi + 1 // start over in the smaller matrix
  }
  for (let i = lo; i <= hi && lo < hi; i++) {
    if (!isAlone(i, lo, hi, false)) continue
    exchange(i, lo)
    lo++
    i = lo - 1
  }
  return { lo, hi, swaps }
}

/** The power of two by which column i is best multiplied, and row i divided. */
const bestScale = (column: number, row: number): number => {
  let f = 1
  let [c, r] = [column, row]
  for (; c < r / 2 && f < 2 ** 500; f *= 2) [c, r] = [c * 2, r / 2]
  for (; c / 2 >= r && f > 2 ** -500; f /= 2) [c, r] = [c / 2, r * 2]
  return c + r < 0.95 * (column + row) ? f : 1
}

/**
 * Balances a square matrix with finite entries. The similarity is a permutation and a scaling by
 * powers of two (`isScaled`), so it rounds nothing.
 *
 * Shape:  a [n, n].
 * Source: Parlett and Reinsch, Numer. Math. 13 (1969); with 2-norms, as James, Langou and Lowery,
 *         On matrix balancing and eigenvector computation (2014).
 */
export const balance = (a: Dense, n: number, isScaled = true): Balanced => {
  const b = copy(a)
  const { lo, hi, swaps } = isolate(b, n)
  const size = hi - lo + 1
  const scales = new Float64Array(n).fill(1)
  for (let isSettled = !isScaled || lo >= hi; !isSettled;) {
    isSettled = true
    for (let i = lo; i <= hi; i++) {
      const column = norm(gather(b, lo * n + i, n, size), 0, size)
      const row = norm(b, i * n + lo, size)
      if (column === 0 || row === 0) continue
      const f = bestScale(column, row)
      // A bound on the accumulated scale keeps a graded matrix from running out of the range.
      if (f === 1 || !(scales[i] * f > 2 ** -900 && scales[i] * f < 2 ** 900)) continue
      isSettled = false
      scales[i] *= f
      scale(1 / f, 0, b, i * n, n)
      for (let k = 0; k < n; k++) {
        b.re[k * n + i] *= f
        if (b.im !== null) b.im[k * n + i] *= f
      }
    }
  }
  return { b, lo, hi, scales, swaps }
}

/** Turns columns of right eigenvectors of B into those of A, in place: x ← P D x. */
export const unbalanceRight = (t: Balanced, v: Dense, n: number, columns: number): void => {
  for (let i = 0; i < n; i++) scale(t.scales[i], 0, v, i * columns, columns)
  for (const [i, j] of [...t.swaps].reverse()) swap(v, i * columns, v, j * columns, columns)
}

/** Turns columns of left eigenvectors of B into those of A, in place: y ← P D⁻¹ y. */
export const unbalanceLeft = (t: Balanced, v: Dense, n: number, columns: number): void =>
  unbalanceRight({ ...t, scales: t.scales.map((s) => 1 / s) }, v, n, columns)
