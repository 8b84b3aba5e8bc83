/** Adan: Adam with a moment for the change of the gradient. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  biasCorrection,
  complement,
  safeIncrement,
  updateMoment,
  zeroCount,
  zeros
} from './arithmetic.ts'
import {
  decayedDescent,
  withoutRate,
  type LearningRateOption,
  type WeightDecayOptions
} from './descent.ts'
import { momentRatio } from './moment-ratio.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByAdanOptions {
  /** Decay of the mean of gradients: 0.98 by default. */
  readonly b1?: Scalar
  /** Decay of the mean of their differences: 0.92 by default. */
  readonly b2?: Scalar
  /** Decay of the mean of squares: 0.99 by default. */
  readonly b3?: Scalar
  /** 1e-8 by default. */
  readonly eps?: Scalar
  /** 0 by default; the optimizer `adan` takes 1e-8. */
  readonly epsRoot?: Scalar
}

const adanOptions = ['b1', 'b2', 'b3', 'eps', 'epsRoot']

export interface ScaleByAdanState {
  readonly m: unknown // mean of g; as the parameters
  readonly v: unknown // mean of g − g of the step before
  readonly n: unknown // mean of squares
  readonly g: unknown // gradient of the step before
  readonly t: NdArray // int32 []
}

/**
 * With d = g − g of the step before (0 at first): m, v and n are means of g, d and
 * (g + (1 − b2) d)²; emits (m̂ + (1 − b2) v̂) / (√(n̂ + epsRoot) + eps).
 *
 * Source: Xie et al. 2022.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByAdan = (options: ScaleByAdanOptions = {}): GradientTransformation => {
  checkOptions('scaleByAdan', options, adanOptions)
  const { b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 0 } = options
  const ahead = <P>(x: P, change: P): P =>
    tree.map((a: NdArray, d: NdArray) => np.add(a, np.mul(d, complement(b2))), x, change)
  return transformation<ScaleByAdanState>({
    init: (params) => ({
      m: zeros(params),
      v: zeros(params),
      n: zeros(params),
      g: zeros(params),
      t: zeroCount()
    }),
    update: <P>(g: P, state: ScaleByAdanState) => {
      const isFirst = lax.eq(state.t, 0)
      const change = tree.map(
        (x: NdArray, before: NdArray) => lax.select(isFirst, lax.zerosLike(x), lax.sub(x, before)),
        g,
        state.g
      )
      const m = updateMoment(g, state.m as P, b1, 1) // init and update made it like P
      const v = updateMoment(change, state.v as P, b2, 1)
      const n = updateMoment(ahead(g, change), state.n as P, b3, 2)
      const t = safeIncrement(state.t)
      const mean = ahead(biasCorrection(m, b1, t), biasCorrection(v, b2, t))
      const updates = momentRatio(mean, biasCorrection(n, b3, t), eps, epsRoot)
      return [updates, { m, v, n, g, t }]
    }
  })
}

/** `weightDecay` is 0 and `epsRoot` 1e-8 by default. */
export interface AdanOptions extends LearningRateOption, WeightDecayOptions, ScaleByAdanOptions {}

/**
 * Scaling by three moments, decoupled weight decay, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Xie et al. 2022.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adan = (options: AdanOptions): GradientTransformation => {
  const known = [...adanOptions, 'weightDecay', 'mask']
  const { weightDecay = 0, mask, ...scaling } = withoutRate('adan', options, known)
  const { learningRate } = options
  return decayedDescent(scaleByAdan({ epsRoot: 1e-8, ...scaling }), {
    learningRate,
    weightDecay,
    mask
  })
}
