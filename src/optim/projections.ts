/** Projections: the nearest tree of parameters within a set. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { ValueError } from '../core/errors.ts'
import { isLeaf } from '../core/structure.ts'
import { sizeOf } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { globalNorm, globalSumOfSquares, inner, scaled } from './arithmetic.ts'
import type { Scalar } from './rate.ts'

/** All elements of a tree as one vector, and the way back. */
const raveled = <P>(x: P): readonly [flat: NdArray, unravel: (flat: NdArray) => P] => {
  const [leaves, structure] = tree.flatten(x)
  const types = leaves.map((leaf) => lax.typeOf(leaf))
  const sizes = types.map((t) => sizeOf(t.shape))
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0))
  const flat = np.concatenate(leaves.map((leaf) => np.reshape(leaf, [-1])))
  const unravel = (v: NdArray): P =>
    tree.unflatten(
      structure,
      types.map((t, i) => {
        const part = lax.sliceInDim(v, starts[i], starts[i] + sizes[i], { axis: 0 })
        return lax.convertElementType(lax.reshape(part, t.shape), t.dtype)
      })
    ) as P // the structure of `x`
  return [flat, unravel]
}

const requireSize = (operation: string, name: string, value: Scalar): void => {
  if (isArray(value) || value >= 0) return
  throw new ValueError(operation, {
    problem: `the set has a negative ${name}`,
    got: `${name}: ${String(value)}`,
    expected: 'a number from 0 on',
    hint: 'the set is empty otherwise'
  })
}

/** A bound for all leaves, or a tree of bounds. */
type Bound<P> = ArrayLike | P

const boundOf = (bound: unknown, like: unknown): readonly ArrayLike[] =>
  isLeaf(bound) ? tree.leaves(like).map(() => bound) : tree.leaves(bound)

/**
 * The nearest x with lower ≤ x ≤ upper.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionBox = <P>(x: P, lower: Bound<P>, upper: Bound<P>): P => {
  const [leaves, structure] = tree.flatten(x)
  const [lows, highs] = [boundOf(lower, x), boundOf(upper, x)]
  return tree.unflatten(
    structure,
    leaves.map((leaf, i) => np.clip(leaf, lows[i], highs[i]))
  ) as P // the structure of `x`
}

/**
 * The nearest x with 0 ≤ x ≤ scale.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionHypercube = <P>(x: P, scale: Bound<P> = 1): P => projectionBox(x, 0, scale)

/**
 * The nearest x ≥ 0.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionNonNegative = <P>(x: P): P =>
  tree.map((leaf: NdArray) => np.maximum(leaf, 0), x)

/** The nearest point of {v ≥ 0, Σ v = scale}: subtract a threshold, drop what is below it. */
const onSimplex = (v: NdArray, scale: ArrayLike): NdArray => {
  const n = v.shape[0]
  const sorted = np.flip(np.sort(v))
  const excess = np.sub(np.cumsum(sorted), scale)
  const ranks = np.astype(np.add(lax.iota('int32', n), 1), v.dtype)
  const isIn = np.greater(np.sub(sorted, np.div(excess, ranks)), 0)
  const last = np.sub(np.sum(isIn, { dtype: 'int32' }), 1)
  const threshold = np.div(np.take(excess, last), np.astype(np.add(last, 1), v.dtype))
  return np.maximum(np.sub(v, threshold), 0)
}

/**
 * The nearest x ≥ 0 whose elements sum to `scale`, over the whole tree.
 *
 * Source: Duchi et al. 2008.
 *
 * @example
 * projectionSimplex(np.array([1, 0, 0.5])) // => [0.75 0. 0.25]
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionSimplex = <P>(x: P, scale: Scalar = 1): P => {
  requireSize('projectionSimplex', 'scale', scale)
  const [flat, unravel] = raveled(x)
  return unravel(onSimplex(flat, scale))
}

/**
 * The nearest x with Σ |x| = scale.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionL1Sphere = <P>(x: P, scale: Scalar = 1): P => {
  requireSize('projectionL1Sphere', 'scale', scale)
  const [flat, unravel] = raveled(x)
  return unravel(np.mul(np.sign(flat), onSimplex(np.abs(flat), scale)))
}

/**
 * The nearest x with Σ |x| ≤ scale.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionL1Ball = <P>(x: P, scale: Scalar = 1): P => {
  requireSize('projectionL1Ball', 'scale', scale)
  const [flat, unravel] = raveled(x)
  const isInside = np.lessEqual(np.sum(np.abs(flat)), scale)
  const outside = np.mul(np.sign(flat), onSimplex(np.abs(flat), scale))
  return unravel(np.where(isInside, flat, outside))
}

/**
 * The nearest x with ‖x‖₂ = scale.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionL2Sphere = <P>(x: P, scale: Scalar = 1): P => {
  requireSize('projectionL2Sphere', 'scale', scale)
  const factor = np.div(scale, globalNorm(x))
  return tree.map((leaf: NdArray) => scaled(leaf, factor), x)
}

/**
 * The nearest x with ‖x‖₂ ≤ scale.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionL2Ball = <P>(x: P, scale: Scalar = 1): P => {
  requireSize('projectionL2Ball', 'scale', scale)
  const square = globalSumOfSquares(x)
  const isInside = np.lessEqual(square, np.square(scale))
  // The root is only taken outside, where its derivative exists.
  const factor = np.div(scale, np.sqrt(np.where(isInside, 1, square)))
  return tree.map((leaf: NdArray) => np.where(isInside, leaf, scaled(leaf, factor)), x)
}

/**
 * The nearest x with |x| ≤ scale.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionLinfBall = <P>(x: P, scale: Scalar = 1): P => {
  requireSize('projectionLinfBall', 'scale', scale)
  return projectionBox(x, np.neg(scale), np.asarray(scale))
}

/**
 * The nearest x with ⟨a, x⟩ = b.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionHyperplane = <P>(x: P, a: P, b: Scalar): P => {
  const factor = np.div(np.sub(inner(a, x), b), globalSumOfSquares(a))
  return tree.map((leaf: NdArray, n: NdArray) => np.sub(leaf, scaled(n, factor)), x, a)
}

/**
 * The nearest x with ⟨a, x⟩ ≤ b.
 *
 * @category projections
 * @since 0.1.0
 */
export const projectionHalfspace = <P>(x: P, a: P, b: Scalar): P => {
  const excess = np.maximum(np.sub(inner(a, x), b), 0)
  const factor = np.div(excess, globalSumOfSquares(a))
  return tree.map((leaf: NdArray, n: NdArray) => np.sub(leaf, scaled(n, factor)), x, a)
}
