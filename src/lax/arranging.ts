/** Joining, repeating and choosing along axes, over what XLA has for it. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { ShapeError, ValueError, listOf } from '../core/errors.ts'
import { broadcast, normalizeAxis, show, type Shape } from '../core/shape.ts'
import { leafArray } from '../trace/flat.ts'
import { agree } from './lift.ts'
import { broadcastInDim, concatenate, expandDims, full, indexInDim, typeOf } from './structural.ts'

/**
 * Arrays of one shape along a new axis.
 *
 * Errors: ShapeError when their shapes differ.
 *
 * @example
 * stack([np.array([1, 2]), np.array([3, 4])], 1) // => [[1. 3.] [2. 4.]]
 *
 * @category structure
 * @since 0.1.0
 */
export const stack = (operands: readonly ArrayLike[], axis = 0): NdArray => {
  const arrays = agree(listOf('stack', operands))
  if (arrays.length === 0)
    throw new ValueError('stack', {
      problem: 'there is nothing to stack',
      got: 'an empty list',
      expected: 'at least one array',
      hint: 'lax.full makes an array of extent 0'
    })
  const at = normalizeAxis('stack', axis, arrays[0].ndim + 1)
  return concatenate(
    arrays.map((x) => expandDims(x, [at])),
    at
  )
}

/**
 * The slices along an axis, which they do not have.
 *
 * @example
 * unstack(np.array([[1, 2], [3, 4]]), 1)[0] // => [1. 3.]
 *
 * @category structure
 * @since 0.1.0
 */
export const unstack = (of: ArrayLike, axis = 0): readonly NdArray[] => {
  const x = leafArray(of)
  const at = normalizeAxis('unstack', axis, x.ndim)
  return Array.from({ length: x.shape[at] }, (_, i) => indexInDim(x, i, at, { keepdims: false }))
}

/**
 * The shape to which all broadcast, extents of 1 being repeated.
 *
 * Errors: ShapeError when there is none.
 *
 * @category structure
 * @since 0.1.0
 */
export const broadcastShapes = (...shapes: readonly Shape[]): Shape => {
  for (const shape of shapes) listOf('broadcastShapes', shape)
  return broadcast('broadcastShapes', shapes)
}

/**
 * `x` with axes of extent 1 in front, up to this rank.
 *
 * Errors: ShapeError when it has more axes.
 *
 * @category structure
 * @since 0.1.0
 */
export const broadcastToRank = (of: ArrayLike, rank: number): NdArray => {
  const x = leafArray(of)
  if (Number.isInteger(rank) && rank >= x.ndim)
    return expandDims(
      x,
      Array.from({ length: rank - x.ndim }, (_, a) => a)
    )
  throw new ShapeError('broadcastToRank', {
    problem: 'the rank is no rank of a larger array',
    got: `rank ${rank} for ${show(x.shape)}`,
    expected: `an integer from ${x.ndim} on`,
    hint: 'squeeze drops axes of extent 1'
  })
}

/**
 * `x` repeated to the shape of another array.
 *
 * Errors: ShapeError when it does not broadcast to it.
 *
 * @category structure
 * @since 0.1.0
 */
export const broadcastLike = (of: ArrayLike, like: ArrayLike): NdArray => {
  const { shape } = typeOf(like)
  const x = broadcastToRank(of, shape.length)
  return broadcastInDim(
    x,
    shape,
    shape.map((_, a) => a)
  )
}

/** Fills nothing in: an array whose values are not to be relied on, zeros here. */
export const empty = (shape: Shape, dtype: DType = 'float32'): NdArray => full(shape, 0, dtype)
