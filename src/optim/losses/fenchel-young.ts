/** Losses made of a maximum: the softmax's makes cross-entropy, other maxima make others. */
import { requireArrays, type NdArray } from '../../core/array.ts'
import { customVjp } from '../../control/custom-vjp.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { grad } from '../../transforms/vjp.ts'
import { vmap } from '../../transforms/vmap.ts'

/** Scores of one example to a number: log Σ e^s, max s, or a perturbed maximum. */
export type MaxFunction = (scores: NdArray) => NdArray

/**
 * The Fenchel–Young loss of a maximum: max(s) − ⟨s, t⟩, whose gradient by the scores is
 * argmax(s) − t, with argmax the gradient of the maximum.
 *
 * Shape:  loss(scores [..., n], targets [..., n]) -> [...].
 * Source: Blondel, Martins & Niculae 2020.
 *
 * @example
 * const loss = makeFenchelYoungLoss((s) => np.log(np.sum(np.exp(s))))
 * loss(np.array([[0, 0]]), np.array([[1, 0]])) // => [0.6931472]
 *
 * @category losses
 * @since 0.1.0
 */
export const makeFenchelYoungLoss = (
  maxFun: MaxFunction
): ((scores: NdArray, targets: NdArray) => NdArray) => {
  const one = customVjp(
    (scores: NdArray, targets: NdArray): NdArray =>
      np.sub(maxFun(scores), np.sum(np.mul(scores, targets))),
    {
      fwd: (scores: NdArray, targets: NdArray) => {
        const value = np.sub(maxFun(scores), np.sum(np.mul(scores, targets)))
        return [value, [grad(maxFun)(scores), scores, targets]] as const
      },
      bwd: ([best, scores, targets]: readonly [NdArray, NdArray, NdArray], ct: NdArray) =>
        [np.mul(ct, np.sub(best, targets)), np.mul(ct, np.neg(scores))] as const
    }
  )
  return (scores, targets) => {
    requireArrays('makeFenchelYoungLoss', scores, targets)
    const n = scores.shape[scores.ndim - 1]
    const rows = (x: NdArray): NdArray => lax.reshape(x, [x.size / n, n])
    const each = vmap((s: NdArray, t: NdArray) => one(s, t))(rows(scores), rows(targets))
    return lax.reshape(each, scores.shape.slice(0, -1))
  }
}
