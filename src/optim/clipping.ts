/** Bounds on gradients, element by element or as a whole. */
import type { NdArray } from '../core/array.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { globalNorm } from './arithmetic.ts'
import { requireRate } from './rate.ts'
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
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation => {
  requireRate('clipByGlobalNorm', 'maxNorm', maxNorm)
  return stateless((updates) => {
    const norm = globalNorm(updates)
    const isSmall = lax.lt(norm, maxNorm)
    return tree.map((g: NdArray) => {
      const own = lax.convertElementType(norm, g.dtype)
      return lax.select(isSmall, g, lax.mul(lax.div(g, own), maxNorm))
    }, updates)
  })
}
