/** How alike two vectors are. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'

export interface CosineSimilarityOptions {
  /** The last axis by default. */
  readonly axis?: number
  /** The least length that is divided by: 1e-8 by default. */
  readonly epsilon?: number
}

/**
 * a · b / (‖a‖ ‖b‖) along an axis.
 *
 * Shape:  a and b, which broadcast -> without the axis.
 *
 * @example
 * nn.cosineSimilarity(np.array([3, 4]), np.array([4, 3])) // => 0.96
 *
 * @category distances
 * @since 0.1.0
 */
export const cosineSimilarity = (
  a: NdArray,
  b: NdArray,
  options: CosineSimilarityOptions = {}
): NdArray => {
  checkOptions('cosineSimilarity', options, ['axis', 'epsilon'])
  const { axis = -1, epsilon = 1e-8 } = options
  const [x, y] = np.broadcastArrays(a, b)
  // The square root comes last, so that a zero vector has a gradient.
  const length = (v: NdArray): NdArray =>
    lax.sqrt(lax.max(np.sum(lax.square(v), { axis }), epsilon * epsilon))
  return lax.div(np.sum(lax.mul(x, y), { axis }), lax.mul(length(x), length(y)))
}

export interface PairwiseDistanceOptions {
  /** The exponent of the norm: 2 by default. */
  readonly p?: number
  /** Added to every difference: 1e-6 by default. */
  readonly epsilon?: number
  readonly keepdims?: boolean
}

/**
 * (Σ |a − b + ε|^p)^(1/p) along the last axis.
 *
 * Shape:  a and b, which broadcast -> without the last axis, or with extent 1 under `keepdims`.
 *
 * @example
 * nn.pairwiseDistance(np.array([0, 0]), np.array([3, 4]), { epsilon: 0 }) // => 5.
 *
 * @category distances
 * @since 0.1.0
 */
export const pairwiseDistance = (
  a: NdArray,
  b: NdArray,
  options: PairwiseDistanceOptions = {}
): NdArray => {
  checkOptions('pairwiseDistance', options, ['p', 'epsilon', 'keepdims'])
  const { p = 2, epsilon = 1e-6, keepdims = false } = options
  const difference = lax.add(np.sub(a, b), epsilon)
  return np.linalg.norm(difference, { ord: p, axis: -1, keepdims })
}
