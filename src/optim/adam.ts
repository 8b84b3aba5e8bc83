/** Adam and AdamW: adaptive moments, without and with decoupled weight decay. */
import { checkOptions } from '../core/errors.ts'
import { addDecayedWeights } from './add-decayed-weights.ts'
import { chain } from './chain.ts'
import type { Mask } from './mask.ts'
import { requireRate, type ScalarOrSchedule } from './rate.ts'
import { adamOptions, scaleByAdam, type ScaleByAdamOptions } from './scale-by-adam.ts'
import { scaleByLearningRate } from './scale.ts'
import type { GradientTransformation } from './transformation.ts'

export interface AdamOptions extends ScaleByAdamOptions {
  readonly learningRate: ScalarOrSchedule
}

/**
 * Adaptive moments, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Kingma & Ba 2015.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adam = (options: AdamOptions): GradientTransformation => {
  checkOptions('adam', options, ['learningRate', ...adamOptions])
  const { learningRate, ...moments } = options
  requireRate('adam', 'learningRate', learningRate)
  return chain(scaleByAdam(moments), scaleByLearningRate(learningRate))
}

export interface AdamWOptions extends AdamOptions {
  /** 1e-4 by default. */
  readonly weightDecay?: ScalarOrSchedule
  /** Which parameters decay; all by default. */
  readonly mask?: Mask | undefined
}

/**
 * Adam whose weight decay is not scaled by the moments.
 *
 * Errors: ValueError for a rate or decay that is negative or not finite.
 * Source: Loshchilov & Hutter 2019.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adamw = (options: AdamWOptions): GradientTransformation => {
  checkOptions('adamw', options, ['learningRate', 'weightDecay', 'mask', ...adamOptions])
  const { learningRate, weightDecay = 1e-4, mask, ...moments } = options
  requireRate('adamw', 'learningRate', learningRate)
  return chain(
    scaleByAdam(moments),
    addDecayedWeights({ weightDecay, mask }),
    scaleByLearningRate(learningRate)
  )
}

/**
 * Adam with Nesterov's look ahead.
 *
 * Source: Dozat 2016.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const nadam = (options: Omit<AdamOptions, 'nesterov'>): GradientTransformation =>
  adam({ ...options, nesterov: true })

/**
 * AdamW with Nesterov's look ahead.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const nadamw = (options: Omit<AdamWOptions, 'nesterov'>): GradientTransformation =>
  adamw({ ...options, nesterov: true })
