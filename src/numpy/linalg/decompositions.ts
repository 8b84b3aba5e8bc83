/** Factorisations under NumPy's names and conventions. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import { abs, div, sign } from '../../primitives/arithmetic.ts'
import { add, constant, mul } from '../../primitives/elementwise.ts'
import * as primitives from '../../primitives/linalg-cholesky.ts'
import { eig as generalEigen } from '../../primitives/linalg-eig.ts'
import { eigh as hermitianEigen } from '../../primitives/linalg-eigh.ts'
import { adjoint, asRows } from '../../primitives/linalg-matrix.ts'
import { qr as orthogonal } from '../../primitives/linalg-qr.ts'
import { singularValues, svd as singular } from '../../primitives/linalg-svd.ts'
import { convertElementType } from '../../primitives/convert.ts'
import { neg } from '../../primitives/negation.ts'
import { sort } from '../../primitives/sorting.ts'
import { asMatrices, asSquare } from './matrices.ts'

export interface SymmetrizeOption {
  /** Take (A + Aᴴ)/2 for A; true. Otherwise one triangle alone is read. */
  readonly symmetrizeInput?: boolean
}

const symmetrized = (a: NdArray, { symmetrizeInput = true }: SymmetrizeOption): NdArray =>
  symmetrizeInput ? div(add(a, adjoint(a)), constant(a, 2)) : a

/**
 * Lower triangular L with L Lᴴ = A, or its adjoint with `upper`; NaN where A is not positive
 * definite. Shape: [..., n, n], kept.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const cholesky = (
  a: ArrayLike,
  options: SymmetrizeOption & { readonly upper?: boolean } = {}
): NdArray => {
  checkOptions('np.linalg.cholesky', options, ['upper', 'symmetrizeInput'])
  const { upper = false } = options
  const x = asSquare('np.linalg.cholesky', a)
  // Without symmetrising, the upper factor is that of the upper triangle.
  const read = upper && options.symmetrizeInput === false ? adjoint(x) : symmetrized(x, options)
  const l = primitives.cholesky(read)
  return upper ? adjoint(l) : l
}

export type QrMode = 'reduced' | 'complete' | 'r'

/**
 * [q, r] with A = Q R, or r alone: Q has orthonormal columns, R is upper triangular.
 *
 * Shape: with k = min(m, n): q [..., m, k], r [..., k, n]; complete: q [..., m, m], r [..., m, n].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export function qr(a: ArrayLike, options: { readonly mode: 'r' }): NdArray
export function qr(
  a: ArrayLike,
  options?: { readonly mode?: 'reduced' | 'complete' }
): readonly [q: NdArray, r: NdArray]
export function qr(
  a: ArrayLike,
  options: { readonly mode?: QrMode } = {}
): NdArray | readonly [q: NdArray, r: NdArray] {
  checkOptions('np.linalg.qr', options, ['mode'])
  const { mode = 'reduced' } = options
  if (!['reduced', 'complete', 'r'].includes(mode))
    throw new ValueError('np.linalg.qr', {
      problem: 'there is no such mode',
      got: `'${mode}'`,
      expected: "'reduced', 'complete' or 'r'",
      hint: 'lax.linalg.qr and lax.linalg.householderProduct work on packed reflectors'
    })
  const x = asMatrices('np.linalg.qr', a)
  const [q, r] = orthogonal(x, { fullMatrices: mode === 'complete' })
  return mode === 'r' ? r : [q, r]
}

export interface SvdOptions {
  /** Square U and Vᴴ; true. */
  readonly fullMatrices?: boolean
  /** A is Hermitian: its eigenvectors serve. */
  readonly hermitian?: boolean
}

type Svd = readonly [u: NdArray, s: NdArray, vh: NdArray]

/** |w| descending with U = V and the signs of w in Vᴴ. */
const hermitianSvd = (a: NdArray): Svd => {
  const [v, w] = hermitianEigen(a)
  const last = w.ndim - 1
  const n = w.shape[last]
  const order = sort([neg(abs(w)), w], { dimension: last })
  const columns = sort([asRows(neg(abs(w)), n), v], { dimension: v.ndim - 1 })[1]
  const signs = convertElementType(sign(order[1]), v.dtype)
  return [columns, abs(order[1]), adjoint(mul(columns, asRows(signs, n)))]
}

/**
 * [u, s, vh] with A = U diag(s) Vᴴ and s descending. Up to min(m, n) = 32 small values have all
 * their digits; beyond, every value is right to a few ulp of the largest, in float64.
 *
 * Shape: with k = min(m, n): s [..., k]; u [..., m, m], vh [..., n, n], or [..., m, k], [..., k, n].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export function svd(a: ArrayLike, options: SvdOptions & { readonly computeUv: false }): NdArray
export function svd(
  a: ArrayLike,
  options?: SvdOptions & { readonly computeUv?: true }
): readonly [u: NdArray, s: NdArray, vh: NdArray]
export function svd(
  a: ArrayLike,
  options: SvdOptions & { readonly computeUv?: boolean } = {}
): NdArray | Svd {
  checkOptions('np.linalg.svd', options, ['fullMatrices', 'hermitian', 'computeUv'])
  const x = asMatrices('np.linalg.svd', a)
  const { fullMatrices = true, hermitian = false, computeUv = true } = options
  if (hermitian) {
    const whole = hermitianSvd(asSquare('np.linalg.svd', x))
    return computeUv ? whole : whole[1]
  }
  if (!computeUv) return singularValues(x)
  const [s, u, vh] = singular(x, { fullMatrices })
  return [u, s, vh]
}

/** Singular values, descending. Shape: [..., m, n] -> [..., min(m, n)]. */
export const svdvals = (a: ArrayLike): NdArray => svd(a, { computeUv: false })

/**
 * [w, v]: complex eigenvalues, and eigenvectors of length 1 in columns. Not differentiable: the
 * length and phase of the vectors are a convention.
 *
 * Shape: [..., n, n] -> [..., n], [..., n, n].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const eig = (a: ArrayLike): readonly [w: NdArray, v: NdArray] => {
  const [w, v] = generalEigen(asSquare('np.linalg.eig', a), { computeLeft: false })
  return [w, v]
}

/** Complex eigenvalues, differentiable. Shape: [..., n, n] -> [..., n]. */
export const eigvals = (a: ArrayLike): NdArray =>
  generalEigen(asSquare('np.linalg.eigvals', a), { computeLeft: false, computeRight: false })[0]

export interface EighOptions extends SymmetrizeOption {
  /** Triangle to read where the input is not symmetrised; 'L'. */
  readonly uplo?: 'L' | 'U'
}

/**
 * [w, v] of a symmetric or Hermitian matrix: ascending eigenvalues, orthonormal vectors in columns.
 *
 * Shape: [..., n, n] -> [..., n], [..., n, n].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const eigh = (
  a: ArrayLike,
  options: EighOptions = {}
): readonly [w: NdArray, v: NdArray] => {
  checkOptions('np.linalg.eigh', options, ['uplo', 'symmetrizeInput'])
  const { uplo = 'L', ...rest } = options
  if (uplo !== 'L' && uplo !== 'U')
    throw new ValueError('np.linalg.eigh', {
      problem: 'there is no such triangle',
      got: `uplo '${String(uplo)}'`,
      expected: "'L' or 'U'",
      hint: 'leave it out: the input is symmetrised'
    })
  const x = asSquare('np.linalg.eigh', a)
  const [v, w] = hermitianEigen(symmetrized(x, rest), { lower: uplo === 'L' })
  return [w, v]
}

/** Ascending eigenvalues of a symmetric or Hermitian matrix. Shape: [..., n, n] -> [..., n]. */
export const eigvalsh = (a: ArrayLike, options: EighOptions = {}): NdArray => {
  checkOptions('np.linalg.eigvalsh', options, ['uplo', 'symmetrizeInput'])
  return eigh(a, options)[0]
}
