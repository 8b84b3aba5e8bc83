/** A decaying mean of what passes. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import {
  biasCorrection,
  cast,
  safeIncrement,
  updateMoment,
  zeroCount,
  zeros
} from './arithmetic.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface EmaOptions {
  readonly decay: Scalar
  /** Divide by 1 − decay^t: true by default. */
  readonly debias?: boolean
  readonly accumulatorDType?: DType | undefined
}

export interface EmaState {
  readonly count: NdArray // int32 []
  readonly ema: unknown // as the parameters
}

/**
 * e = decay · e + (1 − decay) · g; emits e / (1 − decay^t). Given parameters for gradients, its
 * updates are their exponential moving average, as in Polyak–Ruppert averaging.
 *
 * @category transformations
 * @since 0.1.0
 */
export const ema = (options: EmaOptions): GradientTransformation => {
  checkOptions('ema', options, ['decay', 'debias', 'accumulatorDType'])
  const { decay, debias = true, accumulatorDType } = options
  return transformation<EmaState>({
    init: (params) => ({ count: zeroCount(), ema: zeros(params, accumulatorDType) }),
    update: <P>(grads: P, state: EmaState) => {
      const mean = updateMoment(grads, state.ema as P, decay, 1) // init and update made it like P
      const count = safeIncrement(state.count)
      const updates = debias ? biasCorrection(mean, decay, count) : mean
      return [updates, { count, ema: cast(mean, accumulatorDType) }]
    }
  })
}
