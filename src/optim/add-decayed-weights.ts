/** Weight decay: every step pulls parameters towards zero. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import type { Mask } from './mask.ts'
import { masked } from './masked.ts'
import { requireRate } from './rate.ts'
import { scaled } from './arithmetic.ts'
import { stateless, type GradientTransformation } from './transformation.ts'

export interface AddDecayedWeightsOptions {
  readonly weightDecay: number | NdArray
  /** Which parameters decay; all by default. Biases and norms usually should not. */
  readonly mask?: Mask
}

/**
 * u = g + weightDecay · p.
 *
 * Errors: ValueError for a decay that is negative or not finite.
 * Source: Loshchilov & Hutter 2019 (decoupled when it comes after the adaptive scaling).
 *
 * @category transformations
 * @since 0.1.0
 */
export const addDecayedWeights = (options: AddDecayedWeightsOptions): GradientTransformation => {
  checkOptions('addDecayedWeights', options, ['weightDecay', 'mask'])
  const { weightDecay, mask } = options
  requireRate('addDecayedWeights', 'weightDecay', weightDecay)
  const decay = stateless((updates, params) =>
    tree.map((g: NdArray, p: NdArray) => lax.add(g, scaled(p, weightDecay)), updates, params)
  )
  return mask === undefined ? decay : masked(decay, mask)
}
