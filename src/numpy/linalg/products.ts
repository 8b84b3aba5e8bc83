/** Products of vectors, matrices and stacks of them. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import { ShapeError, checkOptions } from '../../core/errors.ts'
import { broadcast, iota as axesUpTo, normalizeAxis, show } from '../../core/shape.ts'
import { concatenate } from '../../primitives/concatenate-split.ts'
import { dotGeneral } from '../../primitives/contraction.ts'
import { conj } from '../../primitives/linalg-matrix.ts'
import { broadcastTo, moveAxis } from '../../primitives/movement.ts'
import { sliceInDim } from '../../primitives/slicing.ts'
import { drop, expand, flat } from '../along.ts'
import { multiply, subtract } from '../arithmetic.ts'
import * as matrices from '../matrices.ts'
import { promoteAll, promoteTypes } from '../promotion.ts'

export interface ProductOptions {
  /** Type in which products are summed, and of the result. */
  readonly preferredElementType?: DType
}

const notProduct = (operation: string, x: NdArray, y: NdArray, expected: string): ShapeError =>
  new ShapeError(operation, {
    problem: 'the operands cannot be multiplied',
    got: `shapes ${show(x.shape)} and ${show(y.shape)}`,
    expected,
    hint: 'np.swapaxes(x, -1, -2) transposes matrices; np.einsum names the axes'
  })

const matrixProduct = (x: NdArray, y: NdArray, options: ProductOptions): NdArray => {
  const last = x.ndim - 1
  if (y.ndim === 2)
    return dotGeneral(x, y, {
      dimensionNumbers: { lhsContracting: [last], rhsContracting: [0], lhsBatch: [], rhsBatch: [] },
      ...options
    })
  const batch = broadcast('np.matmul', [x.shape.slice(0, -2), y.shape.slice(0, -2)])
  const axes = axesUpTo(batch.length)
  const a = broadcastTo(x, [...batch, ...x.shape.slice(-2)])
  const b = broadcastTo(y, [...batch, ...y.shape.slice(-2)])
  return dotGeneral(a, b, {
    dimensionNumbers: {
      lhsContracting: [a.ndim - 1],
      rhsContracting: [b.ndim - 2],
      lhsBatch: axes,
      rhsBatch: axes
    },
    ...options
  })
}

/**
 * The product of matrices; of vectors where an operand has one axis. Leading axes broadcast.
 *
 * Shape: [..., n, k], [..., k, m] -> [..., n, m]; the axis of a vector operand is not in the result.
 * Errors: ShapeError for scalars, and when k differs.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const matmul = (x: ArrayLike, y: ArrayLike, options: ProductOptions = {}): NdArray => {
  checkOptions('np.matmul', options, ['preferredElementType'])
  const [a, b] = promoteTypes('np.matmul', [x, y])
  if (a.ndim === 0 || b.ndim === 0)
    throw notProduct('np.matmul', a, b, 'vectors, matrices or stacks of matrices')
  const rows = a.ndim === 1 ? expand(a, 0) : a
  const columns = b.ndim === 1 ? expand(b, 1) : b
  if (rows.shape[rows.ndim - 1] !== columns.shape[columns.ndim - 2])
    throw notProduct('np.matmul', a, b, 'as many columns on the left as rows on the right')
  const product = matrixProduct(rows, columns, options)
  const narrow = b.ndim === 1 ? drop(product, -1) : product
  return a.ndim === 1 ? drop(narrow, b.ndim === 1 ? -1 : -2) : narrow
}

/** Axes to sum over: how many, or which of each operand. */
export type ContractedAxes =
  number | readonly [x: number | readonly number[], y: number | readonly number[]]

/**
 * Σ over the last `axes` axes of x and the first of y, or over the axes that two lists pair up.
 * Shape: -> other axes of x, then those of y.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const tensordot = (
  x: ArrayLike,
  y: ArrayLike,
  options: ProductOptions & { readonly axes?: ContractedAxes } = {}
): NdArray => {
  checkOptions('np.tensordot', options, ['axes', 'preferredElementType'])
  const { axes = 2, ...rest } = options
  const [a, b] = promoteTypes('np.tensordot', [x, y])
  const list = (of: number | readonly number[], rank: number): readonly number[] =>
    (typeof of === 'number' ? [of] : of).map((n) => normalizeAxis('np.tensordot', n, rank))
  const [lhsContracting, rhsContracting] =
    typeof axes === 'number'
      ? [axesUpTo(a.ndim).slice(a.ndim - axes), axesUpTo(axes)]
      : [list(axes[0], a.ndim), list(axes[1], b.ndim)]
  return dotGeneral(a, b, {
    dimensionNumbers: { lhsContracting, rhsContracting, lhsBatch: [], rhsBatch: [] },
    ...rest
  })
}

/**
 * x_i y_j of two flattened arrays. Shape: sizes n and m -> [n, m].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const outer = (x: ArrayLike, y: ArrayLike): NdArray => {
  const [a, b] = promoteTypes('np.outer', [x, y]).map(flat)
  return multiply(expand(a, 1), b)
}

/** As `outer`, of vectors only. Shape: [n], [m] -> [n, m]. */
export const vectorOuter = (x: ArrayLike, y: ArrayLike): NdArray => {
  const [a, b] = promoteTypes('np.linalg.outer', [x, y])
  if (a.ndim !== 1 || b.ndim !== 1)
    throw notProduct('np.linalg.outer', a, b, 'two vectors (np.outer flattens its arguments)')
  return outer(a, b)
}

/**
 * Σ_i conj(x_i) y_i along an axis. Other axes broadcast. Shape: -> without `axis`.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const vecdot = (
  x: ArrayLike,
  y: ArrayLike,
  options: ProductOptions & { readonly axis?: number } = {}
): NdArray => {
  checkOptions('np.vecdot', options, ['axis', 'preferredElementType'])
  const { axis = -1, ...rest } = options
  const [a, b] = promoteTypes('np.vecdot', [x, y]).map((v) =>
    moveAxis(v, normalizeAxis('np.vecdot', axis, v.ndim), v.ndim - 1)
  )
  if (a.shape[a.ndim - 1] !== b.shape[b.ndim - 1])
    throw notProduct('np.vecdot', a, b, 'equal extents along the axis')
  const row = conj(expand(a, a.ndim - 1))
  return drop(drop(matrixProduct(row, expand(b, b.ndim), rest), -1), -1)
}

/** The product of vectors of three components along `axis`. Shape: broadcast, kept. */
export const cross = (
  x: ArrayLike,
  y: ArrayLike,
  options: { readonly axis?: number } = {}
): NdArray => {
  checkOptions('np.linalg.cross', options, ['axis'])
  const { axis = -1 } = options
  const [a, b] = promoteAll('np.linalg.cross', [x, y])
  const at = normalizeAxis('np.linalg.cross', axis, a.ndim)
  if (a.shape[at] !== 3) throw notProduct('np.linalg.cross', a, b, `extent 3 along axis ${axis}`)
  const turned = (v: NdArray, by: 1 | 2): NdArray => moveAxis(cycled(moveAxis(v, at, 0), by), 0, at)
  return subtract(multiply(turned(a, 1), turned(b, 2)), multiply(turned(a, 2), turned(b, 1)))
}

/** x[(i + by) mod 3] along the first axis. */
const cycled = (x: NdArray, by: 1 | 2): NdArray =>
  concatenate([sliceInDim(x, by, 3, 0), sliceInDim(x, 0, by, 0)], 0)

/** Which diagonal of matrices on the last two axes. */
export interface OffsetOption {
  readonly offset?: number
}

/** The diagonals of a stack of matrices. Shape: [..., m, n] -> [..., length]. */
export const diagonal = (x: ArrayLike, options: OffsetOption = {}): NdArray => {
  checkOptions('np.linalg.diagonal', options, ['offset'])
  return matrices.diagonal(x, { offset: options.offset ?? 0, axis1: -2, axis2: -1 })
}

/** The sums of the diagonals of a stack of matrices. Shape: [..., m, n] -> [...]. */
export const trace = (
  x: ArrayLike,
  options: OffsetOption & { readonly dtype?: DType } = {}
): NdArray => {
  checkOptions('np.linalg.trace', options, ['offset', 'dtype'])
  return matrices.trace(x, { offset: 0, ...options, axis1: -2, axis2: -1 })
}
