/** How often each cluster meets each class: what comparisons of clusterings are computed from. */
import { requireArrays } from '../core/array.ts'
import { ShapeError } from '../core/errors.ts'
import { equals, show } from '../core/shape.ts'
import { keptMonoid, rowsOf, type Kept } from './kept.ts'
import { sum, unique } from './lists.ts'
import type { Metric } from './metric.ts'
import { refuseWeights, weightsOf } from './sums.ts'

export interface Contingency {
  /** Rows are classes, columns clusters. */
  readonly table: readonly (readonly number[])[]
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  readonly total: number
}

/** The table of (class, cluster) pairs. Names of classes and clusters do not matter. */
const contingencyOf = (predicted: Float64Array, actual: Float64Array): Contingency => {
  const [classes, clusters] = [unique(actual), unique(predicted)]
  const [row, column] = [classes, clusters].map((xs) => new Map(xs.map((x, i) => [x, i])))
  const table = classes.map(() => clusters.map(() => 0))
  actual.forEach((c, i) => {
    // Both are among the names just collected.
    table[row.get(c) as number][column.get(predicted[i]) as number] += 1
  })
  const columns = clusters.map((_, j) => sum(table.map((r) => r[j])))
  return { table, rows: table.map(sum), columns, total: actual.length }
}

/** A metric of two clusterings of the same things. */
export const comparing = <R>(operation: string, value: (c: Contingency) => R): Metric<Kept, R> => ({
  observe: (predictions, targets, weights) => {
    refuseWeights(operation, weights)
    requireArrays(operation, predictions, targets)
    if (targets.ndim !== 1 || !equals(predictions.shape, targets.shape))
      throw new ShapeError(operation, {
        problem: 'two clusterings do not belong together',
        got: `predictions ${show(predictions.shape)}, targets ${show(targets.shape)}`,
        expected: 'both [n]: one cluster and one class for each example',
        hint: 'clusters and classes are numbers whose values do not matter'
      })
    return { batches: [[predictions, targets, weightsOf(operation, undefined, targets.shape)]] }
  },
  monoid: keptMonoid,
  value: (kept) => {
    const { predictions, targets } = rowsOf(operation, kept)
    return value(contingencyOf(predictions, targets))
  }
})
