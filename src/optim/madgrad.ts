/** Dual averaging with momentum and cube roots. */
import type { NdArray } from '../core/array.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { absSquare, safeIncrement, scaled, zeroCount, zeros, widest } from './arithmetic.ts'
import { withoutRate, type LearningRateOption } from './descent.ts'
import { rateAt } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface MadgradOptions extends LearningRateOption {
  /** 0.9 by default. */
  readonly momentum?: number
  /** Added to gradients, as a fraction of the parameters: 0 by default. */
  readonly weightDecay?: number
  /** 1e-6 by default. */
  readonly eps?: number
}

export interface MadgradState {
  readonly count: NdArray // int32 []
  readonly gradSum: unknown // as the parameters
  readonly gradSumSq: unknown // as the parameters
  readonly x0: unknown // where the parameters began
}

/**
 * x moves towards z = x₀ − s / (∛v + ε) by 1 − momentum, with s and v the sums of gradients and of
 * their squares, each weighted by rate · √step.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Defazio & Jelassi 2022.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const madgrad = (options: MadgradOptions): GradientTransformation => {
  const known = ['momentum', 'weightDecay', 'eps']
  const { momentum = 0.9, weightDecay = 0, eps = 1e-6 } = withoutRate('madgrad', options, known)
  return transformation<MadgradState>({
    init: (params) => ({
      count: zeroCount(),
      gradSum: zeros(params),
      gradSumSq: zeros(params),
      x0: params
    }),
    update: (grads, state, params) => {
      const count = safeIncrement(state.count)
      const wide = widest(grads)
      const step = lax.sqrt(lax.convertElementType(count, wide))
      const weight = np.mul(rateAt(options.learningRate, state.count, wide), step)
      const own = tree.map(
        (g: NdArray, p: NdArray) => np.add(g, np.mul(p, weightDecay)),
        grads,
        params
      )
      const plus = (s: NdArray, g: NdArray): NdArray => np.add(s, scaled(g, weight))
      const gradSum = tree.map(plus, state.gradSum, own)
      const gradSumSq = tree.map(
        (s: NdArray, g: NdArray) => plus(s, absSquare(g)),
        state.gradSumSq,
        own
      )
      const updates = tree.map(
        (p: NdArray, x: NdArray, s: NdArray, v: NdArray) => {
          const z = np.sub(x, np.div(s, np.add(lax.cbrt(v), eps)))
          return np.mul(np.sub(z, p), 1 - momentum)
        },
        params,
        state.x0,
        gradSum,
        gradSumSq
      )
      return [updates, { count, gradSum, gradSumSq, x0: state.x0 }]
    }
  })
}
