/** Cross-entropies with a twist: focal, polynomial, and safe at infinite logits. */
import { requireArrays, type ArrayLike, type NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import { normalizeAxis } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { sigmoidBinaryCrossEntropy, softmaxCrossEntropy } from './classification.ts'
import {
  logProbabilities,
  logSigmoid,
  reduced,
  reductionOptions,
  type ReductionOptions
} from './reduce.ts'

export interface FocalOptions extends ReductionOptions {
  /** Weight of the positive class (1 − alpha for the negative); none by default. */
  readonly alpha?: number | undefined
  /** How much easy examples lose: 2 by default. */
  readonly gamma?: number
}

/**
 * (1 − p_t)^γ times the binary cross-entropy, with p_t the probability of the truth.
 *
 * Shape:  logits and labels (0 to 1) [...] -> [...].
 * Source: Lin et al. 2017.
 *
 * @category losses
 * @since 0.1.0
 */
export const sigmoidFocalLoss = (
  logits: NdArray,
  labels: ArrayLike,
  options: FocalOptions = {}
): NdArray => {
  checkOptions('sigmoidFocalLoss', options, ['alpha', 'gamma', ...reductionOptions])
  requireArrays('sigmoidFocalLoss', logits)
  const { alpha, gamma = 2 } = options
  const y = lax.convertElementType(labels, logits.dtype)
  // log(1 − p_t) = log(p (1 − y) + (1 − p) y), without leaving the logarithms.
  const [p, q] = [logSigmoid(logits), logSigmoid(np.neg(logits))]
  const top = np.maximum(p, q)
  const weighted = np.add(
    np.mul(np.exp(np.sub(p, top)), np.sub(1, y)),
    np.mul(np.exp(np.sub(q, top)), y)
  )
  const logMiss = np.add(np.log(weighted), top)
  const loss = np.mul(sigmoidBinaryCrossEntropy(logits, y), np.exp(np.mul(logMiss, gamma)))
  if (alpha === undefined) return reduced('sigmoidFocalLoss', loss, options)
  const sides = np.add(np.mul(y, alpha), np.mul(np.sub(1, y), 1 - alpha))
  return reduced('sigmoidFocalLoss', np.mul(sides, loss), options)
}

export interface PolyLossOptions extends ReductionOptions {
  /** 2 by default. */
  readonly epsilon?: number
  readonly axis?: number
}

/**
 * Cross-entropy + ε Σ t (1 − p).
 *
 * Shape:  logits and labels (probabilities) [..., classes] -> [...].
 * Source: Leng et al. 2022.
 *
 * @category losses
 * @since 0.1.0
 */
export const polyLossCrossEntropy = (
  logits: NdArray,
  labels: NdArray,
  options: PolyLossOptions = {}
): NdArray => {
  checkOptions('polyLossCrossEntropy', options, ['epsilon', 'axis', ...reductionOptions])
  requireArrays('polyLossCrossEntropy', logits, labels)
  const { epsilon = 2, axis = -1 } = options
  const at = normalizeAxis('polyLossCrossEntropy', axis, logits.ndim)
  const missed = np.sub(1, np.exp(logProbabilities(logits, at)))
  const linear = np.mul(np.sum(np.mul(labels, missed), { axis }), epsilon)
  const entropy = softmaxCrossEntropy(logits, labels, { axis })
  return reduced('polyLossCrossEntropy', np.add(entropy, linear), options)
}

/**
 * As `softmaxCrossEntropy`, and finite where a logit is −∞ and its label 0.
 *
 * Shape: logits and labels (probabilities) [..., classes] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const safeSoftmaxCrossEntropy = (
  logits: NdArray,
  labels: NdArray,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('safeSoftmaxCrossEntropy', options, reductionOptions)
  requireArrays('safeSoftmaxCrossEntropy', logits, labels)
  const isLabel = np.notEqual(labels, 0)
  const logs = logProbabilities(logits, logits.ndim - 1)
  const terms = np.mul(np.where(isLabel, labels, 0), np.where(isLabel, logs, 0))
  return reduced('safeSoftmaxCrossEntropy', np.neg(np.sum(terms, { axis: -1 })), options)
}

export interface SmoothLabelsOptions {
  readonly axis?: number
}

/**
 * (1 − α) t + α / classes.
 *
 * Shape:  labels [..., classes] -> the same.
 * Source: Szegedy et al. 2016.
 *
 * @category losses
 * @since 0.1.0
 */
export const smoothLabels = (
  labels: NdArray,
  alpha: number,
  options: SmoothLabelsOptions = {}
): NdArray => {
  checkOptions('smoothLabels', options, ['axis'])
  requireArrays('smoothLabels', labels)
  const classes = labels.shape[normalizeAxis('smoothLabels', options.axis ?? -1, labels.ndim)]
  return np.add(np.mul(labels, 1 - alpha), alpha / classes)
}
