/** Complex parameters as pairs of real ones, for optimizers that square gradients. */
import { type ArrayLike, type NdArray } from '../core/array.ts'
import { isComplex } from '../core/dtype.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import {
  ifGiven,
  transformation,
  type GradientTransformation,
  type OptState
} from './transformation.ts'

export interface SplitRealAndImaginaryState {
  readonly innerState: OptState
}

/** A leaf as a tuple of its real and imaginary part, or of itself. */
const parts = (x: ArrayLike): readonly ArrayLike[] =>
  isComplex(lax.typeOf(x).dtype) ? [lax.real(x), lax.imag(x)] : [x]

const splitTree = (x: unknown): readonly (readonly ArrayLike[])[] => tree.leaves(x).map(parts)

/**
 * `inner` on real and imaginary parts as if they were parameters of their own.
 *
 * @category combinators
 * @since 0.1.0
 */
export const splitRealAndImaginary = (inner: GradientTransformation): GradientTransformation =>
  transformation<SplitRealAndImaginaryState>(
    {
      init: (params) => ({ innerState: inner.init(splitTree(params)) }),
      update: (grads, { innerState }, params, extra) => {
        const of = ifGiven(params, splitTree)
        const [updates, next] = inner.update(splitTree(grads), innerState, of, extra)
        const joined = updates.map((pair) =>
          pair.length === 2 ? lax.complex(pair[0], pair[1]) : (pair[0] as NdArray)
        )
        // The structure of the gradients, leaf by leaf.
        return [
          tree.unflatten(tree.structureOf(grads), joined) as typeof grads,
          { innerState: next }
        ]
      }
    },
    'splitRealAndImaginary',
    inner
  )
