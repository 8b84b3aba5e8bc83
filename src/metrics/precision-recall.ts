/** Precision, recall and their means, from the counts of a confusion matrix. */
import { hostOf, type NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import { counting } from './confusion-matrix.ts'
import type { Metric } from './metric.ts'

/**
 * binary: of one class. micro: of all decisions together. macro: the mean over classes. weighted:
 * the mean weighted by how often a class occurs.
 */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted'

export interface AverageOptions {
  /** 'binary' by default, as in scikit-learn. */
  readonly average?: Average
  /** 2 by default. */
  readonly classes?: number
  /** The class that counts when average is 'binary': 1 by default. */
  readonly positive?: number
  /** The value of 0 / 0: 0 by default. */
  readonly zeroDivision?: number
}

interface Counts {
  readonly hits: number
  readonly predicted: number
  readonly actual: number
}

const countsOf = (matrix: NdArray): readonly Counts[] => {
  const [classes] = matrix.shape
  const m = hostOf(matrix)
  return Array.from({ length: classes }, (_, c) => {
    const along = (at: (i: number) => number): number =>
      Array.from({ length: classes }, (_, i) => m[at(i)]).reduce((a, b) => a + b, 0)
    return {
      hits: m[c * classes + c],
      predicted: along((i) => i * classes + c),
      actual: along((i) => c * classes + i)
    }
  })
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

const known = ['average', 'classes', 'positive', 'zeroDivision']

type Score = (counts: Counts, zeroDivision: number) => number

const ratio = (a: number, b: number, zeroDivision: number): number =>
  b === 0 ? zeroDivision : a / b

const averaged = (
  operation: string,
  score: Score,
  options: AverageOptions
): Metric<NdArray, number> => {
  const { average = 'binary', classes = 2, positive = 1, zeroDivision = 0 } = options
  if (!['binary', 'micro', 'macro', 'weighted'].includes(average))
    throw new ValueError(operation, {
      problem: 'there is no such average',
      got: `average: ${String(average)}`,
      expected: "'binary', 'micro', 'macro' or 'weighted'",
      hint: "'macro' treats all classes alike; 'weighted' by how often they occur"
    })
  const value = (matrix: NdArray): number => {
    const counts = countsOf(matrix)
    // As scikit-learn: a class that neither occurs nor is predicted does not take part.
    const present = counts.filter((c) => c.predicted + c.actual > 0)
    switch (average) {
      case 'binary':
        return score(counts[positive], zeroDivision)
      case 'micro':
        return score(
          {
            hits: sum(counts.map((c) => c.hits)),
            predicted: sum(counts.map((c) => c.predicted)),
            actual: sum(counts.map((c) => c.actual))
          },
          zeroDivision
        )
      case 'macro':
        return sum(present.map((c) => score(c, zeroDivision))) / present.length
      case 'weighted':
        return (
          sum(present.map((c) => c.actual * score(c, zeroDivision))) /
          sum(present.map((c) => c.actual))
        )
    }
  }
  return { ...counting(operation, classes), value }
}

/**
 * Of what was taken for a class, the fraction that is of it: hits / predicted.
 *
 * Errors: IndexError for a class outside the range.
 *
 * @category metrics
 * @since 0.1.0
 */
export const precision = (options: AverageOptions = {}): Metric<NdArray> => {
  checkOptions('precision', options, known)
  return averaged('precision', (c, zero) => ratio(c.hits, c.predicted, zero), options)
}

/**
 * Of what is of a class, the fraction that was found: hits / actual.
 *
 * Errors: IndexError for a class outside the range.
 *
 * @category metrics
 * @since 0.1.0
 */
export const recall = (options: AverageOptions = {}): Metric<NdArray> => {
  checkOptions('recall', options, known)
  return averaged('recall', (c, zero) => ratio(c.hits, c.actual, zero), options)
}

export interface FBetaOptions extends AverageOptions {
  /** How many times recall matters more than precision. */
  readonly beta: number
}

const fScore =
  (beta: number): Score =>
  (c, zero) =>
    ratio((1 + beta ** 2) * c.hits, beta ** 2 * c.actual + c.predicted, zero)

/**
 * The weighted harmonic mean of precision and recall:
 * (1 + β²) hits / (β² actual + predicted).
 *
 * Source: van Rijsbergen 1979.
 *
 * @category metrics
 * @since 0.1.0
 */
export const fBeta = (options: FBetaOptions): Metric<NdArray> => {
  checkOptions('fBeta', options, [...known, 'beta'])
  return averaged('fBeta', fScore(options.beta), options)
}

/**
 * The harmonic mean of precision and recall.
 *
 * @category metrics
 * @since 0.1.0
 */
export const f1 = (options: AverageOptions = {}): Metric<NdArray> => {
  checkOptions('f1', options, known)
  return averaged('f1', fScore(1), options)
}
