/** Losses of directions and of distances between embeddings. */
import { requireArrays, type NdArray } from '../../core/array.ts'
import { ShapeError, checkOptions } from '../../core/errors.ts'
import { show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { reduced, reductionOptions, type ReductionOptions } from './reduce.ts'

export interface CosineOptions {
  /** The least squared norm: 0 by default, which gives NaN for a vector of zeros. */
  readonly epsilon?: number
  /** The axis of vectors: the last one by default. */
  readonly axis?: number | readonly number[]
  readonly where?: NdArray
}

/**
 * p · t / (‖p‖ ‖t‖).
 *
 * Shape: both [..., features] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const cosineSimilarity = (
  predictions: NdArray,
  targets: NdArray,
  options: CosineOptions = {}
): NdArray => {
  checkOptions('cosineSimilarity', options, ['epsilon', 'axis', 'where'])
  const { epsilon = 0, ...over } = { axis: -1, ...options }
  const unit = (x: NdArray): NdArray => {
    const square = np.sum(np.square(x), { ...over, keepdims: true })
    return np.div(x, np.sqrt(np.maximum(square, epsilon)))
  }
  return np.sum(np.mul(unit(predictions), unit(targets)), over)
}

/**
 * 1 − p · t / (‖p‖ ‖t‖).
 *
 * Shape: both [..., features] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const cosineDistance = (
  predictions: NdArray,
  targets: NdArray,
  { reduction, weights, ...options }: CosineOptions & ReductionOptions = {}
): NdArray => {
  const values = np.sub(1, cosineSimilarity(predictions, targets, options))
  return reduced('cosineDistance', values, { reduction, weights })
}

export interface TripletOptions extends ReductionOptions {
  readonly axis?: number
  /** The order of the norm: 2 by default. */
  readonly normDegree?: number
  /** How much nearer the positive must be: 1 by default. */
  readonly margin?: number
  /** 1e-6 by default. */
  readonly eps?: number
}

/**
 * max(0, ‖a − p‖ − ‖a − n‖ + margin).
 *
 * Shape:  anchors, positives, negatives [..., features] -> [...].
 * Source: Schroff, Kalenichenko & Philbin 2015.
 *
 * @category losses
 * @since 0.1.0
 */
export const tripletMarginLoss = (
  anchors: NdArray,
  positives: NdArray,
  negatives: NdArray,
  options: TripletOptions = {}
): NdArray => {
  checkOptions('tripletMarginLoss', options, [
    'axis',
    'normDegree',
    'margin',
    'eps',
    ...reductionOptions
  ])
  const { axis = -1, normDegree = 2, margin = 1, eps = 1e-6 } = options
  const distance = (x: NdArray): NdArray => {
    const powers = np.sum(np.power(np.sub(anchors, x), normDegree), { axis })
    return np.power(np.add(powers, eps), 1 / normDegree)
  }
  const lead = np.sub(distance(positives), distance(negatives))
  return reduced('tripletMarginLoss', np.maximum(np.add(lead, margin), 0), options)
}

export interface NtxentOptions {
  /** 0.07 by default. */
  readonly temperature?: number
}

/**
 * Mean over pairs of equal labels of −log(e^s / (e^s + Σ over other labels of e^s′)), with
 * s = cosine similarity / temperature.
 *
 * Shape:  embeddings [batch, features], labels [batch] -> [].
 * Source: Chen et al. 2020 (SimCLR).
 *
 * @category losses
 * @since 0.1.0
 */
export const ntxent = (
  embeddings: NdArray,
  labels: NdArray,
  options: NtxentOptions = {}
): NdArray => {
  checkOptions('ntxent', options, ['temperature'])
  requireArrays('ntxent', embeddings, labels)
  const { temperature = 0.07 } = options
  const n = embeddings.shape[0]
  if (labels.shape[0] !== n)
    throw new ShapeError('ntxent', {
      problem: 'labels do not belong to these embeddings',
      got: `embeddings ${show(embeddings.shape)}, labels ${show(labels.shape)}`,
      expected: `labels [${n}]`,
      hint: 'one label for each row; rows with equal labels are pairs'
    })
  const epsilon = np.finfo(embeddings.dtype).eps
  const [left, right] = [np.expandDims(embeddings, 0), np.expandDims(embeddings, 1)]
  const similarity = np.div(cosineSimilarity(left, right, { epsilon }), temperature)
  const equal = np.equal(np.expandDims(labels, 1), np.expandDims(labels, 0))
  const isSelf = np.equal(np.expandDims(lax.iota('int32', n), 1), lax.iota('int32', n))
  const isMatch = np.logicalAnd(equal, np.logicalNot(isSelf))
  const isOther = np.logicalNot(equal)
  const lowest = -Infinity
  const seen = np.where(np.logicalOr(isMatch, isOther), similarity, lowest)
  const shifted = np.sub(similarity, lax.stopGradient(np.max(seen, { axis: 1, keepdims: true })))
  const others = np.exp(np.where(isOther, shifted, lowest))
  const numerator = np.where(isMatch, shifted, 0)
  const denominator = np.add(np.sum(others, { axis: 1, keepdims: true }), np.exp(numerator))
  const logs = np.sub(numerator, np.log(denominator))
  const pairs = np.sum(lax.convertElementType(isMatch, similarity.dtype))
  return np.neg(np.div(np.sum(np.where(isMatch, logs, 0)), pairs))
}
