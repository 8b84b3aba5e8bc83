/** A rate found by betting on the direction of any other optimizer. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { globalNorm, inner, safeIncrement, scaled, zeroCount, widest } from './arithmetic.ts'
import { transformation, type GradientTransformation, type OptState } from './transformation.ts'

export interface MechanizeOptions {
  /** Added to gradients for the bets, as a fraction of their norm: 1e-2 by default. */
  readonly weightDecay?: number
  /** 1e-8 by default. */
  readonly eps?: number
  /** The first factor: 1e-6 by default. */
  readonly sInit?: number
  /** How many decays are tried at once, 0.9, 0.99, 0.999 …: 6 by default. */
  readonly numBetas?: number
}

export interface MechanizeState {
  readonly baseOptimizerState: OptState
  readonly count: NdArray // int32 []
  readonly r: NdArray // [numBetas]
  readonly m: NdArray // [numBetas]
  readonly v: NdArray // [numBetas]
  readonly s: NdArray // [numBetas], the factors, whose sum scales the way
  readonly x0: unknown // where the parameters began
}

/**
 * Mechanic: scales the way that `base` has gone from the beginning by a factor that is learnt.
 *
 * Source: Cutkosky, Defazio & Mehta 2023.
 *
 * @category combinators
 * @since 0.1.0
 */
export const mechanize = (
  base: GradientTransformation,
  options: MechanizeOptions = {}
): GradientTransformation => {
  checkOptions('mechanize', options, ['weightDecay', 'eps', 'sInit', 'numBetas'])
  const { weightDecay = 1e-2, eps = 1e-8, sInit = 1e-6, numBetas = 6 } = options
  if (!Number.isInteger(numBetas) || numBetas < 1)
    throw new ValueError('mechanize', {
      problem: 'there are no decays to bet on',
      got: `numBetas: ${String(numBetas)}`,
      expected: 'an integer from 1 on',
      hint: '6 decays, from 0.9 to 0.999999, are usual'
    })
  const betas = Array.from({ length: numBetas }, (_, i) => 1 - 0.1 ** (i + 1))
  return transformation<MechanizeState>(
    {
      init: (params) => {
        const dtype = widest(params)
        const nothing = lax.full([numBetas], 0, dtype)
        return {
          baseOptimizerState: base.init(params),
          count: zeroCount(),
          r: nothing,
          m: nothing,
          v: nothing,
          s: lax.full([numBetas], sInit / numBetas, dtype),
          x0: params
        }
      },
      update: (grads, state, params, extra) => {
        const [steps, baseOptimizerState] = base.update(
          grads,
          state.baseOptimizerState,
          params,
          extra
        )
        const b = np.array(betas, { dtype: state.s.dtype })
        const share = np.mul(
          np.div(globalNorm(grads), np.add(globalNorm(params), eps)),
          weightDecay
        )
        const pulled = tree.map(
          (g: NdArray, p: NdArray) => np.add(g, scaled(p, share)),
          grads,
          params
        )
        const total = np.sum(state.s)
        const way = tree.map(
          (p: NdArray, x: NdArray) => scaled(np.sub(p, x), np.div(1, np.add(total, eps))),
          params,
          state.x0
        )
        const h = inner(way, pulled)
        const m = np.maximum(np.mul(b, state.m), np.add(np.abs(h), eps))
        const v = np.add(np.mul(np.square(b), state.v), np.square(h))
        const r = np.maximum(np.sub(np.mul(b, state.r), np.mul(state.s, h)), 0)
        const wealth = np.add(np.mul(m, sInit / numBetas), r)
        const s = np.div(wealth, np.add(np.sqrt(v), eps))
        const next = np.sum(s)
        const updates = tree.map(
          (p: NdArray, x: NdArray, d: NdArray, u: NdArray) =>
            np.sub(np.add(x, scaled(np.add(d, u), next)), p),
          params,
          state.x0,
          way,
          steps
        )
        const count = safeIncrement(state.count)
        return [updates, { baseOptimizerState, count, r, m, v, s, x0: state.x0 }]
      }
    },
    'mechanize',
    base
  )
}
