/** AdamW that finds its rate by D-Adaptation. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  inner,
  safeIncrement,
  scaled,
  updateMoment,
  widest,
  zeroCount,
  zeros
} from './arithmetic.ts'
import { adamCorrection, globalSumOfSizes } from './prodigy.ts'
import { rateAt, requireRate, type ScalarOrSchedule } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface DadaptAdamwOptions {
  /** A factor on the rate that is found: 1 by default. */
  readonly learningRate?: ScalarOrSchedule
  /** [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number]
  /** 1e-8 by default. */
  readonly eps?: number
  /** The first estimate: 1e-6 by default. */
  readonly estimLr0?: number
  /** Decoupled weight decay: 0 by default. */
  readonly weightDecay?: number
}

export interface DadaptAdamwState {
  readonly expAvg: unknown // as the parameters
  readonly expAvgSq: unknown // as the parameters
  readonly gradSum: unknown // as the parameters
  readonly estimLr: NdArray // []
  readonly numeratorWeighted: NdArray // []
  readonly count: NdArray // int32 []
}

/**
 * AdamW whose rate is a lower bound of the distance to the solution, which only grows.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Defazio & Mishchenko 2023.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const dadaptAdamw = (options: DadaptAdamwOptions = {}): GradientTransformation => {
  const known = ['learningRate', 'betas', 'eps', 'estimLr0', 'weightDecay']
  checkOptions('dadaptAdamw', options, known)
  const { learningRate = 1, betas = [0.9, 0.999], eps = 1e-8, estimLr0 = 1e-6 } = options
  const { weightDecay = 0 } = options
  requireRate('dadaptAdamw', 'learningRate', learningRate)
  requireRate('dadaptAdamw', 'weightDecay', weightDecay)
  const [b1, b2] = betas
  const slow = Math.sqrt(b2)
  return transformation<DadaptAdamwState>({
    init: (params) => ({
      expAvg: zeros(params),
      expAvgSq: zeros(params),
      gradSum: zeros(params),
      estimLr: lax.full([], estimLr0, widest(params)),
      numeratorWeighted: lax.full([], 0, widest(params)),
      count: zeroCount()
    }),
    update: <P>(grads: P, state: DadaptAdamwState, params: P) => {
      const count = safeIncrement(state.count)
      const { dtype } = state.estimLr
      const rate = rateAt(learningRate, state.count, dtype)
      const dlr = np.mul(np.mul(state.estimLr, rate), adamCorrection(b1, b2, count, dtype))
      const over = (x: NdArray, v: NdArray): NdArray => np.div(x, np.add(lax.sqrt(v), eps))
      const conditioned = tree.map(over, state.gradSum, state.expAvgSq)
      const gained = np.mul(np.mul(dlr, inner(grads, conditioned)), 1 - slow)
      const moved = tree.map((g: NdArray) => scaled(g, dlr), grads)
      const expAvg = updateMoment(moved, state.expAvg as P, b1, 1) // init and update made it like P
      const expAvgSq = updateMoment(grads, state.expAvgSq as P, b2, 2)
      const gradSum = updateMoment(moved, state.gradSum as P, slow, 1)
      const numeratorWeighted = np.add(np.mul(state.numeratorWeighted, slow), gained)
      const size = np.mul(globalSumOfSizes(gradSum), 1 - slow)
      const isKnown = np.greater(size, 0)
      const guess = np.div(numeratorWeighted, np.where(isKnown, size, 1))
      const estimLr = np.where(isKnown, np.maximum(state.estimLr, guess), state.estimLr)
      const updates = tree.map(
        (p: NdArray, m: NdArray, v: NdArray) =>
          np.neg(np.add(over(m, v), scaled(np.mul(p, weightDecay), dlr))),
        params,
        expAvg,
        expAvgSq
      )
      return [updates, { expAvg, expAvgSq, gradSum, estimLr, numeratorWeighted, count }]
    }
  })
}
