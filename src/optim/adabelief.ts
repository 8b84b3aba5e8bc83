/** AdaBelief: long steps where gradients are as expected, short ones where they surprise. */
import type { NdArray } from '../core/array.ts'
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
  zeros
} from './arithmetic.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import { momentRatio } from './moment-ratio.ts'
import type { Scalar } from './rate.ts'
import type { ScaleByAdamState } from './scale-by-adam.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByBeliefOptions {
  /** 0.9 by default. */
  readonly b1?: Scalar
  /** 0.999 by default. */
  readonly b2?: Scalar
  /** 1e-16 by default. */
  readonly eps?: Scalar
  /** Added to the second moment at every step: 1e-16 by default. */
  readonly epsRoot?: Scalar
  readonly nesterov?: boolean
}

const beliefOptions = ['b1', 'b2', 'eps', 'epsRoot', 'nesterov']

/**
 * m = b1 m + (1 − b1) g, s = b2 s + (1 − b2) (g − m)² + epsRoot; emits m̂ / (√ŝ + eps).
 *
 * Source: Zhuang et al. 2020.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByBelief = (options: ScaleByBeliefOptions = {}): GradientTransformation => {
  checkOptions('scaleByBelief', options, beliefOptions)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16, nesterov = false } = options
  return transformation<ScaleByAdamState>({
    init: (params) => ({ count: zeroCount(), mu: zeros(params), nu: zeros(params) }),
    update: <P>(grads: P, state: ScaleByAdamState) => {
      const mu = updateMoment(grads, state.mu as P, b1, 1) // init and update made it like P
      const surprise = tree.map((g: NdArray, m: NdArray) => lax.sub(g, m), grads, mu)
      const nu = tree.map(
        (s: NdArray) => np.add(s, epsRoot),
        updateMoment(surprise, state.nu as P, b2, 2)
      )
      const count = safeIncrement(state.count)
      const mean = nesterov ? nesterovMean(mu, grads, b1, count) : biasCorrection(mu, b1, count)
      return [momentRatio(mean, biasCorrection(nu, b2, count), eps), { count, mu, nu }]
    }
  })
}

export interface AdabeliefOptions extends LearningRateOption, ScaleByBeliefOptions {}

/**
 * Scaling by belief in the gradient, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Zhuang et al. 2020.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adabelief = (options: AdabeliefOptions): GradientTransformation =>
  descent(scaleByBelief(withoutRate('adabelief', options, beliefOptions)), options)
