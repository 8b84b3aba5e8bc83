/** Steps in proportion to the size of what they change: LARS, LAMB and Fromage. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { addDecayedWeights, pulled } from './add-decayed-weights.ts'
import { chain } from './chain.ts'
import { withoutRate, type LearningRateOption, type WeightDecayOptions } from './descent.ts'
import { masked } from './masked.ts'
import type { Mask } from './mask.ts'
import { safeNorm, safeRootMeanSquares } from './numerics.ts'
import type { Scalar, ScalarOrSchedule } from './rate.ts'
import { scaleByAdam } from './scale-by-adam.ts'
import { scaleByLearningRate } from './scale.ts'
import { trace } from './trace.ts'
import { stateless, type GradientTransformation } from './transformation.ts'
import { hypot } from '../core/scalar/elementary.ts'

export interface ScaleByTrustRatioOptions {
  /** The least norm of parameters and of updates: 0 by default. */
  readonly minNorm?: Scalar
  /** 1 by default. */
  readonly trustCoefficient?: Scalar
  /** 0 by default. */
  readonly eps?: Scalar
}

/**
 * u = trustCoefficient · ‖p‖ / (‖g‖ + eps) · g for each leaf; g itself where a norm is 0.
 *
 * Source: You, Gitman & Ginsburg 2017.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByTrustRatio = (
  options: ScaleByTrustRatioOptions = {}
): GradientTransformation => {
  checkOptions('scaleByTrustRatio', options, ['minNorm', 'trustCoefficient', 'eps'])
  const { minNorm = 0, trustCoefficient = 1, eps = 0 } = options
  return stateless((updates, params) =>
    tree.map(
      (g: NdArray, p: NdArray) => {
        const [size, step] = [safeNorm(p, minNorm), safeNorm(g, minNorm)]
        const ratio = np.div(np.mul(size, trustCoefficient), np.add(step, eps))
        const isZero = lax.or(lax.eq(size, 0), lax.eq(step, 0))
        return np.mul(g, np.where(isZero, 1, ratio))
      },
      updates,
      params
    )
  )
}

export interface MinScaleOption {
  /** 1e-3 by default. */
  readonly minScale?: Scalar
}

/**
 * u = max(‖p‖, minScale) · g for each leaf.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByParamBlockNorm = (options: MinScaleOption = {}): GradientTransformation => {
  checkOptions('scaleByParamBlockNorm', options, ['minScale'])
  const { minScale = 1e-3 } = options
  return stateless((updates, params) =>
    tree.map((g: NdArray, p: NdArray) => np.mul(g, safeNorm(p, minScale)), updates, params)
  )
}

/**
 * u = max(√(mean p²), minScale) · g for each leaf.
 *
 * Source: Shazeer & Stern 2018, §8.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByParamBlockRms = (options: MinScaleOption = {}): GradientTransformation => {
  checkOptions('scaleByParamBlockRms', options, ['minScale'])
  const { minScale = 1e-3 } = options
  return stateless((updates, params) =>
    tree.map(
      (g: NdArray, p: NdArray) => np.mul(g, safeRootMeanSquares(p, minScale)),
      updates,
      params
    )
  )
}

export interface LambOptions extends LearningRateOption, WeightDecayOptions {
  /** 0.9 by default. */
  readonly b1?: Scalar
  /** 0.999 by default. */
  readonly b2?: Scalar
  /** 1e-6 by default. */
  readonly eps?: Scalar
  readonly epsRoot?: Scalar
}

/**
 * Adam's step with weight decay, made as long as the leaf that it changes. For large batches.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: You et al. 2020.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const lamb = (options: LambOptions): GradientTransformation => {
  const known = ['b1', 'b2', 'eps', 'epsRoot', 'weightDecay', 'mask']
  const { weightDecay = 0, mask, ...moments } = withoutRate('lamb', options, known)
  return chain(
    scaleByAdam({ eps: 1e-6, ...moments }),
    addDecayedWeights({ weightDecay, mask }),
    scaleByTrustRatio(),
    scaleByLearningRate(options.learningRate)
  )
}

export interface LarsOptions extends LearningRateOption {
  /** 0 by default. */
  readonly weightDecay?: ScalarOrSchedule
  /** Which parameters decay; all by default. */
  readonly weightDecayMask?: Mask
  /** 1e-3 by default. */
  readonly trustCoefficient?: Scalar
  /** 0 by default. */
  readonly eps?: Scalar
  /** Which parameters are scaled; all by default. Biases and norms usually should not. */
  readonly trustRatioMask?: Mask
  /** 0.9 by default. */
  readonly momentum?: Scalar
  readonly nesterov?: boolean
}

/**
 * Weight decay, a step as long as the leaf that it changes, then momentum. For large batches.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: You, Gitman & Ginsburg 2017.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const lars = (options: LarsOptions): GradientTransformation => {
  const {
    weightDecay = 0,
    weightDecayMask = true,
    trustCoefficient = 1e-3,
    eps = 0,
    ...rest
  } = withoutRate('lars', options, [
    'weightDecay',
    'weightDecayMask',
    'trustCoefficient',
    'eps',
    'trustRatioMask',
    'momentum',
    'nesterov'
  ])
  const { trustRatioMask = true, momentum = 0.9, nesterov = false } = rest
  return chain(
    addDecayedWeights({ weightDecay, mask: weightDecayMask }),
    masked(scaleByTrustRatio({ trustCoefficient, eps }), trustRatioMask),
    scaleByLearningRate(options.learningRate),
    trace({ decay: momentum, nesterov })
  )
}

export interface FromageOptions extends LearningRateOption {
  /** 1e-6 by default. */
  readonly minNorm?: Scalar
}

/**
 * p = (p − rate · ‖p‖ / ‖g‖ · g) / √(1 + rate²): steps that know how deep networks compose.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Bernstein et al. 2020.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const fromage = (options: FromageOptions): GradientTransformation => {
  const { minNorm = 1e-6 } = withoutRate('fromage', options, ['minNorm'])
  const { learningRate } = options
  const shrink = (rate: NdArray): NdArray => lax.rsqrt(lax.add(lax.square(rate), 1))
  const [step, decay]: readonly [ScalarOrSchedule, ScalarOrSchedule] =
    typeof learningRate === 'number'
      ? [learningRate / hypot(1, learningRate), 1 / hypot(1, learningRate) - 1]
      : typeof learningRate === 'function'
        ? [
            (count) => lax.mul(shrink(learningRate(count)), learningRate(count)),
            (count) => lax.sub(shrink(learningRate(count)), 1)
          ]
        : [lax.mul(shrink(learningRate), learningRate), lax.sub(shrink(learningRate), 1)]
  return chain(scaleByTrustRatio({ minNorm }), scaleByLearningRate(step), pulled(decay))
}
