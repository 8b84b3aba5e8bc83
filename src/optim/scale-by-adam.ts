/** Adaptive moments: each parameter is scaled by how large its gradients have been. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { biasCorrection, safeIncrement, updateMoment, zeroCount, zerosLike } from './arithmetic.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByAdamOptions {
  /** Decay of the mean of gradients: 0.9 by default. */
  readonly b1?: number
  /** Decay of the mean of squares: 0.999 by default. */
  readonly b2?: number
  /** Added outside the root: 1e-8 by default. */
  readonly eps?: number
  /** Added inside the root, where its derivative must exist: 0 by default. */
  readonly epsRoot?: number
  /** Element type of the mean; that of the parameters by default. */
  readonly muDType?: DType
  readonly nesterov?: boolean
}

export const adamOptions = ['b1', 'b2', 'eps', 'epsRoot', 'muDType', 'nesterov']

export interface ScaleByAdamState {
  readonly count: NdArray // int32 []
  readonly mu: unknown // as the parameters
  readonly nu: unknown // as the parameters
}

/**
 * m = b1 m + (1 − b1) g, v = b2 v + (1 − b2) g²; emits m̂ / (√(v̂ + epsRoot) + eps), where
 * m̂ = m / (1 − b1^t) and v̂ = v / (1 − b2^t).
 *
 * Source: Kingma & Ba 2015; with `nesterov`, Dozat 2016.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAdam = (options: ScaleByAdamOptions = {}): GradientTransformation => {
  checkOptions('scaleByAdam', options, adamOptions)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDType, nesterov = false } = options
  const ahead = <P>(mu: P, grads: P, count: NdArray): P =>
    tree.map(
      (m: NdArray, g: NdArray) => lax.add(lax.mul(m, b1), lax.mul(g, 1 - b1)),
      biasCorrection(mu, b1, safeIncrement(count)),
      biasCorrection(grads, b1, count)
    )
  return transformation<ScaleByAdamState>({
    init: (params) => ({
      count: zeroCount(),
      mu: tree.map((p: NdArray) => zerosLike(p, muDType), params),
      nu: tree.map((p: NdArray) => zerosLike(p), params)
    }),
    update: <P>(grads: P, state: ScaleByAdamState) => {
      const mu = updateMoment(grads, state.mu as P, b1, 1) // init and update made it like P
      const nu = updateMoment(grads, state.nu as P, b2, 2)
      const count = safeIncrement(state.count)
      const mean = nesterov ? ahead(mu, grads, count) : biasCorrection(mu, b1, count)
      const updates = tree.map(
        (m: NdArray, v: NdArray) =>
          lax.div(m, lax.add(lax.sqrt(epsRoot === 0 ? v : lax.add(v, epsRoot)), eps)),
        mean,
        biasCorrection(nu, b2, count)
      )
      const kept =
        muDType === undefined
          ? mu
          : tree.map((m: NdArray) => lax.convertElementType(m, muDType), mu)
      return [updates, { count, mu: kept, nu }]
    }
  })
}
