/** Precision, recall and their relatives: ratios of counts, averaged over classes. */
import { ValueError, checkOptions } from '../core/errors.ts'
import { averageOptions, ratioOfCounts, type AverageOptions, type Averaged } from './average.ts'
import type { ClassCounts, Ratio } from './class-counts.ts'
import type { Metric } from './metric.ts'

export const precisionRatio: Ratio = { top: [1, 0, 0, 0], bottom: [0, 1, 0, 0] }
export const recallRatio: Ratio = { top: [1, 0, 0, 0], bottom: [0, 0, 1, 0] }

export const fRatio = (beta: number): Ratio =>
  beta === Infinity ? recallRatio : { top: [1 + beta ** 2, 0, 0, 0], bottom: [0, 1, beta ** 2, 0] }

/**
 * Of what was taken for a class, the fraction that is of it: hits / predicted.
 *
 * Shape:  predictions [...] (classes) or [..., classes] (scores), labels [...]; with multilabel
 *         both [n, labels].
 * Errors: IndexError for a class outside the range.
 *
 * @category metrics
 * @since 0.1.0
 */
export const precision = <const O extends AverageOptions>(
  options: O = {} as O
): Metric<ClassCounts, Averaged<O>> => ratioOfCounts('precision', precisionRatio, options)

/**
 * Of what is of a class, the fraction that was found: hits / actual.
 *
 * Shape:  as precision.
 * Errors: IndexError for a class outside the range.
 *
 * @category metrics
 * @since 0.1.0
 */
export const recall = <const O extends AverageOptions>(
  options: O = {} as O
): Metric<ClassCounts, Averaged<O>> => ratioOfCounts('recall', recallRatio, options)

export interface FBetaOptions extends AverageOptions {
  /** How many times recall matters more than precision. */
  readonly beta: number
}

/**
 * The weighted harmonic mean of precision and recall:
 * (1 + β²) hits / (β² actual + predicted).
 *
 * Shape:  as precision.
 * Source: van Rijsbergen 1979.
 *
 * @category metrics
 * @since 0.1.0
 */
export const fBeta = <const O extends FBetaOptions>(
  options: O
): Metric<ClassCounts, Averaged<O>> => {
  checkOptions('fBeta', options, [...averageOptions, 'beta'])
  if (!(options.beta >= 0))
    throw new ValueError('fBeta', {
      problem: 'beta is no weight',
      got: `beta: ${String(options.beta)}`,
      expected: 'a number from 0 on',
      hint: 'beta: 1 weighs precision and recall alike, beta: 2 doubles recall'
    })
  return ratioOfCounts('fBeta', fRatio(options.beta), options, [...averageOptions, 'beta'])
}

/**
 * The harmonic mean of precision and recall.
 *
 * Shape: as precision.
 *
 * @example
 * const [predictions, labels] = [[1, 1, 0], [1, 0, 0]].map((x) => np.array(x, { dtype: 'int32' }))
 * metrics.evaluate(metrics.f1(), [[predictions, labels]]).toFixed(4) // => '0.6667'
 *
 * @category metrics
 * @since 0.1.0
 */
export const f1 = <const O extends AverageOptions>(
  options: O = {} as O
): Metric<ClassCounts, Averaged<O>> => ratioOfCounts('f1', fRatio(1), options)

/**
 * Of what is not of a class, the fraction that was not taken for it: the recall of the rest.
 *
 * Shape: as precision.
 *
 * @category metrics
 * @since 0.1.0
 */
export const specificity = <const O extends AverageOptions>(
  options: O = {} as O
): Metric<ClassCounts, Averaged<O>> =>
  ratioOfCounts('specificity', { top: [1, -1, -1, 1], bottom: [0, 0, -1, 1] }, options)

/**
 * The size of the intersection over that of the union: hits / (predicted + actual − hits).
 *
 * Shape:  as precision.
 * Source: Jaccard 1901.
 *
 * @category metrics
 * @since 0.1.0
 */
export const jaccard = <const O extends AverageOptions>(
  options: O = {} as O
): Metric<ClassCounts, Averaged<O>> =>
  ratioOfCounts('jaccard', { top: [1, 0, 0, 0], bottom: [-1, 1, 1, 0] }, options)
