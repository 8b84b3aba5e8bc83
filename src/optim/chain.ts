/** One transformation after another: the way in which optimizers are built. */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import {
  identity,
  transformation,
  type GradientTransformation,
  type OptState
} from './transformation.ts'

/**
 * Feeds the updates of each transformation to the next. The state is the tuple of their states.
 *
 * @category combinators
 * @since 0.1.0
 */
export const chain = (
  ...transformations: readonly GradientTransformation[]
): GradientTransformation =>
  transformation<readonly OptState[]>(
    {
      init: (params) => transformations.map((t) => t.init(params)),
      update: (grads, states, params, extra) => {
        const next: OptState[] = []
        const updates = transformations.reduce((halfway, t, i) => {
          const [after, state] = t.update(halfway, states[i], params, extra)
          next.push(state)
          return after
        }, grads)
        return [updates, next]
      }
    },
    'chain',
    ...transformations
  )

/**
 * Chaining as a monoid. Its laws hold for the updates emitted; the states nest differently.
 *
 * @category combinators
 * @since 0.1.0
 */
export const getMonoid = (): Monoid<GradientTransformation> => ({
  concat: (first, second) => chain(first, second),
  empty: identity()
})
