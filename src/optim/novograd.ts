/** NovoGrad: one second moment for each leaf. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { pull } from './add-decayed-weights.ts'
import { cast, complement, safeIncrement, sumOfSquares, zeroCount, zeros } from './arithmetic.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import { momentRatio } from './moment-ratio.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByNovogradOptions {
  /** 0.9 by default. */
  readonly b1?: Scalar
  /** 0.25 by default. */
  readonly b2?: Scalar
  /** 1e-8 by default; the optimizer `novograd` takes 1e-6. */
  readonly eps?: Scalar
  readonly epsRoot?: Scalar
  /** 0 by default. */
  readonly weightDecay?: Scalar
  readonly muDType?: DType | undefined
}

const novogradOptions = ['b1', 'b2', 'eps', 'epsRoot', 'weightDecay']

export interface ScaleByNovogradState {
  readonly count: NdArray // int32 []
  readonly mu: unknown // as the parameters
  readonly nu: unknown // a scalar for every leaf
}

/**
 * v = ‖g‖² at first, then b2 v + (1 − b2) ‖g‖², for each leaf;
 * m = b1 m + g / (√(v + epsRoot) + eps) + weightDecay · p; emits m.
 *
 * Source: Ginsburg et al. 2019.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByNovograd = (options: ScaleByNovogradOptions = {}): GradientTransformation => {
  checkOptions('scaleByNovograd', options, [...novogradOptions, 'muDType'])
  const { b1 = 0.9, b2 = 0.25, eps = 1e-8, epsRoot = 0, weightDecay = 0, muDType } = options
  return transformation<ScaleByNovogradState>({
    init: (params) => ({
      count: zeroCount(),
      mu: zeros(params, muDType),
      nu: tree.map((p: NdArray) => lax.full([], 0, lax.typeOf(p).dtype), params)
    }),
    update: (grads, state, params) => {
      const isFirst = lax.eq(state.count, 0)
      const nu = tree.map(
        (g: NdArray, v: NdArray) => {
          const square = lax.convertElementType(sumOfSquares(g), v.dtype)
          const mean = np.add(np.mul(square, complement(b2)), np.mul(v, b2))
          return lax.select(isFirst, square, mean)
        },
        grads,
        state.nu
      )
      const steps = pull(momentRatio(grads, nu, eps, epsRoot), params, weightDecay)
      const mu = tree.map(
        (step: NdArray, m: NdArray) => lax.select(isFirst, step, np.add(np.mul(m, b1), step)),
        steps,
        state.mu
      )
      const updates = cast(mu, muDType)
      return [updates, { count: safeIncrement(state.count), mu: updates, nu }]
    }
  })
}

export interface NovogradOptions
  extends LearningRateOption, Omit<ScaleByNovogradOptions, 'muDType'> {}

/**
 * Scaling by the norm of each leaf with momentum, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Ginsburg et al. 2019.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const novograd = (options: NovogradOptions): GradientTransformation => {
  const scaling = withoutRate('novograd', options, novogradOptions)
  return descent(scaleByNovograd({ eps: 1e-6, ...scaling }), options)
}
