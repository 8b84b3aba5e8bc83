/** Random orders. */
import { isArray, isTracer, hostOf, type ArrayLike, type NdArray } from '../core/array.ts'
import { isInteger } from '../core/dtype.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import { normalizeAxis } from '../core/shape.ts'
import { iota } from '../primitives/iota.ts'
import { sort } from '../primitives/sorting.ts'
import { words32 } from './bits.ts'
import { consuming } from './key-reuse.ts'
import { subkeys } from './keys.ts'
import { take } from './movement.ts'

/**
 * Sorts by random words, again with fresh ones until ties of all rounds are as good as impossible:
 * 3 log(size) / log(2^32) rounds.
 */
const shuffle = (key: NdArray, x: NdArray, axis: number): NdArray => {
  const rounds = Math.ceil((3 * Math.log(Math.max(1, x.size))) / Math.log(2 ** 32 - 1))
  const round = (k: NdArray, y: NdArray, left: number): NdArray => {
    if (left === 0) return y
    const [next, own] = subkeys(k)
    const [, sorted] = sort([words32(own, y.shape), y], { dimension: axis })
    return round(next, sorted, left - 1)
  }
  return round(key, x, rounds)
}

/** A number of elements that is known now. Errors: ValueError. */
export const countOf = (operation: string, n: ArrayLike): number => {
  const count = !isArray(n)
    ? Number(n)
    : isInteger(n.dtype) && n.ndim === 0 && !isTracer(n)
      ? hostOf(n, operation)[0]
      : NaN
  if (Number.isInteger(count)) return count
  throw new ValueError(operation, {
    problem: 'the number of elements is not known',
    got: isArray(n) ? `a ${isTracer(n) ? 'traced' : n.dtype} scalar` : String(n),
    expected: 'an integer, or an array with at least one axis',
    hint: 'shapes cannot depend on traced values: pass the number as a static argument'
  })
}

export interface PermutationOptions {
  /** Axis whose slices change places; 0 by default. */
  readonly axis?: number
  /** Every line along the axis in an order of its own. */
  readonly independent?: boolean
}

/**
 * The elements of `x` along an axis, or 0 … x − 1, in a random order.
 *
 * Shape:  that of x, or [x]; int32 for a number.
 * Errors: ValueError when x is a scalar that is not known.
 *
 * @example
 * random.permutation(random.key(0), 10) // => [0 1 8 5 6 4 3 2 7 9]
 *
 * @category samplers
 * @since 0.1.0
 */
export const permutation = (
  key: NdArray,
  x: number | NdArray,
  options: PermutationOptions = {}
): NdArray =>
  consuming('permutation', key, () => {
    checkOptions('permutation', options, ['axis', 'independent'])
    const { axis = 0, independent = false } = options
    if (!isArray(x) || x.ndim === 0) {
      const count = Math.max(0, countOf('permutation', x))
      normalizeAxis('permutation', axis, 1)
      return shuffle(key, iota('int32', [count]), 0)
    }
    const at = normalizeAxis('permutation', axis, x.ndim)
    if (independent || x.ndim === 1) return shuffle(key, x, at)
    return take(x, shuffle(key, iota('int32', [x.shape[at]]), 0), at)
  })
