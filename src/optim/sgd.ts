/** Stochastic gradient descent, with or without momentum. */
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import { chain } from './chain.ts'
import { requireRate, type Scalar, type ScalarOrSchedule } from './rate.ts'
import { scaleByLearningRate } from './scale.ts'
import { trace } from './trace.ts'
import { identity, type GradientTransformation } from './transformation.ts'

export interface SgdOptions {
  readonly learningRate: ScalarOrSchedule
  /** Decay of the sum of past gradients; no sum is kept when left out. */
  readonly momentum?: Scalar | undefined
  readonly nesterov?: boolean
  readonly accumulatorDType?: DType | undefined
}

/**
 * Remember the past, then step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const sgd = (options: SgdOptions): GradientTransformation => {
  checkOptions('sgd', options, ['learningRate', 'momentum', 'nesterov', 'accumulatorDType'])
  requireRate('sgd', 'learningRate', options.learningRate)
  const { learningRate, momentum, nesterov = false, accumulatorDType } = options
  return chain(
    momentum === undefined ? identity() : trace({ decay: momentum, nesterov, accumulatorDType }),
    scaleByLearningRate(learningRate)
  )
}
