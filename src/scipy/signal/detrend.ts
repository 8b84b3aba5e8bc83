/** Taking trends out of signals. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import * as np from '../../numpy/index.ts'
import { inexact } from '../inexact.ts'

export interface DetrendOptions {
  /** The last by default. */
  readonly axis?: number
  /** A straight line (the default) or the mean. */
  readonly type?: 'linear' | 'constant'
}

/**
 * The signal without its mean, or without the straight line that is nearest in squares.
 *
 * Shape:  kept.
 * Errors: ValueError for another type.
 *
 * @example
 * detrend(np.array([1, 2, 6]), { type: 'constant' }) // => [-2. -1.  3.]
 *
 * @category signals
 * @since 0.1.0
 */
export const detrend = (data: ArrayLike, options: DetrendOptions = {}): NdArray => {
  checkOptions('detrend', options, ['axis', 'type'])
  const { axis = -1, type = 'linear' } = options
  const x = np.moveaxis(inexact(data), axis, -1)
  const centred = np.sub(x, np.mean(x, { axis: -1, keepdims: true }))
  if (type === 'constant') return np.moveaxis(centred, -1, axis)
  if (type !== 'linear')
    throw new ValueError('detrend', {
      problem: 'there is no such trend',
      got: `type: ${String(type)}`,
      expected: "'linear' or 'constant'",
      hint: "'constant' takes the mean out"
    })
  const n = x.shape.at(-1) ?? 1
  const time = np.astype(np.sub(np.arange(n), (n - 1) / 2), centred.dtype)
  const square = Math.max(1, (n * (n * n - 1)) / 12) // Σ time²
  const slope = np.div(np.sum(np.mul(centred, time), { axis: -1, keepdims: true }), square)
  return np.moveaxis(np.sub(centred, np.mul(slope, time)), -1, axis)
}
