/** Which queries see which keys, as arrays of booleans. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'

/**
 * True where a query sees a key: at its own position and before.
 *
 * Shape: -> bool [queries, keys].
 *
 * @example
 * nn.causalMask(2).toNested() // => [[true, false], [true, true]]
 *
 * @category attention
 * @since 0.1.0
 */
export const causalMask = (queries: number, keys: number = queries): NdArray =>
  lax.ge(
    lax.broadcastedIota('int32', [queries, keys], 0),
    lax.broadcastedIota('int32', [queries, keys], 1)
  )

/**
 * True at the first `lengths` positions of each sequence.
 *
 * Shape: integers [...] -> bool [..., maxLength].
 *
 * @example
 * nn.lengthMask(np.array([1, 3]).astype('int32'), 3).toNested() // =>
 * // [[true, false, false], [true, true, true]]
 *
 * @category attention
 * @since 0.1.0
 */
export const lengthMask = (lengths: ArrayLike, maxLength: number): NdArray =>
  np.less(lax.iota('int32', maxLength), np.expandDims(lengths, -1))
