/** Systems without a unique solution: rank, pseudo-inverse, least squares. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError, checkOptions } from '../../core/errors.ts'
import { realPart, type DType } from '../../core/dtype.ts'
import { show } from '../../core/shape.ts'
import { customJvp } from '../../control/custom-jvp.ts'
import { div } from '../../primitives/arithmetic.ts'
import { gt, select } from '../../primitives/compare.ts'
import { convertElementType } from '../../primitives/convert.ts'
import { add, constant, mul } from '../../primitives/elementwise.ts'
import { adjoint, asColumns, matmul } from '../../primitives/linalg-matrix.ts'
import { singularValues, svd } from '../../primitives/linalg-svd.ts'
import { sub } from '../../primitives/negation.ts'
import { drop, expand, maxOver, sumOver } from '../along.ts'
import { finfo } from '../dtypes.ts'
import { asArray, asType, broadcastAll, promoteTypes } from '../promotion.ts'
import { asMatrices, squaredModulus } from './matrices.ts'
import { multiply } from '../arithmetic.ts'

const epsilon = (dtype: DType): number => finfo(realPart(dtype)).eps

/** Where singular values exceed `rtol` times the largest. Shape: s [..., k], kept. */
const significant = (s: NdArray, rtol: ArrayLike): NdArray => {
  const relative = asArray(rtol)
  const factor = relative.ndim === 0 ? relative : expand(relative, -1)
  const [value, limit] = broadcastAll('np.linalg', [
    s,
    asType(multiply(maxOver(s, -1, true), factor), s.dtype)
  ])
  return gt(value, limit)
}

/** 1/s where `kept`, else 0; finite derivatives in both. */
const reciprocalWhere = (kept: NdArray, s: NdArray): NdArray => {
  const safe = select(kept, s, constant(s, 1))
  return select(kept, div(constant(s, 1), safe), constant(s, 0))
}

const pseudoInverse = (a: NdArray, rtol: ArrayLike): NdArray => {
  const [s, u, vh] = svd(a, { fullMatrices: false })
  const weights = convertElementType(reciprocalWhere(significant(s, rtol), s), a.dtype)
  return matmul(adjoint(vh), mul(asColumns(weights, u.shape[u.ndim - 2]), adjoint(u)))
}

/**
 * dP = −P dA P + P Pᴴ dAᴴ (I − A P) + (I − P A) dAᴴ Pᴴ P, for constant rank.
 *
 * Source: Golub & Pereyra, The differentiation of pseudo-inverses and nonlinear least squares
 *         problems whose variables separate, SIAM J. Numer. Anal. 10 (1973), eq. 4.12.
 */
const tangentOf = (a: NdArray, p: NdArray, da: NdArray): NdArray => {
  const [dah, ph] = [adjoint(da), adjoint(p)]
  const inner = matmul(matmul(p, da), p)
  const left = matmul(matmul(p, ph), dah)
  const right = matmul(dah, matmul(ph, p))
  return add(
    sub(sub(left, matmul(matmul(left, a), p)), inner),
    sub(right, matmul(p, matmul(a, right)))
  )
}

export interface RankOptions {
  /** Singular values up to so many times the largest count as 0. */
  readonly rtol?: ArrayLike | null
  readonly hermitian?: boolean
}

/**
 * The Moore–Penrose pseudo-inverse. rtol is 10 max(m, n) ε by default.
 *
 * Shape: [..., m, n] -> [..., n, m].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const pinv = (a: ArrayLike, options: RankOptions = {}): NdArray => {
  checkOptions('np.linalg.pinv', options, ['rtol', 'hermitian'])
  const { rtol = null } = options
  const x = asMatrices('np.linalg.pinv', a)
  const [m, n] = x.shape.slice(-2)
  const cut = rtol ?? 10 * Math.max(m, n) * epsilon(x.dtype)
  const apply: (y: NdArray) => NdArray = customJvp((y: NdArray): NdArray => pseudoInverse(y, cut), {
    jvp: ([y]: readonly NdArray[], [dy]: readonly NdArray[]) => {
      const p = apply(y)
      return [p, tangentOf(y, p, dy)]
    }
  })
  return apply(x)
}

/**
 * How many singular values count; rtol is max(m, n) ε by default. Shape: [..., m, n] -> int32 [...].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const matrixRank = (a: ArrayLike, options: RankOptions = {}): NdArray => {
  checkOptions('np.linalg.matrixRank', options, ['rtol', 'hermitian'])
  const { rtol = null } = options
  const x = asMatrices('np.linalg.matrixRank', a)
  const [m, n] = x.shape.slice(-2)
  const s = singularValues(x)
  return sumOver(significant(s, rtol ?? Math.max(m, n) * epsilon(x.dtype)), -1)
}

/**
 * [x, residuals, rank, s]: the shortest x with least ‖A x − b‖, the sums of squares of A x − b by
 * column, the rank of A and its singular values. What does not exceed rcond times the largest
 * singular value counts as 0; max(m, n) ε by default.
 *
 * Shape: a [m, n]; b [m] or [m, k] -> x [n] or [n, k].
 * Errors: ShapeError unless a is one matrix with as many rows as b.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const lstsq = (
  a: ArrayLike,
  b: ArrayLike,
  options: { readonly rcond?: number | null } = {}
): readonly [x: NdArray, residuals: NdArray, rank: NdArray, s: NdArray] => {
  checkOptions('np.linalg.lstsq', options, ['rcond'])
  const { rcond = null } = options
  const [p, q] = promoteTypes('np.linalg.lstsq', [a, b], true)
  const matrix = asMatrices('np.linalg.lstsq', p)
  if (matrix.ndim !== 2 || q.ndim < 1 || q.ndim > 2 || q.shape[0] !== matrix.shape[0])
    throw new ShapeError('np.linalg.lstsq', {
      problem: 'the arrays are no system of equations',
      got: `a ${show(p.shape)}, b ${show(q.shape)}`,
      expected: 'a of shape [m, n] and b of shape [m] or [m, k]',
      hint: 'vmap solves many systems'
    })
  const [m, n] = matrix.shape
  const sides = asType(q.ndim === 1 ? expand(q, 1) : q, matrix.dtype)
  const [s, u, vh] = svd(matrix, { fullMatrices: false })
  const kept = significant(
    s,
    rcond === null || rcond < 0 ? Math.max(m, n) * epsilon(p.dtype) : rcond
  )
  const weights = convertElementType(reciprocalWhere(kept, s), matrix.dtype)
  const columns = sides.shape[1]
  const x = matmul(adjoint(vh), mul(asColumns(weights, columns), matmul(adjoint(u), sides)))
  const residuals = sumOver(squaredModulus(sub(sides, matmul(matrix, x))), 0)
  return [q.ndim === 1 ? drop(x, 1) : x, residuals, sumOver(kept, -1), s]
}
