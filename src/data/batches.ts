/** Batches of in-memory data, in the order of a random key. */
import { hostOf, type NdArray } from '../core/array.ts'
import { onHost } from '../core/config.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as random from '../random/index.ts'
import { countRows, rows } from './rows.ts'

export interface BatchOptions {
  readonly batchSize: number
  /** Shuffles; without one, batches keep the order of the data. Fold in the epoch for each epoch. */
  readonly key?: NdArray
  /** The last, smaller batch: kept (by default), or dropped, so that every shape is the same. */
  readonly remainder?: 'keep' | 'drop'
}

const check = (options: BatchOptions): void => {
  checkOptions('batches', options, ['batchSize', 'key', 'remainder'])
  const { batchSize, remainder = 'keep' } = options
  const isCount = Number.isInteger(batchSize) && batchSize > 0
  if (isCount && (remainder === 'keep' || remainder === 'drop')) return
  throw new ValueError('batches', {
    problem: 'an option has a value that it cannot take',
    got: isCount ? `remainder: ${String(remainder)}` : `batchSize: ${String(batchSize)}`,
    expected: isCount ? "'keep' or 'drop'" : 'an integer from 1 on',
    hint: "for example { batchSize: 128, key, remainder: 'drop' }"
  })
}

/** How many batches `batches` gives. */
export const countBatches = (data: unknown, options: BatchOptions): number => {
  check(options)
  const n = countRows('batches', data)
  return options.remainder === 'drop'
    ? Math.floor(n / options.batchSize)
    : Math.ceil(n / options.batchSize)
}

/**
 * The examples in batches: every example once (but for a dropped remainder).
 *
 * Shape:  leaves [n, ...] -> leaves [batchSize, ...], the last one smaller unless dropped.
 * Errors: ValueError for options outside their domain; ShapeError when leading extents differ.
 *
 * @example
 * [...batches({ x: np.arange(5) }, { batchSize: 2 })].map(({ x }) => x.size) // => [2, 2, 1]
 *
 * @category batches
 * @since 0.1.0
 */
export const batches = <T>(data: T, options: BatchOptions): Iterable<T> => {
  const count = countBatches(data, options) // checks now, not when the first batch is asked for
  const n = countRows('batches', data)
  const { batchSize, key } = options
  const order =
    key === undefined
      ? Int32Array.from({ length: n }, (_, i) => i)
      : (hostOf(onHost(() => random.permutation(key, n))) as Int32Array) // permutation of a number is int32
  return {
    *[Symbol.iterator]() {
      for (let i = 0; i < count; i++)
        yield rows(data, order.subarray(i * batchSize, Math.min(n, (i + 1) * batchSize)))
    }
  }
}
