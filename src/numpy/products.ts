/** NumPy's own products; those it shares with np.linalg are there. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isComplex } from '../core/dtype.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import { iota as axesOf, show } from '../core/shape.ts'
import { conj } from '../primitives/complex.ts'
import { dotGeneral } from '../primitives/contraction.ts'
import { reshape, transpose } from '../primitives/movement.ts'
import { multiply } from './arithmetic.ts'
import { matmul, tensordot, type ProductOptions } from './linalg/products.ts'
import { asArray, promoteTypes } from './promotion.ts'

/** Sum of products over one axis of each; the other axes of x come first. */
const contract = (
  operation: string,
  x: ArrayLike,
  y: ArrayLike,
  axisOf: (y: NdArray) => number,
  options: ProductOptions
): NdArray => {
  const [a, b] = promoteTypes(operation, [x, y])
  if (a.ndim === 0 || b.ndim === 0) return multiply(a, b)
  const [last, axis] = [a.ndim - 1, axisOf(b)]
  if (a.shape[last] !== b.shape[axis])
    throw new ShapeError(operation, {
      problem: 'the operands cannot be multiplied',
      got: `shapes ${show(a.shape)} and ${show(b.shape)}`,
      expected: `extent ${a.shape[last]} on axis ${axis} of the second`,
      hint: 'np.tensordot names the axes, np.einsum labels them'
    })
  return tensordot(a, b, { axes: [[last], [axis]], ...options })
}

/**
 * Sum of products over the last axis of x and the second-last (or only) one of y.
 * Shape: [...a, n], [...b, n, m] -> [...a, ...b, m]; a scalar multiplies.
 */
export const dot = (x: ArrayLike, y: ArrayLike, options: ProductOptions = {}): NdArray => {
  checkOptions('np.dot', options, ['preferredElementType'])
  return contract('np.dot', x, y, (b) => Math.max(0, b.ndim - 2), options)
}

/** Sum of products over the last axes. Shape: [...a, n], [...b, n] -> [...a, ...b]. */
export const inner = (x: ArrayLike, y: ArrayLike, options: ProductOptions = {}): NdArray => {
  checkOptions('np.inner', options, ['preferredElementType'])
  return contract('np.inner', x, y, (b) => b.ndim - 1, options)
}

/** Σ conj(x) y over all elements. Shape: equal sizes -> []. */
export const vdot = (x: ArrayLike, y: ArrayLike, options: ProductOptions = {}): NdArray => {
  checkOptions('np.vdot', options, ['preferredElementType'])
  const a = asArray(x, 'np.vdot')
  const b = asArray(y, 'np.vdot')
  return contract(
    'np.vdot',
    reshape(isComplex(a.dtype) ? conj(a) : a, [a.size]),
    reshape(b, [b.size]),
    () => 0,
    options
  )
}

/** Matrices times vectors. Shape: [..., n, m], [..., m] -> [..., n]. */
export const matvec = (x: ArrayLike, y: ArrayLike): NdArray => {
  const v = asArray(y, 'np.matvec')
  const product = matmul(x, reshape(v, [...v.shape, 1]))
  return reshape(product, product.shape.slice(0, -1))
}

/** Vectors, conjugated, times matrices. Shape: [..., n], [..., n, m] -> [..., m]. */
export const vecmat = (x: ArrayLike, y: ArrayLike): NdArray => {
  const v = asArray(x, 'np.vecmat')
  const row = reshape(isComplex(v.dtype) ? conj(v) : v, [
    ...v.shape.slice(0, -1),
    1,
    ...v.shape.slice(-1)
  ])
  const product = matmul(row, y)
  return reshape(product, [...product.shape.slice(0, -2), ...product.shape.slice(-1)])
}

/** Every element of x times all of y, as blocks. Shape: [a, b], [c, d] -> [a c, b d]. */
export const kron = (x: ArrayLike, y: ArrayLike): NdArray => {
  const [a, b] = promoteTypes('np.kron', [x, y])
  const rank = Math.max(a.ndim, b.ndim)
  const widened = (z: NdArray): NdArray =>
    reshape(z, [...new Array<number>(rank - z.ndim).fill(1), ...z.shape])
  const [p, q] = [widened(a), widened(b)]
  const pairs = dotGeneral(p, q, {
    dimensionNumbers: { lhsContracting: [], rhsContracting: [], lhsBatch: [], rhsBatch: [] }
  })
  const interleaved = transpose(
    pairs,
    axesOf(rank).flatMap((i) => [i, rank + i])
  )
  return reshape(
    interleaved,
    p.shape.map((n, i) => n * q.shape[i])
  )
}
