/** Arrays of indices, and open grids of them. */
import { toShape } from './creation.ts'
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { isBool } from '../core/dtype.ts'
import { ShapeError, ValueError, checkOptions, listOf, checkFunction } from '../core/errors.ts'
import { show, sizeOf, stridesOf, type Shape } from '../core/shape.ts'
import { div, rem } from '../primitives/arithmetic.ts'
import { constant } from '../primitives/elementwise.ts'
import { reshape } from '../primitives/movement.ts'
import { add, clip, multiply, remainder } from './arithmetic.ts'
import { array } from './array.ts'
import { requireIntegers } from './index-modes.ts'
import { nonzero } from './nonzero.ts'
import { asArray, asType, broadcastAll } from './promotion.ts'

const vector = (values: readonly number[]): NdArray => array(Int32Array.from(values))

/** Vectors as an open grid: x.slice(...ix_(rows, columns)) is their outer product. */
export const ix_ = (...vectors: readonly (ArrayLike | readonly number[])[]): readonly NdArray[] =>
  vectors.map((v, axis) => {
    const x = isArray(v) ? v : array(v, { dtype: 'int32' })
    if (x.ndim !== 1)
      throw new ShapeError('np.ix_', {
        problem: 'the indices are no vectors',
        got: `shape ${show(x.shape)}`,
        expected: 'one axis each',
        hint: 'np.ravel(x) flattens'
      })
    const positions = isBool(x.dtype) ? nonzero(x, {}, 'np.ix_')[0] : x
    return reshape(
      positions,
      vectors.map((_, a) => (a === axis ? positions.size : 1))
    )
  })

/** Indices of the main diagonal of an [n, n, …] array, one vector for each axis. */
export const diagIndices = (n: number, rank = 2): readonly NdArray[] => {
  toShape('np.diagIndices', [n, rank])
  const along = vector(Array.from({ length: n }, (_, i) => i))
  return new Array<NdArray>(rank).fill(along)
}

/** As `diagIndices`, for an array of equal extents. */
export const diagIndicesFrom = (x: ArrayLike): readonly NdArray[] => {
  const { shape } = asArray(x, 'np.diagIndicesFrom')
  if (shape.length < 2 || new Set(shape).size !== 1)
    throw new ShapeError('np.diagIndicesFrom', {
      problem: 'the array has no main diagonal',
      got: `shape ${show(shape)}`,
      expected: 'at least two axes of equal extents',
      hint: 'np.diagIndices takes the extent'
    })
  return diagIndices(shape[0], shape.length)
}

const triangle = (
  n: number,
  m: number,
  keeps: (row: number, column: number) => boolean
): readonly [rows: NdArray, columns: NdArray] => {
  const places = Array.from({ length: n * m }, (_, i) => i).filter((i) =>
    keeps(Math.floor(i / m), i % m)
  )
  return [vector(places.map((i) => Math.floor(i / m))), vector(places.map((i) => i % m))]
}

export interface TriangleOptions {
  /** Which diagonal bounds the triangle; 0. */
  readonly k?: number
}

/** Indices on and below diagonal `k` of an [n, m] matrix. */
export const trilIndices = (
  n: number,
  m: number = n,
  options: TriangleOptions = {}
): readonly [rows: NdArray, columns: NdArray] => {
  checkOptions('np.trilIndices', options, ['k'])
  const { k = 0 } = options
  return triangle(n, m, (row, column) => column <= row + k)
}

/** Indices on and above diagonal `k` of an [n, m] matrix. */
export const triuIndices = (
  n: number,
  m: number = n,
  options: TriangleOptions = {}
): readonly [rows: NdArray, columns: NdArray] => {
  checkOptions('np.triuIndices', options, ['k'])
  const { k = 0 } = options
  return triangle(n, m, (row, column) => column >= row + k)
}

const matrixShape = (operation: string, x: ArrayLike): readonly [number, number] => {
  const { shape } = asArray(x, operation)
  if (shape.length === 2) return [shape[0], shape[1]]
  throw new ShapeError(operation, {
    problem: 'the array is no matrix',
    got: `shape ${show(shape)}`,
    expected: 'two axes',
    hint: 'np.trilIndices takes the extents'
  })
}

export const trilIndicesFrom = (
  x: ArrayLike,
  options: TriangleOptions = {}
): readonly [rows: NdArray, columns: NdArray] => {
  checkOptions('np.trilIndicesFrom', options, ['k'])
  return trilIndices(...matrixShape('np.trilIndicesFrom', x), options)
}

export const triuIndicesFrom = (
  x: ArrayLike,
  options: TriangleOptions = {}
): readonly [rows: NdArray, columns: NdArray] => {
  checkOptions('np.triuIndicesFrom', options, ['k'])
  return triuIndices(...matrixShape('np.triuIndicesFrom', x), options)
}

/** Indices of what `mask`, such as np.triu, keeps of an [n, n] matrix of ones. */
export const maskIndices = (
  n: number,
  mask: (x: NdArray, options: TriangleOptions) => NdArray,
  options: TriangleOptions = {}
): readonly NdArray[] => {
  checkOptions('np.maskIndices', options, ['k'])
  checkFunction('np.maskIndices', mask)
  toShape('np.maskIndices', [n])
  const ones = reshape(vector(new Array<number>(n * n).fill(1)), [n, n])
  return nonzero(mask(ones, options), {}, 'np.maskIndices')
}

/** Positions along each axis of flat positions in a shape; outside, the nearest. */
export const unravelIndex = (indices: ArrayLike, shape: Shape): readonly NdArray[] => {
  toShape('np.unravelIndex', listOf('np.unravelIndex', shape))
  const given = typeof indices === 'number' ? array(indices, { dtype: 'int32' }) : asArray(indices)
  requireIntegers('np.unravelIndex', given)
  const size = sizeOf(shape)
  const wide = asType(given, 'int32')
  const inside = clip(wide, -size, Math.max(0, size - 1))
  const flat = remainder(inside, Math.max(1, size))
  const strides = stridesOf(shape)
  return shape.map((n, a) =>
    rem(div(flat, constant(flat, Math.max(1, strides[a]))), constant(flat, Math.max(1, n)))
  )
}

export interface RavelOptions {
  /** What an index outside does: moves to the nearest ('clip', the default), or goes round. */
  readonly mode?: 'clip' | 'wrap'
}

/** Flat positions in a shape of positions along each axis. */
export const ravelMultiIndex = (
  indices: readonly ArrayLike[],
  shape: Shape,
  options: RavelOptions = {}
): NdArray => {
  checkOptions('np.ravelMultiIndex', options, ['mode'])
  const { mode = 'clip' } = options
  toShape('np.ravelMultiIndex', listOf('np.ravelMultiIndex', shape))
  if (listOf('np.ravelMultiIndex', indices).length !== shape.length)
    throw new ValueError('np.ravelMultiIndex', {
      problem: 'indices and axes are not pairs',
      got: `${indices.length} arrays of indices for shape ${show(shape)}`,
      expected: `${shape.length}`,
      hint: 'one array of positions for each axis'
    })
  const strides = stridesOf(shape)
  const places = broadcastAll(
    'np.ravelMultiIndex',
    indices.map((i) => {
      const x = typeof i === 'number' ? array(i, { dtype: 'int32' }) : asArray(i)
      requireIntegers('np.ravelMultiIndex', x)
      return asType(x, 'int32')
    })
  )
  return places
    .map((p, a) =>
      multiply(mode === 'wrap' ? remainder(p, shape[a]) : clip(p, 0, shape[a] - 1), strides[a])
    )
    .reduce((sum, p) => add(sum, p))
}
