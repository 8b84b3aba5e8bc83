/** Losses of pairs and triplets: what belongs together is near, the rest is a margin away. */
import { requireArrays, type ArrayLike, type NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { reduced, reductionOptions, requireSameShape, type ReductionOptions } from './reduce.ts'

export interface MarginOptions extends ReductionOptions {
  /** By how much. */
  readonly margin?: number
}

const marginOptions = ['margin', ...reductionOptions]

/**
 * max(0, −y (a − b) + margin): a is above b where y is 1, below it where y is −1.
 *
 * Shape: both scores and targets (±1) [...] -> [...]. The margin is 0 by default.
 *
 * @category losses
 * @since 0.1.0
 */
export const marginRankingLoss = (
  first: NdArray,
  second: NdArray,
  targets: ArrayLike,
  options: MarginOptions = {}
): NdArray => {
  checkOptions('marginRankingLoss', options, marginOptions)
  const lead = np.mul(np.neg(targets), np.sub(first, second))
  const values = np.maximum(np.add(lead, options.margin ?? 0), 0)
  return reduced('marginRankingLoss', values, options)
}

/**
 * d where y is 1, max(0, margin − d) where y is −1.
 *
 * Shape: distances and targets (±1) [...] -> [...]. The margin is 1 by default.
 *
 * @category losses
 * @since 0.1.0
 */
export const hingeEmbeddingLoss = (
  distances: NdArray,
  targets: ArrayLike,
  options: MarginOptions = {}
): NdArray => {
  checkOptions('hingeEmbeddingLoss', options, marginOptions)
  const apart = np.maximum(np.sub(options.margin ?? 1, distances), 0)
  // A target that is neither counts on both sides, as in PyTorch.
  const near = np.where(np.equal(targets, -1), 0, distances)
  const far = np.where(np.equal(targets, 1), 0, apart)
  return reduced('hingeEmbeddingLoss', np.add(near, far), options)
}

/**
 * log(1 + e^(−y p)).
 *
 * Shape: scores and targets (±1) [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const softMarginLoss = (
  scores: NdArray,
  targets: ArrayLike,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('softMarginLoss', options, reductionOptions)
  requireSameShape('softMarginLoss', scores, targets)
  return reduced('softMarginLoss', np.logaddexp(np.mul(np.neg(targets), scores), 0), options)
}

/**
 * 1 − cos(a, b) where y is 1, max(0, cos(a, b) − margin) where y is −1.
 *
 * Shape: both [..., features], targets (±1) [...] -> [...]. The margin is 0 by default.
 *
 * @category losses
 * @since 0.1.0
 */
export const cosineEmbeddingLoss = (
  first: NdArray,
  second: NdArray,
  targets: ArrayLike,
  options: MarginOptions = {}
): NdArray => {
  checkOptions('cosineEmbeddingLoss', options, marginOptions)
  const epsilon = 1e-12
  const [square, other] = [first, second].map((x) =>
    np.add(np.sum(np.square(x), { axis: -1 }), epsilon)
  )
  const inner = np.sum(np.mul(first, second), { axis: -1 })
  const cosine = np.div(inner, np.sqrt(np.mul(square, other)))
  const apart = np.maximum(np.sub(cosine, options.margin ?? 0), 0)
  const near = np.where(np.equal(targets, 1), np.sub(1, cosine), 0)
  const values = np.add(near, np.where(np.equal(targets, -1), apart, 0))
  return reduced('cosineEmbeddingLoss', values, options)
}

export interface PairwiseDistanceOptions {
  /** The order of the norm: 2 by default. */
  readonly p?: number
  /** Added to every difference: 1e-6 by default. */
  readonly eps?: number
  readonly keepdims?: boolean
}

/**
 * ‖a − b + ε‖_p over the last axis.
 *
 * Shape: both [..., features] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const pairwiseDistance = (
  first: NdArray,
  second: NdArray,
  options: PairwiseDistanceOptions = {}
): NdArray => {
  checkOptions('pairwiseDistance', options, ['p', 'eps', 'keepdims'])
  const { p = 2, eps = 1e-6, keepdims = false } = options
  const gaps = np.add(np.sub(first, second), eps)
  return np.linalg.norm(gaps, { ord: p, axis: -1, keepdims })
}

export interface TripletDistanceOptions extends MarginOptions {
  /** ‖a − b + 1e-6‖₂ by default. */
  readonly distance?: (first: NdArray, second: NdArray) => NdArray
  /** Also keep the negative away from the positive, if that is nearer. (Balntas et al. 2016) */
  readonly swap?: boolean
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin).
 *
 * Shape:  anchors, positives, negatives [..., features] -> [...]. The margin is 1 by default.
 * Source: Schroff, Kalenichenko & Philbin 2015.
 *
 * @category losses
 * @since 0.1.0
 */
export const tripletMarginWithDistanceLoss = (
  anchors: NdArray,
  positives: NdArray,
  negatives: NdArray,
  options: TripletDistanceOptions = {}
): NdArray => {
  const operation = 'tripletMarginWithDistanceLoss'
  checkOptions(operation, options, ['distance', 'swap', ...marginOptions])
  const { margin = 1, distance = pairwiseDistance, swap = false } = options
  const near = distance(anchors, positives)
  const own = distance(anchors, negatives)
  const far = swap ? np.minimum(own, distance(positives, negatives)) : own
  return reduced(operation, np.maximum(np.add(np.sub(near, far), margin), 0), options)
}

export interface MultiMarginOptions extends MarginOptions {
  /** The power of each shortfall: 1 by default. */
  readonly p?: 1 | 2
  /** A factor for the label of each example. [classes] */
  readonly classWeights?: NdArray | undefined
}

/** 1 where the column is the label. Shape: [...], [..., classes] -> [..., classes]. */
const isLabel = (labels: NdArray, scores: NdArray): NdArray => {
  const columns = lax.broadcastedIota('int32', scores.shape, scores.ndim - 1)
  return np.equal(columns, np.expandDims(lax.convertElementType(labels, 'int32'), -1))
}

/**
 * Σ over other classes of max(0, margin − s_label + s_class)^p, over the number of classes.
 *
 * Shape: scores [..., classes], labels integers [...] -> [...]. The margin is 1 by default.
 *
 * @category losses
 * @since 0.1.0
 */
export const multiMarginLoss = (
  scores: NdArray,
  labels: NdArray,
  options: MultiMarginOptions = {}
): NdArray => {
  checkOptions('multiMarginLoss', options, ['p', 'classWeights', ...marginOptions])
  requireArrays('multiMarginLoss', scores, labels)
  const { margin = 1, p = 1, classWeights } = options
  const own = isLabel(labels, scores)
  const truth = np.sum(np.where(own, scores, 0), { axis: -1, keepdims: true })
  const short = np.maximum(np.add(np.sub(scores, truth), margin), 0)
  const powers = np.where(own, 0, p === 1 ? short : np.square(short))
  const weights =
    classWeights === undefined ? 1 : np.sum(np.where(own, classWeights, 0), { axis: -1 })
  const values = np.mul(np.mean(powers, { axis: -1 }), weights)
  return reduced('multiMarginLoss', values, options)
}

/**
 * Σ over labels and other classes of max(0, 1 − s_label + s_class), over the number of classes.
 * Labels are listed from the left up to the first −1.
 *
 * Shape: scores [..., classes], labels integers [..., classes] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const multilabelMarginLoss = (
  scores: NdArray,
  labels: NdArray,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('multilabelMarginLoss', options, reductionOptions)
  requireSameShape('multilabelMarginLoss', scores, labels)
  const classes = scores.shape[scores.ndim - 1]
  const isEnd = lax.convertElementType(np.less(labels, 0), 'int32')
  const isListed = np.equal(np.cumsum(isEnd, { axis: -1 }), 0)
  const columns = lax.iota('int32', classes)
  const wanted = np.where(isListed, labels, -1)
  // [..., listed label, class]
  const hits = np.equal(np.expandDims(wanted, -1), columns)
  const isTarget = np.any(hits, { axis: -2 })
  const own = np.sum(np.where(hits, np.expandDims(scores, -2), 0), { axis: -1, keepdims: true })
  const short = np.maximum(np.add(np.sub(np.expandDims(scores, -2), own), 1), 0)
  const counts = np.logicalAnd(
    np.expandDims(isListed, -1),
    np.expandDims(np.logicalNot(isTarget), -2)
  )
  const values = np.div(np.sum(np.where(counts, short, 0), { axis: [-2, -1] }), classes)
  return reduced('multilabelMarginLoss', values, options)
}
