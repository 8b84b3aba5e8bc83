/** Keys that every query sees besides those of its input: learned ones, and zeros. */
import type { NdArray } from '../../core/array.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import type { DotProductAttentionOptions } from './dot-product.ts'

/** One more position at the end of [..., S, N, H]. */
const appended = (x: NdArray, row: NdArray): NdArray => {
  const shape = x.shape.map((n, a) => (a === x.ndim - 3 ? 1 : n))
  return lax.concatenate([x, np.broadcastTo(row, shape)], x.ndim - 3)
}

/**
 * One more key at the end of what broadcasts to [..., T, S], with the same value for everybody.
 * What is one for all S keys is repeated first: the new key is none of them.
 */
const oneMore = (
  x: NdArray | undefined,
  keys: number,
  value: number | boolean
): NdArray | undefined => {
  if (x === undefined) return x
  const lead = x.shape.slice(0, -1)
  const each = np.broadcastTo(x, [...lead, keys])
  return lax.concatenate([each, lax.full([...lead, 1], value, x.dtype)], lead.length)
}

/** What masks and biases become when one more key than these is seen by everybody. */
const grown = (given: DotProductAttentionOptions, keys: number): DotProductAttentionOptions => {
  const [mask, bias] = [oneMore(given.mask, keys, true), oneMore(given.bias, keys, 0)]
  return {
    ...given,
    ...(mask === undefined ? {} : { mask }),
    ...(bias === undefined ? {} : { bias })
  }
}

/** How many keys [..., S, heads, H] holds. */
const keysOf = (k: NdArray): number => k.shape[k.ndim - 3]

export interface ExtraKeys {
  /** A learned key and value for each head. Shape: [heads, H]. */
  readonly learned?: readonly [key: NdArray, value: NdArray] | undefined
  /** A key and value of zeros. */
  readonly zeros: boolean
}

/** Keys and values [..., S, heads, H] with what every query sees besides, and masks that fit. */
export const withExtraKeys = (
  k: NdArray,
  v: NdArray,
  masks: DotProductAttentionOptions,
  { learned, zeros }: ExtraKeys
): readonly [k: NdArray, v: NdArray, masks: DotProductAttentionOptions] => {
  const [k1, v1, m1] =
    learned === undefined
      ? [k, v, masks]
      : [appended(k, learned[0]), appended(v, learned[1]), grown(masks, keysOf(k))]
  if (!zeros) return [k1, v1, m1]
  const zero = (x: NdArray): NdArray => lax.full(x.shape.slice(-2), 0, x.dtype)
  return [appended(k1, zero(k1)), appended(v1, zero(v1)), grown(m1, keysOf(k1))]
}
