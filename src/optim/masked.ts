/** A transformation for some leaves only. */
import { flagsOf, keep, merge, type Mask } from './mask.ts'
import {
  ifGiven,
  transformation,
  type GradientTransformation,
  type OptState
} from './transformation.ts'

export interface MaskedState {
  readonly innerState: OptState
}

/**
 * Applies `inner` where the mask is true; other gradients pass through unchanged, as optax has it.
 * To freeze parameters use `partition` and `combine` of cotangent/finetune instead: what never
 * reaches the optimizer cannot move.
 *
 * Errors: StructureError with the path where the mask does not fit.
 *
 * @category combinators
 * @since 0.1.0
 */
export const masked = (inner: GradientTransformation, mask: Mask): GradientTransformation =>
  transformation<MaskedState>(
    {
      init: (params) => {
        const flags = flagsOf('masked', mask, params)
        return { innerState: inner.init(keep(params, flags, true)) }
      },
      update: (grads, { innerState }, params, extra) => {
        const flags = flagsOf('masked', mask, params ?? grads)
        const own = keep(grads, flags, true)
        const of = ifGiven(params, (p) => keep(p, flags, true))
        const [updates, next] = inner.update(own, innerState, of, extra)
        return [merge(grads, updates, flags), { innerState: next }]
      }
    },
    'masked',
    inner
  )
