/** Smooth versions of functions that jump, by the mean over random perturbations of their input. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import { customVjp } from '../control/custom-vjp.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { gumbel } from '../random/continuous.ts'
import { normal } from '../random/normal.ts'
import { vmap } from '../transforms/vmap.ts'

/** A distribution of perturbations: its samples, and minus the gradient of its log-density. */
export interface Noise {
  readonly sample: (key: NdArray, shape: readonly number[]) => NdArray
  readonly score: (z: NdArray) => NdArray
}

/**
 * Standard normal perturbations.
 *
 * @category perturbations
 * @since 0.1.0
 */
export const normalNoise: Noise = { sample: (key, shape) => normal(key, shape), score: (z) => z }

/**
 * Standard Gumbel perturbations: the perturbed argmax is then the softmax.
 *
 * @category perturbations
 * @since 0.1.0
 */
export const gumbelNoise: Noise = {
  sample: (key, shape) => gumbel(key, shape),
  score: (z) => np.sub(1, np.exp(np.neg(z)))
}

export interface PerturbedOptions {
  /** 1000 by default. */
  readonly numSamples?: number
  /** The size of the perturbations: 0.1 by default. */
  readonly sigma?: number
  /** `gumbelNoise` by default. */
  readonly noise?: Noise
}

/**
 * E f(x + σ z) as a function of a key and x, whose derivative is E f(x + σ z) score(z) / σ and asks
 * for none of f. The mean of f is subtracted first, which changes no expectation and calms it.
 *
 * Shape:  f: [...] -> [...]; (key, x) -> the same.
 * Source: Berthet et al. 2020.
 *
 * @category perturbations
 * @since 0.1.0
 */
export const makePerturbedFun = (
  f: (x: NdArray) => NdArray,
  options: PerturbedOptions = {}
): ((key: NdArray, x: NdArray) => NdArray) => {
  checkOptions('makePerturbedFun', options, ['numSamples', 'sigma', 'noise'])
  const { numSamples = 1000, sigma = 0.1, noise = gumbelNoise } = options
  const samples = (key: NdArray, x: NdArray): readonly [z: NdArray, values: NdArray] => {
    const z = noise.sample(key, [numSamples, ...x.shape])
    const at = np.add(np.expandDims(x, 0), np.mul(z, sigma))
    return [z, vmap(f)(at)]
  }
  const mean = (values: NdArray): NdArray => np.mean(values, { axis: 0 })
  const perturbed = customVjp((key: NdArray, x: NdArray): NdArray => mean(samples(key, x)[1]), {
    fwd: (key: NdArray, x: NdArray) => {
      const [z, values] = samples(key, x)
      return [mean(values), [noise.score(z), values, key]] as const
    },
    bwd: ([score, values, key]: readonly [NdArray, NdArray, NdArray], ct: NdArray) => {
      const centred = np.sub(values, np.mean(values, { axis: 0, keepdims: true }))
      const axes = ct.shape.map((_, a) => a + 1)
      const weights = np.sum(np.mul(centred, np.expandDims(ct, 0)), { axis: axes })
      const wide = lax.broadcastInDim(weights, score.shape, [0])
      return [lax.zerosLike(key), np.div(mean(np.mul(score, wide)), sigma)] as const
    }
  })
  return (key, x) => perturbed(key, x)
}
