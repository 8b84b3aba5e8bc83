/** Adam with a second, much slower mean of gradients. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as np from '../numpy/index.ts'
import {
  biasCorrection,
  cast,
  safeIncrement,
  updateMoment,
  zeroCount,
  zeros
} from './arithmetic.ts'
import {
  decayedDescent,
  withoutRate,
  type LearningRateOption,
  type WeightDecayOptions
} from './descent.ts'
import { momentRatio } from './moment-ratio.ts'
import type { Scalar, ScalarOrSchedule } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByAdemamixOptions {
  /** Decay of the fast mean: 0.9 by default. */
  readonly b1?: Scalar
  /** Decay of the mean of squares: 0.999 by default. */
  readonly b2?: Scalar
  /** Decay of the slow mean: 0.9999 by default; it may rise from b1. */
  readonly b3?: ScalarOrSchedule
  /** Weight of the slow mean: 6 by default; it may rise from 0. */
  readonly alpha?: ScalarOrSchedule
  /** 1e-8 by default. */
  readonly eps?: Scalar
  /** 0 by default. */
  readonly epsRoot?: Scalar
  readonly muDType?: DType | undefined
}

const ademamixOptions = ['b1', 'b2', 'b3', 'alpha', 'eps', 'epsRoot', 'muDType']

export interface ScaleByAdemamixState {
  readonly count: NdArray // int32 []
  readonly m1: unknown // as the parameters
  readonly m2: unknown // as the parameters
  readonly nu: unknown // as the parameters
}

/** The value of a schedule at `count`, or the constant. */
const at = (x: ScalarOrSchedule, count: NdArray): Scalar => (typeof x === 'function' ? x(count) : x)

/**
 * (m̂₁ + α m₂) / (√v̂ + ε): the fast mean is corrected for its beginning, the slow one is not.
 *
 * Source: Pagliardini, Ablin & Grangier 2024.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAdemamix = (options: ScaleByAdemamixOptions = {}): GradientTransformation => {
  checkOptions('scaleByAdemamix', options, ademamixOptions)
  const { b1 = 0.9, b2 = 0.999, b3 = 0.9999, alpha = 6 } = options
  const { eps = 1e-8, epsRoot = 0, muDType } = options
  return transformation<ScaleByAdemamixState>({
    init: (params) => ({
      count: zeroCount(),
      m1: zeros(params, muDType),
      m2: zeros(params, muDType),
      nu: zeros(params)
    }),
    update: <P>(grads: P, state: ScaleByAdemamixState) => {
      const count = safeIncrement(state.count)
      const m1 = updateMoment(grads, state.m1 as P, b1, 1) // init and update made it like P
      const m2 = updateMoment(grads, state.m2 as P, at(b3, state.count), 1)
      const nu = updateMoment(grads, state.nu as P, b2, 2)
      const weight = at(alpha, state.count)
      const mean = tree.map(
        (fast: NdArray, slow: NdArray) => np.add(fast, np.mul(slow, weight)),
        biasCorrection(m1, b1, count),
        m2
      )
      const updates = momentRatio(mean, biasCorrection(nu, b2, count), eps, epsRoot)
      return [updates, { count, m1: cast(m1, muDType), m2: cast(m2, muDType), nu }]
    }
  })
}

export interface AdemamixOptions
  extends LearningRateOption, ScaleByAdemamixOptions, WeightDecayOptions {}

/**
 * AdEMAMix with decoupled weight decay (none by default).
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Pagliardini, Ablin & Grangier 2024.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const ademamix = (options: AdemamixOptions): GradientTransformation => {
  const known = [...ademamixOptions, 'weightDecay', 'mask']
  const { weightDecay = 0, mask, ...scaling } = withoutRate('ademamix', options, known)
  const { learningRate } = options
  return decayedDescent(scaleByAdemamix(scaling), { learningRate, weightDecay, mask })
}

export interface ScaleBySimplifiedAdemamixOptions {
  /** Decay of the sum of gradients: 0.99 by default. */
  readonly b1?: Scalar
  /** Decay of the mean of squares: 0.95 by default. */
  readonly b2?: Scalar
  /** Weight of the gradient itself: 0 by default. */
  readonly alpha?: Scalar
  /** 1e-8 by default. */
  readonly eps?: Scalar
  /** 0 by default. */
  readonly epsRoot?: Scalar
}

const simplifiedOptions = ['b1', 'b2', 'alpha', 'eps', 'epsRoot']

/**
 * (α g + m) / (√v̂ + ε), with the sum m = b1 m + g.
 *
 * Source: Morwani et al. 2025.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleBySimplifiedAdemamix = (
  options: ScaleBySimplifiedAdemamixOptions = {}
): GradientTransformation => {
  checkOptions('scaleBySimplifiedAdemamix', options, simplifiedOptions)
  const { b1 = 0.99, b2 = 0.95, alpha = 0, eps = 1e-8, epsRoot = 0 } = options
  return transformation<{ readonly count: NdArray; readonly m: unknown; readonly nu: unknown }>({
    init: (params) => ({ count: zeroCount(), m: zeros(params), nu: zeros(params) }),
    update: <P>(
      grads: P,
      state: { readonly count: NdArray; readonly m: unknown; readonly nu: unknown }
    ) => {
      const count = safeIncrement(state.count)
      const plus = (factor: Scalar) => (x: NdArray, y: NdArray) => np.add(np.mul(x, factor), y)
      const m = tree.map(plus(b1), state.m as P, grads) // init and update made it like P
      const nu = updateMoment(grads, state.nu as P, b2, 2)
      const sum = tree.map(plus(alpha), grads, m)
      return [momentRatio(sum, biasCorrection(nu, b2, count), eps, epsRoot), { count, m, nu }]
    }
  })
}

export interface SimplifiedAdemamixOptions
  extends LearningRateOption, ScaleBySimplifiedAdemamixOptions, WeightDecayOptions {}

/**
 * AdEMAMix with one sum of gradients, which needs a rate about 1 − b1 times that of Adam.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Morwani et al. 2025.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const simplifiedAdemamix = (options: SimplifiedAdemamixOptions): GradientTransformation => {
  const known = [...simplifiedOptions, 'weightDecay', 'mask']
  const { weightDecay = 0, mask, ...scaling } = withoutRate('simplifiedAdemamix', options, known)
  const { learningRate } = options
  return decayedDescent(scaleBySimplifiedAdemamix(scaling), { learningRate, weightDecay, mask })
}
