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

/** One more key at the end of what broadcasts to [..., T, S], with the same value for everybody. */
const oneMore = (x: NdArray | undefined, value: number | boolean): NdArray | undefined => {
  if (x === undefined || x.ndim === 0 || x.shape[x.ndim - 1] === 1) return x
  const shape = [...x.shape.slice(0, -1), 1]
  return lax.concatenate([x, lax.full(shape, value, x.dtype)], x.ndim - 1)
}

/** What masks and biases become when one more key is seen by everybody. */
const grown = (given: DotProductAttentionOptions): DotProductAttentionOptions => {
  const [mask, bias] = [oneMore(given.mask, true), oneMore(given.bias, 0)]
  return {
    ...given,
    ...(mask === undefined ? {} : { mask }),
    ...(bias === undefined ? {} : { bias })
  }
}

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
      : [appended(k, learned[0]), appended(v, learned[1]), grown(masks)]
  if (!zeros) return [k1, v1, m1]
  const zero = (x: NdArray): NdArray => lax.full(x.shape.slice(-2), 0, x.dtype)
  return [appended(k1, zero(k1)), appended(v1, zero(v1)), grown(m1)]
}
