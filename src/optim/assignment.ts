/** The assignment problem: who does what, at the least cost in all. */
import { fromHost, hostOf, makeAval, type NdArray, requireArrays } from '../core/array.ts'
import { ShapeError } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { pureCallback } from '../control/callbacks.ts'
import * as lax from '../lax/index.ts'

/**
 * For every row of a matrix that is not taller than wide, its column. Augments one row at a time by
 * shortest paths over reduced costs.
 */
const columnsOf = (cost: ArrayLike<number>, rows: number, columns: number): Int32Array => {
  const [potentialOfRow, potentialOfColumn] = [rows, columns].map((n) => new Float64Array(n + 1))
  const rowOf = new Int32Array(columns + 1) // 1-based; 0 is nobody
  for (let i = 1; i <= rows; i++) {
    const from = new Int32Array(columns + 1)
    const least = new Float64Array(columns + 1).fill(Infinity)
    const isUsed = new Uint8Array(columns + 1)
    let at = 0
    rowOf[0] = i
    do {
      isUsed[at] = 1
      const row = rowOf[at]
      let delta = Infinity
      let next = 0
      for (let j = 1; j <= columns; j++) {
        if (isUsed[j] === 1) continue
        const reduced =
          cost[(row - 1) * columns + j - 1] - potentialOfRow[row] - potentialOfColumn[j]
        if (reduced < least[j]) {
          least[j] = reduced
          from[j] = at
        }
        if (least[j] < delta) {
          delta = least[j]
          next = j
        }
      }
      for (let j = 0; j <= columns; j++)
        if (isUsed[j] === 1) {
          potentialOfRow[rowOf[j]] += delta
          potentialOfColumn[j] -= delta
        } else least[j] -= delta
      at = next
    } while (rowOf[at] !== 0)
    while (at !== 0) {
      rowOf[at] = rowOf[from[at]]
      at = from[at]
    }
  }
  const assigned = new Int32Array(rows)
  for (let j = 1; j <= columns; j++) if (rowOf[j] !== 0) assigned[rowOf[j] - 1] = j - 1
  return assigned
}

const ints = (xs: Int32Array): NdArray => fromHost(makeAval([xs.length], 'int32'), xs)

const assign = (costs: NdArray): readonly [NdArray, NdArray] => {
  const [n, m] = costs.shape
  if (n <= m)
    return [ints(Int32Array.from({ length: n }, (_, i) => i)), ints(columnsOf(hostOf(costs), n, m))]
  const data = hostOf(costs)
  const turned = Float64Array.from(
    { length: n * m },
    (_, i) => data[(i % n) * m + Math.floor(i / n)]
  )
  const rowOfColumn = columnsOf(turned, m, n)
  const order = Int32Array.from({ length: m }, (_, j) => j).sort(
    (a, b) => rowOfColumn[a] - rowOfColumn[b]
  )
  return [ints(order.map((j) => rowOfColumn[j])), ints(order)]
}

/**
 * Rows and columns of the cheapest assignment: each row of the smaller side is given one of its
 * own on the other. Works under jit, through the host; it has no derivative.
 *
 * Shape:  costs [n, m] -> int32 [min(n, m)], int32 [min(n, m)], rows ascending.
 * Errors: ShapeError unless costs are a matrix.
 * Source: Kuhn 1955; Jonker & Volgenant 1987.
 *
 * @example
 * const [rows, columns] = hungarianAlgorithm(np.array([[4, 1, 3], [2, 0, 5], [3, 2, 2]]))
 * columns // => [1 0 2]
 *
 * @category numerics
 * @since 0.1.0
 */
export const hungarianAlgorithm = (costs: NdArray): readonly [rows: NdArray, columns: NdArray] => {
  requireArrays('hungarianAlgorithm', costs)
  if (costs.ndim !== 2)
    throw new ShapeError('hungarianAlgorithm', {
      problem: 'costs are no matrix',
      got: show(costs.shape),
      expected: '[rows, columns]',
      hint: 'costs[i, j] is what it costs to give j to i'
    })
  const count = Math.min(...costs.shape)
  const blank = lax.full([count], 0, 'int32')
  return pureCallback(assign, [blank, blank] as const, costs)
}
