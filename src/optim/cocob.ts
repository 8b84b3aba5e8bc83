/** Rates from betting on coins: no rate is given, and none decays. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { addDecayedWeights } from './add-decayed-weights.ts'
import { filled, zeros } from './arithmetic.ts'
import { chain } from './chain.ts'
import type { WeightDecayOptions } from './descent.ts'
import { requireRate, type ScalarOrSchedule } from './rate.ts'
import { scaleByLearningRate } from './scale.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByCocobOptions {
  /** How many gradients' worth the first bets are held back: 100 by default. */
  readonly alpha?: number
  /** The least scale of gradients: 1e-8 by default. */
  readonly eps?: number
}

export interface ScaleByCocobState {
  readonly initParticles: unknown // where the parameters began
  readonly cumulativeGrads: unknown // minus the sum of gradients
  readonly scale: unknown // the largest gradient
  readonly subgradients: unknown // the sum of sizes of gradients
  readonly reward: unknown // what the bets have gained
}

/**
 * Updates that bring each parameter to x₀ + θ / (L max(G + L, α L)) · (L + reward), with θ minus
 * the sum of its gradients, G the sum of their sizes and L the largest.
 *
 * Source: Orabona & Tommasi 2017.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByCocob = (options: ScaleByCocobOptions = {}): GradientTransformation => {
  checkOptions('scaleByCocob', options, ['alpha', 'eps'])
  const { alpha = 100, eps = 1e-8 } = options
  return transformation<ScaleByCocobState>({
    init: (params) => ({
      initParticles: params,
      cumulativeGrads: zeros(params),
      scale: filled(params, eps),
      subgradients: zeros(params),
      reward: zeros(params)
    }),
    update: (grads, state, params) => {
      const scale = tree.map(
        (l: NdArray, g: NdArray) => np.maximum(l, np.abs(g)),
        state.scale,
        grads
      )
      const subgradients = tree.map(
        (s: NdArray, g: NdArray) => np.add(s, np.abs(g)),
        state.subgradients,
        grads
      )
      const reward = tree.map(
        (r: NdArray, g: NdArray, p: NdArray, first: NdArray) =>
          np.maximum(lax.sub(r, lax.mul(g, lax.sub(p, first))), 0),
        state.reward,
        grads,
        params,
        state.initParticles
      )
      const cumulativeGrads = tree.map(
        (c: NdArray, g: NdArray) => lax.sub(c, g),
        state.cumulativeGrads,
        grads
      )
      const bet = (c: NdArray, l: NdArray, s: NdArray, r: NdArray): NdArray => {
        const held = np.mul(l, np.maximum(np.add(s, l), np.mul(l, alpha)))
        return np.mul(np.div(c, held), np.add(l, r))
      }
      const bets = tree.map(bet, cumulativeGrads, scale, subgradients, reward)
      const updates = tree.map(
        (p: NdArray, first: NdArray, b: NdArray) => np.add(np.sub(first, p), b),
        params,
        state.initParticles,
        bets
      )
      const { initParticles } = state
      return [updates, { initParticles, cumulativeGrads, scale, subgradients, reward }]
    }
  })
}

export interface CocobOptions extends ScaleByCocobOptions, WeightDecayOptions {
  /** A factor on steps: 1 by default. */
  readonly learningRate?: ScalarOrSchedule
}

/**
 * COCOB: continuous coin betting.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Orabona & Tommasi 2017.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const cocob = (options: CocobOptions = {}): GradientTransformation => {
  checkOptions('cocob', options, ['alpha', 'eps', 'learningRate', 'weightDecay', 'mask'])
  const { learningRate = 1, weightDecay = 0, mask, ...betting } = options
  requireRate('cocob', 'learningRate', learningRate)
  return chain(
    addDecayedWeights({ weightDecay, mask }),
    scaleByCocob(betting),
    scaleByLearningRate(learningRate, { flipSign: false })
  )
}
