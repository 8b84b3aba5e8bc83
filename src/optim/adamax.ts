/** AdaMax: Adam with the infinity norm in place of the second moment. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import {
  biasCorrection,
  safeIncrement,
  updateInfinityMoment,
  updateMoment,
  zeroCount,
  zeros
} from './arithmetic.ts'
import {
  decayedDescent,
  descent,
  withoutRate,
  type LearningRateOption,
  type WeightDecayOptions
} from './descent.ts'
import type { Scalar } from './rate.ts'
import type { ScaleByAdamState } from './scale-by-adam.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByAdamaxOptions {
  /** 0.9 by default. */
  readonly b1?: Scalar
  /** 0.999 by default. */
  readonly b2?: Scalar
  /** 1e-8 by default. */
  readonly eps?: Scalar
}

const adamaxOptions = ['b1', 'b2', 'eps']

/**
 * m = b1 m + (1 − b1) g, u = max(b2 u, |g| + eps); emits m / ((1 − b1^t) u).
 *
 * Source: Kingma & Ba 2015, §7.1.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAdamax = (options: ScaleByAdamaxOptions = {}): GradientTransformation => {
  checkOptions('scaleByAdamax', options, adamaxOptions)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options
  return transformation<ScaleByAdamState>({
    init: (params) => ({ count: zeroCount(), mu: zeros(params), nu: zeros(params) }),
    update: <P>(grads: P, state: ScaleByAdamState) => {
      const count = safeIncrement(state.count)
      const mu = updateMoment(grads, state.mu as P, b1, 1) // init and update made it like P
      const nu = updateInfinityMoment(grads, state.nu as P, b2, eps)
      const updates = tree.map(
        (m: NdArray, u: NdArray) => lax.div(m, u),
        biasCorrection(mu, b1, count),
        nu
      )
      return [updates, { count, mu, nu }]
    }
  })
}

export interface AdamaxOptions extends LearningRateOption, ScaleByAdamaxOptions {}

/**
 * Scaling by the largest gradient, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Kingma & Ba 2015, §7.1.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adamax = (options: AdamaxOptions): GradientTransformation =>
  descent(scaleByAdamax(withoutRate('adamax', options, adamaxOptions)), options)

/** `weightDecay` is 1e-4 by default. */
export interface AdamaxWOptions extends AdamaxOptions, WeightDecayOptions {}

/**
 * AdaMax with decoupled weight decay.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adamaxw = (options: AdamaxWOptions): GradientTransformation => {
  const known = [...adamaxOptions, 'weightDecay', 'mask']
  const { weightDecay = 1e-4, mask, ...scaling } = withoutRate('adamaxw', options, known)
  const { learningRate } = options
  return decayedDescent(scaleByAdamax(scaling), { learningRate, weightDecay, mask })
}
