/** Activations that are straight lines with corners. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import { customJvp } from '../../control/custom-jvp.ts'
import * as lax from '../../lax/index.ts'

const asArray = (x: ArrayLike): NdArray => lax.convertElementType(x, lax.typeOf(x).dtype)

const zeroWhere = (outside: NdArray, x: NdArray): NdArray =>
  lax.select(outside, lax.zerosLike(x), x)

// Derivatives look at results, so that what went in need not be kept.

const reluOf = customJvp((x: NdArray) => lax.max(x, 0), {
  jvp: ([x]: readonly [NdArray], [dx]: readonly [NdArray]) => {
    const y = lax.max(x, 0)
    return [y, zeroWhere(lax.le(y, 0), dx)]
  }
})

/**
 * max(x, 0). Its derivative at 0 is 0.
 *
 * Source: Nair & Hinton 2010.
 *
 * @category activations
 * @since 0.1.0
 */
export const relu = (x: ArrayLike): NdArray => reluOf(asArray(x))

const relu6Of = customJvp((x: NdArray) => lax.min(lax.max(x, 0), 6), {
  jvp: ([x]: readonly [NdArray], [dx]: readonly [NdArray]) => {
    const y = lax.min(lax.max(x, 0), 6)
    return [y, zeroWhere(lax.or(lax.le(y, 0), lax.ge(y, 6)), dx)]
  }
})

/**
 * min(max(x, 0), 6). Its derivative at 0 and 6 is 0.
 *
 * @category activations
 * @since 0.1.0
 */
export const relu6 = (x: ArrayLike): NdArray => relu6Of(asArray(x))

export interface LeakyReluOptions {
  /** Slope below 0: 0.01 by default. */
  readonly negativeSlope?: number
}

/**
 * x above 0, negativeSlope · x below.
 *
 * Source: Maas, Hannun & Ng 2013.
 *
 * @category activations
 * @since 0.1.0
 */
export const leakyRelu = (x: ArrayLike, options: LeakyReluOptions = {}): NdArray => {
  checkOptions('leakyRelu', options, ['negativeSlope'])
  const a = asArray(x)
  return lax.select(lax.ge(a, 0), a, lax.mul(a, options.negativeSlope ?? 0.01))
}

export interface HardTanhOptions {
  /** −1 by default. */
  readonly minval?: number
  /** 1 by default. */
  readonly maxval?: number
}

/**
 * x within [minval, maxval], else the nearer end.
 *
 * @example
 * nn.hardTanh(np.array([-3, 0.5, 3]), { maxval: 2 }) // => [-1. 0.5 2.]
 *
 * @category activations
 * @since 0.1.0
 */
export const hardTanh = (x: ArrayLike, options: HardTanhOptions = {}): NdArray => {
  checkOptions('hardTanh', options, ['minval', 'maxval'])
  const { minval = -1, maxval = 1 } = options
  const a = asArray(x)
  const low = lax.select(lax.lt(a, minval), lax.fullLike(a, minval), a)
  return lax.select(lax.gt(a, maxval), lax.fullLike(a, maxval), low)
}

export interface ShrinkOptions {
  /** Half the width of what becomes zero: 0.5 by default. */
  readonly lambda?: number
}

/**
 * x where |x| > λ, else 0.
 *
 * @example
 * nn.hardShrink(np.array([-1, 0.3, 1])) // => [-1. 0. 1.]
 *
 * @category activations
 * @since 0.1.0
 */
export const hardShrink = (x: ArrayLike, options: ShrinkOptions = {}): NdArray => {
  checkOptions('hardShrink', options, ['lambda'])
  const a = asArray(x)
  return zeroWhere(lax.le(lax.abs(a), options.lambda ?? 0.5), a)
}

/**
 * x moved towards 0 by λ, and 0 where it would pass it: sign(x) max(|x| − λ, 0).
 *
 * Source: Donoho 1995.
 *
 * @example
 * nn.softShrink(np.array([-1, 0.3, 1])) // => [-0.5 0. 0.5]
 *
 * @category activations
 * @since 0.1.0
 */
export const softShrink = (x: ArrayLike, options: ShrinkOptions = {}): NdArray => {
  checkOptions('softShrink', options, ['lambda'])
  const { lambda: by = 0.5 } = options
  const a = asArray(x)
  const above = zeroWhere(lax.le(a, by), lax.sub(a, by))
  return lax.select(lax.lt(a, -by), lax.add(a, by), above)
}

/**
 * x − tanh(x).
 *
 * @example
 * nn.tanhShrink(0).item() // => 0
 *
 * @category activations
 * @since 0.1.0
 */
export const tanhShrink = (x: ArrayLike): NdArray => lax.sub(x, lax.tanh(x))

export interface ThresholdOptions {
  readonly threshold: number
  /** What stands where x does not exceed the threshold. */
  readonly value: number
}

/**
 * x above the threshold, else `value`.
 *
 * @example
 * nn.threshold(np.array([1, 3]), { threshold: 2, value: -1 }) // => [-1. 3.]
 *
 * @category activations
 * @since 0.1.0
 */
export const threshold = (x: ArrayLike, options: ThresholdOptions): NdArray => {
  checkOptions('threshold', options, ['threshold', 'value'])
  const a = asArray(x)
  return lax.select(lax.gt(a, options.threshold), a, lax.fullLike(a, options.value))
}

/**
 * relu6(x + 3) / 6: a sigmoid of straight lines.
 *
 * @category activations
 * @since 0.1.0
 */
export const hardSigmoid = (x: ArrayLike): NdArray => lax.div(relu6(lax.add(x, 3)), 6)

/**
 * x · hardSigmoid(x).
 *
 * Source: Howard et al. 2019.
 *
 * @category activations
 * @since 0.1.0
 */
export const hardSilu = (x: ArrayLike): NdArray => lax.mul(x, hardSigmoid(x))
export const hardSwish = hardSilu

/**
 * 0 up to −1, x from 1 on, (x + 1)² / 4 between: a softplus that reaches its asymptotes.
 *
 * @category activations
 * @since 0.1.0
 */
export const sparsePlus = (x: ArrayLike): NdArray => {
  const a = asArray(x)
  const between = lax.div(lax.square(lax.add(a, 1)), 4)
  return zeroWhere(lax.le(a, -1), lax.select(lax.ge(a, 1), a, between))
}

/**
 * (x + 1) / 2 within [0, 1]: the derivative of sparsePlus.
 *
 * @category activations
 * @since 0.1.0
 */
export const sparseSigmoid = (x: ArrayLike): NdArray =>
  lax.mul(lax.clamp(0, lax.add(asArray(x), 1), 2), 0.5)
