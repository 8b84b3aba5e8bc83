/** Lookahead: slow parameters that follow fast ones every few steps. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions, checkRecord } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { zeroCount } from './arithmetic.ts'
import {
  requireTransformation,
  type GradientTransformation,
  type OptState
} from './transformation.ts'

/** What lookahead trains: use `slow` to evaluate, and take gradients at `fast`. */
export interface LookaheadParams<P> {
  readonly fast: P
  readonly slow: P
}

/**
 * Both copies of parameters, equal at first.
 *
 * @category combinators
 * @since 0.1.0
 */
export const lookaheadParams = <P>(params: P): LookaheadParams<P> => ({
  fast: params,
  slow: params
})

export interface LookaheadOptions {
  readonly syncPeriod: number
  /** How far the slow parameters go towards the fast ones, from 0 to 1. */
  readonly slowStepSize: number
  /** Begin the fast optimizer anew after each synchronisation. */
  readonly resetState?: boolean
}

export interface LookaheadState {
  readonly fastState: OptState
  readonly stepsSinceSync: NdArray // int32 []
}

const both = '{ fast, slow } of lookaheadParams(params)'

/**
 * The fast parameters take steps of `fast`; every `syncPeriod` steps the slow ones go
 * `slowStepSize` of the way to them, and the fast ones begin again from there. `update` takes the
 * gradients of the fast parameters and both parameters, and gives updates for both.
 *
 * Errors: ValueError for a period below 1.
 * Source: Zhang et al. 2019.
 *
 * @category combinators
 * @since 0.1.0
 */
export const lookahead = (
  fast: GradientTransformation,
  options: LookaheadOptions
): {
  readonly init: <P>(params: LookaheadParams<P>) => OptState
  readonly update: <P>(
    grads: P,
    state: OptState,
    params: LookaheadParams<P>
  ) => readonly [updates: LookaheadParams<P>, state: OptState]
} => {
  requireTransformation('lookahead', fast)
  checkOptions('lookahead', options, ['syncPeriod', 'slowStepSize', 'resetState'])
  const { syncPeriod, slowStepSize, resetState = false } = options
  if (!(syncPeriod >= 1))
    throw new ValueError('lookahead', {
      problem: 'the period is too short',
      got: `syncPeriod: ${syncPeriod}`,
      expected: 'an integer from 1 on',
      hint: 'the period counts the steps of the fast parameters between synchronisations'
    })
  return {
    init: (params) => {
      checkRecord('lookahead', params, both)
      return { fastState: fast.init(params.fast), stepsSinceSync: zeroCount() }
    },
    update: (grads, state, params) => {
      checkRecord('lookahead', params, both)
      checkRecord('lookahead', state, 'the state that init gave, or the last update')
      const { fastState, stepsSinceSync } = state as LookaheadState // made by init or update
      const [steps, next] = fast.update(grads, fastState, params.fast)
      const isSync = lax.eq(stepsSinceSync, syncPeriod - 1)
      const ahead = tree.map(
        (f: NdArray, u: NdArray, s: NdArray) => np.sub(np.add(f, u), s),
        params.fast,
        steps,
        params.slow
      )
      const slow = tree.map((d: NdArray) => np.where(isSync, np.mul(d, slowStepSize), 0), ahead)
      const back = tree.map(
        (u: NdArray, d: NdArray) => np.sub(u, np.where(isSync, np.mul(d, 1 - slowStepSize), 0)),
        steps,
        ahead
      )
      const kept = resetState
        ? tree.map((a: NdArray, b: NdArray) => np.where(isSync, b, a), next, fast.init(params.fast))
        : next
      return [
        { fast: back, slow },
        { fastState: kept, stepsSinceSync: lax.rem(lax.add(stepsSinceSync, 1), syncPeriod) }
      ]
    }
  }
}
