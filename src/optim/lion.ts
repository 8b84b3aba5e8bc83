/** Lion: the sign of an interpolated momentum. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { cast, complement, safeIncrement, updateMoment, zeroCount, zeros } from './arithmetic.ts'
import {
  decayedDescent,
  withoutRate,
  type LearningRateOption,
  type WeightDecayOptions
} from './descent.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

/** What becomes of the interpolated momentum. */
export type LionMode = 'hard' | 'smooth' | 'refined'

export interface ScaleByLionOptions {
  /** Weight of the momentum in the step: 0.9 by default. */
  readonly b1?: Scalar
  /** Decay of the momentum: 0.99 by default. */
  readonly b2?: Scalar
  readonly muDType?: DType | undefined
  /** Its sign ('hard', the default), its tanh ('smooth'), or its sign beyond ±1 ('refined'). */
  readonly mode?: LionMode
  /** The slope of 'smooth' at 0: 1 by default. */
  readonly smoothBeta?: Scalar
}

const lionOptions = ['b1', 'b2', 'muDType', 'mode', 'smoothBeta']

export interface ScaleByLionState {
  readonly count: NdArray // int32 []
  readonly mu: unknown // as the parameters
}

const shaped = (x: NdArray, mode: LionMode, slope: Scalar): NdArray => {
  switch (mode) {
    case 'hard':
      return lax.sign(x)
    case 'smooth':
      return lax.tanh(np.mul(x, slope))
    case 'refined':
      return lax.clamp(-1, x, 1)
  }
}

/**
 * Emits sign(b1 m + (1 − b1) g); then m = b2 m + (1 − b2) g.
 *
 * Source: Chen et al. 2023.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByLion = (options: ScaleByLionOptions = {}): GradientTransformation => {
  checkOptions('scaleByLion', options, lionOptions)
  const { b1 = 0.9, b2 = 0.99, muDType, mode = 'hard', smoothBeta = 1 } = options
  return transformation<ScaleByLionState>({
    init: (params) => ({ count: zeroCount(), mu: zeros(params, muDType) }),
    update: <P>(grads: P, state: ScaleByLionState) => {
      const updates = tree.map(
        (g: NdArray, m: NdArray) =>
          shaped(np.add(np.mul(g, complement(b1)), np.mul(m, b1)), mode, smoothBeta),
        grads,
        state.mu
      )
      const mu = cast(updateMoment(grads, state.mu as P, b2, 1), muDType) // made like P
      return [updates, { count: safeIncrement(state.count), mu }]
    }
  })
}

/** `weightDecay` is 1e-3 by default. */
export interface LionOptions
  extends
    LearningRateOption,
    WeightDecayOptions,
    Pick<ScaleByLionOptions, 'b1' | 'b2' | 'muDType'> {}

/**
 * The sign of the momentum, decoupled weight decay, then a step downhill. Wants a rate three to
 * ten times smaller than Adam's.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Chen et al. 2023.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const lion = (options: LionOptions): GradientTransformation => {
  const known = ['b1', 'b2', 'muDType', 'weightDecay', 'mask']
  const { weightDecay = 1e-3, mask, ...scaling } = withoutRate('lion', options, known)
  const { learningRate } = options
  return decayedDescent(scaleByLion(scaling), { learningRate, weightDecay, mask })
}
