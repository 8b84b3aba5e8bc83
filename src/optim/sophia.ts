/** Steps by a clipped diagonal of the Hessian, estimated from time to time. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { split, subkeys } from '../random/keys.ts'
import { rademacher } from '../random/discrete.ts'
import { jvp } from '../transforms/jvp.ts'
import { grad } from '../transforms/vjp.ts'
import { biasCorrection, safeIncrement, updateMoment, zeroCount, zeros } from './arithmetic.ts'
import {
  decayedDescent,
  withoutRate,
  type LearningRateOption,
  type WeightDecayOptions
} from './descent.ts'
import { keyFrom, type KeyOrSeed } from './noise.ts'
import { requireExtra } from './polyak.ts'
import { transformation, type GradientTransformation, type UpdateExtra } from './transformation.ts'

export interface ScaleBySophiaOptions {
  /** 0.965 by default. */
  readonly b1?: number
  /** 0.99 by default. */
  readonly b2?: number
  /** 1e-8 by default. */
  readonly eps?: number
  /** How much of the curvature is divided by: 0.01 by default. */
  readonly gamma?: number
  /** The largest step of a parameter before the rate: 1 by default. */
  readonly clipThreshold?: number
  /** Steps between two estimates of the curvature: 10 by default. */
  readonly updateInterval?: number
  readonly key: KeyOrSeed
}

const sophiaOptions = ['b1', 'b2', 'eps', 'gamma', 'clipThreshold', 'updateInterval', 'key']

export interface ScaleBySophiaState {
  readonly count: NdArray // int32 []
  readonly mu: unknown // as the parameters
  readonly nu: unknown // the mean of Hessian diagonals
  readonly rngKey: NdArray // uint32 [2]
}

/** u ⊙ H u for random signs u: its mean over u is the diagonal of H. (Hutchinson 1989) */
const hutchinson = <P>(loss: (params: P) => NdArray, params: P, key: NdArray): P => {
  const [leaves, structure] = tree.flatten(params)
  const keys = subkeys(key, leaves.length)
  const signs = tree.unflatten(
    structure,
    leaves.map((x, i) => {
      const { shape, dtype } = lax.typeOf(x)
      return rademacher(keys[i], shape, { dtype })
    })
  ) as P // the structure of the parameters
  const [, product] = jvp(grad(loss), [params], [signs])
  return tree.map((u: NdArray, h: NdArray) => lax.mul(u, h), signs, product)
}

/**
 * clip(m̂ / max(γ ĥ, ε), ±threshold), with h a mean of Hutchinson's estimates of the diagonal of the
 * Hessian. `update` needs `{ valueFn }`.
 *
 * Source: Liu et al. 2023.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleBySophia = (options: ScaleBySophiaOptions): GradientTransformation => {
  checkOptions('scaleBySophia', options, sophiaOptions)
  const { b1 = 0.965, b2 = 0.99, eps = 1e-8, gamma = 0.01, clipThreshold = 1 } = options
  const { updateInterval = 10, key } = options
  return transformation<ScaleBySophiaState>({
    init: (params) => ({
      count: zeroCount(),
      mu: zeros(params),
      nu: zeros(params),
      rngKey: keyFrom(key)
    }),
    update: <P>(grads: P, state: ScaleBySophiaState, params: P, extra?: UpdateExtra) => {
      const loss = requireExtra('scaleBySophia', extra, 'valueFn') as (p: P) => NdArray // of these
      const count = safeIncrement(state.count)
      const mu = updateMoment(grads, state.mu as P, b1, 1) // init and update made it like P
      const both = split(state.rngKey)
      const [rngKey, sampleKey] = [0, 1].map((i) => lax.indexInDim(both, i, 0, { keepdims: false }))
      const nu = lax.cond(
        lax.eq(lax.rem(state.count, updateInterval), 0),
        (nuBefore: P, p: P) => updateMoment(hutchinson(loss, p, sampleKey), nuBefore, b2, 1),
        (nuBefore: P, _p: P) => nuBefore,
        state.nu as P,
        params
      )
      const estimates = np.add(np.floorDivide(state.count, updateInterval), 1)
      const updates = tree.map(
        (m: NdArray, h: NdArray) =>
          np.clip(np.div(m, np.maximum(np.mul(h, gamma), eps)), -clipThreshold, clipThreshold),
        biasCorrection(mu, b1, count),
        biasCorrection(nu, b2, estimates)
      )
      return [updates, { count, mu, nu, rngKey }]
    }
  })
}

export interface SophiaOptions
  extends LearningRateOption, ScaleBySophiaOptions, WeightDecayOptions {}

/**
 * Sophia-H with decoupled weight decay (1e-4 by default). `update` needs `{ valueFn }`.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Liu et al. 2023.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const sophia = (options: SophiaOptions): GradientTransformation => {
  const known = [...sophiaOptions, 'weightDecay', 'mask']
  const { weightDecay = 1e-4, mask, ...scaling } = withoutRate('sophia', options, known)
  const { learningRate } = options
  return decayedDescent(scaleBySophia(scaling), { learningRate, weightDecay, mask })
}
