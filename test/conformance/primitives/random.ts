/** Random bits. A key is its two words here, so wrapping and unwrapping change nothing. */
import type { NdArray } from '../../../src/core/array.ts'
import { bits } from '../../../src/random/bits.ts'
import { foldIn, key, split } from '../../../src/random/keys.ts'
import { vmap } from '../../../src/transforms/vmap.ts'
import type { Converters } from '../replay.ts'

/** Maps a function of one key over the leading axes of an array of keys. */
const overKeys = (keys: NdArray, f: (key: NdArray) => NdArray): NdArray =>
  keys.ndim === 1 ? f(keys) : vmap((k: NdArray) => overKeys(k, f))(keys)

const overPairs = (
  keys: NdArray,
  data: NdArray,
  f: (key: NdArray, data: NdArray) => NdArray
): NdArray =>
  keys.ndim === 1 && data.ndim === 0
    ? f(keys, data)
    : vmap((k: NdArray, d: NdArray) => overPairs(k, d, f), {
        inAxes: [keys.ndim === 1 ? null : 0, data.ndim === 0 ? null : 0]
      })(keys, data)

export const randomness: Converters = {
  random_bits: ([keys], { shape }, { outs: [out] }) =>
    overKeys(keys, (k) => bits(k, shape, { dtype: out.dtype })),
  random_fold_in: ([keys, data]) => overPairs(keys, data, foldIn),
  random_seed: ([seeds]) => {
    const seeded = (s: NdArray): NdArray => (s.ndim === 0 ? key(s) : vmap(seeded)(s))
    return seeded(seeds)
  },
  random_split: ([keys], { shape }) => overKeys(keys, (k) => split(k, shape)),
  random_unwrap: ([keys]) => keys,
  random_wrap: ([words]) => words
}
