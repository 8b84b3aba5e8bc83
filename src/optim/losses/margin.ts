/** Losses of margins: nothing once the right answer leads by enough. */
import { requireArrays, type ArrayLike, type NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import {
  reduced,
  reductionOptions,
  requireLabelRange,
  requireSameShape,
  type ReductionOptions
} from './reduce.ts'

/**
 * max(0, 1 − y p).
 *
 * Shape: scores and targets (±1) [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const hingeLoss = (
  predictorOutputs: NdArray,
  targets: ArrayLike,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('hingeLoss', options, reductionOptions)
  const values = np.maximum(np.sub(1, np.mul(predictorOutputs, targets)), 0)
  return reduced('hingeLoss', values, options)
}

/**
 * max(0, −y p).
 *
 * Shape:  scores and targets (±1) [...] -> [...].
 * Source: Rosenblatt 1958.
 *
 * @category losses
 * @since 0.1.0
 */
export const perceptronLoss = (
  predictorOutputs: NdArray,
  targets: ArrayLike,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('perceptronLoss', options, reductionOptions)
  requireSameShape('perceptronLoss', predictorOutputs, targets)
  const values = np.maximum(np.mul(np.neg(predictorOutputs), targets), 0)
  return reduced('perceptronLoss', values, options)
}

/** 1 at the label, along a new last axis. Shape: [...] -> those of the scores. */
export const oneHotOf = (labels: NdArray, scores: NdArray): NdArray => {
  const classes = lax.broadcastedIota('int32', scores.shape, scores.ndim - 1)
  const wanted = lax.convertElementType(labels, 'int32')
  const axes = labels.shape.map((_, a) => a)
  const spread = lax.broadcastInDim(wanted, scores.shape, axes)
  return lax.convertElementType(lax.eq(classes, spread), scores.dtype)
}

/**
 * max over classes of (s + 1 at all but the label), minus the score of the label.
 *
 * Shape:  scores [..., classes], labels integers [...] -> [...].
 * Source: Crammer & Singer 2001.
 *
 * @category losses
 * @since 0.1.0
 */
export const multiclassHingeLoss = (
  scores: NdArray,
  labels: NdArray,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('multiclassHingeLoss', options, reductionOptions)
  requireArrays('multiclassHingeLoss', scores, labels)
  requireLabelRange('multiclassHingeLoss', labels, scores.shape[scores.ndim - 1])
  const isLabel = oneHotOf(labels, scores)
  const raised = np.max(np.sub(np.add(scores, 1), isLabel), { axis: -1 })
  const own = np.sum(np.mul(scores, isLabel), { axis: -1 })
  return reduced('multiclassHingeLoss', np.sub(raised, own), options)
}

/**
 * The largest score minus that of the label.
 *
 * Shape: scores [..., classes], labels integers [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const multiclassPerceptronLoss = (
  scores: NdArray,
  labels: NdArray,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('multiclassPerceptronLoss', options, reductionOptions)
  requireArrays('multiclassPerceptronLoss', scores, labels)
  requireLabelRange('multiclassPerceptronLoss', labels, scores.shape[scores.ndim - 1])
  const own = np.sum(np.mul(scores, oneHotOf(labels, scores)), { axis: -1 })
  return reduced('multiclassPerceptronLoss', np.sub(np.max(scores, { axis: -1 }), own), options)
}
