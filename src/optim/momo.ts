/** Steps from a model of the loss: as long as the loss at hand and its lower bound allow. */
import type { ArrayLike, NdArray } from '../core/array.ts'
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
  zeroCount,
  zeros
} from './arithmetic.ts'
import { requireExtra } from './polyak.ts'
import { rateAt } from './prodigy.ts'
import { requireRate, type ScalarOrSchedule } from './rate.ts'
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

/** What the model of the loss says: its height above the bound, and the bound for later. */
const model = (
  state: MomoState,
  decay: NdArray,
  value: ArrayLike,
  grads: unknown,
  params: unknown,
  correction: NdArray,
  {
    weightDecay,
    adaptLowerBound,
    lowerBound
  }: Required<Omit<MomoOptions, 'learningRate' | 'beta'>>,
  rate: NdArray,
  expAvg: unknown,
  normSquare: NdArray
) => {
  const blend = (old: NdArray, fresh: ArrayLike): NdArray =>
    np.add(np.mul(decay, old), np.mul(np.sub(1, decay), fresh))
  const barf = blend(state.barf, value)
  const gamma = blend(state.gamma, inner(grads, params))
  const iprod = inner(expAvg, params)
  const pull = np.add(1, np.mul(rate, weightDecay))
  const height = np.add(np.mul(pull, np.sub(barf, gamma)), iprod)
  const half = np.mul(np.mul(rate, normSquare), 0.5)
  const isBelow = np.less(height, np.mul(np.mul(pull, state.lowerBound), correction))
  const lowered = np.maximum(np.div(np.sub(height, half), np.mul(pull, correction)), lowerBound)
  const bound = adaptLowerBound ? np.where(isBelow, lowered, state.lowerBound) : state.lowerBound
  const above = np.maximum(np.sub(height, np.mul(np.mul(pull, bound), correction)), 0)
  const isFlat = np.lessEqual(normSquare, 0)
  const length = np.where(isFlat, 0, np.div(above, np.where(isFlat, 1, normSquare)))
  return { barf, gamma, bound, length, pull }
}

const momoOptions = ['learningRate', 'lowerBound', 'weightDecay', 'adaptLowerBound']

const scalarState = (lowerBound: number) => ({
  barf: lax.full([], 0, 'float32'),
  gamma: lax.full([], 0, 'float32'),
  lowerBound: lax.full([], lowerBound, 'float32'),
  count: zeroCount()
})

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
  const { learningRate = 1, beta = 0.9, lowerBound = 0, weightDecay = 0 } = options
  const { adaptLowerBound = false } = options
  requireRate('momo', 'learningRate', learningRate)
  return transformation<MomoState>({
    init: (params) => ({ expAvg: zeros(params), ...scalarState(lowerBound) }),
    update: <P>(grads: P, state: MomoState, params: P, extra?: UpdateExtra) => {
      const value = requireExtra('momo', extra, 'value')
      const rate = rateAt(learningRate, state.count)
      const decay = np.where(np.equal(state.count, 0), 0, beta)
      const expAvg = updateMoment(grads, state.expAvg as P, decay, 1) // made like P
      const settings = { weightDecay, adaptLowerBound, lowerBound }
      const one = lax.full([], 1, 'float32')
      const square = inner(expAvg, expAvg)
      const m = model(state, decay, value, grads, params, one, settings, rate, expAvg, square)
      const step = np.div(np.minimum(rate, m.length), m.pull)
      const shrink = np.sub(np.div(1, m.pull), 1)
      const updates = tree.map(
        (p: NdArray, e: NdArray) => np.sub(scaled(p, shrink), scaled(e, step)),
        params,
        expAvg
      )
      const { barf, gamma, bound } = m
      return [
        updates,
        { expAvg, barf, gamma, lowerBound: bound, count: safeIncrement(state.count) }
      ]
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
  const { learningRate = 1e-2, b1 = 0.9, b2 = 0.999, eps = 1e-8, lowerBound = 0 } = options
  const { weightDecay = 0, adaptLowerBound = false } = options
  requireRate('momoAdam', 'learningRate', learningRate)
  return transformation<MomoAdamState>({
    init: (params) => ({
      expAvg: zeros(params),
      expAvgSq: zeros(params),
      ...scalarState(lowerBound)
    }),
    update: <P>(grads: P, state: MomoAdamState, params: P, extra?: UpdateExtra) => {
      const value = requireExtra('momoAdam', extra, 'value')
      const count = safeIncrement(state.count)
      const rate = rateAt(learningRate, state.count)
      const expAvg = updateMoment(grads, state.expAvg as P, b1, 1) // init and update made it like P
      const expAvgSq = updateMoment(grads, state.expAvgSq as P, b2, 2)
      const [first, second] = [b1, b2].map((b) => biasOf(b, count, 'float32'))
      const direction = tree.map(
        (m: NdArray, v: NdArray) => np.div(m, np.add(lax.sqrt(np.div(v, second)), eps)),
        expAvg,
        expAvgSq
      )
      const settings = { weightDecay, adaptLowerBound, lowerBound }
      const decay = lax.full([], b1, 'float32')
      const square = inner(expAvg, direction)
      const m = model(state, decay, value, grads, params, first, settings, rate, expAvg, square)
      const step = np.div(np.minimum(np.div(rate, first), m.length), m.pull)
      const shrink = np.sub(np.div(1, m.pull), 1)
      const updates = tree.map(
        (p: NdArray, d: NdArray) => np.sub(scaled(p, shrink), scaled(d, step)),
        params,
        direction
      )
      const { barf, gamma, bound } = m
      return [updates, { expAvg, expAvgSq, barf, gamma, lowerBound: bound, count }]
    }
  })
}
