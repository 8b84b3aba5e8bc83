/** Factorisations and solves of stacks of matrices: the front of the primitives. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import { div } from '../primitives/arithmetic.ts'
import { add, constant } from '../primitives/elementwise.ts'
import * as definite from '../primitives/linalg-cholesky.ts'
import * as general from '../primitives/linalg-eig.ts'
import * as hermitian from '../primitives/linalg-eigh.ts'
import * as elimination from '../primitives/linalg-lu.ts'
import { adjoint } from '../primitives/linalg-matrix.ts'
import * as orthogonal from '../primitives/linalg-qr.ts'
import * as reflectors from '../primitives/linalg-reflectors.ts'
import * as singular from '../primitives/linalg-svd.ts'
import * as triangular from '../primitives/linalg-triangular-solve.ts'
import * as banded from '../primitives/linalg-tridiagonal.ts'
import { reshape } from '../primitives/movement.ts'
import { leafArray } from '../trace/flat.ts'

const symmetrized = (a: NdArray, yes: boolean): NdArray =>
  yes ? div(add(a, adjoint(a)), constant(a, 2)) : a

export interface CholeskyOptions {
  /** Take (A + Aᴴ)/2 for A; otherwise only the lower triangle is read. True by default. */
  readonly symmetrizeInput?: boolean
}

/** Lower triangular L with L Lᴴ = A; NaN where A is not positive definite. Shape: [..., n, n], kept. */
export const cholesky = (a: ArrayLike, options: CholeskyOptions = {}): NdArray => {
  checkOptions('cholesky', options, ['symmetrizeInput'])
  return definite.cholesky(symmetrized(leafArray(a), options.symmetrizeInput ?? true))
}

export interface EigOptions {
  readonly computeLeftEigenvectors?: boolean
  readonly computeRightEigenvectors?: boolean
}

/** [w, then left and right eigenvectors as asked]. Shape: [..., n, n] -> [..., n], [..., n, n] each. */
export const eig = (a: ArrayLike, options: EigOptions = {}): readonly NdArray[] => {
  checkOptions('eig', options, ['computeLeftEigenvectors', 'computeRightEigenvectors'])
  return general.eig(leafArray(a), {
    computeLeft: options.computeLeftEigenvectors ?? true,
    computeRight: options.computeRightEigenvectors ?? true
  })
}

export interface EighOptions extends CholeskyOptions {
  /** Which triangle is read where the input is not symmetrised. */
  readonly lower?: boolean
  readonly sortEigenvalues?: boolean
}

/** [v, w]: eigenvectors in columns and ascending eigenvalues. Shape: [..., n, n] -> same, [..., n]. */
export const eigh = (
  a: ArrayLike,
  options: EighOptions = {}
): readonly [v: NdArray, w: NdArray] => {
  checkOptions('eigh', options, ['lower', 'symmetrizeInput', 'sortEigenvalues'])
  return hermitian.eigh(symmetrized(leafArray(a), options.symmetrizeInput ?? true), {
    lower: options.lower ?? true,
    sortEigenvalues: options.sortEigenvalues ?? true
  })
}

/** [packed, taus] of A = Q H Qᴴ. Shape: [..., n, n] -> same, [..., n - 1]. */
export const hessenberg = (a: ArrayLike): readonly [packed: NdArray, taus: NdArray] =>
  reflectors.hessenberg(leafArray(a))

/** The product of elementary reflectors as qr and hessenberg pack them. Shape: that of `a`. */
export const householderProduct = (a: ArrayLike, taus: ArrayLike): NdArray =>
  reflectors.householderProduct(leafArray(a), leafArray(taus))

/** [lu, pivots, permutation] of P A = L U. Shape: [..., m, n] -> same, [..., min(m, n)], [..., m]. */
export const lu = (a: ArrayLike): readonly [lu: NdArray, pivots: NdArray, permutation: NdArray] =>
  elimination.lu(leafArray(a))

export interface QrOptions {
  readonly pivoting?: boolean
  readonly fullMatrices?: boolean
}

/** [q, r], and the column order when pivoting. Shape: q [..., m, m], r [..., m, n], or reduced. */
export const qr = (
  a: ArrayLike,
  options: QrOptions = {}
): readonly [q: NdArray, r: NdArray, ...pivots: NdArray[]] => {
  checkOptions('qr', options, ['pivoting', 'fullMatrices'])
  return orthogonal.qr(leafArray(a), {
    pivoting: options.pivoting ?? false,
    fullMatrices: options.fullMatrices ?? true
  })
}

/** [t], or [t, q] with A = Q T Qᴴ. Shape: [..., n, n], kept. */
export const schur = (
  a: ArrayLike,
  options: { readonly computeSchurVectors?: boolean } = {}
): readonly [t: NdArray, ...q: NdArray[]] => {
  checkOptions('schur', options, ['computeSchurVectors'])
  return reflectors.schur(leafArray(a), options)
}

export interface SvdOptions {
  readonly fullMatrices?: boolean
  readonly computeUv?: boolean
}

/** [u, s, vh] with A = U diag(s) Vᴴ, or [s] alone. Shape: [..., m, n]; s [..., min(m, n)]. */
export const svd = (a: ArrayLike, options: SvdOptions = {}): readonly NdArray[] => {
  checkOptions('svd', options, ['fullMatrices', 'computeUv'])
  const x = leafArray(a)
  if (options.computeUv === false) return [singular.singularValues(x)]
  const [s, u, vh] = singular.svd(x, { fullMatrices: options.fullMatrices ?? true })
  return [u, s, vh]
}

export type TriangularSolveOptions = Partial<triangular.TriangularSolveParams>

/**
 * x with op(a) x = b (leftSide) or x op(a) = b.
 *
 * Shape: a [..., n, n]; b [..., n, m] or [..., m, n], or [..., n] for one right-hand side.
 */
export const triangularSolve = (
  a: ArrayLike,
  b: ArrayLike,
  options: TriangularSolveOptions = {}
): NdArray => {
  checkOptions('triangularSolve', options, [
    'leftSide',
    'lower',
    'transposeA',
    'conjugateA',
    'unitDiagonal'
  ])
  const [matrix, sides] = [leafArray(a), leafArray(b)]
  if (sides.ndim !== matrix.ndim - 1) return triangular.triangularSolve(matrix, sides, options)
  const shape =
    options.leftSide === true
      ? [...sides.shape, 1]
      : [...sides.shape.slice(0, -1), 1, sides.shape[sides.ndim - 1]]
  return reshape(triangular.triangularSolve(matrix, reshape(sides, shape), options), sides.shape)
}

/** x with dl_i x_{i−1} + d_i x_i + du_i x_{i+1} = b_i. Shape: diagonals [..., n], b [..., n, m]. */
export const tridiagonalSolve = (
  dl: ArrayLike,
  d: ArrayLike,
  du: ArrayLike,
  b: ArrayLike
): NdArray => banded.tridiagonalSolve(leafArray(dl), leafArray(d), leafArray(du), leafArray(b))
