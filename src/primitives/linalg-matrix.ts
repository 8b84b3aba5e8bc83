/**
 * Matrix algebra that derivative rules are written in: every function takes stacks of matrices,
 * rows and columns on the last two axes, and is made of other primitives, so it transforms.
 */
import type { NdArray } from '../core/array.ts'
import { isComplex, type DType } from '../core/dtype.ts'
import { iota as axesUpTo, type Shape } from '../core/shape.ts'
import { eq, le, lt, select } from './compare.ts'
import { conj as conjugate, real as realOf } from './complex.ts'
import { dotGeneral } from './contraction.ts'
import { convertElementType } from './convert.ts'
import { add, constant } from './elementwise.ts'
import { takeAlongAxis } from './gather.ts'
import { iota } from './iota.ts'
import { broadcastInDim, sum, transpose } from './movement.ts'

/** The conjugate; real numbers are their own. */
export const conj = (x: NdArray): NdArray => (isComplex(x.dtype) ? conjugate(x) : x)

/** The real part; real numbers are their own. */
export const real = (x: NdArray): NdArray => (isComplex(x.dtype) ? realOf(x) : x)

/** Aᵀ. Shape: [..., m, n] -> [..., n, m]. */
export const transposed = (x: NdArray): NdArray => {
  const axes = axesUpTo(x.ndim)
  return transpose(x, [...axes.slice(0, -2), x.ndim - 1, x.ndim - 2])
}

/** Aᴴ. Shape: [..., m, n] -> [..., n, m]. */
export const adjoint = (x: NdArray): NdArray => conj(transposed(x))

/** A B for each point of the batch axes. Shape: [..., m, k], [..., k, n] -> [..., m, n]. */
export const matmul = (x: NdArray, y: NdArray): NdArray => {
  const batch = axesUpTo(x.ndim - 2)
  return dotGeneral(x, y, {
    dimensionNumbers: {
      lhsContracting: [x.ndim - 1],
      rhsContracting: [y.ndim - 2],
      lhsBatch: batch,
      rhsBatch: batch
    }
  })
}

type Relation = (row: NdArray, column: NdArray) => NdArray

/** bool [..., m, n]: where `relation` holds between row and column. */
const mask = (shape: Shape, relation: Relation): NdArray => {
  const matrix = shape.slice(-2)
  const where = relation(iota('int32', matrix, 0), iota('int32', matrix, 1))
  const rank = shape.length
  return rank === 2 ? where : broadcastInDim(where, shape, [rank - 2, rank - 1])
}

const keep = (x: NdArray, relation: Relation): NdArray =>
  select(mask(x.shape, relation), x, constant(x, 0))

/** What stands on and below the diagonal, zeros elsewhere. Shape: kept. */
export const lowerTriangle = (x: NdArray): NdArray => keep(x, (row, column) => le(column, row))

/** What stands below the diagonal. */
export const strictlyLower = (x: NdArray): NdArray => keep(x, (row, column) => lt(column, row))

/** What stands on and above the diagonal. */
export const upperTriangle = (x: NdArray): NdArray => keep(x, le)

/** What stands above the diagonal. */
export const strictlyUpper = (x: NdArray): NdArray => keep(x, lt)

/** What stands on the diagonal, zeros elsewhere. */
export const onDiagonal = (x: NdArray): NdArray => keep(x, eq)

/** Ones on the diagonal. Shape: [..., m, n] like the argument. */
export const eye = (shape: Shape, dtype: DType): NdArray =>
  convertElementType(mask(shape, eq), dtype)

/**
 * The Hermitian matrix one of whose triangles is given: of the diagonal the real part, and nothing
 * of the other triangle. Shape: kept.
 */
export const hermitianFrom = (x: NdArray, lower: boolean): NdArray => {
  const triangle = lower ? strictlyLower(x) : strictlyUpper(x)
  const middle = convertElementType(real(onDiagonal(x)), x.dtype)
  return add(add(triangle, adjoint(triangle)), middle)
}

/** The diagonal. Shape: [..., n, n] -> [..., n]. */
export const diagonal = (x: NdArray): NdArray => sum(onDiagonal(x), [x.ndim - 1])

/** v_j in every row. Shape: v [..., n] -> [..., rows, n]. */
export const asRows = (v: NdArray, rows: number): NdArray => {
  const batch = v.shape.slice(0, -1)
  const shape = [...batch, rows, v.shape[v.ndim - 1]]
  return broadcastInDim(v, shape, [...axesUpTo(batch.length), batch.length + 1])
}

/** v_i in every column. Shape: v [..., m] -> [..., m, columns]. */
export const asColumns = (v: NdArray, columns: number): NdArray =>
  broadcastInDim(v, [...v.shape, columns], axesUpTo(v.ndim))

/** Row order[i] of A as row i. Shape: x [..., m, n], order [..., k] -> [..., k, n]. */
export const takeRows = (x: NdArray, order: NdArray): NdArray =>
  takeAlongAxis(x, asColumns(order, x.shape[x.ndim - 1]), x.ndim - 2, 'promiseInBounds')
