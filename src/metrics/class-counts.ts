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
  /** How many examples have the class or are taken for it, whatever their weights. */
  readonly seen: NdArray // float64 [classes]
  /** Sum over rows of each score of a row, and of the weights of rows that have that score. */
  readonly perRow: NdArray // float64 [scores]
  readonly rows: NdArray // float64 [scores]
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
  readonly seen: number
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

const listOf = (xs: readonly NdArray[]): NdArray =>
  xs.length === 0 ? lax.full([0], 0, 'float64') : np.stack(xs)

/** What rows of labels contribute. */
const observeRows = (
  { ratios, zeroDivision, labels: own }: CountingOptions,
  predictions: NdArray,
  labels: NdArray,
  weights: NdArray
): ClassCounts => {
  const [p, a] = [double(lax.ne(predictions, 0)), double(lax.ne(labels, 0))]
  const one = lax.full(p.shape, 1, 'float64')
  const partaking = (x: NdArray): NdArray =>
    own === undefined ? x : np.take(x, np.array([...own]).astype('int32'), { axis: 1 })
  const each = [lax.mul(p, a), p, a, one].map((x) => lax.reduceSum(partaking(x), [1]))
  const scored = ratios.map((ratio): readonly [sum: NdArray, weight: NdArray] => {
    const bottom = combined(ratio.bottom, each)
    const isZero = lax.eq(bottom, 0)
    const quotient = np.div(combined(ratio.top, each), np.where(isZero, 1, bottom))
    const scores = np.where(isZero, zeroDivision, quotient)
    const isKnown = lax.eq(scores, scores)
    return [
      np.sum(np.where(isKnown, lax.mul(scores, weights), 0)),
      np.sum(np.where(isKnown, weights, 0))
    ]
  })
  const share = (x: NdArray): NdArray => lax.reduceSum(np.mul(x, np.expandDims(weights, 1)), [0])
  return {
    hits: share(lax.mul(p, a)),
    predicted: share(p),
    actual: share(a),
    total: np.sum(weights),
    seen: lax.reduceSum(lax.max(p, a), [0]),
    perRow: listOf(scored.map(([top]) => top)),
    rows: listOf(scored.map(([, weight]) => weight))
  }
}

export interface CountingOptions {
  readonly classes: number
  readonly multilabel: boolean
  /** Scores of rows of labels. */
  readonly ratios: readonly Ratio[]
  readonly zeroDivision: number
  /** Of which labels a row is scored: all by default. */
  readonly labels?: readonly number[] | undefined
}

const names = ['hits', 'predicted', 'actual', 'total', 'seen', 'perRow', 'rows'] as const
const monoid: Monoid<ClassCounts> = totals(names)

/** Observations of classes, or of rows of labels. */
export const classCounting = (
  operation: string,
  options: CountingOptions
): Pick<Metric<ClassCounts>, 'observe' | 'monoid'> => ({
  observe: (predictions, labels, weights) => {
    const { classes, multilabel, ratios } = options
    if (multilabel) {
      requireRows(operation, predictions, labels)
      const w = weightsOf(operation, weights, labels.shape.slice(0, 1))
      return observeRows(options, predictions, labels, w)
    }
    const [predicted, actual] = classesOf(operation, predictions, labels)
    for (const x of [predicted, actual]) requireClasses(operation, x, classes)
    const w = weightsOf(operation, weights, actual.shape)
    const right = lax.select(lax.eq(predicted, actual), w, lax.zerosLike(w))
    const isMissed = double(lax.ne(predicted, actual))
    const seen = histogram(actual, lax.full(w.shape, 1, 'float64'), classes)
    return {
      hits: histogram(actual, right, classes),
      predicted: histogram(predicted, w, classes),
      actual: histogram(actual, w, classes),
      total: np.sum(w),
      seen: np.add(seen, histogram(predicted, isMissed, classes)),
      perRow: lax.full([ratios.length], 0, 'float64'),
      rows: lax.full([ratios.length], 0, 'float64')
    }
  },
  monoid
})

/** The counts of each class; none when nothing was observed. */
export const countsOf = (observed: ClassCounts): readonly Counts[] => {
  if (observed.hits.ndim === 0) return []
  const { hits, predicted, actual, seen } = observed
  const [h, p, a, s] = [hits, predicted, actual, seen].map(numbersOf)
  const total = numberOf(observed.total)
  return h.map((n, c) => ({ hits: n, predicted: p[c], actual: a[c], seen: s[c], total }))
}

/** All decisions about classes together. */
export const pooled = (counts: readonly Counts[]): Counts => ({
  hits: sum(counts.map((c) => c.hits)),
  predicted: sum(counts.map((c) => c.predicted)),
  actual: sum(counts.map((c) => c.actual)),
  total: sum(counts.map((c) => c.total)),
  seen: sum(counts.map((c) => c.seen))
})

/** The means over rows of labels of as many scores as rows have; NaN when nothing was observed. */
export const rowScores = ({ perRow, rows }: ClassCounts, scores: number): readonly number[] => {
  const [sums, weights] = [numbersOf(perRow), numbersOf(rows)]
  return Array.from({ length: scores }, (_, i) => (sums[i] ?? 0) / (weights[i] ?? 0))
}
