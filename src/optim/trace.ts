/** Momentum: a decaying sum of past gradients. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { cast, zeros } from './arithmetic.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface TraceOptions {
  readonly decay: Scalar
  /** Look ahead: emit g + decay · m' instead of m'. */
  readonly nesterov?: boolean
  /** Element type of the sum; that of the parameters by default. */
  readonly accumulatorDType?: DType | undefined
}

export interface TraceState {
  readonly trace: unknown // as the parameters
}

/**
 * m' = g + decay · m; emits m', or g + decay · m' with `nesterov`.
 *
 * Source: Polyak 1964; Nesterov 1983, in the form of Sutskever et al. 2013.
 *
 * @category transformations
 * @since 0.1.0
 */
export const trace = (options: TraceOptions): GradientTransformation => {
  checkOptions('trace', options, ['decay', 'nesterov', 'accumulatorDType'])
  const { decay, nesterov = false, accumulatorDType } = options
  const heavier = (g: NdArray, m: NdArray): NdArray =>
    np.add(g, np.mul(lax.convertElementType(m, g.dtype), decay))
  return transformation<TraceState>({
    init: (params) => ({ trace: zeros(params, accumulatorDType) }),
    update: (grads, state) => {
      const next = tree.map(heavier, grads, state.trace)
      return [
        nesterov ? tree.map(heavier, grads, next) : next,
        { trace: cast(next, accumulatorDType) }
      ]
    }
  })
}
