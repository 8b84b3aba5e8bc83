/** Random words: what every other sample is made of. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { DTypeError, checkOptions } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import { xor } from '../primitives/bitwise.ts'
import { convertElementType } from '../primitives/convert.ts'
import { checkShape, type SamplerOptions } from './arguments.ts'
import { sampled } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { hash } from './keys.ts'

/** Words of 32 bits at these counters: both halves of those of 64 in one. */
export const wordsAt = (counters: NdArray, key: NdArray): NdArray => xor(...hash(key, counters))

/** Words of 32 bits. */
export const words32 = (key: NdArray, shape: Shape): NdArray =>
  sampled('bits', shape, [], [key], wordsAt)

const widths: readonly DType[] = ['uint32', 'uint16', 'uint8']

/**
 * Uniform unsigned integers over all of their range.
 *
 * Shape:  -> shape; uint32, or `{ dtype: 'uint8' | 'uint16' }`, which are the low bits.
 * Errors: DTypeError when the type is no unsigned integer.
 *
 * @example
 * random.bits(random.key(0), [2]) // => [4070199207 4202968722]
 *
 * @category samplers
 * @since 0.1.0
 */
export const bits = (key: NdArray, shape: Shape = [], options: SamplerOptions = {}): NdArray =>
  consuming('bits', key, () => {
    checkOptions('bits', options, ['dtype'])
    const { dtype = 'uint32' } = options
    if (!widths.includes(dtype))
      throw new DTypeError('bits', {
        problem: 'bits are unsigned integers',
        got: dtype,
        expected: widths.join(', '),
        hint: 'random.randint samples signed integers, random.uniform real numbers'
      })
    return convertElementType(words32(key, checkShape('bits', shape)), dtype)
  })
