/** Smooth activations. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import { normalizeAxis } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'

/**
 * x itself.
 *
 * @category activations
 * @since 0.1.0
 */
export const identity = (x: ArrayLike): NdArray => lax.convertElementType(x, lax.typeOf(x).dtype)

/**
 * 1 / (1 + e^−x).
 *
 * @category activations
 * @since 0.1.0
 */
export const sigmoid = (x: ArrayLike): NdArray => lax.logistic(x)

/**
 * @category activations
 * @since 0.1.0
 */
export const tanh = (x: ArrayLike): NdArray => lax.tanh(x)

export interface SoftplusOptions {
  /** How sharp the corner is: 1 by default. */
  readonly beta?: number
  /** Above threshold / beta it is the identity, as in PyTorch (20); nowhere by default, as in JAX. */
  readonly threshold?: number
}

/**
 * log(1 + e^βx) / β, without overflow: max(x, 0) + log1p(e^−|βx|) / β.
 *
 * Source: Dugas et al. 2001.
 *
 * @example
 * nn.softplus(np.array([0, 100]), { threshold: 20 }) // => [0.693 100.]
 *
 * @category activations
 * @since 0.1.0
 */
export const softplus = (x: ArrayLike, options: SoftplusOptions = {}): NdArray => {
  checkOptions('softplus', options, ['beta', 'threshold'])
  const { beta = 1, threshold } = options
  const scaled = beta === 1 ? identity(x) : lax.mul(x, beta)
  const raw = lax.add(lax.max(scaled, 0), lax.log1p(lax.exp(lax.neg(lax.abs(scaled)))))
  const y = beta === 1 ? raw : lax.div(raw, beta)
  return threshold === undefined ? y : lax.select(lax.gt(scaled, threshold), x, y)
}

/**
 * log(sigmoid(x)) = −softplus(−x).
 *
 * @category activations
 * @since 0.1.0
 */
export const logSigmoid = (x: ArrayLike): NdArray => lax.neg(softplus(lax.neg(x)))

/**
 * x / (1 + |x|).
 *
 * @category activations
 * @since 0.1.0
 */
export const softSign = (x: ArrayLike): NdArray => lax.div(x, lax.add(lax.abs(x), 1))

/**
 * x · sigmoid(x), also known as swish.
 *
 * Source: Hendrycks & Gimpel 2016; Ramachandran, Zoph & Le 2017.
 *
 * @category activations
 * @since 0.1.0
 */
export const silu = (x: ArrayLike): NdArray => lax.mul(x, lax.logistic(x))
export const swish = silu

/**
 * x · tanh(softplus(x)).
 *
 * Source: Misra 2019.
 *
 * @category activations
 * @since 0.1.0
 */
export const mish = (x: ArrayLike): NdArray => lax.mul(x, lax.tanh(softplus(x)))

export interface EluOptions {
  /** 1 by default. */
  readonly alpha?: number
}

/** α (e^min(x, 0) − 1), which has no infinite branch to spoil a gradient. */
const below = (x: NdArray): NdArray => lax.expm1(lax.select(lax.gt(x, 0), lax.zerosLike(x), x))

/**
 * x above 0, α (e^x − 1) below.
 *
 * Source: Clevert, Unterthiner & Hochreiter 2016.
 *
 * @category activations
 * @since 0.1.0
 */
export const elu = (x: ArrayLike, options: EluOptions = {}): NdArray => {
  checkOptions('elu', options, ['alpha'])
  const a = identity(x)
  return lax.select(lax.gt(a, 0), a, lax.mul(below(a), options.alpha ?? 1))
}

/**
 * max(x, 0) + α (e^(min(x, 0) / α) − 1): an elu whose derivative is continuous for every α.
 *
 * Source: Barron 2017.
 *
 * @category activations
 * @since 0.1.0
 */
export const celu = (x: ArrayLike, options: EluOptions = {}): NdArray => {
  checkOptions('celu', options, ['alpha'])
  const { alpha = 1 } = options
  return lax.add(lax.max(x, 0), lax.mul(lax.expm1(lax.div(lax.min(x, 0), alpha)), alpha))
}

/** λ and α for which unit normal inputs stay so. */
const selu0 = { scale: 1.0507009873554805, alpha: 1.6732632423543772 } as const

/**
 * λ · elu(x, α), with the constants that keep means 0 and variances 1.
 *
 * Source: Klambauer et al. 2017.
 *
 * @category activations
 * @since 0.1.0
 */
export const selu = (x: ArrayLike): NdArray => lax.mul(elu(x, { alpha: selu0.alpha }), selu0.scale)

export interface GeluOptions {
  /** By tanh (true by default, as in JAX) or exactly, by erfc. */
  readonly approximate?: boolean
}

/**
 * x · Φ(x), with Φ the normal distribution function.
 *
 * Source: Hendrycks & Gimpel 2016.
 *
 * @category activations
 * @since 0.1.0
 */
export const gelu = (x: ArrayLike, options: GeluOptions = {}): NdArray => {
  checkOptions('gelu', options, ['approximate'])
  const a = identity(x)
  if (options.approximate === false)
    return lax.mul(lax.mul(a, 0.5), lax.erfc(lax.mul(a, -Math.SQRT1_2)))
  const cube = lax.mul(lax.integerPow(a, 3), 0.044715)
  const inner = lax.mul(lax.add(a, cube), Math.sqrt(2 / Math.PI))
  return lax.mul(a, lax.mul(lax.add(lax.tanh(inner), 1), 0.5))
}

export interface SquareplusOptions {
  /** Smoothness: 4 by default. */
  readonly b?: number
}

/**
 * (x + √(x² + b)) / 2.
 *
 * Source: Barron 2021.
 *
 * @category activations
 * @since 0.1.0
 */
export const squareplus = (x: ArrayLike, options: SquareplusOptions = {}): NdArray => {
  checkOptions('squareplus', options, ['b'])
  const root = lax.sqrt(lax.add(lax.square(x), options.b ?? 4))
  return lax.mul(lax.add(x, root), 0.5)
}

export interface AxisOptions {
  /** The last axis by default. */
  readonly axis?: number
}

/**
 * First half · sigmoid(second half) of an axis.
 *
 * Shape:  the axis has half its extent.
 * Errors: ShapeError when the extent is odd.
 * Source: Dauphin et al. 2017.
 *
 * @category activations
 * @since 0.1.0
 */
export const glu = (x: ArrayLike, options: AxisOptions = {}): NdArray => {
  checkOptions('glu', options, ['axis'])
  const a = identity(x)
  const axis = normalizeAxis('glu', options.axis ?? -1, a.ndim)
  const half = a.shape[axis] / 2
  const [value, gate] = lax.split(a, [half, half], axis)
  return lax.mul(value, lax.logistic(gate))
}

/**
 * log(1 − e^−x) for x > 0, without cancellation at either end.
 *
 * Source: Mächler 2012.
 *
 * @category activations
 * @since 0.1.0
 */
export const log1mexp = (x: ArrayLike): NdArray => {
  const a = identity(x)
  const isSmall = lax.lt(a, Math.LN2)
  const one = lax.fullLike(a, 1)
  // Each branch is computed where it is fit only, so that neither spoils the other's gradient.
  const small = lax.log(lax.neg(lax.expm1(lax.neg(lax.select(isSmall, a, one)))))
  const large = lax.log1p(lax.neg(lax.exp(lax.neg(lax.select(isSmall, one, a)))))
  return lax.select(isSmall, small, large)
}
