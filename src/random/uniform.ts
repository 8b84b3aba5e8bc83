/** Uniform real numbers, and the facts about floating-point types that they depend on. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import { shiftRightLogical } from '../primitives/bitwise.ts'
import { convertElementType } from '../primitives/convert.ts'
import {
  checkShape,
  floatType,
  parameter,
  sampleShape,
  shapeOf,
  typed,
  type SamplerOptions
} from './arguments.ts'
import { add, max, mul, sub } from './arithmetic.ts'
import { wordsAt } from './bits.ts'
import { constant } from '../primitives/elementwise.ts'
import { sampled } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { hash } from './keys.ts'
import { log2 } from '../core/scalar/elementary.ts'

interface FloatFacts {
  /** Bits of a significand behind its leading one. */
  readonly mantissa: number
  /** The least normal number. */
  readonly tiny: number
  /** Distance from 1 to the next number up; half of it is the distance down. */
  readonly epsilon: number
}

const facts = (mantissa: number, least: number): FloatFacts => ({
  mantissa,
  tiny: 2 ** least,
  epsilon: 2 ** -mantissa
})

const table: Readonly<Partial<Record<DType, FloatFacts>>> = {
  float64: facts(52, -1022),
  float32: facts(23, -126),
  float16: facts(10, -14),
  bfloat16: facts(7, -126)
}

/** Facts about a type that `checkFloat` has accepted. */
export const floatFacts = (dtype: DType): FloatFacts => table[dtype] as FloatFacts

/**
 * k / 2^m for uniform integers k of m bits, m the length of the significand. JAX writes the bits
 * under the exponent of 1 and subtracts 1; the number is the same.
 */
const fractions = (key: NdArray, counters: NdArray, dtype: DType): NdArray => {
  const { mantissa, epsilon } = floatFacts(dtype)
  if (dtype === 'float64') {
    const [high, low] = hash(key, counters)
    const top = convertElementType(high, 'float64')
    const rest = convertElementType(shiftRightLogical(low, constant(low, 12)), 'float64')
    return mul(add(mul(top, 2 ** 20), rest), epsilon)
  }
  const words = wordsAt(counters, key)
  // The half types take the low 16 bits of a word; bfloat16, with 7 bits to fill, the low 8.
  const width = dtype === 'float32' ? 32 : dtype === 'float16' ? 16 : 8
  const kept = width === 32 ? words : convertElementType(words, width === 16 ? 'uint16' : 'uint8')
  const fraction = shiftRightLogical(kept, constant(kept, width - mantissa))
  return mul(convertElementType(fraction, dtype), epsilon)
}

/** unit · span + from with one rounding in float32, as the fused multiply-add that JAX compiles to. */
const scaled = (unit: NdArray, span: NdArray, from: NdArray): NdArray => {
  if (unit.dtype !== 'float32') return add(mul(unit, span), from)
  const wide = (x: NdArray): NdArray => convertElementType(x, 'float64')
  // The product of two float32 numbers is exact in float64.
  return convertElementType(add(mul(wide(unit), wide(span)), wide(from)), 'float32')
}

/** Whether multiplying by high − low rounds nothing, so that float64 is not needed. */
const isPowerOfTwo = (low: ArrayLike, high: ArrayLike): boolean =>
  typeof low === 'number' &&
  typeof high === 'number' &&
  Number.isInteger(log2(Math.fround(Math.fround(high) - Math.fround(low))))

/** Uniform in [low, high) at these counters: parameters broadcast to their shape. */
export const uniformAt = (
  counters: NdArray,
  key: NdArray,
  dtype: DType,
  low: ArrayLike = 0,
  high: ArrayLike = 1
): NdArray => {
  const unit = fractions(key, counters, dtype)
  if (low === 0 && high === 1) return unit
  const [from, to] = [low, high].map((x) => parameter(x, dtype, counters.shape))
  const span = sub(to, from)
  const value = isPowerOfTwo(low, high) ? add(mul(unit, span), from) : scaled(unit, span, from)
  return max(from, value)
}

/** Uniform in [low, high): parameters broadcast to the shape of the result. */
export const uniformIn = (
  key: NdArray,
  shape: Shape,
  dtype: DType,
  low: ArrayLike = 0,
  high: ArrayLike = 1
): NdArray =>
  typeof low === 'number' && typeof high === 'number'
    ? sampled('uniform', shape, [dtype, low, high], [key], (counters, k) =>
        uniformAt(counters, k, dtype, low, high)
      )
    : sampled(
        'uniformBetween',
        shape,
        [dtype],
        [key, typed(low, dtype), typed(high, dtype)],
        (counters, k, from, to) => uniformAt(counters, k, dtype, from, to)
      )

export interface UniformOptions extends SamplerOptions {
  /** 0 by default. */
  readonly minval?: ArrayLike
  /** Not among the samples; 1 by default. */
  readonly maxval?: ArrayLike
}

/**
 * Uniform in [minval, maxval), differentiable in both.
 *
 * Shape:  -> shape, to which minval and maxval broadcast.
 * Errors: DTypeError when the type is no real floating-point type.
 *
 * @example
 * random.uniform(random.key(0), [3]) // => [0.947667   0.9785799  0.33229148]
 *
 * @category samplers
 * @since 0.1.0
 */
export const uniform = (key: NdArray, shape: Shape = [], options: UniformOptions = {}): NdArray =>
  consuming('uniform', key, () => {
    checkOptions('uniform', options, ['dtype', 'minval', 'maxval'])
    const { minval = 0, maxval = 1 } = options
    const dtype = floatType('uniform', options.dtype, [minval, maxval])
    sampleShape('uniform', checkShape('uniform', shape), [shapeOf(minval), shapeOf(maxval)])
    return uniformIn(key, shape, dtype, minval, maxval)
  })
