/** Bounds on gradients, element by element or as a whole. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { absSquare, globalNorm, rootMeanSquare } from './arithmetic.ts'
import { requireRate, type Scalar } from './rate.ts'
import { stateless, type GradientTransformation } from './transformation.ts'

/**
 * Every element within ±maxDelta.
 *
 * @category transformations
 * @since 0.1.0
 */
export const clip = (maxDelta: number): GradientTransformation => {
  requireRate('clip', 'maxDelta', maxDelta)
  return stateless((updates) =>
    tree.map((g: NdArray) => lax.clamp(-maxDelta, g, maxDelta), updates)
  )
}

/**
 * g · maxNorm / max(maxNorm, ‖g‖), with one norm over the whole tree: its direction is kept.
 *
 * Source: Pascanu, Mikolov & Bengio 2013.
 *
 * @category transformations
 * @since 0.1.0
 */
export const clipByGlobalNorm = (maxNorm: Scalar): GradientTransformation => {
  requireRate('clipByGlobalNorm', 'maxNorm', maxNorm)
  return stateless((updates) => {
    const norm = globalNorm(updates)
    const isSmall = np.less(norm, maxNorm)
    return tree.map((g: NdArray) => {
      const own = lax.convertElementType(norm, g.dtype)
      return lax.select(isSmall, g, np.mul(lax.div(g, own), maxNorm))
    }, updates)
  })
}

/**
 * g / max(1, √(mean g²) / threshold) for each leaf.
 *
 * Source: Shazeer & Stern 2018, §6.
 *
 * @category transformations
 * @since 0.1.0
 */
export const clipByBlockRms = (threshold: Scalar): GradientTransformation => {
  requireRate('clipByBlockRms', 'threshold', threshold)
  return stateless((updates) =>
    tree.map(
      (g: NdArray) => np.div(g, np.maximum(np.div(rootMeanSquare(g), threshold), 1)),
      updates
    )
  )
}

/** The axes over which one unit of a layer is summed: all but the last of kernels. */
const unitAxes = (x: NdArray): readonly number[] => {
  const all = x.shape.map((_, a) => a)
  if (x.shape.filter((n) => n !== 1).length <= 1) return all
  return x.ndim <= 3 ? [0] : all.slice(0, -1)
}

const unitNorm = (x: NdArray, axes: readonly number[]): NdArray =>
  np.broadcastTo(np.sqrt(np.sum(absSquare(x), { axis: axes, keepdims: true })), x.shape)

export interface AdaptiveGradClipOptions {
  /** The largest ratio of a gradient's norm to that of its parameters. */
  readonly clipping: Scalar
  /** The least norm of parameters: 1e-3 by default. */
  readonly eps?: Scalar
  /** The axes of a unit; by default all of vectors, the first of matrices, all but the last of kernels. */
  readonly axis?: number | readonly number[] | undefined
}

/**
 * Unit by unit, g · clipping · max(‖p‖, eps) / ‖g‖ where the norm of g is not below that bound.
 *
 * Source: Brock et al. 2021.
 *
 * @category transformations
 * @since 0.1.0
 */
export const adaptiveGradClip = (options: AdaptiveGradClipOptions): GradientTransformation => {
  checkOptions('adaptiveGradClip', options, ['clipping', 'eps', 'axis'])
  const { clipping, eps = 1e-3, axis } = options
  requireRate('adaptiveGradClip', 'clipping', clipping)
  const axesOf = (x: NdArray): readonly number[] =>
    axis === undefined ? unitAxes(x) : typeof axis === 'number' ? [axis] : axis
  return stateless((updates, params) =>
    tree.map(
      (g: NdArray, p: NdArray) => {
        const [norm, size] = [unitNorm(g, axesOf(g)), unitNorm(p, axesOf(p))]
        const bound = np.mul(np.maximum(size, eps), clipping)
        const clipped = np.mul(g, np.div(bound, lax.max(norm, 1e-6)))
        return lax.select(lax.lt(norm, bound), g, clipped)
      },
      updates,
      params
    )
  )
}
