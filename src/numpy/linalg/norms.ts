/** Lengths of vectors and matrices. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ValueError, checkOptions, listOf } from '../../core/errors.ts'
import { normalizeAxis } from '../../core/shape.ts'
import { convertElementType } from '../../primitives/convert.ts'
import { moveAxis, reshape } from '../../primitives/movement.ts'
import { maxOver, minOver, sumOver } from '../along.ts'
import { abs, divide, multiply, power } from '../arithmetic.ts'
import { notEqual } from '../comparison.ts'
import { sqrt } from '../exponential.ts'
import { asInexact } from '../promotion.ts'
import { squaredModulus } from './matrices.ts'
import { svdvals } from './decompositions.ts'
import { inv } from './solve.ts'

/** 'fro' and 'nuc' are orders of matrices; ±1, ±2 and ±∞ of both; other numbers of vectors. */
export type NormOrder = number | 'fro' | 'nuc'

export interface NormOptions {
  readonly ord?: NormOrder | null
  readonly axis?: number | readonly number[] | null
  readonly keepdims?: boolean
}

const unknown = (operation: string, ord: unknown, expected: string): ValueError =>
  new ValueError(operation, {
    problem: 'there is no norm of this order',
    got: `ord ${String(ord)}`,
    expected,
    hint: "vectors: any number; matrices: 'fro', 'nuc', ±1, ±2, ±Infinity"
  })

type Axes = readonly number[]

/** (Σ |x|^p)^(1/p) over `axes` together, and its limits. */
const ofVectors = (x: NdArray, ord: number, axes: Axes, keepdims: boolean): NdArray => {
  if (ord === Infinity) return maxOver(abs(x), axes, keepdims)
  if (ord === -Infinity) return minOver(abs(x), axes, keepdims)
  if (ord === 0) {
    const there = convertElementType(notEqual(x, 0), abs(x).dtype)
    return sumOver(there, axes, keepdims)
  }
  if (ord === 1) return sumOver(abs(x), axes, keepdims)
  if (ord === 2) return sqrt(sumOver(squaredModulus(x), axes, keepdims))
  return power(sumOver(power(abs(x), ord), axes, keepdims), 1 / ord)
}

const ofMatrices = (x: NdArray, ord: NormOrder, axes: Axes, keepdims: boolean): NdArray => {
  const [row, column] = axes
  if (ord === 'fro') return ofVectors(x, 2, axes, keepdims)
  if (ord === 1 || ord === -1 || ord === Infinity || ord === -Infinity) {
    // The largest or smallest sum of a column (±1) or of a row (±∞).
    const [summed, kept] = Math.abs(ord) === 1 ? [row, column] : [column, row]
    const sums = sumOver(abs(x), summed, true)
    const extreme = (ord > 0 ? maxOver : minOver)(sums, kept, true)
    return keepdims ? extreme : withoutAxes(extreme, axes)
  }
  if (ord === 2 || ord === -2 || ord === 'nuc') {
    const last = moveAxis(x, row, x.ndim - 1)
    const s = svdvals(moveAxis(last, column > row ? column - 1 : column, x.ndim - 1))
    const y = ord === 'nuc' ? sumOver(s, -1) : (ord === 2 ? maxOver : minOver)(s, -1)
    return keepdims
      ? reshape(
          y,
          x.shape.map((n, i) => (axes.includes(i) ? 1 : n))
        )
      : y
  }
  throw unknown('np.linalg.norm', ord, "'fro', 'nuc', ±1, ±2 or ±Infinity")
}

const withoutAxes = (x: NdArray, axes: Axes): NdArray =>
  reshape(
    x,
    x.shape.filter((_, i) => !axes.includes(i))
  )

const numeric = (operation: string, ord: NormOrder): number => {
  if (typeof ord === 'number') return ord
  throw unknown(operation, ord, 'a number, since the norm is that of vectors')
}

/**
 * The norm of vectors along one axis, of matrices over two, or of the whole array.
 *
 * Without `ord`: the root of the sum of squares over `axis`, all axes by default. With it and
 * without `axis`, the array must be a vector or a matrix.
 *
 * Shape: -> without `axis`, or with extent 1 there (keepdims). Integers become float32.
 *
 * @example
 * np.linalg.norm(np.array([3, -4])).item() // => 5
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const norm = (x: ArrayLike, options: NormOptions = {}): NdArray => {
  checkOptions('np.linalg.norm', options, ['ord', 'axis', 'keepdims'])
  const { ord = null, axis = null, keepdims = false } = options
  const operation = 'np.linalg.norm'
  const y = asInexact(x, operation)
  const given = axis === null ? y.shape.map((_, i) => i) : typeof axis === 'number' ? [axis] : axis
  const axes = listOf(operation, given).map((a) => normalizeAxis(operation, a, y.ndim))
  if (ord === null) return ofVectors(y, 2, axes, keepdims)
  if (axes.length === 1) return ofVectors(y, numeric(operation, ord), axes, keepdims)
  if (axes.length === 2) return ofMatrices(y, ord, axes, keepdims)
  throw new ValueError(operation, {
    problem: 'a norm of this order is that of vectors or matrices',
    got: `ord ${String(ord)} over ${axes.length} axes`,
    expected: 'one or two axes',
    hint: 'pass axis, or leave out ord for the root of the sum of squares'
  })
}

/**
 * The norm of matrices on the last two axes; Frobenius by default. Shape: [..., m, n] -> [...].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const matrixNorm = (x: ArrayLike, options: Omit<NormOptions, 'axis'> = {}): NdArray => {
  checkOptions('np.linalg.matrixNorm', options, ['ord', 'keepdims'])
  return norm(x, { ...options, ord: options.ord ?? 'fro', axis: [-2, -1] })
}

/**
 * The norm of the elements over `axis`, all axes together by default, as one vector.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const vectorNorm = (x: ArrayLike, options: NormOptions = {}): NdArray => {
  checkOptions('np.linalg.vectorNorm', options, ['ord', 'axis', 'keepdims'])
  const { ord = 2, axis = null, keepdims = false } = options
  const operation = 'np.linalg.vectorNorm'
  const y = asInexact(x, operation)
  const given = axis === null ? y.shape.map((_, i) => i) : typeof axis === 'number' ? [axis] : axis
  const axes = listOf(operation, given).map((a) => normalizeAxis(operation, a, y.ndim))
  return ofVectors(y, numeric(operation, ord ?? 2), axes, keepdims)
}

/**
 * The condition number ‖A‖ ‖A⁻¹‖; by default the quotient of the extreme singular values, which
 * need not be those of a square matrix. Shape: [..., m, n] -> [...].
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const cond = (x: ArrayLike, options: { readonly p?: NormOrder | null } = {}): NdArray => {
  checkOptions('np.linalg.cond', options, ['p'])
  const { p = null } = options
  if (p === null || p === 2 || p === -2) {
    const s = svdvals(x)
    const [most, least] = [maxOver(s, -1), minOver(s, -1)]
    return p === -2 ? divide(least, most) : divide(most, least)
  }
  const size = (y: ArrayLike): NdArray => norm(y, { ord: p, axis: [-2, -1] })
  return multiply(size(x), size(inv(x)))
}
