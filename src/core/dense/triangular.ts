/** Triangular systems of equations. */

import { divide } from './complex.ts'
import { copy, transpose, type Dense } from './dense.ts'
import type { Block } from './product.ts'
import { reversed, substitute } from './substitution.ts'
import { axpy } from './vector.ts'

/** XLA's attributes of TriangularSolve. */
export interface TriangularSolveOptions {
  /** Solve op(a) x = b; otherwise x op(a) = b. */
  readonly leftSide: boolean
  /** Which triangle of `a` (before `op`) is read. */
  readonly lower: boolean
  readonly transposeA: boolean
  /** With `transposeA` op is the adjoint, alone it is the complex conjugate. */
  readonly conjugateA: boolean
  /** Take the diagonal to be ones without reading it. */
  readonly unitDiagonal: boolean
}

const divideRow = (x: Dense, offset: number, n: number, dr: number, di: number): void => {
  if (x.im === null) {
    for (let j = offset; j < offset + n; j++) x.re[j] /= dr
    return
  }
  for (let j = offset; j < offset + n; j++) {
    const [re, im] = divide(x.re[j], x.im[j], dr, di)
    x.re[j] = re
    x.im[j] = im
  }
}

/**
 * The solution x of op(a) x = b, or of x op(a) = b, by substitution. A zero on the diagonal gives
 * infinities and NaN, as division does.
 *
 * Shape: a [n, n], b [n, m] (leftSide) or [m, n] -> the shape of b.
 */
export const triangularSolve = (
  a: Dense,
  n: number,
  b: Dense,
  m: number,
  options: TriangularSolveOptions
): Dense => {
  const { leftSide, lower, transposeA, conjugateA, unitDiagonal } = options
  if (!leftSide) {
    // x op(a) = b is op(a)ᵀ xᵀ = bᵀ.
    const flipped = { ...options, leftSide: true, transposeA: !transposeA }
    return transpose(triangularSolve(a, n, transpose(b, m, n), m, flipped), n, m)
  }
  const x = copy(b)
  const [down, right] = transposeA ? [1, n] : [n, 1]
  const forward = lower !== transposeA
  if (a.im === null && x.im === null) {
    const triangle = { data: a.re, at: 0, down, right }
    const sides = { data: x.re, at: 0, down: m, right: 1 }
    // Backwards is forwards from the other end.
    const turn = (b: Block, columns: number): Block => (forward ? b : reversed(b, n, columns))
    substitute(
      turn(triangle, n),
      n,
      forward ? sides : { ...turn(sides, 1), right: 1 },
      m,
      unitDiagonal
    )
    return x
  }
  const entryIm = (at: number): number => (a.im === null ? 0 : conjugateA ? -a.im[at] : a.im[at])
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step
    for (let solved = 0; solved < step; solved++) {
      const k = forward ? solved : n - 1 - solved
      const at = i * down + k * right
      axpy(-a.re[at], -entryIm(at), x, k * m, x, i * m, m)
    }
    const diagonal = i * n + i
    if (!unitDiagonal) divideRow(x, i * m, m, a.re[diagonal], entryIm(diagonal))
  }
  return x
}
