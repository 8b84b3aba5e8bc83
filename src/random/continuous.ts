/** Distributions whose inverse, or something as short, is known: one uniform number per sample. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import { abs, integerPow, sign } from '../primitives/arithmetic.ts'
import { exp, log, log1p } from '../primitives/elementary.ts'
import { neg } from '../primitives/negation.ts'
import { sqrt } from '../primitives/roots.ts'
import { tan } from '../primitives/trigonometry.ts'
import {
  checkName,
  checkShape,
  floatOption,
  floatType,
  parameter,
  sampleShape,
  shapeOf,
  typed,
  type SamplerOptions,
  type SampleShape
} from './arguments.ts'
import { add, div, ge, le, lt, mul, pow, sub, where } from './arithmetic.ts'
import { sampled, type DrawAt } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { subkeys } from './keys.ts'
import { leading } from './movement.ts'
import { aboveMinusOne, normalAt } from './normal.ts'
import { floatFacts, uniformAt, uniformIn } from './uniform.ts'

type Plain = (key: NdArray, shape?: Shape, options?: SamplerOptions) => NdArray

/** A sampler without parameters, from what it draws at counters. */
const plain = (
  name: string,
  draw: (counters: NdArray, key: NdArray, dtype: DType) => NdArray
): Plain => {
  const sampler: Plain = (key, shape = [], options = {}) =>
    consuming(name, key, () => {
      checkShape(name, shape)
      const dtype = floatOption(name, options)
      return sampled(name, shape, [dtype], [key], (counters, k) => draw(counters, k, dtype))
    })
  return Object.defineProperty(sampler, 'name', { value: name })
}

/** −log(1 − u): 1 − u is never 0. */
const exponentialAt = (counters: NdArray, key: NdArray, dtype: DType): NdArray =>
  neg(log1p(neg(uniformAt(counters, key, dtype))))

/**
 * Exponential samples with mean 1: density e^(−x), x ≥ 0.
 *
 * Shape: -> shape; float32 by default.
 *
 * @example
 * random.exponential(random.key(0), [2]) // => [2.950128  3.8434246]
 *
 * @category samplers
 * @since 0.1.0
 */
export const exponential = plain('exponential', exponentialAt)

/**
 * Laplace samples: density e^(−|x|) / 2.
 *
 * Shape: -> shape; float32 by default.
 *
 * @example
 * random.laplace(random.key(42), [2]) // => [ 0.02283965 -0.44565356]
 *
 * @category samplers
 * @since 0.1.0
 */
export const laplace = plain('laplace', (counters, key, dtype) => {
  const u = uniformAt(counters, key, dtype, aboveMinusOne(dtype), 1)
  return mul(sign(u), log1p(neg(abs(u))))
})

/**
 * Logistic samples: density e^(−x) / (1 + e^(−x))².
 *
 * Shape: -> shape; float32 by default.
 *
 * @example
 * random.logistic(random.key(42), [2]) // => [-0.04516941  0.7528398 ]
 *
 * @category samplers
 * @since 0.1.0
 */
export const logistic = plain('logistic', (counters, key, dtype) => {
  const u = uniformAt(counters, key, dtype, floatFacts(dtype).tiny, 1)
  return sub(log(u), log1p(neg(u)))
})

/**
 * Cauchy samples: density 1 / (π (1 + x²)). They have no mean.
 *
 * Shape: -> shape; float32 by default.
 *
 * @example
 * random.cauchy(random.key(42), [2]) // => [-0.03548463  0.6337261 ]
 *
 * @category samplers
 * @since 0.1.0
 */
export const cauchy = plain('cauchy', (counters, key, dtype) => {
  const u = uniformAt(counters, key, dtype, floatFacts(dtype).epsilon, 1)
  return tan(mul(sub(u, 0.5), Math.PI))
})

export interface GumbelOptions extends SamplerOptions {
  /** `high` spends twice the bits: the largest float32 sample is about 32 instead of 16. */
  readonly mode?: 'low' | 'high'
}

/**
 * Gumbel samples: density e^(−(x + e^(−x))). The largest of `logits + gumbel` is a categorical
 * sample.
 *
 * Shape: -> shape; float32 by default.
 *
 * @example
 * random.gumbel(random.key(42), [2]) // => [0.3340934 0.9520195]
 *
 * @category samplers
 * @since 0.1.0
 */
export const gumbel = (key: NdArray, shape: Shape = [], options: GumbelOptions = {}): NdArray =>
  consuming('gumbel', key, () => {
    checkOptions('gumbel', options, ['dtype', 'mode'])
    const { mode = 'low' } = options
    checkName('gumbel', 'mode', mode, ['low', 'high'])
    const dtype = floatType('gumbel', options.dtype)
    checkShape('gumbel', shape)
    const { tiny, epsilon } = floatFacts(dtype)
    if (mode === 'low')
      return sampled('gumbel', shape, [dtype], [key], (counters, k) =>
        neg(log(neg(log(uniformAt(counters, k, dtype, tiny, 1)))))
      )
    const both = uniformIn(key, [2, ...shape], dtype)
    const [coarse, fine] = [leading(both, 0), leading(both, 1)]
    // Above a half the finer bits have no room, and could round up to 1.
    const u = where(ge(coarse, 0.5), coarse, add(add(coarse, mul(fine, epsilon)), tiny))
    return neg(log(neg(log1p(neg(u)))))
  })

/**
 * Pareto samples: density b / x^(b+1), x ≥ 1.
 *
 * Shape: b broadcasts to shape, which is its own by default.
 *
 * @category samplers
 * @since 0.1.0
 */
export const pareto = (
  key: NdArray,
  b: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('pareto', key, () => {
    const dtype = floatOption('pareto', options, [b])
    const out = sampleShape('pareto', shape, [shapeOf(b)])
    return sampled('pareto', out, [dtype], [key, typed(b, dtype)], (counters, k, power) =>
      exp(div(exponentialAt(counters, k, dtype), power))
    )
  })

/**
 * Rayleigh samples: density x / σ² · e^(−x² / 2σ²), x ≥ 0.
 *
 * Shape: scale broadcasts to shape, which is its own by default.
 *
 * @category samplers
 * @since 0.1.0
 */
export const rayleigh = (
  key: NdArray,
  scale: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('rayleigh', key, () => {
    const dtype = floatOption('rayleigh', options, [scale])
    const out = sampleShape('rayleigh', shape, [shapeOf(scale)])
    return sampled('rayleigh', out, [dtype], [key, typed(scale, dtype)], (counters, k, sigma) =>
      mul(sigma, sqrt(mul(log(uniformAt(counters, k, dtype)), -2)))
    )
  })

/**
 * Weibull samples: density ∝ x^(c−1) e^(−(x/σ)^c), x > 0, with scale σ and concentration c.
 *
 * Shape: one number for each element of shape, and shape and parameters broadcast.
 *
 * @category samplers
 * @since 0.1.0
 */
export const weibullMin = (
  key: NdArray,
  scale: ArrayLike,
  concentration: ArrayLike,
  shape: Shape = [],
  options: SamplerOptions = {}
): NdArray =>
  consuming('weibullMin', key, () => {
    const dtype = floatOption('weibullMin', options, [scale, concentration])
    const e = exponential(key, checkShape('weibullMin', shape), { dtype })
    const out = sampleShape('weibullMin', null, [shape, shapeOf(scale), shapeOf(concentration)])
    const power = div(1, parameter(concentration, dtype, out))
    return mul(pow(parameter(e, dtype, out), power), parameter(scale, dtype, out))
  })

const triangularAt: DrawAt = (counters, key, a, b, c) => {
  const u = uniformAt(counters, key, a.dtype)
  const width = sub(c, a)
  const rising = add(a, sqrt(mul(mul(u, width), sub(b, a))))
  const falling = sub(c, sqrt(mul(mul(sub(1, u), width), sub(c, b))))
  return where(lt(u, div(sub(b, a), width)), rising, falling)
}

/**
 * Samples between `left` and `right` with a density that rises to `mode` and falls from it.
 *
 * Shape: the parameters broadcast to shape, by default to the shape they have together.
 *
 * @category samplers
 * @since 0.1.0
 */
export const triangular = (
  key: NdArray,
  left: ArrayLike,
  mode: ArrayLike,
  right: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('triangular', key, () => {
    const parameters = [left, mode, right]
    const dtype = floatOption('triangular', options, parameters)
    const out = sampleShape('triangular', shape, parameters.map(shapeOf))
    const places = parameters.map((p) => typed(p, dtype))
    return sampled('triangular', out, [dtype], [key, ...places], triangularAt)
  })

const waldAt: DrawAt = (counters, key, mu) => {
  const [first, second] = subkeys(key)
  const y = integerPow(normalAt(counters, first, mu.dtype), 2)
  const z = uniformAt(counters, second, mu.dtype)
  const square = integerPow(mu, 2)
  const root = sqrt(add(mul(mul(mu, 4), y), mul(square, integerPow(y, 2))))
  const x = sub(add(mu, div(mul(square, y), 2)), mul(div(mu, 2), root))
  return where(le(z, div(mu, add(mu, x))), x, div(square, x))
}

/**
 * Wald (inverse Gaussian) samples with scale 1: density √(1 / 2πx³) e^(−(x − μ)² / 2μ²x).
 *
 * Shape:  mean broadcasts to shape, which is its own by default.
 * Source: Michael, Schucany, Haas 1976, "Generating random variates using transformations with
 *         multiple roots".
 *
 * @category samplers
 * @since 0.1.0
 */
export const wald = (
  key: NdArray,
  mean: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('wald', key, () => {
    const dtype = floatOption('wald', options, [mean])
    const out = sampleShape('wald', shape, [shapeOf(mean)])
    return sampled('wald', out, [dtype], [key, typed(mean, dtype)], waldAt)
  })
