/** Averages of parameters along the way, which predict better than where the way ends. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { safeIncrement, zeroCount } from './arithmetic.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface WeightAverageState {
  readonly count: NdArray // int32 []
  /** How many parameters have been averaged. */
  readonly averaged: NdArray // int32 []
  readonly averageParams: unknown // as the parameters
}

export interface SwaOptions {
  /** The first step after which parameters count: 0 by default. */
  readonly start?: number
  /** Steps between two that count: 1 by default. */
  readonly every?: number
}

/** Keeps an average of the parameters after each step; `part` is what a new one weighs. */
const averaging = (
  part: (averaged: NdArray) => NdArray,
  { start = 0, every = 1 }: SwaOptions
): GradientTransformation =>
  transformation<WeightAverageState>({
    init: (params) => ({ count: zeroCount(), averaged: zeroCount(), averageParams: params }),
    update: (updates, state, params) => {
      const count = safeIncrement(state.count)
      const since = lax.sub(count, start + 1)
      const counts = lax.and(lax.ge(since, 0), lax.eq(lax.rem(lax.max(since, 0), every), 0))
      const share = part(state.averaged)
      const averageParams = tree.map(
        (a: NdArray, p: ArrayLike, u: ArrayLike) => {
          const { dtype } = lax.typeOf(a)
          const gap = np.sub(np.add(p, u), a)
          const next = np.add(a, np.mul(gap, lax.convertElementType(share, dtype)))
          return np.where(counts, lax.convertElementType(next, dtype), a)
        },
        state.averageParams,
        params,
        updates
      )
      const averaged = lax.select(counts, safeIncrement(state.averaged), state.averaged)
      return [updates, { count, averaged, averageParams }]
    }
  })

const requireSteps = (operation: string, { start = 0, every = 1 }: SwaOptions): void => {
  const isRight = Number.isInteger(start) && start >= 0 && Number.isInteger(every) && every >= 1
  if (isRight) return
  throw new ValueError(operation, {
    problem: 'the steps that count cannot be counted',
    got: `start: ${start}, every: ${every}`,
    expected: 'an integer from 0 on, and one from 1 on',
    hint: 'start after about three quarters of the training, and count once an epoch'
  })
}

/**
 * Stochastic weight averaging: passes updates on and keeps the mean of the parameters that they
 * lead to. Put it last in a chain; `averagedParams(state)` are the parameters to evaluate.
 *
 * Errors: ValueError for steps that are no counts.
 * Source: Izmailov et al. 2018.
 *
 * @example
 * const t = optim.chain(optim.sgd({ learningRate: 1 }), swa())
 * let [w, state] = [np.array([4]), t.init(np.array([4]))]
 * for (let i = 0; i < 2; i++) {
 *   const [updates, next] = t.update(np.array([1]), state, w)
 *   w = optim.applyUpdates(w, updates)
 *   state = next
 * }
 * averagedParams(state, w) // => [2.5]
 *
 * @category transformations
 * @since 0.1.0
 */
export const swa = (options: SwaOptions = {}): GradientTransformation => {
  checkOptions('swa', options, ['start', 'every'])
  requireSteps('swa', options)
  const nth = (averaged: NdArray): NdArray =>
    lax.div(1, lax.convertElementType(lax.add(averaged, 1), 'float32'))
  return averaging(nth, options)
}

export interface ParamsEmaOptions extends SwaOptions {
  /** What remains of the average at each step: 0.999, for example. */
  readonly decay: number
}

/**
 * Passes updates on and keeps a decaying mean of the parameters that they lead to, from their
 * first value on. Put it last in a chain; `averagedParams(state)` are the parameters to evaluate.
 *
 * Errors: ValueError for a decay outside [0, 1].
 * Source: Polyak & Juditsky 1992.
 *
 * @category transformations
 * @since 0.1.0
 */
export const paramsEma = (options: ParamsEmaOptions): GradientTransformation => {
  checkOptions('paramsEma', options, ['decay', 'start', 'every'])
  requireSteps('paramsEma', options)
  const { decay } = options
  if (!(decay >= 0 && decay <= 1))
    throw new ValueError('paramsEma', {
      problem: 'the decay is no fraction',
      got: `decay: ${String(decay)}`,
      expected: 'a number from 0 to 1',
      hint: '0.999 remembers about the last thousand steps'
    })
  // The first parameters that count are the beginning of the mean.
  const part = (averaged: NdArray): NdArray =>
    lax.select(lax.eq(averaged, 0), lax.full([], 1, 'float32'), lax.full([], 1 - decay, 'float32'))
  return averaging(part, options)
}

const find = (state: unknown, key: string): unknown => {
  if (typeof state !== 'object' || state === null) return undefined
  const node = state as Readonly<Record<string, unknown>>
  const own = node['averageParams']
  if (own !== undefined && tree.structureOf(own).key === key) return own
  const isNode = Array.isArray(state) || Object.getPrototypeOf(state) === Object.prototype
  return isNode ? Object.values(node).reduce((f, x) => f ?? find(x, key), undefined) : undefined
}

/**
 * The average that `swa` or `paramsEma` has kept, wherever it is in the state of a chain.
 *
 * Errors: ValueError when neither has left one for parameters of this structure.
 *
 * @category combinators
 * @since 0.1.0
 */
export const averagedParams = <P>(state: object, params: P): P => {
  const found = find(state, tree.structureOf(params).key)
  if (found !== undefined) return found as P // of the structure of the parameters
  throw new ValueError('averagedParams', {
    problem: 'the state holds no average of these parameters',
    got: `a state of structure ${tree.structureOf(state).key.slice(0, 80)}`,
    expected: 'the state of a chain with swa or paramsEma in it',
    hint: 'put optim.swa() last in the chain'
  })
}
