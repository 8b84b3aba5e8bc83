/** Cross-entropies: one value per example, unless a reduction is asked for. */
import { requireArrays, type ArrayLike, type NdArray } from '../../core/array.ts'
import { isInteger } from '../../core/dtype.ts'
import { DTypeError, ShapeError, ValueError, checkOptions } from '../../core/errors.ts'
import { equals, normalizeAxis, show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import {
  logProbabilities,
  logSigmoid,
  reduced,
  reductionOptions,
  requireLabelRange,
  requireSameShape,
  spread,
  type ReductionOptions
} from './reduce.ts'

export interface CrossEntropyOptions extends ReductionOptions {
  /** The axis of classes: the last one by default. */
  readonly axis?: number
  /** Which classes there are: all by default. Shape: broadcasts to the logits. */
  readonly where?: NdArray | undefined
  /** A factor for each class. 'weightedMean' divides by the weights of the labels. [classes] */
  readonly classWeights?: ArrayLike | readonly number[] | undefined
  /** How much of the label is spread evenly over all classes: 0 by default. (Szegedy et al. 2016) */
  readonly labelSmoothing?: number
}

const known = ['axis', 'where', 'classWeights', 'labelSmoothing', ...reductionOptions]

const requireSmoothing = (operation: string, labelSmoothing: number): void => {
  if (labelSmoothing >= 0 && labelSmoothing <= 1) return
  throw new ValueError(operation, {
    problem: 'the smoothing is no fraction',
    got: `labelSmoothing: ${String(labelSmoothing)}`,
    expected: 'a number from 0 to 1',
    hint: '0.1 is usual'
  })
}

/** Weights of the classes along their axis, or 1. */
const weightsAlong = (
  operation: string,
  given: CrossEntropyOptions['classWeights'],
  logits: NdArray,
  axis: number
): ArrayLike => {
  if (given === undefined) return 1
  const weights = np.asarray(given, { dtype: logits.dtype })
  const classes = logits.shape[axis]
  if (!equals(weights.shape, [classes]))
    throw new ShapeError(operation, {
      problem: 'there is not one weight for each class',
      got: `classWeights ${show(weights.shape)} for ${classes} classes`,
      expected: `classWeights [${classes}]`,
      hint: 'weights of single examples go into { weights }'
    })
  return lax.broadcastInDim(weights, logits.shape, [axis])
}

/** log(softmax(x)) among the classes that there are; −∞ elsewhere. */
const logsAmong = (logits: NdArray, axis: number, where: NdArray | undefined): NdArray =>
  logProbabilities(where === undefined ? logits : np.where(where, logits, -Infinity), axis)

/** −Σ over classes of terms, where a class that is not there adds nothing. */
const minusSum = (terms: NdArray, axis: number, where: NdArray | undefined): NdArray =>
  lax.neg(lax.reduceSum(where === undefined ? terms : np.where(where, terms, 0), [axis]))

/**
 * −Σ labels · log(softmax(logits)) over the classes.
 *
 * Shape:  logits and labels (probabilities) [..., classes] -> [...].
 * Units:  nats.
 * Errors: ShapeError when the two differ in shape.
 *
 * @example
 * const [logits, labels] = [np.array([[0, 0]]), np.array([[1, 0]])]
 * softmaxCrossEntropy(logits, labels).item().toFixed(4) // => '0.6931'
 *
 * @category losses
 * @since 0.1.0
 */
export const softmaxCrossEntropy = (
  logits: NdArray,
  labels: NdArray,
  options: CrossEntropyOptions = {}
): NdArray => {
  checkOptions('softmaxCrossEntropy', options, known)
  const { where, classWeights, labelSmoothing = 0 } = options
  requireSameShape('softmaxCrossEntropy', logits, labels)
  requireSmoothing('softmaxCrossEntropy', labelSmoothing)
  const axis = normalizeAxis('softmaxCrossEntropy', options.axis ?? -1, logits.ndim)
  const given = lax.convertElementType(labels, logits.dtype)
  const even = labelSmoothing / logits.shape[axis]
  const targets = labelSmoothing === 0 ? given : lax.add(lax.mul(given, 1 - labelSmoothing), even)
  const logs = logsAmong(logits, axis, where)
  const weights = weightsAlong('softmaxCrossEntropy', classWeights, logits, axis)
  const values = minusSum(np.mul(lax.mul(targets, logs), weights), axis, where)
  return reduced('softmaxCrossEntropy', values, options)
}

const requireLabels = (operation: string, logits: NdArray, labels: NdArray, axis: number): void => {
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

export interface IntegerLabelOptions extends CrossEntropyOptions {
  /** A label that stands for nothing: its value is 0, and means leave it out. */
  readonly ignoreIndex?: number | undefined
}

/** The value at each label, 0 for other classes. Shape: [..., classes], [...] -> [...]. */
const atLabel = (values: NdArray, labels: NdArray, axis: number): NdArray => {
  const classes = lax.broadcastedIota('int32', values.shape, axis)
  const isLabel = lax.eq(spread(labels, values.shape, axis), classes)
  // A comparison with all classes is one fused loop; a gather would need a scatter as its adjoint.
  return lax.reduceSum(lax.select(isLabel, values, lax.zerosLike(values)), [axis])
}

/** −logs at the labels, smoothed and weighed: what both losses of integer labels are. */
const negativeLogs = (
  operation: string,
  logs: NdArray,
  labels: NdArray,
  axis: number,
  options: IntegerLabelOptions
): NdArray => {
  const { where, classWeights, labelSmoothing = 0, ignoreIndex, reduction, weights } = options
  requireSmoothing(operation, labelSmoothing)
  const classes = logs.shape[axis]
  requireLabelRange(operation, labels, classes, ignoreIndex)
  const wanted = lax.convertElementType(labels, 'int32')
  const perClass = weightsAlong(operation, classWeights, logs, axis)
  const weighed = np.mul(logs, perClass)
  const hard = lax.neg(atLabel(weighed, wanted, axis))
  const soft = (): NdArray => lax.mul(minusSum(weighed, axis, where), labelSmoothing / classes)
  const values = labelSmoothing === 0 ? hard : lax.add(lax.mul(hard, 1 - labelSmoothing), soft())
  const isKnown = lax.and(lax.ge(wanted, 0), lax.lt(wanted, classes))
  const exact = lax.select(isKnown, values, lax.fullLike(values, NaN))
  const isCounted = ignoreIndex === undefined ? undefined : lax.ne(wanted, ignoreIndex)
  const kept = isCounted === undefined ? exact : np.where(isCounted, exact, 0)
  if (reduction !== 'mean' && reduction !== 'weightedMean') return reduced(operation, kept, options)
  // Means are over the examples that count, weighed by their classes when asked to.
  const ones = isCounted === undefined ? lax.fullLike(kept, 1) : np.astype(isCounted, kept.dtype)
  const shares =
    reduction === 'mean' || classWeights === undefined
      ? ones
      : np.mul(ones, atLabel(np.mul(lax.fullLike(logs, 1), perClass), wanted, axis))
  const all = reduction === 'weightedMean' ? np.sum(np.mul(shares, weights ?? 1)) : np.sum(shares)
  return np.div(np.sum(np.mul(kept, weights ?? 1)), all)
}

const integerOptions = [...known, 'ignoreIndex']

/**
 * −log(softmax(logits))[label]. A label outside the classes gives NaN where values are not known.
 *
 * Shape:  logits [..., classes], labels integers [...] -> [...].
 * Units:  nats.
 * Errors: ShapeError and DTypeError when the labels do not belong to the logits; IndexError for a
 *         label outside the classes.
 *
 * @category losses
 * @since 0.1.0
 */
export const softmaxCrossEntropyWithIntegerLabels = (
  logits: NdArray,
  labels: NdArray,
  options: IntegerLabelOptions = {}
): NdArray => {
  const operation = 'softmaxCrossEntropyWithIntegerLabels'
  checkOptions(operation, options, integerOptions)
  requireArrays(operation, logits, labels)
  const axis = normalizeAxis(operation, options.axis ?? -1, logits.ndim)
  requireLabels(operation, logits, labels, axis)
  const logs = logsAmong(logits, axis, options.where)
  return negativeLogs(operation, logs, labels, axis, options)
}

/**
 * −logs[label], for logarithms of probabilities.
 *
 * Shape:  logs [..., classes], labels integers [...] -> [...].
 * Units:  nats.
 * Errors: as softmaxCrossEntropyWithIntegerLabels.
 *
 * @category losses
 * @since 0.1.0
 */
export const negativeLogLikelihood = (
  logs: NdArray,
  labels: NdArray,
  options: IntegerLabelOptions = {}
): NdArray => {
  checkOptions('negativeLogLikelihood', options, integerOptions)
  requireArrays('negativeLogLikelihood', logs, labels)
  const axis = normalizeAxis('negativeLogLikelihood', options.axis ?? -1, logs.ndim)
  requireLabels('negativeLogLikelihood', logs, labels, axis)
  return negativeLogs('negativeLogLikelihood', logs, labels, axis, options)
}

/** log(1 + e^−|x|) + max(x, 0). */
const softplus = (x: ArrayLike): NdArray =>
  lax.add(lax.log1p(lax.exp(lax.neg(lax.abs(x)))), lax.max(x, 0))

export interface BinaryCrossEntropyOptions extends ReductionOptions {
  /** A factor of the positive part, which broadcasts to the labels: 1 by default. */
  readonly posWeight?: ArrayLike | undefined
  /** How far labels are moved from 0 and 1 towards ½: 0 by default. */
  readonly labelSmoothing?: number
}

const binaryOptions = ['posWeight', 'labelSmoothing', ...reductionOptions]

const binaryTargets = (
  operation: string,
  like: NdArray,
  labels: ArrayLike,
  labelSmoothing: number
): NdArray => {
  requireSameShape(operation, like, labels)
  requireSmoothing(operation, labelSmoothing)
  const y = lax.convertElementType(labels, like.dtype)
  return labelSmoothing === 0 ? y : lax.add(lax.mul(y, 1 - labelSmoothing), labelSmoothing / 2)
}

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
export const sigmoidBinaryCrossEntropy = (
  logits: NdArray,
  labels: ArrayLike,
  options: BinaryCrossEntropyOptions = {}
): NdArray => {
  const operation = 'sigmoidBinaryCrossEntropy'
  checkOptions(operation, options, binaryOptions)
  const { posWeight, labelSmoothing = 0 } = options
  const y = binaryTargets(operation, logits, labels, labelSmoothing)
  const own = lax.mul(y, softplus(lax.neg(logits)))
  const positive = posWeight === undefined ? own : np.mul(own, posWeight)
  return reduced(operation, lax.add(positive, lax.mul(lax.sub(1, y), softplus(logits))), options)
}

/** log x, held above −100 and with a slope of at most 1e12, so that a certain error has a gradient. */
const boundedLog = (x: NdArray): NdArray => {
  const isTiny = lax.lt(x, 1e-12)
  const value = lax.stopGradient(lax.max(lax.log(x), -100))
  const line = lax.add(value, lax.mul(lax.sub(x, lax.stopGradient(x)), 1e12))
  return np.where(isTiny, line, lax.log(np.where(isTiny, 1, x)))
}

/**
 * −y log p − (1 − y) log(1 − p), element by element, with logarithms held above −100.
 *
 * Shape:  probabilities and labels (0 to 1) [...] -> [...].
 * Units:  nats.
 * Errors: ShapeError when the two differ in shape.
 *
 * @category losses
 * @since 0.1.0
 */
export const binaryCrossEntropy = (
  probabilities: NdArray,
  labels: ArrayLike,
  options: BinaryCrossEntropyOptions = {}
): NdArray => {
  checkOptions('binaryCrossEntropy', options, binaryOptions)
  const { posWeight, labelSmoothing = 0 } = options
  const y = binaryTargets('binaryCrossEntropy', probabilities, labels, labelSmoothing)
  const own = lax.mul(y, boundedLog(probabilities))
  const positive = posWeight === undefined ? own : np.mul(own, posWeight)
  const negative = lax.mul(lax.sub(1, y), boundedLog(lax.sub(1, probabilities)))
  return reduced('binaryCrossEntropy', lax.neg(lax.add(positive, negative)), options)
}

/**
 * The mean over labels of −y log σ(x) − (1 − y) log(1 − σ(x)), for examples with several labels.
 *
 * Shape:  logits and labels (0 or 1) [..., labels] -> [...].
 * Units:  nats.
 *
 * @category losses
 * @since 0.1.0
 */
export const multilabelSoftMarginLoss = (
  logits: NdArray,
  labels: NdArray,
  options: Omit<CrossEntropyOptions, 'axis' | 'where' | 'labelSmoothing'> = {}
): NdArray => {
  const operation = 'multilabelSoftMarginLoss'
  checkOptions(operation, options, ['classWeights', ...reductionOptions])
  requireSameShape(operation, logits, labels)
  const y = lax.convertElementType(labels, logits.dtype)
  const logs = lax.add(
    lax.mul(y, logSigmoid(logits)),
    lax.mul(lax.sub(1, y), logSigmoid(lax.neg(logits)))
  )
  const weights = weightsAlong(operation, options.classWeights, logits, logits.ndim - 1)
  return reduced(operation, lax.neg(np.mean(np.mul(logs, weights), { axis: -1 })), options)
}
