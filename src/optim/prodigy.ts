/** Adam that finds its rate: by how far the parameters have gone from where they began. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  biasOf,
  inner,
  safeIncrement,
  scaled,
  updateMoment,
  widest,
  zeroCount,
  zeros
} from './arithmetic.ts'
import { rateAt, requireRate, type ScalarOrSchedule } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ProdigyOptions {
  /** A factor on the rate that is found: 1 by default. */
  readonly learningRate?: ScalarOrSchedule
  /** Decays of the mean and of the mean of squares: [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number]
  /** Decay of the estimate: the root of the second beta by default. */
  readonly beta3?: number | undefined
  /** 1e-8 by default. */
  readonly eps?: number
  /** The first estimate of the distance: 1e-6 by default. */
  readonly estimLr0?: number
  /** A factor on estimates: 1 by default. */
  readonly estimLrCoef?: number
  /** Decoupled weight decay: 0 by default. */
  readonly weightDecay?: number
  /** Leave the rate out of the estimate, for schedules that begin at 0. */
  readonly safeguardWarmup?: boolean
}

export interface ProdigyState {
  readonly expAvg: unknown // as the parameters
  readonly expAvgSq: unknown // as the parameters
  readonly gradSum: unknown // as the parameters
  readonly params0: unknown // where the parameters began
  readonly estimLr: NdArray // []
  readonly numeratorWeighted: NdArray // []
  readonly count: NdArray // int32 []
}

/** Σ |x| over all leaves. Shape: -> []. */
export const globalSumOfSizes = (x: unknown): NdArray =>
  tree.leaves(x).reduce<NdArray>((sum, leaf) => np.add(sum, np.sum(np.abs(leaf))), np.array(0))

/** √(1 − b2^t) / (1 − b1^t): Adam's correction as one factor. */
export const adamCorrection = (b1: number, b2: number, count: NdArray, dtype: DType): NdArray =>
  lax.div(lax.sqrt(biasOf(b2, count, dtype)), biasOf(b1, count, dtype))

/**
 * Prodigy: Adam whose rate is an estimate of the distance to the solution, which only grows.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Mishchenko & Defazio 2023.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const prodigy = (options: ProdigyOptions = {}): GradientTransformation => {
  checkOptions('prodigy', options, [
    'learningRate',
    'betas',
    'beta3',
    'eps',
    'estimLr0',
    'estimLrCoef',
    'weightDecay',
    'safeguardWarmup'
  ])
  const { learningRate = 1, betas = [0.9, 0.999], eps = 1e-8, estimLr0 = 1e-6 } = options
  const { estimLrCoef = 1, weightDecay = 0, safeguardWarmup = false } = options
  const [b1, b2] = betas
  const { beta3 = Math.sqrt(b2) } = options
  requireRate('prodigy', 'learningRate', learningRate)
  requireRate('prodigy', 'weightDecay', weightDecay)
  return transformation<ProdigyState>({
    init: (params) => ({
      expAvg: zeros(params),
      expAvgSq: zeros(params),
      gradSum: zeros(params),
      params0: params,
      estimLr: lax.full([], estimLr0, widest(params)),
      numeratorWeighted: lax.full([], 0, widest(params)),
      count: zeroCount()
    }),
    update: <P>(grads: P, state: ProdigyState, params: P) => {
      const count = safeIncrement(state.count)
      const { estimLr } = state
      const rate = rateAt(learningRate, state.count, estimLr.dtype)
      const dlr = np.mul(np.mul(estimLr, rate), adamCorrection(b1, b2, count, estimLr.dtype))
      const own = tree.map((g: NdArray) => scaled(g, estimLr), grads)
      const way = tree.map((a: NdArray, p: NdArray) => lax.sub(a, p), state.params0, params)
      const expAvg = updateMoment(own, state.expAvg as P, b1, 1) // init and update made it like P
      const expAvgSq = updateMoment(own, state.expAvgSq as P, b2, 2)
      const weight = np.div(safeguardWarmup ? estimLr : dlr, estimLr0)
      const gradSum = tree.map(
        (s: NdArray, g: NdArray) => np.add(np.mul(s, beta3), scaled(g, weight)),
        state.gradSum,
        own
      )
      const gained = np.mul(np.mul(np.div(estimLr, estimLr0), dlr), inner(grads, way))
      const numeratorWeighted = np.add(np.mul(state.numeratorWeighted, beta3), gained)
      const size = globalSumOfSizes(gradSum)
      const isKnown = np.greater(size, 0)
      const guess = np.mul(np.div(numeratorWeighted, np.where(isKnown, size, 1)), estimLrCoef)
      const next = np.where(isKnown, np.maximum(estimLr, guess), estimLr)
      const updates = tree.map(
        (p: NdArray, m: NdArray, v: NdArray) => {
          const step = np.div(
            m,
            np.add(lax.sqrt(v), lax.convertElementType(np.mul(next, eps), v.dtype))
          )
          return np.neg(scaled(np.add(step, np.mul(p, weightDecay)), dlr))
        },
        params,
        expAvg,
        expAvgSq
      )
      const { params0 } = state
      return [
        updates,
        { expAvg, expAvgSq, gradSum, params0, estimLr: next, numeratorWeighted, count }
      ]
    }
  })
}
