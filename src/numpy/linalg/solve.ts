/** Linear systems, inverses and determinants, differentiated as what they mean. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError, checkOptions } from '../../core/errors.ts'
import { broadcast, show, sizeOf } from '../../core/shape.ts'
import { customLinearSolve } from '../../control/linear-solve.ts'
import { stopGradient } from '../../primitives/identity.ts'
import { lu } from '../../primitives/linalg-lu.ts'
import { eye, takeRows } from '../../primitives/linalg-matrix.ts'
import * as matrix from '../../primitives/linalg-matrix.ts'
import { triangularSolve } from '../../primitives/linalg-triangular-solve.ts'
import { broadcastTo, reshape, transpose } from '../../primitives/movement.ts'
import { sort } from '../../primitives/sorting.ts'
import { counting, drop, expand } from '../along.ts'
import { promoteTypes } from '../promotion.ts'
import { asMatrices, asSquare } from './matrices.ts'

/** The inverse of a permutation, row by row. */
const inverse = (permutation: NdArray): NdArray => {
  const last = permutation.ndim - 1
  return sort([permutation, counting(permutation.shape, last)], { dimension: last })[1]
}

/**
 * x with A x = b for equal batch axes. The factorisation is not differentiated: the solution of an
 * equation has the derivative A⁻¹ (db − dA x), and one factorisation serves A and Aᵀ.
 */
export const solveMatrices = (a: NdArray, b: NdArray): NdArray => {
  const [packed, , permutation] = lu(stopGradient(a))
  const unit = { leftSide: true, lower: true, unitDiagonal: true }
  return customLinearSolve(
    (x: NdArray) => matrix.matmul(a, x),
    b,
    (_, y) =>
      triangularSolve(packed, triangularSolve(packed, takeRows(y, permutation), unit), {
        leftSide: true
      }),
    {
      // Aᵀ = Uᵀ Lᵀ P, so Uᵀ goes first and the rows are put back last.
      transposeSolve: (_, y) => {
        const z = triangularSolve(packed, y, { leftSide: true, transposeA: true })
        const w = triangularSolve(packed, z, { ...unit, transposeA: true })
        return takeRows(w, inverse(permutation))
      }
    }
  )
}

/**
 * x with A x = b. A right-hand side with one axis is a vector; with more it is a stack of matrices.
 *
 * Shape: a [..., n, n]; b [n] or [..., n, m] -> [..., n] or [..., n, m]; leading axes broadcast.
 * Errors: ShapeError when b has another number of rows.
 *
 * @example
 * np.linalg.solve(np.array([[2, 0], [0, 4]]), np.array([2, 8])).toNested() // => [1, 2]
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const solve = (a: ArrayLike, b: ArrayLike): NdArray => {
  const [p, q] = promoteTypes('np.linalg.solve', [a, b], true)
  const x = asSquare('np.linalg.solve', p)
  const isVector = q.ndim === 1
  const y = asMatrices('np.linalg.solve', isVector ? expand(q, 1) : q)
  const n = x.shape[x.ndim - 1]
  if (y.shape[y.ndim - 2] !== n)
    throw new ShapeError('np.linalg.solve', {
      problem: 'the right-hand side does not fit the matrix',
      got: `a ${show(x.shape)}, b ${show(q.shape)}`,
      expected: `b with ${n} rows`,
      hint: 'a vector has one axis; b with more axes holds matrices in its last two'
    })
  const batch = broadcast('np.linalg.solve', [x.shape.slice(0, -2), y.shape.slice(0, -2)])
  const solution = solveMatrices(
    broadcastTo(x, [...batch, n, n]),
    broadcastTo(y, [...batch, n, y.shape[y.ndim - 1]])
  )
  return isVector ? drop(solution, -1) : solution
}

/**
 * A⁻¹. Shape: [..., n, n], kept.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const inv = (a: ArrayLike): NdArray => {
  const x = asSquare('np.linalg.inv', a)
  return solveMatrices(x, eye(x.shape, x.dtype))
}

/**
 * The inverse of the linear map that `a` is from its axes after `ind` to those before.
 *
 * Shape: a [...p, ...q] with Π p = Π q -> [...q, ...p].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const tensorinv = (a: ArrayLike, options: { readonly ind?: number } = {}): NdArray => {
  checkOptions('np.linalg.tensorinv', options, ['ind'])
  const { ind = 2 } = options
  const x = promoteTypes('np.linalg.tensorinv', [a], true)[0]
  const [before, after] = [x.shape.slice(0, ind), x.shape.slice(ind)]
  const [n, m] = [sizeOf(before), sizeOf(after)]
  if (ind <= 0 || n !== m)
    throw new ShapeError('np.linalg.tensorinv', {
      problem: 'the array is no invertible map',
      got: `shape ${show(x.shape)} split before axis ${ind}`,
      expected: 'as many elements in the axes before as in those from `ind` on',
      hint: 'np.linalg.pinv inverts as far as possible'
    })
  return reshape(inv(reshape(x, [n, m])), [...after, ...before])
}

/**
 * x with tensordot(a, x, x.ndim) = b. `axes` of `a` are moved to its end first.
 *
 * Shape: a [...b.shape, ...q] -> [...q].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const tensorsolve = (
  a: ArrayLike,
  b: ArrayLike,
  options: { readonly axes?: readonly number[] } = {}
): NdArray => {
  checkOptions('np.linalg.tensorsolve', options, ['axes'])
  const { axes = [] } = options
  const [p, y] = promoteTypes('np.linalg.tensorsolve', [a, b], true)
  const kept = p.shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const x = transpose(p, [...kept, ...axes])
  const shape = x.shape.slice(y.ndim)
  if (sizeOf(shape) ** 2 !== x.size || y.size !== sizeOf(shape))
    throw new ShapeError('np.linalg.tensorsolve', {
      problem: 'the array is no map from unknowns to the right-hand side',
      got: `a ${show(x.shape)}, b ${show(y.shape)}`,
      expected: `a of shape [...${show(y.shape)}, ...q] with as many elements in q as in b`,
      hint: 'np.linalg.lstsq solves systems that are not square'
    })
  return reshape(solve(reshape(x, [y.size, y.size]), reshape(y, [y.size])), shape)
}
