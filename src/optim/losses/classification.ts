/** Losses of classifiers. Each gives one value per example; take the mean of a batch. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { isInteger } from '../../core/dtype.ts'
import { DTypeError, ShapeError, checkOptions } from '../../core/errors.ts'
import { equals, normalizeAxis, show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { logProbabilities, requireSameShape, spread } from './reduce.ts'

export interface CrossEntropyOptions {
  /** The axis of classes: the last one by default. */
  readonly axis?: number
}

/**
 * −Σ labels · log(softmax(logits)) over the classes.
 *
 * Shape:  logits and labels (probabilities) [..., classes] -> [...].
 * Units:  nats.
 * Errors: ShapeError when the two differ in shape.
 *
 * @category losses
 * @since 0.1.0
 */
export const softmaxCrossEntropy = (
  logits: NdArray,
  labels: NdArray,
  options: CrossEntropyOptions = {}
): NdArray => {
  checkOptions('softmaxCrossEntropy', options, ['axis'])
  requireSameShape('softmaxCrossEntropy', logits, labels)
  const axis = normalizeAxis('softmaxCrossEntropy', options.axis ?? -1, logits.ndim)
  const targets = lax.convertElementType(labels, logits.dtype)
  return lax.neg(lax.reduceSum(lax.mul(targets, logProbabilities(logits, axis)), [axis]))
}

const requireLabels = (logits: NdArray, labels: NdArray, axis: number): void => {
  const operation = 'softmaxCrossEntropyWithIntegerLabels'
  if (!isInteger(labels.dtype))
    throw new DTypeError(operation, {
      problem: 'labels are no classes',
      got: `labels of type ${labels.dtype}`,
      expected: 'an integer type',
      hint: 'softmaxCrossEntropy takes probabilities, such as those of nn.oneHot'
    })
  const wanted = logits.shape.filter((_, a) => a !== axis)
  if (equals(wanted, labels.shape)) return
  throw new ShapeError(operation, {
    problem: 'labels do not belong to these logits',
    got: `logits ${show(logits.shape)}, labels ${show(labels.shape)}`,
    expected: `labels ${show(wanted)}: one for each row of logits`,
    hint: 'the classes are the last axis of the logits, or the axis that { axis } names'
  })
}

/**
 * −log(softmax(logits))[label]. A label outside the classes gives NaN.
 *
 * Shape:  logits [..., classes], labels integers [...] -> [...].
 * Units:  nats.
 * Errors: ShapeError and DTypeError when the labels do not belong to the logits.
 *
 * @category losses
 * @since 0.1.0
 */
export const softmaxCrossEntropyWithIntegerLabels = (
  logits: NdArray,
  labels: NdArray,
  options: CrossEntropyOptions = {}
): NdArray => {
  checkOptions('softmaxCrossEntropyWithIntegerLabels', options, ['axis'])
  const axis = normalizeAxis('softmaxCrossEntropy', options.axis ?? -1, logits.ndim)
  requireLabels(logits, labels, axis)
  const classes = lax.broadcastedIota('int32', logits.shape, axis)
  const wanted = lax.convertElementType(labels, 'int32')
  const isLabel = lax.eq(spread(wanted, logits.shape, axis), classes)
  // A comparison with all classes is one fused loop; a gather would need a scatter as its adjoint.
  const logs = logProbabilities(logits, axis)
  const picked = lax.reduceSum(lax.select(isLabel, logs, lax.zerosLike(logs)), [axis])
  const isKnown = lax.and(lax.ge(wanted, 0), lax.lt(wanted, logits.shape[axis]))
  return lax.select(isKnown, lax.neg(picked), lax.fullLike(picked, NaN))
}

/** log(1 + e^−|x|) + max(x, 0). */
const softplus = (x: ArrayLike): NdArray =>
  lax.add(lax.log1p(lax.exp(lax.neg(lax.abs(x)))), lax.max(x, 0))

/**
 * −y log σ(x) − (1 − y) log(1 − σ(x)), element by element.
 *
 * Shape:  logits and labels (0 to 1) [...] -> [...].
 * Units:  nats.
 * Errors: ShapeError when the two differ in shape.
 *
 * @category losses
 * @since 0.1.0
 */
export const sigmoidBinaryCrossEntropy = (logits: NdArray, labels: ArrayLike): NdArray => {
  requireSameShape('sigmoidBinaryCrossEntropy', logits, labels)
  const y = lax.convertElementType(labels, logits.dtype)
  return lax.add(lax.mul(y, softplus(lax.neg(logits))), lax.mul(lax.sub(1, y), softplus(logits)))
}
