/** Normal samples and what is made of them. */
import { type ArrayLike, type NdArray } from '../core/array.ts'
import { isComplex, realPart, type DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import { broadcast, type Shape } from '../core/shape.ts'
import { clamp } from '../primitives/clamp.ts'
import { complex } from '../primitives/complex.ts'
import { exp } from '../primitives/elementary.ts'
import { square } from '../primitives/arithmetic.ts'
import { constant } from '../primitives/elementwise.ts'
import { erf, erfInv } from '../primitives/error-function.ts'
import { stopGradient } from '../primitives/identity.ts'
import { broadcastTo, sum } from '../primitives/movement.ts'
import { sqrt } from '../primitives/roots.ts'
import { nextafter } from '../primitives/rounding.ts'
import {
  checkShape,
  floatOption,
  sampleShape,
  shapeOf,
  typed,
  type SamplerOptions,
  type SampleShape
} from './arguments.ts'
import { add, div, mul } from './arithmetic.ts'
import { rademacher } from './discrete.ts'
import { sampled, type DrawAt } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { subkeys } from './keys.ts'
import { floatFacts, uniformAt } from './uniform.ts'

/** The number after −1: uniform samples from here to 1 have a finite inverse error function. */
export const aboveMinusOne = (dtype: DType): number => -1 + floatFacts(dtype).epsilon / 2

/** √2 erf⁻¹(u), u uniform in (−1, 1). */
export const normalAt = (counters: NdArray, key: NdArray, dtype: DType): NdArray =>
  mul(erfInv(uniformAt(counters, key, dtype, aboveMinusOne(dtype), 1)), Math.SQRT2)

const realNormal = (key: NdArray, shape: Shape, dtype: DType): NdArray =>
  sampled('normal', shape, [dtype], [key], (counters, k) => normalAt(counters, k, dtype))

/**
 * Standard normal samples. Complex ones have variance 1 in all, half of it in each part.
 *
 * Shape:  -> shape; float32 by default.
 * Errors: DTypeError when the type is an integer or bool.
 * Source: inverse of the distribution function.
 *
 * @example
 * random.normal(random.key(0), [2]) // => [1.622642  2.0252647]
 *
 * @category samplers
 * @since 0.1.0
 */
export const normal = (key: NdArray, shape: Shape = [], options: SamplerOptions = {}): NdArray =>
  consuming('normal', key, () => {
    checkShape('normal', shape)
    const dtype = options?.dtype ?? 'float32' // JavaScript may pass null, which is refused below
    if (!isComplex(dtype)) return realNormal(key, shape, floatOption('normal', options))
    checkOptions('normal', options, ['dtype'])
    const parts = subkeys(key).map((k) => realNormal(k, shape, realPart(dtype)))
    const [re, im] = parts.map((x) => div(x, Math.SQRT2))
    return complex(re, im)
  })

const truncatedAt: DrawAt = (counters, key, low, high) => {
  const quantile = (x: NdArray): NdArray => erf(div(x, Math.SQRT2))
  const u = uniformAt(counters, key, low.dtype, quantile(low), quantile(high))
  // Rounding must not carry a sample to the bounds.
  const inner = (x: NdArray, to: number): NdArray => nextafter(stopGradient(x), constant(x, to))
  return clamp(inner(low, Infinity), mul(erfInv(u), Math.SQRT2), inner(high, -Infinity))
}

/**
 * Standard normal samples between `lower` and `upper`, both exclusive; differentiable in both.
 *
 * Shape: the bounds broadcast to shape, by default to the shape they have together.
 *
 * @example
 * random.truncatedNormal(random.key(42), -1, 2, [3]) // => [0.14770006 0.56844485 0.42102548]
 *
 * @category samplers
 * @since 0.1.0
 */
export const truncatedNormal = (
  key: NdArray,
  lower: ArrayLike,
  upper: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('truncatedNormal', key, () => {
    const dtype = floatOption('truncatedNormal', options, [lower, upper])
    const out = sampleShape('truncatedNormal', shape, [shapeOf(lower), shapeOf(upper)])
    const bounds = [lower, upper].map((x) => typed(x, dtype))
    return sampled('truncatedNormal', out, [dtype], [key, ...bounds], truncatedAt)
  })

/**
 * e^(σ z), z standard normal.
 *
 * Shape: sigma broadcasts to shape, which is its own by default.
 *
 * @example
 * random.lognormal(random.key(42), 1, [2]) // => [0.9720922 1.5954117]
 *
 * @category samplers
 * @since 0.1.0
 */
export const lognormal = (
  key: NdArray,
  sigma: ArrayLike = 1,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('lognormal', key, () => {
    const dtype = floatOption('lognormal', options, [sigma])
    const out = sampleShape('lognormal', shape, [shapeOf(sigma)])
    return sampled('lognormal', out, [dtype], [key, typed(sigma, dtype)], (counters, k, s) =>
      exp(mul(normalAt(counters, k, dtype), s))
    )
  })

/**
 * √(x² + y² + z²) of three standard normal numbers: density ∝ x² e^(−x²/2), x ≥ 0.
 *
 * Shape: -> shape.
 *
 * @category samplers
 * @since 0.1.0
 */
export const maxwell = (key: NdArray, shape: Shape = [], options: SamplerOptions = {}): NdArray =>
  consuming('maxwell', key, () => {
    const dtype = floatOption('maxwell', options)
    checkShape('maxwell', shape)
    return sqrt(sum(square(realNormal(key, [...shape, 3], dtype)), [shape.length]))
  })

/**
 * `loc` + `scale` · (a Maxwell sample of either sign).
 *
 * Shape: as JAX has it, the shape that the parameters have together after `shape`, which is that
 *        same shape when it is left out.
 *
 * @category samplers
 * @since 0.1.0
 */
export const doubleSidedMaxwell = (
  key: NdArray,
  loc: ArrayLike,
  scale: ArrayLike,
  shape: Shape = [],
  options: SamplerOptions = {}
): NdArray =>
  consuming('doubleSidedMaxwell', key, () => {
    const dtype = floatOption('doubleSidedMaxwell', options, [loc, scale])
    const parameters = broadcast('doubleSidedMaxwell', [shapeOf(loc), shapeOf(scale)])
    checkShape('doubleSidedMaxwell', shape)
    const out = [...(shape.length === 0 ? parameters : shape), ...parameters]
    const [sizes, signs] = subkeys(key)
    const signed = mul(rademacher(signs, out, { dtype }), maxwell(sizes, out, { dtype }))
    const [center, width] = [loc, scale].map((x) => broadcastTo(typed(x, dtype), out))
    return add(mul(signed, width), center)
  })
