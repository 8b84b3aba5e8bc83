/** Adaptive moments: each parameter is scaled by how large its gradients have been. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import {
  biasCorrection,
  cast,
  nesterovMean,
  safeIncrement,
  updateMoment,
  zeroCount,
  zeros
} from './arithmetic.ts'
import { momentRatio } from './moment-ratio.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByAdamOptions {
  /** Decay of the mean of gradients: 0.9 by default. */
  readonly b1?: Scalar
  /** Decay of the mean of squares: 0.999 by default. */
  readonly b2?: Scalar
  /** Added outside the root: 1e-8 by default. */
  readonly eps?: Scalar
  /** Added inside the root, where its derivative must exist: 0 by default. */
  readonly epsRoot?: Scalar
  /** Element type of the mean; that of the parameters by default. */
  readonly muDType?: DType | undefined
  readonly nesterov?: boolean
}

export const adamOptions = ['b1', 'b2', 'eps', 'epsRoot', 'muDType', 'nesterov']

export interface ScaleByAdamState {
  readonly count: NdArray // int32 []
  readonly mu: unknown // as the parameters
  readonly nu: unknown // as the parameters
}

/**
 * m = b1 m + (1 − b1) g, v = b2 v + (1 − b2) g²; emits m̂ / (√(v̂ + epsRoot) + eps), where
 * m̂ = m / (1 − b1^t) and v̂ = v / (1 − b2^t).
 *
 * Source: Kingma & Ba 2015; with `nesterov`, Dozat 2016.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAdam = (options: ScaleByAdamOptions = {}): GradientTransformation => {
  checkOptions('scaleByAdam', options, adamOptions)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDType, nesterov = false } = options
  return transformation<ScaleByAdamState>({
    init: (params) => ({
      count: zeroCount(),
      mu: zeros(params, muDType),
      nu: zeros(params)
    }),
    update: <P>(grads: P, state: ScaleByAdamState) => {
      const mu = updateMoment(grads, state.mu as P, b1, 1) // init and update made it like P
      const nu = updateMoment(grads, state.nu as P, b2, 2)
      const count = safeIncrement(state.count)
      const mean = nesterov ? nesterovMean(mu, grads, b1, count) : biasCorrection(mu, b1, count)
      const updates = momentRatio(mean, biasCorrection(nu, b2, count), eps, epsRoot)
      return [updates, { count, mu: cast(mu, muDType), nu }]
    }
  })
}
