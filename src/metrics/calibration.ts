/** Calibration: whether what is predicted with 70 % happens 7 times out of 10. */
import { requireArrays, type NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { equals, show } from '../core/shape.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { sum } from './lists.ts'
import type { Metric } from './metric.ts'
import { double, histogram, numbersOf, totals, weightsOf } from './sums.ts'

/** Totals in each bin of confidence. */
export interface Bins {
  readonly weight: NdArray // float64 [bins]
  readonly confidence: NdArray // float64 [bins]
  readonly right: NdArray // float64 [bins]
}

export interface CalibrationOptions {
  /** Bins of equal width: 10 by default. */
  readonly bins?: number
  /** 'l1': the mean gap (ECE); 'l2': its root mean square; 'max': the largest (MCE). */
  readonly norm?: 'l1' | 'l2' | 'max'
}

/** How confident each example is, and whether it is right. */
const confidences = (
  operation: string,
  predictions: NdArray,
  targets: NdArray
): readonly [confidence: NdArray, right: NdArray] => {
  requireArrays(operation, predictions, targets)
  if (equals(predictions.shape, targets.shape) && targets.ndim === 1)
    return [double(predictions), double(lax.ne(targets, lax.zerosLike(targets)))]
  if (predictions.ndim !== 2 || !equals(targets.shape, predictions.shape.slice(0, 1)))
    throw new ShapeError(operation, {
      problem: 'probabilities and targets do not belong together',
      got: `probabilities ${show(predictions.shape)}, targets ${show(targets.shape)}`,
      expected: 'probabilities [n] or [n, classes], targets [n]',
      hint: 'a single column is the probability of target 1'
    })
  const best = lax.argmax(predictions, 1)
  const wanted = lax.convertElementType(targets, 'int32')
  return [double(lax.reduceMax(predictions, [1])), double(lax.eq(best, wanted))]
}

/** Totals by bins of confidence; a confidence on a border belongs to the bin below. */
const binning = (operation: string, bins: number): Pick<Metric<Bins>, 'observe' | 'monoid'> => {
  if (!Number.isInteger(bins) || bins < 1)
    throw new ValueError(operation, {
      problem: 'the number of bins is no count',
      got: `bins: ${String(bins)}`,
      expected: 'an integer from 1 on',
      hint: '10 or 15 are usual'
    })
  return {
    observe: (predictions, targets, weights) => {
      const [confidence, right] = confidences(operation, predictions, targets)
      const w = weightsOf(operation, weights, confidence.shape)
      const place = np.clip(np.sub(np.ceil(np.mul(confidence, bins)), 1), 0, bins - 1)
      const at = lax.convertElementType(place, 'int32')
      return {
        weight: histogram(at, w, bins),
        confidence: histogram(at, lax.mul(w, confidence), bins),
        right: histogram(at, lax.mul(w, right), bins)
      }
    },
    monoid: totals(['weight', 'confidence', 'right'])
  }
}

interface Bin {
  readonly weight: number
  readonly confidence: number
  readonly accuracy: number
}

const binsOf = (observed: Bins): readonly Bin[] => {
  const [weight, confidence, right] = [observed.weight, observed.confidence, observed.right].map(
    numbersOf
  )
  return weight.flatMap((w, i) =>
    w === 0 ? [] : [{ weight: w, confidence: confidence[i] / w, accuracy: right[i] / w }]
  )
}

/**
 * The gap between confidence and accuracy, over bins of confidence (ECE).
 *
 * Shape:  probabilities [n] (of target 1, whose frequency is compared) or [n, classes] (the
 *         highest is the confidence), targets [n].
 * Source: Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017.
 *
 * @category metrics
 * @since 0.1.0
 */
export const calibrationError = (options: CalibrationOptions = {}): Metric<Bins> => {
  checkOptions('calibrationError', options, ['bins', 'norm'])
  const { bins = 10, norm = 'l1' } = options
  return {
    ...binning('calibrationError', bins),
    value: (observed) => {
      const filled = binsOf(observed)
      const total = sum(filled.map((b) => b.weight))
      const gaps = filled.map((b) => Math.abs(b.accuracy - b.confidence))
      if (total === 0) return NaN
      if (norm === 'max') return Math.max(...gaps)
      const power = norm === 'l1' ? 1 : 2
      return sum(gaps.map((g, i) => (filled[i].weight / total) * g ** power)) ** (1 / power)
    }
  }
}

export interface CalibrationCurve {
  /** How often it happened, in each bin that is not empty. */
  readonly fractionOfPositives: readonly number[]
  /** How probable it was said to be. */
  readonly meanPredicted: readonly number[]
}

/**
 * The points of a reliability diagram.
 *
 * Shape: as calibrationError.
 *
 * @category metrics
 * @since 0.1.0
 */
export const calibrationCurve = (
  options: Pick<CalibrationOptions, 'bins'> = {}
): Metric<Bins, CalibrationCurve> => {
  checkOptions('calibrationCurve', options, ['bins'])
  return {
    ...binning('calibrationCurve', options.bins ?? 5),
    value: (observed) => {
      const filled = binsOf(observed)
      return {
        fractionOfPositives: filled.map((b) => b.accuracy),
        meanPredicted: filled.map((b) => b.confidence)
      }
    }
  }
}
