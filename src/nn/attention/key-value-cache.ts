/** Keys and values of earlier positions, so that the next one need not compute them again. */
import { scalar, type NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'

export interface KeyValueCache {
  readonly key: NdArray // [..., maxLength, heads, H]
  readonly value: NdArray // [..., maxLength, heads, H]
  readonly length: NdArray // int32 []: how many positions are filled
}

export const startKeyValues = (shape: Shape, dtype: DType): KeyValueCache => ({
  key: lax.full(shape, 0, dtype),
  value: lax.full(shape, 0, dtype),
  length: scalar(0, 'int32')
})

/**
 * The cache with these positions behind those it has. Past its end everything becomes NaN, in
 * compiled code too, which cannot throw: a sequence that has grown too long shows.
 */
export const update = (cache: KeyValueCache, key: NdArray, value: NdArray): KeyValueCache => {
  const axis = key.ndim - 3
  const length = lax.add(cache.length, key.shape[axis])
  const fits = lax.le(length, cache.key.shape[axis])
  const put = (old: NdArray, now: NdArray): NdArray => {
    const grown = lax.dynamicUpdateSliceInDim(old, now, cache.length, axis)
    return lax.select(lax.broadcastInDim(fits, old.shape, []), grown, lax.fullLike(old, NaN))
  }
  return { key: put(cache.key, key), value: put(cache.value, value), length }
}

interface Sight {
  readonly causal: boolean
  readonly localWindowSize?: number | readonly [left: number, right: number]
}

/** What T queries from position `from` on see of S keys; undefined where it is everything. */
export const positionMask = (
  t: number,
  s: number,
  from: NdArray | undefined,
  { causal, localWindowSize }: Sight
): NdArray | undefined => {
  if (!causal && localWindowSize === undefined) return undefined
  const steps = lax.broadcastedIota('int32', [t, s], 0)
  const rows = from === undefined ? steps : np.add(steps, from)
  const columns = lax.broadcastedIota('int32', [t, s], 1)
  const [left, right] =
    typeof localWindowSize === 'number'
      ? [localWindowSize, localWindowSize]
      : (localWindowSize ?? [undefined, undefined])
  const masks = [
    causal ? lax.ge(rows, columns) : undefined,
    left === undefined ? undefined : lax.ge(columns, lax.sub(rows, left)),
    right === undefined ? undefined : lax.le(columns, lax.add(rows, right))
  ].filter((m) => m !== undefined)
  return masks.reduce((a, b) => lax.and(a, b))
}
