/** One long vector in place of a tree, which is faster for trees of many small leaves. */
import type { ArrayLike } from '../core/array.ts'
import { sizeOf } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  ifGiven,
  transformation,
  type GradientTransformation,
  type OptState
} from './transformation.ts'

const vector = (params: unknown) =>
  np.concatenate(tree.leaves(params).map((x) => lax.reshape(x, [sizeOf(lax.typeOf(x).shape)])))

/**
 * `inner` on all leaves joined into one vector. Norms of single leaves become norms of the whole.
 *
 * @category combinators
 * @since 0.1.0
 */
export const flatten = (inner: GradientTransformation): GradientTransformation =>
  transformation<OptState>(
    {
      init: (params) => inner.init(vector(params)),
      update: (grads, state, params, extra) => {
        const of = ifGiven(params, vector)
        const [flat, next] = inner.update(vector(grads), state, of, extra)
        const sizes = tree.leaves(grads).map((x) => sizeOf(lax.typeOf(x).shape))
        const parts = lax.split(flat, sizes)
        let i = 0
        const updates = tree.map((g: ArrayLike) => {
          const { shape, dtype } = lax.typeOf(g)
          return lax.convertElementType(lax.reshape(parts[i++], shape), dtype)
        }, grads)
        return [updates, next]
      }
    },
    'flatten',
    inner
  )
