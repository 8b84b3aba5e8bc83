/** Sharpness-aware minimization: gradients from where the loss is worst nearby. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { globalNorm, scaled, zeroCount } from './arithmetic.ts'
import {
  stateless,
  transformation,
  type GradientTransformation,
  type OptState
} from './transformation.ts'

/**
 * g / ‖g‖, with one norm over the whole tree.
 *
 * @category transformations
 * @since 0.1.0
 */
export const normalize = (): GradientTransformation =>
  stateless((updates) => {
    const inverse = lax.div(1, globalNorm(updates))
    return tree.map((g: NdArray) => scaled(g, inverse), updates)
  })

export interface SamOptions {
  /** Steps of which the last descends and the others climb: 2 by default. */
  readonly syncPeriod?: number
  /** Begin the adversary anew after each descent: true by default. */
  readonly resetState?: boolean
}

export interface SamState {
  readonly stepsSinceSync: NdArray // int32 []
  readonly optState: OptState
  readonly advState: OptState
  readonly cache: unknown // where the climb began; as the parameters
}

const pick = <T>(condition: NdArray, yes: T, no: unknown): T =>
  tree.map((a: ArrayLike, b: ArrayLike) => np.where(condition, a, b), yes, no)

/**
 * Of every `syncPeriod` steps, all but the last climb by `adversary`; the last takes the gradient
 * found there, and steps by `optimizer` from where the climb began. A usual adversary is
 * chain(normalize(), sgd({ learningRate: 0.05 })).
 *
 * Source: Foret et al. 2021.
 *
 * @category combinators
 * @since 0.1.0
 */
export const sam = (
  optimizer: GradientTransformation,
  adversary: GradientTransformation,
  options: SamOptions = {}
): GradientTransformation => {
  checkOptions('sam', options, ['syncPeriod', 'resetState'])
  const { syncPeriod = 2, resetState = true } = options
  return transformation<SamState>(
    {
      init: (params) => ({
        stepsSinceSync: zeroCount(),
        optState: optimizer.init(params),
        advState: adversary.init(params),
        cache: params
      }),
      update: <P>(grads: P, state: SamState, params: P) => {
        const isFirst = lax.eq(state.stepsSinceSync, 0)
        const isLast = lax.eq(state.stepsSinceSync, syncPeriod - 1)
        const [down, advState] = adversary.update(grads, state.advState, params)
        const climb = tree.map((u: NdArray) => np.neg(u), down)
        const begin = pick(isFirst, params, state.cache)
        const [step, optState] = optimizer.update(grads, state.optState, begin)
        const back = tree.map(
          (c: NdArray, p: NdArray, u: NdArray) => np.add(np.sub(c, p), u),
          begin,
          params,
          step
        )
        const anew = resetState ? adversary.init(params) : state.advState
        return [
          pick(isLast, back, climb),
          {
            stepsSinceSync: lax.rem(lax.add(state.stepsSinceSync, 1), syncPeriod),
            optState: pick(isLast, optState, state.optState),
            advState: pick(isLast, anew, advState),
            cache: begin
          }
        ]
      }
    },
    'sam',
    optimizer,
    adversary
  )
}
