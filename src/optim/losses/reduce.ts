/** What losses share: axes that stay broadcast, and what becomes of one value per example. */
import { knownOf, type ArrayLike, type NdArray } from '../../core/array.ts'
import { IndexError, ShapeError, ValueError } from '../../core/errors.ts'
import { equals, show, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'

/** What was reduced over `axis`, repeated along it. Shape: -> `shape`. */
export const spread = (reduced: NdArray, shape: Shape, axis: number): NdArray =>
  lax.broadcastInDim(
    reduced,
    shape,
    shape.map((_, a) => a).filter((a) => a !== axis)
  )

/** log(softmax(x)) along an axis, shifted by the largest x. Shape: that of x. */
export const logProbabilities = (x: NdArray, axis: number): NdArray => {
  const top = lax.stopGradient(lax.reduceMax(x, [axis]))
  const shifted = lax.sub(x, spread(top, x.shape, axis))
  const total = lax.log(lax.reduceSum(lax.exp(shifted), [axis]))
  return lax.sub(shifted, spread(total, x.shape, axis))
}

/** log σ(x) = −log(1 + e^−x). */
export const logSigmoid = (x: NdArray): NdArray => np.neg(np.logaddexp(np.neg(x), 0))

/** Throws a ShapeError unless the two have one shape (a number has any). */
export const requireSameShape = (operation: string, a: ArrayLike, b: ArrayLike): void => {
  const [x, y] = [lax.typeOf(a).shape, lax.typeOf(b).shape]
  if (equals(x, y) || x.length === 0 || y.length === 0) return
  throw new ShapeError(operation, {
    problem: 'predictions and targets differ in shape',
    got: `predictions ${show(x)}, targets ${show(y)}`,
    expected: 'equal shapes',
    hint: 'broadcasting them would average over the wrong pairs: reshape one of them'
  })
}

/** Throws an IndexError for a label outside the classes, where values are known. */
export const requireLabelRange = (
  operation: string,
  labels: NdArray,
  classes: number,
  ignored?: number
): void => {
  const values = knownOf(labels)
  if (values === null) return // under a transformation, and on a device, such labels give NaN
  const at = values.findIndex((c) => c !== ignored && (c < 0 || c >= classes))
  if (at < 0) return
  throw new IndexError(operation, {
    problem: 'a label is outside the classes',
    got: `label ${values[at]} at position ${at}`,
    expected: `labels from 0 to ${classes - 1}`,
    hint: 'pass { ignoreIndex } for a label that stands for nothing'
  })
}

/**
 * 'none': one value for each example, as optax has it. 'mean' and 'sum': of the values times their
 * weights. 'weightedMean': the sum over the sum of the weights.
 */
export type Reduction = 'none' | 'mean' | 'sum' | 'weightedMean'

export interface ReductionOptions {
  /** 'none' by default. */
  readonly reduction?: Reduction | undefined
  /** Factors of the values, which broadcast to them; 0 leaves a value out. */
  readonly weights?: ArrayLike | undefined
}

export const reductionOptions = ['reduction', 'weights']

/** The values as the options have it. Shape: [...] -> [...] or []. */
export const reduced = (
  operation: string,
  values: NdArray,
  { reduction = 'none', weights }: ReductionOptions
): NdArray => {
  const own = weights === undefined ? undefined : np.astype(weights, values.dtype)
  const scaled = own === undefined ? values : np.mul(values, own)
  switch (reduction) {
    case 'none':
      return scaled
    case 'mean':
      return np.mean(scaled)
    case 'sum':
      return np.sum(scaled)
    case 'weightedMean':
      return own === undefined
        ? np.mean(scaled)
        : np.div(np.sum(scaled), np.sum(np.broadcastTo(own, scaled.shape)))
    default:
      throw new ValueError(operation, {
        problem: 'there is no such reduction',
        got: `reduction: ${String(reduction)}`,
        expected: "'none', 'mean', 'sum' or 'weightedMean'",
        hint: "'mean' divides by the number of values, 'weightedMean' by the sum of the weights"
      })
  }
}
