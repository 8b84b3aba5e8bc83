/** The last step of every optimizer: parameters plus updates. */
import type { ArrayLike } from '../core/array.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'

/**
 * params + updates, leaf by leaf; each parameter keeps its type.
 *
 * Errors: StructureError when the trees differ, with the paths.
 *
 * @category combinators
 * @since 0.1.0
 */
export const applyUpdates = <P>(params: P, updates: NoInfer<P>): P =>
  tree.map(
    (p: ArrayLike, u: ArrayLike) => {
      const { dtype } = lax.typeOf(p)
      return lax.add(p, lax.convertElementType(u, dtype))
    },
    params,
    updates
  )
