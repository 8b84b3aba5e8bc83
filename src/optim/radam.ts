/** RAdam: Adam that waits until its second moment can be trusted. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  biasCorrection,
  nesterovMean,
  safeIncrement,
  updateMoment,
  zeroCount,
  zeros,
  widest
} from './arithmetic.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import { momentRatio } from './moment-ratio.ts'
import type { Scalar } from './rate.ts'
import type { ScaleByAdamState } from './scale-by-adam.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByRadamOptions {
  /** 0.9 by default. */
  readonly b1?: Scalar
  /** 0.999 by default. */
  readonly b2?: Scalar
  /** 1e-8 by default. */
  readonly eps?: Scalar
  readonly epsRoot?: Scalar
  /** From this length of the average on, the second moment is used: 5 by default. */
  readonly threshold?: Scalar
  readonly nesterov?: boolean
}

const radamOptions = ['b1', 'b2', 'eps', 'epsRoot', 'threshold', 'nesterov']

/** ρ∞ = 2 / (1 − b2) − 1: the length of the average in the end. */
const finalLength = (b2: Scalar): Scalar =>
  typeof b2 === 'number' ? 2 / (1 - b2) - 1 : np.sub(np.div(2, np.sub(1, b2)), 1)

/**
 * With ρ = ρ∞ − 2 t b2^t / (1 − b2^t): emits r m̂ / (√(v̂ + epsRoot) + eps) where ρ ≥ threshold,
 * r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ)), and m̂ before.
 *
 * Source: Liu et al. 2020.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByRadam = (options: ScaleByRadamOptions = {}): GradientTransformation => {
  checkOptions('scaleByRadam', options, radamOptions)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5, nesterov = false } = options
  const limit = finalLength(b2)
  const lengthAt = (count: NdArray, dtype: DType): NdArray => {
    const t = lax.convertElementType(count, dtype)
    const power = np.power(b2, t)
    return np.sub(limit, np.div(np.mul(np.mul(t, 2), power), np.sub(1, power)))
  }
  const rectifier = (length: NdArray): NdArray => {
    const above = np.mul(np.mul(np.sub(length, 4), np.sub(length, 2)), limit)
    const below = np.mul(np.mul(np.sub(limit, 4), np.sub(limit, 2)), length)
    return lax.sqrt(np.div(above, below))
  }
  return transformation<ScaleByAdamState>({
    init: (params) => ({ count: zeroCount(), mu: zeros(params), nu: zeros(params) }),
    update: <P>(grads: P, state: ScaleByAdamState) => {
      const mu = updateMoment(grads, state.mu as P, b1, 1) // init and update made it like P
      const nu = updateMoment(grads, state.nu as P, b2, 2)
      const count = safeIncrement(state.count)
      const length = lengthAt(count, widest(grads))
      const factor = rectifier(length)
      const isLong = np.greaterEqual(length, threshold)
      const mean = nesterov ? nesterovMean(mu, grads, b1, count) : biasCorrection(mu, b1, count)
      const updates = tree.map(
        (adapted: NdArray, m: NdArray) =>
          lax.select(isLong, lax.mul(lax.convertElementType(factor, m.dtype), adapted), m),
        momentRatio(mean, biasCorrection(nu, b2, count), eps, epsRoot),
        mean
      )
      return [updates, { count, mu, nu }]
    }
  })
}

export interface RadamOptions extends LearningRateOption, ScaleByRadamOptions {}

/**
 * Scaling by rectified moments, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Liu et al. 2020.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const radam = (options: RadamOptions): GradientTransformation =>
  descent(scaleByRadam(withoutRate('radam', options, radamOptions)), options)
