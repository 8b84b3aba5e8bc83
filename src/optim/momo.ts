/** Steps from a model of the loss: as long as the loss at hand and its lower bound allow. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  biasCorrection,
  biasOf,
  inner,
  safeIncrement,
  scaled,
  updateMoment,
  widest,
  zeroCount,
  zeros
} from './arithmetic.ts'
import { momentRatio } from './moment-ratio.ts'
import { requireExtra } from './polyak.ts'
import { rateAt, requireRate, type ScalarOrSchedule } from './rate.ts'
import { transformation, type GradientTransformation, type UpdateExtra } from './transformation.ts'

export interface MomoOptions {
  /** The longest step: 1 by default. */
  readonly learningRate?: ScalarOrSchedule
  /** Decay of the means: 0.9 by default. */
  readonly beta?: number
  /** A value that the loss is never below: 0 by default. */
  readonly lowerBound?: number
  /** 0 by default. */
  readonly weightDecay?: number
  /** Raise or lower the bound as losses come in. */
  readonly adaptLowerBound?: boolean
}

export interface MomoState {
  readonly expAvg: unknown // the mean of gradients
  readonly barf: NdArray // the mean of losses
  readonly gamma: NdArray // the mean of ⟨gradient, parameters⟩
  readonly lowerBound: NdArray // []
  readonly count: NdArray // int32 []
}

/** What a step goes by. */
interface Slope<P> {
  /** The mean gradient d. */
  readonly mean: P
  /** d in the norm of the steps: what is gone along. */
  readonly direction: P
  /** The decay β of the means. */
  readonly decay: NdArray
  /** What the means lack in weight, ρ: 1 where they began with the first gradient. */
  readonly weight: NdArray
  /** The longest step. */
  readonly rate: NdArray
}

/** The model's means and bound in the state. */
type Model = Pick<MomoState, 'barf' | 'gamma' | 'lowerBound'>

/**
 * τ = min(rate / ρ, (h − (1 + rate λ) ρ f*)₊ / ⟨d, direction⟩) with h = (1 + rate λ)(f̄ − γ) + ⟨d, x⟩.
 * Emits the decay of x by 1 / (1 + rate λ), which as in optax does not shorten the step, minus τ
 * times the direction. An adapted bound is halved where the model is below it already, and is
 * raised after the step as far as the model came down.
 */
const stepped = <P>(
  state: Model,
  value: ArrayLike,
  grads: P,
  params: P,
  { mean, direction, decay, weight, rate }: Slope<P>,
  { weightDecay = 0, adaptLowerBound = false, lowerBound = 0 }: MomoOptions
): readonly [updates: P, model: Model] => {
  const { dtype } = state.barf
  const blend = (old: NdArray, fresh: ArrayLike): NdArray =>
    np.add(np.mul(decay, old), np.mul(np.sub(1, decay), np.asarray(fresh, { dtype })))
  const barf = blend(state.barf, value)
  const gamma = blend(state.gamma, inner(grads, params))
  const product = inner(mean, params)
  const square = inner(mean, direction)
  const pull = np.add(1, np.mul(rate, weightDecay))
  const floor = np.mul(pull, weight)
  const height = np.add(np.mul(pull, np.sub(barf, gamma)), product)
  const isBelow = np.less(height, np.mul(floor, state.lowerBound))
  const halved = np.maximum(np.div(height, np.mul(floor, 2)), lowerBound)
  const bound = adaptLowerBound ? np.where(isBelow, halved, state.lowerBound) : state.lowerBound
  // The machine epsilon of JAX's default float.
  const isFlat = lax.le(square, 2 ** -23)
  const above = np.maximum(np.sub(height, np.mul(floor, bound)), 0)
  const length = np.where(isFlat, 0, np.div(above, np.where(isFlat, 1, square)))
  const step = np.minimum(np.div(rate, weight), length)
  const shrink = np.sub(np.div(1, pull), 1)
  const updates = tree.map(
    (p: NdArray, d: NdArray) => np.sub(scaled(p, shrink), scaled(d, step)),
    params,
    direction
  )
  const reached = np.sub(np.add(np.sub(barf, gamma), product), np.mul(np.mul(step, square), 0.5))
  const raised = np.maximum(np.div(reached, weight), lowerBound)
  return [updates, { barf, gamma, lowerBound: adaptLowerBound ? raised : bound }]
}

const momoOptions = ['learningRate', 'lowerBound', 'weightDecay', 'adaptLowerBound']

const initialModel = (params: unknown, lowerBound = 0): Model => {
  const scalar = (x: number): NdArray => lax.full([], x, widest(params))
  return { barf: scalar(0), gamma: scalar(0), lowerBound: scalar(lowerBound) }
}

/**
 * MoMo: momentum whose steps are min(rate, (mean loss − bound + …)₊ / ‖mean gradient‖²). `update`
 * needs `{ value }`.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Schaipp et al. 2023, algorithm 1.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const momo = (options: MomoOptions = {}): GradientTransformation => {
  checkOptions('momo', options, ['beta', ...momoOptions])
  const { learningRate = 1, beta = 0.9 } = options
  requireRate('momo', 'learningRate', learningRate)
  return transformation<MomoState>({
    init: (params) => ({
      expAvg: zeros(params),
      ...initialModel(params, options.lowerBound),
      count: zeroCount()
    }),
    update: <P>(grads: P, state: MomoState, params: P, extra?: UpdateExtra) => {
      const value = requireExtra('momo', extra, 'value')
      const { dtype } = state.barf
      const decay = lax.select(
        lax.eq(state.count, 0),
        lax.full([], 0, dtype),
        lax.full([], beta, dtype)
      )
      const expAvg = updateMoment(grads, state.expAvg as P, decay, 1) // made like P
      const slope = {
        mean: expAvg,
        direction: expAvg,
        decay,
        weight: lax.full([], 1, dtype),
        rate: rateAt(learningRate, state.count, dtype)
      }
      const [updates, model] = stepped(state, value, grads, params, slope, options)
      return [updates, { expAvg, ...model, count: safeIncrement(state.count) }]
    }
  })
}

export interface MomoAdamOptions extends Omit<MomoOptions, 'beta'> {
  /** 0.9 by default. */
  readonly b1?: number
  /** 0.999 by default. */
  readonly b2?: number
  /** 1e-8 by default. */
  readonly eps?: number
}

export interface MomoAdamState extends MomoState {
  readonly expAvgSq: unknown // as the parameters
}

/**
 * MoMo in Adam's norm: directions of Adam, steps no longer than the model of the loss allows. The
 * rate is 0.01 by default. `update` needs `{ value }`.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Schaipp et al. 2023, algorithm 2.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const momoAdam = (options: MomoAdamOptions = {}): GradientTransformation => {
  checkOptions('momoAdam', options, ['b1', 'b2', 'eps', ...momoOptions])
  const { learningRate = 1e-2, b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options
  requireRate('momoAdam', 'learningRate', learningRate)
  return transformation<MomoAdamState>({
    init: (params) => ({
      expAvg: zeros(params),
      expAvgSq: zeros(params),
      ...initialModel(params, options.lowerBound),
      count: zeroCount()
    }),
    update: <P>(grads: P, state: MomoAdamState, params: P, extra?: UpdateExtra) => {
      const value = requireExtra('momoAdam', extra, 'value')
      const { dtype } = state.barf
      const count = safeIncrement(state.count)
      const expAvg = updateMoment(grads, state.expAvg as P, b1, 1) // init and update made it like P
      const expAvgSq = updateMoment(grads, state.expAvgSq as P, b2, 2)
      const slope = {
        mean: expAvg,
        direction: momentRatio(expAvg, biasCorrection(expAvgSq, b2, count), eps),
        decay: lax.full([], b1, dtype),
        weight: biasOf(b1, count, dtype),
        rate: rateAt(learningRate, state.count, dtype)
      }
      const [updates, model] = stepped(state, value, grads, params, slope, options)
      return [updates, { expAvg, expAvgSq, ...model, count }]
    }
  })
}
