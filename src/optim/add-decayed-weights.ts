/** Weight decay: every step pulls parameters towards zero. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import type { Mask } from './mask.ts'
import { masked } from './masked.ts'
import { requireRate, type Scalar, type ScalarOrSchedule } from './rate.ts'
import { safeIncrement, scaled, zeroCount } from './arithmetic.ts'
import type { ScaleByScheduleState } from './scale.ts'
import { stateless, transformation, type GradientTransformation } from './transformation.ts'

export interface AddDecayedWeightsOptions {
  readonly weightDecay: ScalarOrSchedule
  /** Which parameters decay; all by default. Biases and norms usually should not. */
  readonly mask?: Mask | undefined
}

/** g + decay · p, leaf by leaf; parameters that do not count may be missing. */
export const pull = <P>(updates: P, params: P, decay: Scalar): P =>
  decay === 0
    ? updates
    : tree.map((g: NdArray, p: NdArray) => lax.add(g, scaled(p, decay)), updates, params)

/** As `addDecayedWeights`, for a decay that may be negative (a growth). */
export const pulled = (decay: ScalarOrSchedule): GradientTransformation =>
  typeof decay === 'function'
    ? transformation<ScaleByScheduleState>({
        init: () => ({ count: zeroCount() }),
        update: (grads, { count }, params) => [
          pull(grads, params, decay(count)),
          { count: safeIncrement(count) }
        ]
      })
    : stateless((updates, params) => pull(updates, params, decay))

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
  const decay = pulled(weightDecay)
  return mask === undefined ? decay : masked(decay, mask)
}
