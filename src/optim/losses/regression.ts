/** Losses of real-valued predictions. Each gives one value per element; take the mean of a batch. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { requireSameShape } from './reduce.ts'

const errors = (operation: string, predictions: NdArray, targets: ArrayLike): NdArray => {
  requireSameShape(operation, predictions, targets)
  return lax.sub(predictions, lax.convertElementType(targets, predictions.dtype))
}

/**
 * (p − t)².
 *
 * Shape: [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const squaredError = (predictions: NdArray, targets: ArrayLike = 0): NdArray =>
  lax.square(errors('squaredError', predictions, targets))

/**
 * ½ (p − t)².
 *
 * Shape: [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const l2Loss = (predictions: NdArray, targets: ArrayLike = 0): NdArray =>
  lax.mul(lax.square(errors('l2Loss', predictions, targets)), 0.5)

export interface HuberOptions {
  /** Where the parabola becomes a line: 1 by default. */
  readonly delta?: number
}

/**
 * ½ e² where |e| ≤ δ, else δ (|e| − ½ δ), for e = p − t.
 *
 * Shape:  [...] -> [...].
 * Source: Huber 1964.
 *
 * @category losses
 * @since 0.1.0
 */
export const huberLoss = (
  predictions: NdArray,
  targets: ArrayLike = 0,
  options: HuberOptions = {}
): NdArray => {
  checkOptions('huberLoss', options, ['delta'])
  const { delta = 1 } = options
  const size = lax.abs(errors('huberLoss', predictions, targets))
  const inner = lax.min(size, delta)
  return lax.add(lax.mul(lax.square(inner), 0.5), lax.mul(lax.sub(size, inner), delta))
}

/**
 * log(cosh(e)) for e = p − t: a parabola near 0, |e| − log 2 far away.
 *
 * Shape: [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const logCosh = (predictions: NdArray, targets: ArrayLike = 0): NdArray => {
  const e = errors('logCosh', predictions, targets)
  return lax.sub(np.logaddexp(e, lax.neg(e)), Math.LN2)
}
