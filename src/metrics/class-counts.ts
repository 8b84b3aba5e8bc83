/**
 * Hits, predictions and occurrences of each class: what precision, recall and their relatives are
 * ratios of. Kept for each class, and for rows of labels also added up over rows.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import type { NdArray } from '../core/array.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { classesOf, requireClasses, requireRows } from './classes.ts'
import { sum } from './lists.ts'
import type { Metric } from './metric.ts'
import { double, histogram, numberOf, numbersOf, totals, weightsOf } from './sums.ts'

export interface ClassCounts {
  readonly hits: NdArray // float64 [classes]
  readonly predicted: NdArray // float64 [classes]
  readonly actual: NdArray // float64 [classes]
  readonly total: NdArray // float64 []
  /** Sum over rows of the score of each row, and of the weights of rows that have a score. */
  readonly perRow: NdArray // float64 []
  readonly rows: NdArray // float64 []
}

/** Coefficients of hits, predicted, actual and total. */
export type Linear = readonly [hits: number, predicted: number, actual: number, total: number]

/** A score as a fraction of two sums of counts. */
export interface Ratio {
  readonly top: Linear
  readonly bottom: Linear
}

/** Counts of one class, or of several together. */
export interface Counts {
  readonly hits: number
  readonly predicted: number
  readonly actual: number
  readonly total: number
}

const amount = ([h, p, a, t]: Linear, c: Counts): number =>
  h * c.hits + p * c.predicted + a * c.actual + t * c.total

/** The score, and `zeroDivision` where it is 0 / 0. */
export const scoreOf = (ratio: Ratio, counts: Counts, zeroDivision: number): number => {
  const bottom = amount(ratio.bottom, counts)
  return bottom === 0 ? zeroDivision : amount(ratio.top, counts) / bottom
}

const combined = (c: Linear, parts: readonly NdArray[]): NdArray =>
  c.map((k, i) => np.mul(parts[i], k)).reduce((a, b) => np.add(a, b))

const rowSum = (x: NdArray): NdArray => lax.reduceSum(x, [1])

/** What rows of labels contribute. */
const observeRows = (
  ratio: Ratio,
  zeroDivision: number,
  predictions: NdArray,
  labels: NdArray,
  weights: NdArray
): ClassCounts => {
  const [p, a] = [double(lax.ne(predictions, 0)), double(lax.ne(labels, 0))]
  const each = [lax.mul(p, a), p, a, lax.full(p.shape, 1, 'float64')].map(rowSum)
  const bottom = combined(ratio.bottom, each)
  const isZero = lax.eq(bottom, 0)
  const scores = np.where(
    isZero,
    zeroDivision,
    np.div(combined(ratio.top, each), np.where(isZero, 1, bottom))
  )
  const isKnown = lax.eq(scores, scores)
  const share = (x: NdArray): NdArray => lax.reduceSum(np.mul(x, np.expandDims(weights, 1)), [0])
  return {
    hits: share(lax.mul(p, a)),
    predicted: share(p),
    actual: share(a),
    total: np.sum(weights),
    perRow: np.sum(np.where(isKnown, lax.mul(scores, weights), 0)),
    rows: np.sum(np.where(isKnown, weights, 0))
  }
}

export interface CountingOptions {
  readonly classes: number
  readonly multilabel: boolean
  readonly ratio: Ratio
  readonly zeroDivision: number
}

const names = ['hits', 'predicted', 'actual', 'total', 'perRow', 'rows'] as const
const monoid: Monoid<ClassCounts> = totals(names)

/** Observations of classes, or of rows of labels. */
export const classCounting = (
  operation: string,
  { classes, multilabel, ratio, zeroDivision }: CountingOptions
): Pick<Metric<ClassCounts>, 'observe' | 'monoid'> => ({
  observe: (predictions, labels, weights) => {
    if (multilabel) {
      requireRows(operation, predictions, labels)
      const w = weightsOf(operation, weights, labels.shape.slice(0, 1))
      return observeRows(ratio, zeroDivision, predictions, labels, w)
    }
    const [predicted, actual] = classesOf(operation, predictions, labels)
    for (const x of [predicted, actual]) requireClasses(operation, x, classes)
    const w = weightsOf(operation, weights, actual.shape)
    const right = lax.select(lax.eq(predicted, actual), w, lax.zerosLike(w))
    return {
      hits: histogram(actual, right, classes),
      predicted: histogram(predicted, w, classes),
      actual: histogram(actual, w, classes),
      total: np.sum(w),
      perRow: lax.full([], 0, 'float64'),
      rows: lax.full([], 0, 'float64')
    }
  },
  monoid
})

/** The counts of each class; none when nothing was observed. */
export const countsOf = (observed: ClassCounts): readonly Counts[] => {
  if (observed.hits.ndim === 0) return []
  const [hits, predicted, actual] = [observed.hits, observed.predicted, observed.actual].map(
    numbersOf
  )
  const total = numberOf(observed.total)
  return hits.map((h, c) => ({ hits: h, predicted: predicted[c], actual: actual[c], total }))
}

/** All decisions about classes together. */
export const pooled = (counts: readonly Counts[]): Counts => ({
  hits: sum(counts.map((c) => c.hits)),
  predicted: sum(counts.map((c) => c.predicted)),
  actual: sum(counts.map((c) => c.actual)),
  total: sum(counts.map((c) => c.total))
})
