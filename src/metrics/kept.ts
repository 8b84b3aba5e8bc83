/**
 * Metrics that no sum can tell, such as medians and areas under curves: all predictions are kept,
 * and joined when the value is asked for.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { hostOf, type NdArray, requireArrays } from '../core/array.ts'
import { ShapeError } from '../core/errors.ts'
import { equals, show, sizeOf } from '../core/shape.ts'
import type { Metric } from './metric.ts'
import { weightsOf } from './sums.ts'

type Part = readonly [predictions: NdArray, targets: NdArray, weights: NdArray]

/** Batches in the order in which they came. */
export interface Kept {
  readonly batches: readonly Part[]
}

/** The rows of all batches, in float64. */
export interface Rows {
  readonly length: number
  /** Columns of the predictions: 1 when they have one axis. */
  readonly width: number
  readonly predictions: Float64Array
  readonly targets: Float64Array
  readonly weights: Float64Array
}

const join = (parts: readonly NdArray[]): Float64Array => {
  const all = new Float64Array(parts.reduce((n, x) => n + x.size, 0))
  let at = 0
  for (const x of parts) {
    all.set(hostOf(x), at)
    at += x.size
  }
  return all
}

export const keptMonoid: Monoid<Kept> = {
  empty: { batches: [] },
  concat: (a, b) => ({ batches: [...a.batches, ...b.batches] })
}

/** The rows of what was kept. Errors: ShapeError when batches differ in width. */
export const rowsOf = (operation: string, { batches }: Kept): Rows => {
  const widths = batches.map(([p]) => sizeOf(p.shape.slice(1)))
  const odd = widths.findIndex((w) => w !== widths[0])
  if (odd >= 0)
    throw new ShapeError(operation, {
      problem: 'batches differ in what is predicted',
      got: `batch 0 ${show(batches[0][0].shape)}, batch ${odd} ${show(batches[odd][0].shape)}`,
      expected: 'predictions that differ in their first axis alone',
      hint: 'one metric is for one kind of prediction'
    })
  const weights = join(batches.map(([, , w]) => w))
  return {
    length: weights.length,
    width: widths[0] ?? 1,
    predictions: join(batches.map(([p]) => p)),
    targets: join(batches.map(([, t]) => t)),
    weights
  }
}

/** Whether a target is one of the classes of a row of scores, or has a row of its own. */
export type Pairing = 'rows' | 'same' | 'either'

const fits = (predictions: NdArray, targets: NdArray, pairing: Pairing): boolean => {
  const isSame = equals(predictions.shape, targets.shape)
  const isRow =
    targets.ndim === 1 && predictions.ndim <= 2 && predictions.shape[0] === targets.shape[0]
  return (
    targets.ndim > 0 && (pairing === 'same' ? isSame : pairing === 'rows' ? isRow : isSame || isRow)
  )
}

const expectations: Readonly<Record<Pairing, string>> = {
  rows: 'predictions [n] or [n, classes], targets [n]',
  same: 'equal shapes: [n] or [n, outputs]',
  either: 'predictions [n], [n, classes] with targets [n], or both [n, labels]'
}

/** A metric whose value is a function of all rows. */
export const keeping = <R>(
  operation: string,
  pairing: Pairing,
  value: (rows: Rows) => R
): Metric<Kept, R> => ({
  observe: (predictions, targets, weights) => {
    requireArrays(operation, predictions, targets)
    if (!fits(predictions, targets, pairing))
      throw new ShapeError(operation, {
        problem: 'predictions and targets do not belong together',
        got: `predictions ${show(predictions.shape)}, targets ${show(targets.shape)}`,
        expected: expectations[pairing],
        hint: 'the first axis is that of the examples'
      })
    const of = weightsOf(operation, weights, targets.shape.slice(0, 1))
    return { batches: [[predictions, targets, of]] }
  },
  monoid: keptMonoid,
  value: (kept) => value(rowsOf(operation, kept))
})

/** Column `c` of a matrix of rows. */
export const column = (data: Float64Array, width: number, c: number): Float64Array =>
  Float64Array.from({ length: data.length / width }, (_, i) => data[i * width + c])

/** Row `i` of a matrix of rows. */
export const row = (data: Float64Array, width: number, i: number): Float64Array =>
  data.subarray(i * width, (i + 1) * width)
