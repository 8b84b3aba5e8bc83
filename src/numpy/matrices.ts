/** Matrices by where their elements are: identities, diagonals and triangles. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { AxisError, ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { iota as axesOf, normalizeAxis, show } from '../core/shape.ts'
import { eq, ge } from '../primitives/compare.ts'
import { convertElementType } from '../primitives/convert.ts'
import { add, constant } from '../primitives/elementwise.ts'
import { gather } from '../primitives/gather.ts'
import { iota } from '../primitives/iota.ts'
import { broadcastInDim, reshape, sum, transpose } from '../primitives/movement.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { pad } from '../primitives/slicing.ts'
import { scalar } from '../core/array.ts'
import type { DTypeOption } from './creation.ts'
import { asArray, asType, broadcastAll } from './promotion.ts'
import { selectOf } from './selection.ts'

export interface EyeOptions extends DTypeOption {
  /** Which diagonal: 0 the main one, positive above it. */
  readonly k?: number
}

/** The number of rows or columns, refused when it is no count: options given in its place, say. */
const count = (operation: string, what: 'rows' | 'columns', value: unknown): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new ValueError(operation, {
    problem: `the number of ${what} is no count`,
    got: typeof value === 'object' && value !== null ? 'an object' : String(value),
    expected: 'an integer of at least 0',
    hint: `${operation}(n) is square, ${operation}(n, m) is not; options come last`
  })
}

/** The number of columns and the options, which may stand in its place. */
const columnsAnd = (
  operation: string,
  n: number,
  m: number | null | EyeOptions,
  options: EyeOptions
): readonly [columns: number, options: EyeOptions] => {
  const isLeftOut = typeof m === 'object' && m !== null
  const given = isLeftOut ? m : options
  checkOptions(operation, given, ['k', 'dtype'])
  return [count(operation, 'columns', isLeftOut ? n : (m ?? n)), given]
}

const rows = (n: number, m: number, k: number): readonly [NdArray, NdArray] => {
  const row = iota('int32', [n, m], 0)
  return [add(row, constant(row, k)), iota('int32', [n, m], 1)]
}

/** 1 on diagonal `k`, 0 elsewhere. Shape: -> [n, m]; m is n when left out. */
export const eye = (
  n: number,
  m: number | null | EyeOptions = n,
  options: EyeOptions = {}
): NdArray => {
  const height = count('np.eye', 'rows', n)
  const [width, { k = 0, dtype = 'float32' }] = columnsAnd('np.eye', n, m, options)
  const [row, column] = rows(height, width, k)
  return asType(eq(row, column), dtype)
}

/** The identity matrix. Shape: -> [n, n]. */
export const identity = (n: number, options: DTypeOption = {}): NdArray => eye(n, n, options)

/** 1 on and below diagonal `k`, 0 above. Shape: -> [n, m]. */
export const tri = (
  n: number,
  m: number | null | EyeOptions = n,
  options: EyeOptions = {}
): NdArray => {
  const height = count('np.tri', 'rows', n)
  const [width, { k = 0, dtype = 'float32' }] = columnsAnd('np.tri', n, m, options)
  return asType(lower(height, width, k), dtype)
}

const lower = (n: number, m: number, k: number): NdArray => {
  const [row, column] = rows(n, m, k)
  return ge(row, column)
}

const triangle = (operation: string, x: ArrayLike, k: number, isLower: boolean): NdArray => {
  const y = asArray(x, operation)
  if (y.ndim < 2)
    throw new ShapeError(operation, {
      problem: 'the array is no matrix',
      got: `shape ${show(y.shape)}`,
      expected: 'at least two axes',
      hint: 'np.diag makes a matrix of a vector'
    })
  const [n, m] = y.shape.slice(-2)
  const mask = broadcastInDim(lower(n, m, isLower ? k : k - 1), y.shape, [y.ndim - 2, y.ndim - 1])
  const zero = constant(y, 0)
  return isLower ? selectOf(mask, y, zero) : selectOf(mask, zero, y)
}

/** `x` with zeros above diagonal `k`. Shape: kept, [..., n, m]. */
export const tril = (x: ArrayLike, options: { readonly k?: number } = {}): NdArray => {
  checkOptions('np.tril', options, ['k'])
  const { k = 0 } = options
  return triangle('np.tril', x, k, true)
}

/** `x` with zeros below diagonal `k`. Shape: kept, [..., n, m]. */
export const triu = (x: ArrayLike, options: { readonly k?: number } = {}): NdArray => {
  checkOptions('np.triu', options, ['k'])
  const { k = 0 } = options
  return triangle('np.triu', x, k, false)
}

export interface DiagonalOptions {
  readonly offset?: number
  readonly axis1?: number
  readonly axis2?: number
}

/** Elements of a diagonal of axes `axis1` and `axis2`. Shape: -> without them, [..., length]. */
export const diagonal = (x: ArrayLike, options: DiagonalOptions = {}): NdArray => {
  checkOptions('np.diagonal', options, ['offset', 'axis1', 'axis2'])
  const { offset = 0, axis1 = 0, axis2 = 1 } = options
  const y = asArray(x, 'np.diagonal')
  const [a, b] = [axis1, axis2].map((axis) => normalizeAxis('np.diagonal', axis, y.ndim))
  if (a === b)
    throw new AxisError('np.diagonal', {
      problem: 'the two axes are one',
      got: `axis1 ${axis1}, axis2 ${axis2} of rank ${y.ndim}`,
      expected: 'two different axes',
      hint: 'axes -2 and -1 are the matrices of a stack'
    })
  const length = Math.max(
    0,
    Math.min(y.shape[a] + Math.min(offset, 0), y.shape[b] - Math.max(offset, 0))
  )
  const rest = axesOf(y.ndim).filter((axis) => axis !== a && axis !== b)
  const count = iota('int32', [length])
  const at = (start: number): NdArray => reshape(add(count, constant(count, start)), [length, 1])
  const places = concatenate([at(Math.max(0, -offset)), at(Math.max(0, offset))], 1)
  return gather(transpose(y, [...rest, a, b]), places, {
    dimensionNumbers: {
      offsetDims: axesOf(rest.length),
      collapsedSliceDims: [y.ndim - 2, y.ndim - 1],
      startIndexMap: [y.ndim - 2, y.ndim - 1],
      operandBatchingDims: [],
      startIndicesBatchingDims: []
    },
    sliceSizes: [
      ...rest.map((axis) => y.shape[axis]),
      Math.min(1, y.shape[a]),
      Math.min(1, y.shape[b])
    ],
    mode: 'promiseInBounds',
    fillValue: null
  })
}

/** Sum along a diagonal. Shape: -> without both axes. */
export const trace = (
  x: ArrayLike,
  options: DiagonalOptions & { readonly dtype?: DType } = {}
): NdArray => {
  checkOptions('np.trace', options, ['offset', 'axis1', 'axis2', 'dtype'])
  const { dtype, ...axes } = options
  const d = diagonal(x, axes)
  const summed = dtype ?? (d.dtype === 'bool' ? 'int32' : d.dtype)
  return sum(convertElementType(d, summed), [d.ndim - 1])
}

const spreadDiagonal = (v: NdArray, k: number): NdArray => {
  const size = v.shape[0] + Math.abs(k)
  const [row, column] = rows(size, size, k)
  const along = pad(v, scalar(0, v.dtype), [[Math.max(0, k), Math.max(0, -k), 0]])
  const columns = broadcastInDim(along, [size, size], [1])
  return selectOf(eq(row, column), columns, constant(columns, 0))
}

/** A matrix with the vector on diagonal `k`; of a matrix, its diagonal. Shape: [n] <-> [n, n]. */
export const diag = (x: ArrayLike, options: { readonly k?: number } = {}): NdArray => {
  checkOptions('np.diag', options, ['k'])
  const { k = 0 } = options
  const v = asArray(x, 'np.diag')
  if (v.ndim === 1) return spreadDiagonal(v, k)
  if (v.ndim === 2) return diagonal(v, { offset: k })
  throw new ShapeError('np.diag', {
    problem: 'the array is neither vector nor matrix',
    got: `shape ${show(v.shape)}`,
    expected: 'one or two axes',
    hint: 'np.diagonal takes the axes of any array'
  })
}

/** A matrix with all elements of `x` on diagonal `k`. Shape: size n -> [n + |k|, n + |k|]. */
export const diagflat = (x: ArrayLike, options: { readonly k?: number } = {}): NdArray => {
  checkOptions('np.diagflat', options, ['k'])
  const { k = 0 } = options
  const v = asArray(x, 'np.diagflat')
  return spreadDiagonal(reshape(v, [v.size]), k)
}

/** `x` with `value` on the main diagonal of its last two axes; all axes of a hyper-cube in NumPy's sense. */
export const fillDiagonal = (x: ArrayLike, value: ArrayLike): NdArray => {
  const y = asArray(x, 'np.fillDiagonal')
  if (y.ndim < 2 || (y.ndim > 2 && new Set(y.shape).size > 1))
    throw new ShapeError('np.fillDiagonal', {
      problem: 'the array has no main diagonal',
      got: `shape ${show(y.shape)}`,
      expected: 'a matrix, or more axes of equal extents',
      hint: 'x.at(i, j).set(values) writes anywhere'
    })
  const first = iota('int32', y.shape, 0)
  const on = axesOf(y.ndim)
    .slice(1)
    .map((a) => eq(first, iota('int32', y.shape, a)))
    .reduce((both, next) => selectOf(both, next, constant(both, 0)))
  const values = asType(asArray(value, 'np.fillDiagonal'), y.dtype)
  const [place, fill] = broadcastAll('np.fillDiagonal', [on, valuesAlong(values, y)])
  return selectOf(place, fill, y)
}

/** Entry i of a vector of values belongs to row i. */
const valuesAlong = (values: NdArray, x: NdArray): NdArray =>
  values.ndim === 0
    ? values
    : broadcastInDim(reshape(values, [values.size]), [values.size, ...x.shape.slice(1)], [0])
