/** Momentum: a decaying sum of past gradients. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { zerosLike } from './arithmetic.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface TraceOptions {
  readonly decay: number
  /** Look ahead: emit g + decay · m' instead of m'. */
  readonly nesterov?: boolean
  /** Element type of the sum; that of the parameters by default. */
  readonly accumulatorDType?: DType
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
    lax.add(g, lax.mul(lax.convertElementType(m, g.dtype), decay))
  return transformation<TraceState>({
    init: (params) => ({
      trace: tree.map((p: NdArray) => zerosLike(p, accumulatorDType), params)
    }),
    update: (grads, state) => {
      const next = tree.map(heavier, grads, state.trace)
      const kept =
        accumulatorDType === undefined
          ? next
          : tree.map((m: NdArray) => lax.convertElementType(m, accumulatorDType), next)
      return [nesterov ? tree.map(heavier, grads, next) : next, { trace: kept }]
    }
  })
}
