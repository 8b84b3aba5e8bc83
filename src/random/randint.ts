/** Uniform integers of a range. */
import { listOf } from '../core/errors.ts'
import { isArray, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { bitsOf, integerRange, isInteger, type DType } from '../core/dtype.ts'
import type { Shape } from '../core/shape.ts'
import { and } from '../primitives/bitwise.ts'
import { clamp } from '../primitives/clamp.ts'
import { convertElementType } from '../primitives/convert.ts'
import { integerOption, isLoose, sampleShape, shapeOf, type SamplerOptions } from './arguments.ts'
import { add, gt, mul, rem, sub, where } from './arithmetic.ts'
import { wordsAt } from './bits.ts'
import { sampled, type DrawAt } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { subkeys } from './keys.ts'

interface Bound {
  /** The bound, no further out than the type reaches. */
  readonly value: NdArray
  /** Whether the bound is above the largest number of the type. */
  readonly isBeyond: NdArray
}

const between = (low: number, x: number, high: number): number => Math.max(low, Math.min(x, high))

/** A bound of `range` in `dtype`, a type of 32 bits. */
const boundIn = (x: ArrayLike, dtype: DType, range: readonly [number, number]): Bound => {
  const [least, largest] = range
  if (!isArray(x)) {
    const whole = Math.trunc(Number(x))
    return {
      value: scalar(between(least, whole, largest), dtype),
      isBeyond: scalar(whole > largest, 'bool')
    }
  }
  // Numbers without a type, and floats, are cut to int32 as JAX cuts them.
  const whole = isInteger(x.dtype) && !isLoose(x) ? x : convertElementType(x, 'int32')
  const [lowest, highest] = integerRange(whole.dtype)
  const [from, to] = [Math.max(least, lowest), Math.min(largest, highest)]
  const kept = clamp(scalar(from, whole.dtype), whole, scalar(to, whole.dtype))
  return { value: convertElementType(kept, dtype), isBeyond: gt(whole, to) }
}

/** `offset mod span` of 64 random bits per number, computed in words of 32. */
const offsetsAt: DrawAt = (counters, key, span) => {
  const [high, low] = subkeys(key).map((k) => wordsAt(counters, k))
  // 2^32 mod span, by (a b) mod n = ((a mod n)(b mod n)) mod n.
  const root = rem(2 ** 16, span)
  const shift = rem(mul(root, root), span)
  return rem(add(mul(rem(high, span), shift), rem(low, span)), span)
}

/**
 * Uniform integers from minval to maxval − 1; minval where maxval ≤ minval. A range that is no
 * power of two is biased by less than range / 2^64.
 *
 * Shape:  -> shape, to which minval and maxval broadcast; int32 by default.
 * Errors: DTypeError when the type is no integer.
 *
 * @example
 * random.randint(random.key(0), [5], -5, 17) // => [14 -5 -1  0  8]
 *
 * @category samplers
 * @since 0.1.0
 */
export const randint = (
  key: NdArray,
  shape: Shape,
  minval: ArrayLike,
  maxval: ArrayLike,
  options: SamplerOptions = {}
): NdArray =>
  consuming('randint', key, () => {
    const dtype = integerOption('randint', options)
    listOf('randint', shape, 'the shape')
    sampleShape('randint', shape, [shapeOf(minval), shapeOf(maxval)])
    const [least, largest] = integerRange(dtype)
    // Narrow types are sampled in 32 bits, where the end of their range is a number too.
    const isNarrow = bitsOf(dtype) < 32
    const wide = isNarrow ? 'int32' : dtype
    const from = boundIn(minval, wide, [least, largest])
    const to = boundIn(maxval, wide, [least, isNarrow ? largest + 1 : largest])
    return sampled(
      'randint',
      shape,
      [dtype],
      [key, from.value, to.value, to.isBeyond],
      (counters, k, low, high, isBeyond) => {
        const isOpen = gt(high, low)
        const distance = where(isOpen, convertElementType(sub(high, low), 'uint32'), 1)
        // All 2^32 numbers: the span wraps to 0, and a remainder by 0 changes nothing.
        const span = isNarrow ? distance : where(and(isOpen, isBeyond), add(distance, 1), distance)
        const offset = convertElementType(offsetsAt(counters, k, span), wide)
        return convertElementType(add(low, offset), dtype)
      }
    )
  })
