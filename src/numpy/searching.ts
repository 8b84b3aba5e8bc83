/** Where values belong in sorted arrays. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { and, or } from '../primitives/bitwise.ts'
import { eq, le, lt, ne, select } from '../primitives/compare.ts'
import { rev } from '../primitives/reversal.ts'
import { broadcastInDim, fillLike, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { scalar } from '../core/array.ts'
import { sumOver, takeFirst } from './along.ts'
import { add, subtract } from './arithmetic.ts'
import { greaterEqual } from './comparison.ts'
import { asArray, promoteTypes } from './promotion.ts'
import { where } from './selection.ts'

export type Side = 'left' | 'right'

/** Whether x stands before the place of v: NaN is after everything, and beside NaN. */
const before = (x: NdArray, v: NdArray, side: Side): NdArray => {
  const missing = ne(v, v)
  if (side === 'right') return or(le(x, v), missing)
  return or(lt(x, v), and(missing, eq(x, x)))
}

/** Up to this many elements it is cheaper to compare with all of them than to halve. */
const FEW = 32

const byCounting = (a: NdArray, v: NdArray, side: Side): NdArray => {
  const shape = [...v.shape, a.size]
  const rank = shape.length - 1
  const xs = broadcastInDim(a, shape, [rank])
  const vs = broadcastInDim(
    v,
    shape,
    v.shape.map((_, i) => i)
  )
  return sumOver(before(xs, vs, side), rank)
}

/**
 * Halving with as many steps for every value: of the `length` places behind `low` that are in
 * question, the first half is skipped where its last element stands before the value.
 */
const byHalving = (a: NdArray, v: NdArray, side: Side): NdArray => {
  let low = fillLike(scalar(0, 'int32'), v.shape)
  for (let length = a.size; length > 0;) {
    const half = Math.ceil(length / 2)
    const last = add(low, half - 1)
    low = select(before(takeFirst(a, last), v, side), add(last, 1), low)
    length = length === 1 ? 0 : length - half
  }
  return low
}

export interface SearchOptions {
  /** Before equal elements ('left') or after them. */
  readonly side?: Side
  /** Positions that sort the array, when it is not sorted. */
  readonly sorter?: ArrayLike
}

/**
 * How many elements of a sorted vector stand before each value.
 *
 * Shape: a [n], v [...] -> int32 [...].
 * Errors: ShapeError unless `a` is a vector.
 *
 * @example
 * np.searchsorted(np.array([1, 3, 5]), np.array([0, 3, 9])).toNested() // => [0, 1, 3]
 *
 * @category searching
 * @since 0.1.0
 */
export const searchsorted = (a: ArrayLike, v: ArrayLike, options: SearchOptions = {}): NdArray => {
  checkOptions('np.searchsorted', options, ['side', 'sorter'])
  const { side = 'left', sorter } = options
  if (side !== 'left' && side !== 'right')
    throw new ValueError('np.searchsorted', {
      problem: 'there is no such side',
      got: `'${String(side)}'`,
      expected: "'left' or 'right'",
      hint: "'left' gives the first place that keeps the order"
    })
  const [sorted, values] = promoteTypes('np.searchsorted', [a, v])
  if (sorted.ndim !== 1)
    throw new ShapeError('np.searchsorted', {
      problem: 'the array to search is no vector',
      got: `shape ${show(sorted.shape)}`,
      expected: 'one axis',
      hint: 'vmap searches many vectors'
    })
  const xs = sorter === undefined ? sorted : takeFirst(sorted, asArray(sorter, 'np.searchsorted'))
  return (xs.size <= FEW ? byCounting : byHalving)(xs, values, side)
}

/**
 * Which bin each value falls into: i with bins[i − 1] ≤ x < bins[i], or < and ≤ when `right`.
 * Bins may descend. Shape: that of x; int32.
 *
 * @category searching
 * @since 0.1.0
 */
export const digitize = (
  x: ArrayLike,
  bins: ArrayLike,
  options: { readonly right?: boolean } = {}
): NdArray => {
  checkOptions('np.digitize', options, ['right'])
  const { right = false } = options
  const edges = asArray(bins, 'np.digitize')
  const n = edges.shape[0] ?? 0
  const up = searchsorted(edges, x, { side: right ? 'left' : 'right' })
  if (n < 2) return up
  const turned = searchsorted(rev(edges, [0]), x, { side: right ? 'right' : 'left' })
  const at = (i: number): NdArray => reshape(sliceInDim(edges, i, i + 1, 0), [])
  return where(greaterEqual(at(n - 1), at(0)), up, subtract(n, turned))
}
