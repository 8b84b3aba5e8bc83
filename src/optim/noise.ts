/** Noise that fades: gradients with annealed Gaussian noise. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { key as keyOf, split, subkeys } from '../random/keys.ts'
import { normal } from '../random/normal.ts'
import { safeIncrement, zeroCount } from './arithmetic.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

/** A key, or the seed of one. */
export type KeyOrSeed = NdArray | number

export const keyFrom = (key: KeyOrSeed): NdArray => (typeof key === 'number' ? keyOf(key) : key)

/** Standard normal numbers for every leaf, each from its own part of the key. */
export const normalLike = <P>(key: NdArray, like: P): P => {
  const [leaves, structure] = tree.flatten(like)
  const keys = subkeys(key, leaves.length)
  return tree.unflatten(
    structure,
    leaves.map((x, i) => {
      const { shape, dtype } = lax.typeOf(x)
      return normal(keys[i], shape, { dtype })
    })
  ) as P // the structure of `like`
}

export interface AddNoiseOptions {
  /** The variance at the first step. */
  readonly eta: Scalar
  /** How fast it fades: the variance is eta / t^gamma. */
  readonly gamma: Scalar
  readonly key: KeyOrSeed
}

export interface AddNoiseState {
  readonly count: NdArray // int32 []
  readonly rngKey: NdArray // uint32 [2]
}

/**
 * u = g + √(eta / t^gamma) · ε, ε standard normal, t = 1, 2, …
 *
 * Source: Neelakantan et al. 2015.
 *
 * @category transformations
 * @since 0.1.0
 */
export const addNoise = (options: AddNoiseOptions): GradientTransformation => {
  checkOptions('addNoise', options, ['eta', 'gamma', 'key'])
  const { eta, gamma, key } = options
  return transformation<AddNoiseState>({
    init: () => ({ count: zeroCount(), rngKey: keyFrom(key) }),
    update: (grads, state) => {
      const count = safeIncrement(state.count)
      const t = lax.convertElementType(count, 'float32')
      const deviation = lax.sqrt(np.div(eta, np.power(t, gamma)))
      const both = split(state.rngKey)
      const [rngKey, sampleKey] = [0, 1].map((i) => lax.indexInDim(both, i, 0, { keepdims: false }))
      const updates = tree.map(
        (g: ArrayLike, noise: NdArray) => np.add(g, np.mul(noise, deviation)),
        grads,
        normalLike(sampleKey, grads)
      )
      return [updates, { count, rngKey }]
    }
  })
}

export interface NoisySgdOptions extends LearningRateOption {
  /** 0.01 by default. */
  readonly eta?: Scalar
  /** 0.55 by default. */
  readonly gamma?: Scalar
  readonly key: KeyOrSeed
}

/**
 * Fading noise, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Neelakantan et al. 2015.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const noisySgd = (options: NoisySgdOptions): GradientTransformation => {
  const {
    eta = 0.01,
    gamma = 0.55,
    key
  } = withoutRate('noisySgd', options, ['eta', 'gamma', 'key'])
  return descent(addNoise({ eta, gamma, key }), options)
}
