/** Adam that divides by squares of the past alone, so that it converges for any b2. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { cast, safeIncrement, updateMoment, zeroCount, zeros, widest } from './arithmetic.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import type { Scalar } from './rate.ts'
import type { ScaleByAdamState } from './scale-by-adam.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByAdoptOptions {
  /** 0.9 by default. */
  readonly b1?: Scalar
  /** 0.9999 by default. */
  readonly b2?: Scalar
  /** The least root of the mean of squares: 1e-6 by default. */
  readonly eps?: Scalar
  readonly muDType?: DType | undefined
  readonly nesterov?: boolean
  /** Hold scaled gradients within ±t^¼: true by default. */
  readonly useClipping?: boolean
}

const adoptOptions = ['b1', 'b2', 'eps', 'muDType', 'nesterov', 'useClipping']

/**
 * The mean of g / max(√v, ε), where v is the mean of squares before this gradient. The first
 * gradient only begins v.
 *
 * Source: Taniguchi et al. 2024.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAdopt = (options: ScaleByAdoptOptions = {}): GradientTransformation => {
  checkOptions('scaleByAdopt', options, adoptOptions)
  const { b1 = 0.9, b2 = 0.9999, eps = 1e-6, muDType, nesterov = false } = options
  const { useClipping = true } = options
  return transformation<ScaleByAdamState>({
    init: (params) => ({
      count: zeroCount(),
      mu: zeros(params, muDType),
      nu: zeros(params)
    }),
    update: <P>(grads: P, state: ScaleByAdamState) => {
      const isFirst = lax.eq(state.count, 0)
      const wide = widest(grads)
      const decay = np.where(isFirst, 0, np.asarray(b2, { dtype: wide }))
      const bound = lax.pow(lax.convertElementType(state.count, wide), 0.25)
      const scaled = tree.map(
        (g: NdArray, v: NdArray) => {
          const x = np.div(g, np.maximum(lax.sqrt(v), eps))
          return useClipping ? np.clip(x, np.neg(bound), bound) : np.where(isFirst, 0, x)
        },
        grads,
        state.nu
      )
      const mu = updateMoment(scaled, state.mu as P, b1, 1) // init and update made it like P
      const nu = updateMoment(grads, state.nu as P, decay, 2)
      const updates = nesterov ? updateMoment(scaled, mu, b1, 1) : mu
      return [updates, { count: safeIncrement(state.count), mu: cast(mu, muDType), nu }]
    }
  })
}

export interface AdoptOptions extends LearningRateOption, ScaleByAdoptOptions {}

/**
 * ADOPT.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Taniguchi et al. 2024.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adopt = (options: AdoptOptions): GradientTransformation =>
  descent(scaleByAdopt(withoutRate('adopt', options, adoptOptions)), options)
