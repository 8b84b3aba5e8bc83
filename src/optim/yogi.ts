/** Yogi: Adam whose second moment changes by addition, so that it forgets slowly. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  absSquare,
  biasCorrection,
  complement,
  filled,
  safeIncrement,
  updateMoment,
  zeroCount
} from './arithmetic.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import { momentRatio } from './moment-ratio.ts'
import type { Scalar } from './rate.ts'
import type { ScaleByAdamState } from './scale-by-adam.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByYogiOptions {
  /** 0.9 by default. */
  readonly b1?: Scalar
  /** 0.999 by default. */
  readonly b2?: Scalar
  /** 1e-3 by default. */
  readonly eps?: Scalar
  readonly epsRoot?: Scalar
  /** Where both moments begin: 1e-6 by default. */
  readonly initialAccumulatorValue?: number
}

/**
 * m = b1 m + (1 − b1) g, v = v − (1 − b2) sign(v − g²) g²; emits m̂ / (√(v̂ + epsRoot) + eps).
 *
 * Source: Zaheer et al. 2018.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByYogi = (options: ScaleByYogiOptions = {}): GradientTransformation => {
  checkOptions('scaleByYogi', options, ['b1', 'b2', 'eps', 'epsRoot', 'initialAccumulatorValue'])
  const { b1 = 0.9, b2 = 0.999, eps = 1e-3, epsRoot = 0, initialAccumulatorValue = 1e-6 } = options
  const added = (g: NdArray, v: NdArray): NdArray => {
    const square = absSquare(g)
    const signed = lax.mul(lax.sign(lax.sub(v, square)), square)
    return lax.sub(v, np.mul(signed, complement(b2)))
  }
  return transformation<ScaleByAdamState>({
    init: (params) => ({
      count: zeroCount(),
      mu: filled(params, initialAccumulatorValue),
      nu: filled(params, initialAccumulatorValue)
    }),
    update: <P>(grads: P, state: ScaleByAdamState) => {
      const mu = updateMoment(grads, state.mu as P, b1, 1) // init and update made it like P
      const nu = tree.map(added, grads, state.nu)
      const count = safeIncrement(state.count)
      const updates = momentRatio(
        biasCorrection(mu, b1, count),
        biasCorrection(nu, b2, count),
        eps,
        epsRoot
      )
      return [updates, { count, mu, nu }]
    }
  })
}

export interface YogiOptions
  extends LearningRateOption, Pick<ScaleByYogiOptions, 'b1' | 'b2' | 'eps'> {}

/**
 * Scaling by slowly changing moments, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Zaheer et al. 2018.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const yogi = (options: YogiOptions): GradientTransformation =>
  descent(scaleByYogi(withoutRate('yogi', options, ['b1', 'b2', 'eps'])), options)
