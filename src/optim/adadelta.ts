/** AdaDelta: steps in the units of the parameters, without a global rate. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { addDecayedWeights } from './add-decayed-weights.ts'
import { updateMoment, zeros } from './arithmetic.ts'
import { chain } from './chain.ts'
import type { Mask } from './mask.ts'
import { requireRate, type Scalar, type ScalarOrSchedule } from './rate.ts'
import { scaleByLearningRate } from './scale.ts'
import { identity, transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByAdadeltaOptions {
  /** Decay of both means of squares: 0.9 by default. */
  readonly rho?: Scalar
  /** 1e-6 by default. */
  readonly eps?: Scalar
}

export interface ScaleByAdadeltaState {
  /** Mean of squared gradients. */
  readonly eG: unknown // as the parameters
  /** Mean of squared updates. */
  readonly eX: unknown // as the parameters
}

/**
 * v = ρ v + (1 − ρ) g²; emits u = √(w + eps) / √(v + eps) · g; then w = ρ w + (1 − ρ) u².
 *
 * Source: Zeiler 2012.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAdadelta = (options: ScaleByAdadeltaOptions = {}): GradientTransformation => {
  checkOptions('scaleByAdadelta', options, ['rho', 'eps'])
  const { rho = 0.9, eps = 1e-6 } = options
  const root = (x: NdArray): NdArray => lax.sqrt(np.add(x, eps))
  return transformation<ScaleByAdadeltaState>({
    init: (params) => ({ eG: zeros(params), eX: zeros(params) }),
    update: <P>(grads: P, state: ScaleByAdadeltaState) => {
      const eG = updateMoment(grads, state.eG as P, rho, 2) // init and update made it like P
      const updates = tree.map(
        (g: NdArray, v: NdArray, w: NdArray) => lax.mul(lax.div(root(w), root(v)), g),
        grads,
        eG,
        state.eX
      )
      return [updates, { eG, eX: updateMoment(updates, state.eX as P, rho, 2) }]
    }
  })
}

export interface AdadeltaOptions extends ScaleByAdadeltaOptions {
  /** A factor on steps that are scaled already: 1 when left out, and then they are not negated. */
  readonly learningRate?: ScalarOrSchedule | undefined
  /** Added to the gradient before it is scaled: 0 by default. */
  readonly weightDecay?: ScalarOrSchedule
  readonly weightDecayMask?: Mask | undefined
}

/**
 * Weight decay, scaling by the ratio of means, then a step downhill. As in optax, updates keep the
 * sign of the gradient when no learning rate is given.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Zeiler 2012.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adadelta = (options: AdadeltaOptions = {}): GradientTransformation => {
  const known = ['learningRate', 'rho', 'eps', 'weightDecay', 'weightDecayMask']
  checkOptions('adadelta', options, known)
  const { learningRate, weightDecay = 0, weightDecayMask: mask, ...scaling } = options
  if (learningRate !== undefined) requireRate('adadelta', 'learningRate', learningRate)
  return chain(
    addDecayedWeights({ weightDecay, mask }),
    scaleByAdadelta(scaling),
    learningRate === undefined ? identity() : scaleByLearningRate(learningRate)
  )
}
