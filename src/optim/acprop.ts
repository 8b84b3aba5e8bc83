/** AdaBelief whose denominator is one step late. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { biasCorrection, safeIncrement, updateMoment, zeroCount, zeros } from './arithmetic.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import type { Scalar } from './rate.ts'
import type { ScaleByAdamState } from './scale-by-adam.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByAcpropOptions {
  /** Decay of the mean that is the centre: 0.9 by default. */
  readonly b1?: Scalar
  /** Decay of the mean of squares around it: 0.999 by default. */
  readonly b2?: Scalar
  /** 1e-16 by default. */
  readonly eps?: Scalar
}

/**
 * g / (√ŝ + ε), with ŝ the mean of (g − m)² up to the step before; the first gradient passes.
 *
 * Source: Zhuang et al. 2021.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAcprop = (options: ScaleByAcpropOptions = {}): GradientTransformation => {
  checkOptions('scaleByAcprop', options, ['b1', 'b2', 'eps'])
  const { b1 = 0.9, b2 = 0.999, eps = 1e-16 } = options
  return transformation<ScaleByAdamState>({
    init: (params) => ({ count: zeroCount(), mu: zeros(params), nu: zeros(params) }),
    update: <P>(grads: P, state: ScaleByAdamState) => {
      const isFirst = lax.eq(state.count, 0)
      const before = biasCorrection(state.nu as P, b2, lax.max(state.count, 1)) // made like P
      const updates = tree.map(
        (g: NdArray, v: NdArray) =>
          np.div(g, np.add(lax.sqrt(lax.select(isFirst, lax.fullLike(v, 1), v)), eps)),
        grads,
        before
      )
      const mu = updateMoment(grads, state.mu as P, b1, 1)
      const surprise = tree.map((g: NdArray, m: NdArray) => lax.sub(g, m), grads, mu)
      const nu = updateMoment(surprise, state.nu as P, b2, 2)
      return [updates, { count: safeIncrement(state.count), mu, nu }]
    }
  })
}

export interface AcpropOptions extends LearningRateOption, ScaleByAcpropOptions {}

/**
 * ACProp.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Zhuang et al. 2021.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const acprop = (options: AcpropOptions): GradientTransformation =>
  descent(scaleByAcprop(withoutRate('acprop', options, ['b1', 'b2', 'eps'])), options)
