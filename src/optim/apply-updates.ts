/** The last step of every optimizer: parameters plus updates. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { requireSame } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { complement } from './arithmetic.ts'
import type { Scalar } from './rate.ts'

/**
 * params + updates, leaf by leaf; each parameter keeps its type.
 *
 * Errors: StructureError when the trees differ, with the paths.
 *
 * @category combinators
 * @since 0.1.0
 */
export const applyUpdates = <P>(params: P, updates: NoInfer<P>): P => {
  const [own, other] = [tree.structureOf(params), tree.structureOf(updates)]
  const hint = 'updates are those that update gave for these parameters'
  requireSame('applyUpdates', own, other, hint)
  return tree.map(
    (p: ArrayLike, u: ArrayLike) => {
      const { dtype } = lax.typeOf(p)
      return lax.add(p, lax.convertElementType(u, dtype))
    },
    params,
    updates
  )
}

/**
 * stepSize · new + (1 − stepSize) · old: Polyak averaging of target parameters.
 *
 * @category combinators
 * @since 0.1.0
 */
export const incrementalUpdate = <P>(newTensors: P, oldTensors: NoInfer<P>, stepSize: Scalar): P =>
  tree.map(
    (a: ArrayLike, b: ArrayLike) => np.add(np.mul(a, stepSize), np.mul(b, complement(stepSize))),
    newTensors,
    oldTensors
  )

/**
 * The new tree at every `updatePeriod`-th step, else the old one.
 *
 * @category combinators
 * @since 0.1.0
 */
export const periodicUpdate = <P>(
  newTensors: P,
  oldTensors: NoInfer<P>,
  steps: NdArray,
  updatePeriod: number
): P => {
  const isDue = lax.eq(lax.rem(steps, updatePeriod), 0)
  return tree.map((a: ArrayLike, b: ArrayLike) => np.where(isDue, a, b), newTensors, oldTensors)
}
