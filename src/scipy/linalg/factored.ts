/** Solutions with factorisations that are kept. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError, ValueError, checkOptions, listOf } from '../../core/errors.ts'
import { show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { inexact, meeting } from '../inexact.ts'

/** The system with right-hand sides as columns, and the way back. */
const columns = (
  operation: string,
  a: NdArray,
  b: NdArray,
  solve: (b: NdArray) => NdArray
): NdArray => {
  const n = a.shape.at(-1)
  const isVector = b.ndim === a.ndim - 1
  const rows = b.shape.at(isVector ? -1 : -2)
  if (a.ndim < 2 || a.shape.at(-2) !== n || (b.ndim !== a.ndim && !isVector) || rows !== n)
    throw new ShapeError(operation, {
      problem: 'matrix and right-hand side do not fit together',
      got: `a ${show(a.shape)}, b ${show(b.shape)}`,
      expected: 'a [..., n, n], b [..., n] or [..., n, m]',
      hint: 'batch axes of both must be equal'
    })
  return isVector ? np.squeeze(solve(np.expandDims(b, -1)), { axis: -1 }) : solve(b)
}

/** Solve with the matrix (0), its transpose (1) or its adjoint (2). */
export type Trans = 0 | 1 | 2 | 'N' | 'T' | 'C'

const transOf = (operation: string, trans: Trans): 0 | 1 | 2 => {
  const at = typeof trans === 'string' ? 'NTC'.indexOf(trans) : trans
  if (at === 0 || at === 1 || at === 2) return at
  throw new ValueError(operation, {
    problem: 'there is no such system',
    got: `trans: ${String(trans)}`,
    expected: "0 or 'N', 1 or 'T', 2 or 'C'",
    hint: "'T' solves with the transpose, 'C' with the adjoint"
  })
}

export interface SolveTriangularOptions {
  readonly trans?: Trans
  /** The matrix is lower triangular. False by default. */
  readonly lower?: boolean
  /** Take the diagonal for 1. */
  readonly unitDiagonal?: boolean
}

/**
 * x with a x = b, of a triangular matrix; its other half is not read.
 *
 * Shape:  a [..., n, n], b [..., n] or [..., n, m] -> that of b.
 * Errors: ShapeError when these do not fit together.
 *
 * @example
 * solveTriangular(np.array([[2, 0], [1, 1]]), np.array([2, 3]), { lower: true }) // => [1. 2.]
 *
 * @category solving
 * @since 0.1.0
 */
export const solveTriangular = (
  a: ArrayLike,
  b: ArrayLike,
  options: SolveTriangularOptions = {}
): NdArray => {
  checkOptions('solveTriangular', options, ['trans', 'lower', 'unitDiagonal'])
  const { trans = 0, lower = false, unitDiagonal = false } = options
  const mode = transOf('solveTriangular', trans)
  const [matrix, sides] = meeting(a, b)
  return columns('solveTriangular', matrix, sides, (rhs) =>
    lax.linalg.triangularSolve(matrix, rhs, {
      leftSide: true,
      lower,
      unitDiagonal,
      transposeA: mode > 0,
      conjugateA: mode === 2
    })
  )
}

/** A Cholesky factor, and whether it is the lower one. */
export type CholeskyFactor = readonly [c: NdArray, lower: boolean]

export interface ChoFactorOptions {
  /** False by default, as in SciPy. */
  readonly lower?: boolean
}

/**
 * The factor of a positive definite matrix, for `choSolve`: L with L Lᴴ = A, or its adjoint. NaN
 * where the matrix is not positive definite.
 *
 * @category solving
 * @since 0.1.0
 */
export const choFactor = (a: ArrayLike, options: ChoFactorOptions = {}): CholeskyFactor => {
  checkOptions('choFactor', options, ['lower'])
  const { lower = false } = options
  const l = lax.linalg.cholesky(inexact(a))
  return [lower ? l : np.conj(np.matrixTranspose(l)), lower]
}

/**
 * x with A x = b, from `choFactor(A)`.
 *
 * Shape:  b [..., n] or [..., n, m], kept.
 *
 * @example
 * choSolve(choFactor(np.array([[4, 0], [0, 9]])), np.array([4, 9])) // => [1. 1.]
 *
 * @category solving
 * @since 0.1.0
 */
export const choSolve = (factor: CholeskyFactor, b: ArrayLike): NdArray => {
  const [c, lower] = listOf<NdArray | boolean>('choSolve', factor, 'the factor') as CholeskyFactor
  const first = solveTriangular(c, b, { lower, trans: lower ? 'N' : 'C' })
  return solveTriangular(c, first, { lower, trans: lower ? 'C' : 'N' })
}

/** L below the diagonal and U on and above it, with the rows that were exchanged, in order. */
export type LuFactor = readonly [lu: NdArray, piv: NdArray]

/**
 * The factors of a matrix, for `luSolve`.
 *
 * Shape:  [..., n, n] -> [..., n, n], int32 [..., n].
 *
 * @category solving
 * @since 0.1.0
 */
export const luFactor = (a: ArrayLike): LuFactor => {
  const [packed, pivots] = lax.linalg.lu(inexact(a))
  return [packed, pivots]
}

/** The order of rows that exchanges make, of one matrix. Shape: [n] -> [n]. */
const orderOf = (pivots: NdArray, n: number): NdArray =>
  lax.foriLoop(
    0,
    pivots.size,
    (i: NdArray, order: NdArray) => {
      const other = lax.dynamicIndexInDim(pivots, i, 0, { keepdims: false })
      const [x, y] = [i, other].map((at) => lax.dynamicIndexInDim(order, at))
      return lax.dynamicUpdateSliceInDim(lax.dynamicUpdateSliceInDim(order, y, i), x, other)
    },
    lax.iota('int32', n)
  )

export interface LuSolveOptions {
  readonly trans?: Trans
}

/**
 * x with A x = b, from `luFactor(A)`, of one matrix; vmap takes stacks.
 *
 * Shape:  b [n] or [n, m], kept.
 * Errors: ShapeError when these do not fit together.
 *
 * @example
 * luSolve(luFactor(np.array([[0, 2], [1, 0]])), np.array([2, 3])) // => [3. 1.]
 *
 * @category solving
 * @since 0.1.0
 */
export const luSolve = (factor: LuFactor, b: ArrayLike, options: LuSolveOptions = {}): NdArray => {
  checkOptions('luSolve', options, ['trans'])
  const mode = transOf('luSolve', options.trans ?? 0)
  const [given, pivots] = listOf('luSolve', factor, 'the factors')
  const [packed, sides] = meeting(given, b)
  if (packed.ndim !== 2)
    throw new ShapeError('luSolve', {
      problem: 'the factors are of no single matrix',
      got: show(packed.shape),
      expected: '[n, n]',
      hint: 'vmap(luSolve) takes stacks'
    })
  const order = orderOf(pivots, packed.shape[0])
  const unit = { lower: true, unitDiagonal: true }
  if (mode === 0) {
    const y = solveTriangular(packed, np.take(sides, order, { axis: 0 }), unit)
    return solveTriangular(packed, y)
  }
  const y = solveTriangular(packed, sides, { trans: mode })
  const z = solveTriangular(packed, y, { ...unit, trans: mode })
  return np.take(z, np.argsort(order), { axis: 0 })
}

/**
 * P, L and U with A = P L U, of one matrix.
 *
 * Shape: [m, n] -> [m, m], [m, k], [k, n] for k = min(m, n).
 *
 * @category decompositions
 * @since 0.1.0
 */
export const lu = (a: ArrayLike): readonly [p: NdArray, l: NdArray, u: NdArray] => {
  const x = inexact(a)
  if (x.ndim !== 2)
    throw new ShapeError('lu', {
      problem: 'the argument is no single matrix',
      got: show(x.shape),
      expected: '[m, n]',
      hint: 'vmap(lu) takes stacks'
    })
  const [packed, , permutation] = lax.linalg.lu(x)
  const [m, n] = x.shape
  const k = Math.min(m, n)
  const rows = np.take(np.eye(m, m, { dtype: x.dtype }), permutation, { axis: 0 })
  const l = np.add(np.tril(packed.slice(':', `:${k}`), { k: -1 }), np.eye(m, k, { dtype: x.dtype }))
  return [np.transpose(rows), l, np.triu(packed.slice(`:${k}`))]
}
