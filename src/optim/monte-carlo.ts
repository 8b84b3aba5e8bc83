/** Gradients of expectations, by samples: for distributions whose parameters are to be learnt. */
import { checkFunction } from '../core/errors.ts'
import type { NdArray } from '../core/array.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { grad } from '../transforms/vjp.ts'
import { vmap } from '../transforms/vmap.ts'
import type { KeyOrSeed } from './noise.ts'

/** A distribution over arrays or trees: samples, and the logarithm of its density. */
export interface Distribution<X> {
  readonly sample: (key: KeyOrSeed, count: number) => X
  readonly logProb: (x: X) => NdArray
}

/**
 * One estimate for each sample of the gradient of E f(x) by the parameters: f(x) ∇ log p(x). Asks
 * for no derivative of f.
 *
 * Shape:  -> leaves [samples, ...].
 * Source: Williams 1992.
 *
 * @category monte carlo
 * @since 0.1.0
 */
export const scoreFunctionJacobians = <P, X>(
  f: (x: X) => NdArray,
  params: P,
  distribution: (params: P) => Distribution<X>,
  key: KeyOrSeed,
  count: number
): P => {
  for (const g of [f, distribution]) checkFunction('scoreFunctionJacobians', g)
  const samples = tree.map(
    (x: NdArray) => lax.stopGradient(x),
    distribution(params).sample(key, count)
  )
  const one = (x: X): P => {
    const score = grad((p: P) => distribution(p).logProb(x))(params) // like the parameters
    const value = f(x)
    return tree.map((g: NdArray) => np.mul(g, value), score)
  }
  return vmap(one)(samples)
}

/**
 * One estimate for each sample of the gradient of E f(x) by the parameters: ∇ f(x(parameters)),
 * through the sample. Needs a differentiable f.
 *
 * Shape:  -> leaves [samples, ...].
 * Source: Kingma & Welling 2014.
 *
 * @category monte carlo
 * @since 0.1.0
 */
export const pathwiseJacobians = <P, X>(
  f: (x: X) => NdArray,
  params: P,
  distribution: (params: P) => Distribution<X>,
  key: KeyOrSeed,
  count: number
): P => {
  const one = (i: NdArray): P =>
    grad((p: P) => {
      const samples = distribution(p).sample(key, count)
      return f(
        tree.map((x: NdArray) => lax.dynamicIndexInDim(x, i, 0, { keepdims: false }), samples)
      )
    })(params) // like the parameters
  return vmap(one)(lax.iota('int32', count))
}
