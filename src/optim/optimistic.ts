/** Optimistic steps: as if the gradient went on changing as it just did. For games and GANs. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { flag, zeros } from './arithmetic.ts'
import { chain } from './chain.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import { requireRate, type Scalar } from './rate.ts'
import { adamOptions, scaleByAdam } from './scale-by-adam.ts'
import { scaleByLearningRate } from './scale.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByOptimisticGradientOptions {
  /** Weight of the gradient: 1 by default. */
  readonly alpha?: Scalar
  /** Weight of its change: 1 by default. */
  readonly beta?: Scalar
}

export interface ScaleByOptimisticGradientState {
  readonly isInitialStep: NdArray // bool []
  readonly previousGradient: unknown // as the parameters
}

/**
 * u = (α + β) g − β g′, with g′ the gradient of the step before (g itself at first).
 *
 * Source: Mokhtari, Ozdaglar & Pattathil 2020.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByOptimisticGradient = (
  options: ScaleByOptimisticGradientOptions = {}
): GradientTransformation => {
  checkOptions('scaleByOptimisticGradient', options, ['alpha', 'beta'])
  const { alpha = 1, beta = 1 } = options
  const sum =
    typeof alpha === 'number' && typeof beta === 'number' ? alpha + beta : np.add(alpha, beta)
  return transformation<ScaleByOptimisticGradientState>({
    init: (params) => ({ isInitialStep: flag(true), previousGradient: zeros(params) }),
    update: (grads, state) => {
      const updates = tree.map(
        (g: NdArray, before: NdArray) => {
          const previous = lax.select(state.isInitialStep, g, before)
          return np.sub(np.mul(g, sum), np.mul(previous, beta))
        },
        grads,
        state.previousGradient
      )
      return [updates, { isInitialStep: flag(false), previousGradient: grads }]
    }
  })
}

export interface OptimisticGradientDescentOptions
  extends LearningRateOption, ScaleByOptimisticGradientOptions {}

/**
 * The gradient and its change, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Mokhtari, Ozdaglar & Pattathil 2020.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const optimisticGradientDescent = (
  options: OptimisticGradientDescentOptions
): GradientTransformation => {
  const scaling = withoutRate('optimisticGradientDescent', options, ['alpha', 'beta'])
  return descent(scaleByOptimisticGradient(scaling), options)
}

interface MomentOptions {
  readonly b1?: Scalar
  readonly b2?: Scalar
  readonly eps?: Scalar
  readonly epsRoot?: Scalar
  readonly muDType?: DType | undefined
  /** True by default. */
  readonly nesterov?: boolean
}

export interface OptimisticAdamOptions extends MomentOptions {
  readonly learningRate: Scalar
  /** Weight of the change of the step: the learning rate by default. */
  readonly optimism?: Scalar
}

/**
 * Adam's step and its change, downhill. `optimisticAdamV2` also takes schedules.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Daskalakis et al. 2018.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const optimisticAdam = (options: OptimisticAdamOptions): GradientTransformation => {
  checkOptions('optimisticAdam', options, ['learningRate', 'optimism', ...adamOptions])
  const { learningRate, optimism = learningRate, ...moments } = options
  requireRate('optimisticAdam', 'learningRate', learningRate)
  return chain(
    scaleByAdam({ nesterov: true, ...moments }),
    scaleByOptimisticGradient({ alpha: learningRate, beta: optimism }),
    scaleByLearningRate(1)
  )
}

export interface OptimisticAdamV2Options
  extends LearningRateOption, ScaleByOptimisticGradientOptions, MomentOptions {}

/**
 * Adam's step and its change by weights α and β, then the learning rate.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Daskalakis et al. 2018.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const optimisticAdamV2 = (options: OptimisticAdamV2Options): GradientTransformation => {
  const known = ['alpha', 'beta', ...adamOptions]
  const { alpha = 1, beta = 1, ...moments } = withoutRate('optimisticAdamV2', options, known)
  const moved = scaleByAdam({ nesterov: true, ...moments })
  return descent(chain(moved, scaleByOptimisticGradient({ alpha, beta })), options)
}
