/** Products of matrices in groups of rows. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isInteger } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { leafArray } from '../trace/flat.ts'
import { dotGeneral } from './convolution.ts'
import { and, ge, lt, select, sub } from './elementwise.ts'
import { cumsum } from './reductions.ts'
import { broadcastInDim, broadcastedIota, zerosLike } from './structural.ts'

/**
 * Rows in consecutive groups, each group times a matrix of its own (a mixture of experts): row i
 * of `lhs` times `rhs[g]`, for the group g of that row. Rows after the last group are zeros. The
 * work is that of a product with every group.
 *
 * Shape:  lhs [m, k], rhs [groups, k, n], groupSizes integers [groups] -> [m, n].
 * Errors: ShapeError when these do not fit together.
 *
 * @example
 * const sizes = np.array([2, 1], { dtype: 'int32' })
 * raggedDot(np.ones([3, 1]), np.array([[[1]], [[5]]]), sizes) // => [[1.] [1.] [5.]]
 *
 * @category contraction
 * @since 0.1.0
 */
export const raggedDot = (lhs: ArrayLike, rhs: ArrayLike, groupSizes: ArrayLike): NdArray => {
  const [x, y, sizes] = [leafArray(lhs), leafArray(rhs), leafArray(groupSizes)]
  const [m, k] = x.shape
  const fits =
    x.ndim === 2 &&
    y.ndim === 3 &&
    y.shape[1] === k &&
    sizes.ndim === 1 &&
    sizes.shape[0] === y.shape[0] &&
    isInteger(sizes.dtype)
  if (!fits)
    throw new ShapeError('raggedDot', {
      problem: 'rows, matrices and sizes of groups do not fit together',
      got: `${show(x.shape)}, ${show(y.shape)}, ${sizes.dtype} ${show(sizes.shape)}`,
      expected: '[m, k], [groups, k, n], integers [groups]',
      hint: 'groupSizes counts the rows of each group, in order'
    })
  const groups = y.shape[0]
  const end = cumsum(sizes)
  const along = (v: NdArray): NdArray => broadcastInDim(v, [groups, m], [0])
  const row = broadcastedIota(sizes.dtype, [groups, m], 1)
  const isOwn = and(ge(row, along(sub(end, sizes))), lt(row, along(end)))
  const all = broadcastInDim(x, [groups, m, k], [1, 2])
  const own = select(broadcastInDim(isOwn, [groups, m, k], [0, 1]), all, zerosLike(all))
  return dotGeneral(own, y, {
    dimensionNumbers: { lhsContracting: [0, 2], rhsContracting: [0, 1] }
  })
}
