/** Coins: samples of two values, and how long one waits for one of them. */
import { scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { isFloat, type DType } from '../core/dtype.ts'
import { DTypeError, checkOptions } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import { convertElementType } from '../primitives/convert.ts'
import { log, log1p } from '../primitives/elementary.ts'
import { broadcastTo } from '../primitives/movement.ts'
import { neg } from '../primitives/negation.ts'
import { floor } from '../primitives/rounding.ts'
import { leafArray } from '../trace/flat.ts'
import {
  checkName,
  checkShape,
  integerOption,
  sampleShape,
  shapeOf,
  type SamplerOptions,
  type SampleShape
} from './arguments.ts'
import { add, div, lt, mul, sub } from './arithmetic.ts'
import { sampled } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { leading } from './movement.ts'
import { floatFacts, uniformAt, uniformIn } from './uniform.ts'

/** A probability as it came, in its own floating type: comparisons are made in it. */
const probability = (operation: string, p: ArrayLike): NdArray => {
  const x = typeof p === 'number' ? scalar(p, 'float32') : leafArray(p)
  if (isFloat(x.dtype)) return x
  throw new DTypeError(operation, {
    problem: 'the probability is no floating-point number',
    got: x.dtype,
    expected: 'a number, or an array of a floating-point type',
    hint: "convert with astype('float32')"
  })
}

export interface BernoulliOptions {
  /** `high` spends twice the bits: probabilities below 10^-7 are wrong without. */
  readonly mode?: 'low' | 'high'
}

/**
 * True with probability `p`.
 *
 * Shape:  p broadcasts to shape, which is its own by default; the result is bool.
 * Errors: DTypeError when p is no floating-point number.
 *
 * @example
 * random.bernoulli(random.key(42), 0.5, [4]) // => [ true false false false]
 *
 * @category samplers
 * @since 0.1.0
 */
export const bernoulli = (
  key: NdArray,
  p: ArrayLike = 0.5,
  shape?: SampleShape,
  options: BernoulliOptions = {}
): NdArray =>
  consuming('bernoulli', key, () => {
    checkOptions('bernoulli', options, ['mode'])
    const { mode = 'low' } = options
    checkName('bernoulli', 'mode', mode, ['low', 'high'])
    const mean = probability('bernoulli', p)
    const out = sampleShape('bernoulli', shape, [mean.shape])
    if (mode === 'low')
      return sampled('bernoulli', out, [mean.dtype], [key, mean], (counters, k, limit) =>
        lt(uniformAt(counters, k, limit.dtype), limit)
      )
    const limit = broadcastTo(mean, out)
    const both = uniformIn(key, [2, ...out], mean.dtype)
    const fine = mul(leading(both, 1), floatFacts(mean.dtype).epsilon)
    return lt(fine, sub(limit, leading(both, 0)))
  })

const signs = (key: NdArray, shape: Shape, dtype: DType): NdArray =>
  sub(mul(convertElementType(bernoulli(key, 0.5, shape), dtype), 2), 1)

/**
 * −1 or 1, each half of the time.
 *
 * Shape: -> shape; int32 by default, any type of numbers by option.
 *
 * @example
 * random.rademacher(random.key(0), [5]) // => [-1 -1  1  1 -1]
 *
 * @category samplers
 * @since 0.1.0
 */
export const rademacher = (
  key: NdArray,
  shape: Shape = [],
  options: SamplerOptions = {}
): NdArray =>
  consuming('rademacher', key, () => {
    checkOptions('rademacher', options, ['dtype'])
    return signs(key, checkShape('rademacher', shape), options.dtype ?? 'int32')
  })

/**
 * The number of trials up to the first success: P(k) = p (1 − p)^(k−1), k ≥ 1.
 *
 * Shape:  p broadcasts to shape, which is its own by default; int32 by default.
 * Source: inverse of the distribution function, ⌊log u / log(1 − p)⌋ + 1.
 *
 * @example
 * random.geometric(random.key(0), 0.25, [4]) // => [1 1 4 3]
 *
 * @category samplers
 * @since 0.1.0
 */
export const geometric = (
  key: NdArray,
  p: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('geometric', key, () => {
    const dtype = integerOption('geometric', options)
    const success = probability('geometric', p)
    const out = sampleShape('geometric', shape, [shapeOf(success)])
    return sampled(
      'geometric',
      out,
      [dtype, success.dtype],
      [key, success],
      (counters, k, mean) => {
        const failure = log1p(neg(mean))
        const waits = floor(div(log(uniformAt(counters, k, mean.dtype)), failure))
        return convertElementType(add(waits, 1), dtype)
      }
    )
  })
