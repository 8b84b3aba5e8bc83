/** Samples from given elements. */
import { isArray, scalar, type NdArray } from '../core/array.ts'
import { inexactOf } from '../core/dtype.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { normalizeAxis, show, sizeOf, type Shape } from '../core/shape.ts'
import { convertElementType } from '../primitives/convert.ts'
import { cumsum } from '../primitives/cumulative.ts'
import { constant } from '../primitives/elementwise.ts'
import { log } from '../primitives/elementary.ts'
import { broadcastTo, fillLike, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { topK } from '../primitives/sorting.ts'
import { checkShape } from './arguments.ts'
import { add, div, lt, min, mul, sub, where } from './arithmetic.ts'
import { gumbel, type GumbelOptions } from './continuous.ts'
import { consuming } from './key-reuse.ts'
import { take } from './movement.ts'
import { countOf, permutation } from './permutation.ts'
import { randint } from './randint.ts'
import { uniformIn } from './uniform.ts'

export interface ChoiceOptions {
  /** Whether an element may come more than once; true by default. */
  readonly replace?: boolean
  /** Probability of each element; all the same by default. */
  readonly p?: NdArray
  /** Axis that the elements are slices along; 0 by default. */
  readonly axis?: number
  /** Resolution of the Gumbel samples behind `{ p, replace: false }`. */
  readonly mode?: NonNullable<GumbelOptions['mode']>
}

/** The first position whose sum reaches r, by halving. Shape: that of r. */
const searchSorted = (sums: NdArray, r: NdArray): NdArray => {
  const steps = Math.ceil(Math.log2(sums.size + 1))
  const first = fillLike(scalar(0, 'int32'), r.shape)
  const halve = (low: NdArray, high: NdArray, left: number): NdArray => {
    if (left === 0) return low
    const middle = div(add(low, high), 2)
    // Where low = high the search has ended, and the comparison does not matter.
    const isBelow = lt(take(sums, middle, 0), r)
    const next = where(isBelow, min(add(middle, 1), high), low)
    return halve(next, where(isBelow, high, middle), left - 1)
  }
  return halve(first, constant(first, sums.size), steps)
}

const fail = (got: string, expected: string, hint: string): ValueError =>
  new ValueError('choice', { problem: 'there is too little to choose from', got, expected, hint })

/** Positions of the chosen elements, by probability. Shape: -> shape. */
const weighted = (
  key: NdArray,
  shape: Shape,
  weights: NdArray,
  { replace = true, mode = 'low' }: ChoiceOptions
): NdArray => {
  const p = convertElementType(weights, inexactOf(weights.dtype))
  if (!replace) {
    const keys = add(gumbel(key, p.shape, { dtype: p.dtype, mode }), log(p))
    return reshape(topK(keys, sizeOf(shape))[1], shape)
  }
  const sums = cumsum(p, 0)
  const total = reshape(sliceInDim(sums, p.size - 1, p.size, 0), [])
  const r = mul(broadcastTo(total, shape), sub(1, uniformIn(key, shape, p.dtype)))
  return searchSorted(sums, r)
}

/**
 * Elements of `a` along an axis, or numbers from 0 to a − 1.
 *
 * Shape:  the axis of a is replaced by shape; for a number, shape.
 * Errors: ValueError for more elements than there are, without replacement; ShapeError when p is
 *         not one probability per element.
 *
 * @example
 * random.choice(random.key(0), 8, [5]) // => [5 0 0 5 3]
 *
 * @category samplers
 * @since 0.1.0
 */
export const choice = (
  key: NdArray,
  a: number | NdArray,
  shape: Shape = [],
  options: ChoiceOptions = {}
): NdArray =>
  consuming('choice', key, () => {
    checkOptions('choice', options, ['replace', 'p', 'axis', 'mode'])
    const { replace = true, p } = options
    const from = isArray(a) && a.ndim > 0 ? a : null
    const axis = from === null ? 0 : normalizeAxis('choice', options.axis ?? 0, from.ndim)
    const count = from === null ? countOf('choice', a) : from.shape[axis]
    const draws = sizeOf(checkShape('choice', shape))
    const out =
      from === null
        ? shape
        : [...from.shape.slice(0, axis), ...shape, ...from.shape.slice(axis + 1)]
    if (draws === 0) return fillLike(scalar(0, from?.dtype ?? 'int32'), out)
    if (count <= 0) throw fail(`${count} elements`, 'at least one', 'an empty shape draws nothing')
    if (!replace && draws > count)
      throw fail(
        `${draws} samples of ${count} elements`,
        'no more samples than elements',
        'leave out { replace: false }'
      )
    if (p === undefined && !replace) {
      const order = permutation(key, from ?? count, { axis })
      return reshape(sliceInDim(order, 0, draws, axis), out)
    }
    if (p !== undefined && (p.ndim !== 1 || p.shape[0] !== count))
      throw new ShapeError('choice', {
        problem: 'p is not one probability per element',
        got: `p of shape ${show(p.shape)} for ${count} elements`,
        expected: `shape [${count}]`,
        hint: 'p belongs to the elements along axis'
      })
    const positions =
      p === undefined ? randint(key, shape, 0, count) : weighted(key, shape, p, options)
    return from === null ? positions : take(from, positions, axis)
  })
