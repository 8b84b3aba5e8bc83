/** Sorting, and the orders that sort. NaN goes last, and equal elements keep their order. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { complexOf, isInexact } from '../core/dtype.ts'
import { ValueError, checkOptions, listOf } from '../core/errors.ts'
import { normalizeAxis } from '../core/shape.ts'
import { rev } from '../primitives/reversal.ts'
import * as primitives from '../primitives/sorting.ts'
import { axisOf, counting } from './along.ts'
import { subtract } from './arithmetic.ts'
import { asArray, asType } from './promotion.ts'

export interface SortOptions {
  /** −1; null sorts the flattened array. */
  readonly axis?: number | null
  readonly descending?: boolean
  /** Always so: the option is accepted for NumPy's sake. */
  readonly stable?: boolean
}

const prepared = (
  operation: string,
  x: ArrayLike,
  { axis = -1 }: SortOptions
): readonly [x: NdArray, axis: number] => {
  const y = asArray(x, operation)
  if (axis !== null && y.ndim > 0) return axisOf(operation, y, axis)
  if (axis === null) return axisOf(operation, y, null)
  throw new ValueError(operation, {
    problem: 'a scalar has no axis to sort along',
    got: 'shape []',
    expected: 'at least one axis',
    hint: 'axis: null sorts the flattened array'
  })
}

/**
 * The elements in ascending order along an axis, the last by default. Descending order is the
 * reverse, NaN first. Shape: kept; flattened for axis null.
 *
 * @example
 * np.sort(np.array([3, 1, 2])).toNested() // => [1, 2, 3]
 *
 * @category sorting
 * @since 0.1.0
 */
export const sort = (x: ArrayLike, options: SortOptions = {}): NdArray => {
  checkOptions('np.sort', options, ['axis', 'descending', 'stable'])
  const [y, axis] = prepared('np.sort', x, options)
  const [sorted] = primitives.sort([y], { dimension: axis })
  return options.descending === true ? rev(sorted, [axis]) : sorted
}

const order = (y: NdArray, axis: number): NdArray =>
  primitives.sort([y, counting(y.shape, axis)], { dimension: axis })[1]

/**
 * The positions that sort: takeAlongAxis(x, argsort(x), axis) is sort(x). Shape: kept; int32.
 *
 * @category sorting
 * @since 0.1.0
 */
export const argsort = (x: ArrayLike, options: SortOptions = {}): NdArray => {
  checkOptions('np.argsort', options, ['axis', 'descending', 'stable'])
  const [y, axis] = prepared('np.argsort', x, options)
  if (options.descending !== true) return order(y, axis)
  // Turned round before and after, so that equal elements keep their order.
  return subtract(y.shape[axis] - 1, rev(order(rev(y, [axis]), axis), [axis]))
}

/**
 * Positions that sort by several keys, of which the last decides first.
 *
 * Shape: k keys [...], or an array [k, ...] -> int32 [...].
 *
 * @category sorting
 * @since 0.1.0
 */
export const lexsort = (
  keys: readonly ArrayLike[],
  options: { readonly axis?: number } = {}
): NdArray => {
  checkOptions('np.lexsort', options, ['axis'])
  const { axis = -1 } = options
  listOf('np.lexsort', keys)
  if (keys.length === 0)
    throw new ValueError('np.lexsort', {
      problem: 'there are no keys',
      got: 'an empty list',
      expected: 'at least one array',
      hint: 'the last key is the most important one'
    })
  const arrays = keys.map((k) => asArray(k, 'np.lexsort'))
  const at = normalizeAxis('np.lexsort', axis, arrays[0].ndim)
  const operands = [...arrays.toReversed(), counting(arrays[0].shape, at)]
  return primitives.sort(operands, { dimension: at, numKeys: keys.length })[keys.length]
}

const checkPosition = (operation: string, kth: number, extent: number): void => {
  if (Number.isInteger(kth) && kth >= -extent && kth < extent) return
  throw new ValueError(operation, {
    problem: 'there is no such position',
    got: `kth ${kth} of an axis of extent ${extent}`,
    expected: `an integer from ${-extent} to ${extent - 1}`,
    hint: 'np.sort orders all elements'
  })
}

export interface PartitionOptions {
  readonly axis?: number
}

/** Element `kth` where sorting puts it, smaller ones before: here all of them are sorted. */
export const partition = (x: ArrayLike, kth: number, options: PartitionOptions = {}): NdArray => {
  checkOptions('np.partition', options, ['axis'])
  const [y, axis] = prepared('np.partition', x, options)
  checkPosition('np.partition', kth, y.shape[axis])
  return sort(y, { axis })
}

/** The positions that partition. Shape: kept; int32. */
export const argpartition = (
  x: ArrayLike,
  kth: number,
  options: PartitionOptions = {}
): NdArray => {
  checkOptions('np.argpartition', options, ['axis'])
  const [y, axis] = prepared('np.argpartition', x, options)
  checkPosition('np.argpartition', kth, y.shape[axis])
  return argsort(y, { axis })
}

/** Complex numbers by real part, then by imaginary part. Shape: kept. */
export const sortComplex = (x: ArrayLike): NdArray => {
  const y = asArray(x, 'np.sortComplex')
  const wide = isInexact(y.dtype) ? y : asType(y, 'float32')
  return sort(asType(wide, complexOf(wide.dtype)))
}

/** [values, indices] of the k largest along an axis, descending. Shape: the axis has extent k. */
export const topK = (
  x: ArrayLike,
  k: number,
  options: { readonly axis?: number } = {}
): readonly [values: NdArray, indices: NdArray] => {
  checkOptions('np.topK', options, ['axis'])
  const { axis = -1 } = options
  const y = asArray(x, 'np.topK')
  return primitives.topK(y, k, normalizeAxis('np.topK', axis, y.ndim))
}
