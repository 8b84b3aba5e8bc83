/** Rprop: steps by the sign of the gradient, longer while it keeps and shorter when it turns. */
import type { NdArray } from '../core/array.ts'
import { checkOptions, checkRecord } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { filled, zeros } from './arithmetic.ts'
import { chain } from './chain.ts'
import { requireRate, type Scalar } from './rate.ts'
import { scale } from './scale.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface RpropOptions {
  /** The first step of every element. */
  readonly learningRate: Scalar
  /** Factor where the sign turns: 0.5 by default. */
  readonly etaMinus?: Scalar
  /** Factor where the sign keeps: 1.2 by default. */
  readonly etaPlus?: Scalar
  /** 1e-6 by default. */
  readonly minStepSize?: number
  /** 50 by default. */
  readonly maxStepSize?: number
}

export interface ScaleByRpropState {
  readonly stepSizes: unknown // as the parameters
  readonly prevUpdates: unknown // as the parameters
}

/**
 * With s = g · (update before): the step size grows where s > 0 and shrinks where s < 0, within its
 * bounds. Emits 0 where s < 0, else the update of the step before: as in optax, steps lag by one.
 *
 * Source: Riedmiller & Braun 1993; the variant iRprop− of Igel & Hüsken 2000.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByRprop = (options: RpropOptions): GradientTransformation => {
  const known = ['learningRate', 'etaMinus', 'etaPlus', 'minStepSize', 'maxStepSize']
  checkOptions('scaleByRprop', options, known)
  const {
    learningRate,
    etaMinus = 0.5,
    etaPlus = 1.2,
    minStepSize = 1e-6,
    maxStepSize = 50
  } = options
  const resized = (s: NdArray, size: NdArray): NdArray => {
    const factor = np.where(lax.gt(s, 0), etaPlus, etaMinus)
    const next = lax.clamp(minStepSize, np.mul(size, factor), maxStepSize)
    return lax.select(lax.eq(s, 0), size, next)
  }
  const unlessTurned = (s: NdArray, x: NdArray): NdArray =>
    lax.select(lax.lt(s, 0), lax.zerosLike(x), x)
  return transformation<ScaleByRpropState>({
    init: (params) => ({ stepSizes: filled(params, learningRate), prevUpdates: zeros(params) }),
    update: (grads, { stepSizes, prevUpdates }) => {
      const signs = tree.map((g: NdArray, u: NdArray) => lax.mul(g, u), grads, prevUpdates)
      const sizes = tree.map(resized, signs, stepSizes)
      const steps = tree.map(
        (s: NdArray, g: NdArray, size: NdArray) => unlessTurned(s, lax.mul(size, lax.sign(g))),
        signs,
        grads,
        sizes
      )
      const updates = tree.map(unlessTurned, signs, prevUpdates)
      return [updates, { stepSizes: sizes, prevUpdates: steps }]
    }
  })
}

/**
 * Steps by sign, downhill. Wants gradients of the whole batch.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Riedmiller & Braun 1993.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const rprop = (options: RpropOptions): GradientTransformation => {
  checkRecord('rprop', options, 'an object with learningRate')
  requireRate('rprop', 'learningRate', options.learningRate)
  return chain(scaleByRprop(options), scale(-1))
}
