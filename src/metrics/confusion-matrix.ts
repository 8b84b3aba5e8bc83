/** The confusion matrix: how often each class was taken for each other one. */
import { fromHost, makeAval, scalar, type NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { classesOf, requireClasses, requireCount, requireLabels } from './classes.ts'
import { sum } from './lists.ts'
import type { Metric } from './metric.ts'
import { histogram, numberOf, numbersOf, totals, weightsOf } from './sums.ts'

export interface ClassOptions {
  readonly classes: number
}

/** Counts of (true class, predicted class), and whether weights were among them. */
export interface Confusion {
  readonly counts: NdArray // float64 [classes, classes]
  readonly isWeighted: NdArray // bool []
}

const counts = totals(['counts'])

/** Observations of pairs of classes. */
export const counting = (
  operation: string,
  classes: number
): Pick<Metric<Confusion>, 'observe' | 'monoid'> => {
  requireCount(operation, classes)
  return {
    observe: (predictions, labels, weights) => {
      const [predicted, actual] = classesOf(operation, predictions, labels)
      for (const x of [predicted, actual]) requireClasses(operation, x, classes)
      const w = weightsOf(operation, weights, actual.shape)
      const isClass = lax.and(lax.ge(predicted, 0), lax.lt(predicted, classes))
      const pair = lax.add(lax.mul(actual, classes), predicted)
      const bins = histogram(np.where(isClass, pair, -1), w, classes ** 2)
      return {
        counts: lax.reshape(bins, [classes, classes]),
        isWeighted: scalar(weights !== undefined, 'bool')
      }
    },
    monoid: {
      empty: {
        counts: fromHost(makeAval([classes, classes], 'float64'), new Float64Array(classes ** 2)),
        isWeighted: scalar(false, 'bool')
      },
      concat: (a, b) => ({
        ...counts.concat(a, b),
        isWeighted: lax.or(a.isWeighted, b.isWeighted)
      })
    }
  }
}

/** Rows of the counts, those of `labels` alone where some are given. */
export const tableOf = (
  { counts: matrix }: Confusion,
  labels?: readonly number[]
): readonly (readonly number[])[] => {
  const n = matrix.shape[0]
  const flat = numbersOf(matrix)
  const shown = labels ?? Array.from({ length: n }, (_, i) => i)
  return shown.map((i) => shown.map((j) => flat[i * n + j]))
}

export interface ConfusionMatrixOptions extends ClassOptions {
  /** Classes to show, in this order: all by default. */
  readonly labels?: readonly number[] | undefined
  /** Fractions of the true classes, of the predicted ones, or of all, instead of counts. */
  readonly normalize?: 'true' | 'pred' | 'all' | undefined
}

const normalized = (
  table: readonly (readonly number[])[],
  over: 'true' | 'pred' | 'all'
): readonly (readonly number[])[] => {
  const columns = table.map((_, j) => sum(table.map((r) => r[j])))
  const all = sum(columns)
  const of = (i: number, j: number): number =>
    over === 'true' ? sum(table[i]) : over === 'pred' ? columns[j] : all
  return table.map((r, i) => r.map((x, j) => (of(i, j) === 0 ? 0 : x / of(i, j))))
}

/**
 * Counts of (true class, predicted class).
 *
 * Shape:  -> int32 [classes, classes]: rows are true, columns predicted; float64 where examples
 *         had weights or `normalize` is given.
 * Errors: IndexError for a class outside the range.
 *
 * @category metrics
 * @since 0.1.0
 */
export const confusionMatrix = (options: ConfusionMatrixOptions): Metric<Confusion, NdArray> => {
  checkOptions('confusionMatrix', options, ['classes', 'labels', 'normalize'])
  const { classes, labels, normalize } = options
  if (normalize !== undefined && !['true', 'pred', 'all'].includes(normalize))
    throw new ValueError('confusionMatrix', {
      problem: 'there is nothing of this name to normalize over',
      got: `normalize: ${String(normalize)}`,
      expected: "'true', 'pred' or 'all'",
      hint: "'true' makes each row sum to 1"
    })
  const metric = counting('confusionMatrix', classes)
  requireLabels('confusionMatrix', labels ?? [], classes)
  return {
    ...metric,
    value: (observed) => {
      const table = tableOf(observed, labels)
      const shown = normalize === undefined ? table : normalized(table, normalize)
      const shape = [table.length, table.length]
      return normalize === undefined && numberOf(observed.isWeighted) === 0
        ? fromHost(makeAval(shape, 'int32'), Int32Array.from(shown.flat()))
        : fromHost(makeAval(shape, 'float64'), Float64Array.from(shown.flat()))
    }
  }
}
