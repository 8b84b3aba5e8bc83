/** Steps by the sign of the gradient, or of its mean. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { chain } from './chain.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import { ema } from './ema.ts'
import type { Scalar } from './rate.ts'
import { stateless, type GradientTransformation } from './transformation.ts'

/**
 * sign(g), element by element.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleBySign = (): GradientTransformation =>
  stateless((updates) => tree.map((g: NdArray) => lax.sign(g), updates))

/**
 * The sign of the gradient, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Bernstein et al. 2018.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const signSgd = (options: LearningRateOption): GradientTransformation => {
  withoutRate('signSgd', options, [])
  return descent(scaleBySign(), options)
}

export interface SignumOptions extends LearningRateOption {
  /** Decay of the mean: 0.9 by default. */
  readonly beta?: Scalar
  readonly accumulatorDType?: DType | undefined
}

/**
 * The sign of a decaying mean of gradients, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Bernstein et al. 2018.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const signum = (options: SignumOptions): GradientTransformation => {
  const { beta = 0.9, accumulatorDType } = withoutRate('signum', options, [
    'beta',
    'accumulatorDType'
  ])
  const mean = ema({ decay: beta, debias: false, accumulatorDType })
  return descent(chain(mean, scaleBySign()), options)
}
