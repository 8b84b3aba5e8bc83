/** AMSGrad: Adam whose second moment never shrinks. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import {
  biasCorrection,
  cast,
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

export interface ScaleByAmsgradOptions {
  /** 0.9 by default. */
  readonly b1?: Scalar
  /** 0.999 by default. */
  readonly b2?: Scalar
  /** 1e-8 by default. */
  readonly eps?: Scalar
  readonly epsRoot?: Scalar
  readonly muDType?: DType | undefined
  /** Divide the first moment by 1 − b1^t: true by default. */
  readonly biasCorrectionMu?: boolean
  /** Divide the second moment by 1 − b2^t: true by default. */
  readonly biasCorrectionNu?: boolean
}

const amsgradOptions = [
  'b1',
  'b2',
  'eps',
  'epsRoot',
  'muDType',
  'biasCorrectionMu',
  'biasCorrectionNu'
]

export interface ScaleByAmsgradState extends ScaleByAdamState {
  readonly nuMax: unknown // as the parameters
}

/**
 * Adam's moments m̂ and v̂; emits m̂ / (√(max v̂ + epsRoot) + eps), the largest v̂ so far.
 *
 * Source: Reddi, Kale & Kumar 2018.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAmsgrad = (options: ScaleByAmsgradOptions = {}): GradientTransformation => {
  checkOptions('scaleByAmsgrad', options, amsgradOptions)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDType } = options
  const { biasCorrectionMu = true, biasCorrectionNu = true } = options
  return transformation<ScaleByAmsgradState>({
    init: (params) => ({
      count: zeroCount(),
      mu: zeros(params, muDType),
      nu: zeros(params),
      nuMax: zeros(params)
    }),
    update: <P>(grads: P, state: ScaleByAmsgradState) => {
      const mu = updateMoment(grads, state.mu as P, b1, 1) // init and update made it like P
      const nu = updateMoment(grads, state.nu as P, b2, 2)
      const count = safeIncrement(state.count)
      const mean = biasCorrectionMu ? biasCorrection(mu, b1, count) : mu
      const squares = biasCorrectionNu ? biasCorrection(nu, b2, count) : nu
      const nuMax = tree.map((a: NdArray, b: NdArray) => lax.max(a, b), squares, state.nuMax)
      const updates = momentRatio(mean, nuMax, eps, epsRoot)
      return [updates, { count, mu: cast(mu, muDType), nu, nuMax }]
    }
  })
}

export interface AmsgradOptions extends LearningRateOption, ScaleByAmsgradOptions {}

/**
 * Scaling by moments of which the second never shrinks, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Reddi, Kale & Kumar 2018.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const amsgrad = (options: AmsgradOptions): GradientTransformation =>
  descent(scaleByAmsgrad(withoutRate('amsgrad', options, amsgradOptions)), options)
