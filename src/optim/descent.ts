/** The common tail of optimizers: weight decay where it is asked for, then a step downhill. */
import { checkOptions } from '../core/errors.ts'
import { addDecayedWeights } from './add-decayed-weights.ts'
import { chain } from './chain.ts'
import type { Mask } from './mask.ts'
import { requireRate, type ScalarOrSchedule } from './rate.ts'
import { scaleByLearningRate } from './scale.ts'
import type { GradientTransformation } from './transformation.ts'

export interface LearningRateOption {
  readonly learningRate: ScalarOrSchedule
}

export interface WeightDecayOptions {
  readonly weightDecay?: ScalarOrSchedule
  /** Which parameters decay; all by default. */
  readonly mask?: Mask | undefined
}

/** Checks the names of options and the rate; gives the options without it. */
export const withoutRate = <O extends LearningRateOption>(
  operation: string,
  options: O,
  known: readonly string[]
): Omit<O, 'learningRate'> => {
  checkOptions(operation, options, ['learningRate', ...known])
  requireRate(operation, 'learningRate', options.learningRate)
  const { learningRate: _, ...rest } = options
  return rest
}

/** `scaling`, then −rate times what it emits. */
export const descent = (
  scaling: GradientTransformation,
  { learningRate }: LearningRateOption
): GradientTransformation => chain(scaling, scaleByLearningRate(learningRate))

/** `scaling`, then decoupled weight decay, then −rate times the sum. */
export const decayedDescent = (
  scaling: GradientTransformation,
  { learningRate, weightDecay = 0, mask }: LearningRateOption & WeightDecayOptions
): GradientTransformation =>
  chain(scaling, addDecayedWeights({ weightDecay, mask }), scaleByLearningRate(learningRate))
