/**
 * associativeScan: all prefixes of an associative combination in a logarithmic number of steps.
 *
 * Source: Blelloch 1990, "Prefix sums and their applications".
 */
import type { NdArray } from '../core/array.ts'
import { ShapeError, checkOptions, checkFunction } from '../core/errors.ts'
import { normalizeAxis, equals, show } from '../core/shape.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame } from '../core/structure.ts'
import { arraysOf } from '../trace/flat.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { rev } from '../primitives/reversal.ts'
import { pad, slice, sliceInDim } from '../primitives/slicing.ts'
import { add } from '../primitives/elementwise.ts'
import { zeroOf } from '../primitives/linear.ts'
import { makeAval } from '../trace/aval.ts'

export interface AssociativeScanOptions {
  readonly axis?: number
  readonly reverse?: boolean
}

type Combine = (a: readonly NdArray[], b: readonly NdArray[]) => readonly NdArray[]

const every = (xs: readonly NdArray[], start: number, axis: number): readonly NdArray[] =>
  xs.map((x) => sliceInDim(x, start, x.shape[axis], axis, 2))

const part = (xs: readonly NdArray[], from: number, to: number, axis: number): readonly NdArray[] =>
  xs.map((x) => sliceInDim(x, from, to < 0 ? x.shape[axis] + to : to, axis))

/** a0 b0 a1 b1 …, where `a` may have one element more. */
const interleave = (a: NdArray, b: NdArray, axis: number): NdArray => {
  const spread = (x: NdArray, low: number, length: number): NdArray =>
    pad(
      x,
      zeroOf(makeAval([], x.dtype)),
      x.shape.map((n, i) => (i === axis ? [low, length - low - (2 * n - 1), 1] : [0, 0, 0]))
    )
  const length = a.shape[axis] + b.shape[axis]
  return add(spread(a, 0, length), spread(b, 1, length))
}

const scanPairs = (combine: Combine, xs: readonly NdArray[], axis: number): readonly NdArray[] => {
  const n = xs[0].shape[axis]
  if (n < 2) return xs
  const pairs = combine(part(every(xs, 0, axis), 0, Math.floor(n / 2), axis), every(xs, 1, axis))
  const odd = scanPairs(combine, pairs, axis)
  const rest = every(xs, 0, axis)
  const left = n % 2 === 0 ? part(odd, 0, -1, axis) : odd
  const even = combine(left, part(rest, 1, rest[0].shape[axis], axis))
  return xs.map((x, i) =>
    interleave(
      concatenate(
        [
          slice(
            x,
            x.shape.map(() => 0),
            x.shape.map((m, a) => (a === axis ? 1 : m))
          ),
          even[i]
        ],
        axis
      ),
      odd[i],
      axis
    )
  )
}

/**
 * y_k = x_0 ∘ x_1 ∘ … ∘ x_k along an axis of every leaf, for an associative `combine` that works
 * on whole arrays (it is called on many elements at once).
 *
 * Shape:  leaves keep their shapes. Errors: ShapeError when the axis differs between leaves.
 *
 * @example
 * lax.associativeScan((a, b) => a.add(b), np.array([1, 2, 3, 4])) // => [ 1. 3. 6. 10.]
 */
export const associativeScan = <T>(
  combine: (a: T, b: T) => T,
  elements: T,
  options: AssociativeScanOptions = {}
): T => {
  checkOptions('associativeScan', options, ['axis', 'reverse'])
  checkFunction('associativeScan', combine)
  const [leaves, structure] = arraysOf(elements, 'associativeScan')
  if (leaves.length === 0) return elements
  const axis = normalizeAxis('associativeScan', options.axis ?? 0, leaves[0].ndim)
  if (leaves.some((x) => x.shape[axis] !== leaves[0].shape[axis]))
    throw new ShapeError('associativeScan', {
      problem: 'the leaves have different lengths along the axis',
      got: leaves.map((x) => `[${x.shape.join(', ')}]`).join(', '),
      expected: `equal extents on axis ${axis}`,
      hint: 'scan takes values that every step shares by closure'
    })
  const flip = (xs: readonly NdArray[]): readonly NdArray[] =>
    options.reverse === true ? xs.map((x) => rev(x, [axis])) : xs
  const flat: Combine = (a, b) => {
    const out = combine(unflatten(structure, a) as T, unflatten(structure, b) as T)
    const [arrays, given] = arraysOf(out, 'associativeScan')
    requireSame('associativeScan', structure, given, 'combine returns what it was given')
    const odd = arrays.findIndex((y, i) => !equals(y.shape, a[i].shape))
    if (odd >= 0)
      throw new ShapeError('associativeScan', {
        problem: 'combine changes a shape',
        got: `${show(arrays[odd].shape)} of ${show(a[odd].shape)}`,
        expected: show(a[odd].shape),
        hint: 'combine works on many elements at once, and keeps the axis that is scanned'
      })
    return arrays
  }
  return unflatten(structure, flip(scanPairs(flat, flip(leaves), axis))) as T
}
