/** AdaGrad: gradients over the root of the sum of all their squares. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { absSquare, filled } from './arithmetic.ts'
import { descent, withoutRate, type LearningRateOption } from './descent.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByRssOptions {
  /** Where the sum of squares begins: 0.1 by default. */
  readonly initialAccumulatorValue?: number
  /** 1e-7 by default. */
  readonly eps?: Scalar
}

const rssOptions = ['initialAccumulatorValue', 'eps']

export interface ScaleByRssState {
  readonly sumOfSquares: unknown // as the parameters
}

/** 1 / √(s + eps) where s > 0, else 0: what has had no gradient does not move. */
export const inverseRootOfSum = (sum: NdArray, eps: Scalar): NdArray =>
  lax.select(lax.gt(sum, 0), lax.rsqrt(np.add(sum, eps)), lax.zerosLike(sum))

/**
 * s = s + g²; emits g / √(s + eps).
 *
 * Source: Duchi, Hazan & Singer 2011; McMahan & Streeter 2010.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByRss = (options: ScaleByRssOptions = {}): GradientTransformation => {
  checkOptions('scaleByRss', options, rssOptions)
  const { initialAccumulatorValue = 0.1, eps = 1e-7 } = options
  return transformation<ScaleByRssState>({
    init: (params) => ({ sumOfSquares: filled(params, initialAccumulatorValue) }),
    update: (grads, state) => {
      const sumOfSquares = tree.map(
        (g: NdArray, s: NdArray) => lax.add(absSquare(g), s),
        grads,
        state.sumOfSquares
      )
      const updates = tree.map(
        (g: NdArray, s: NdArray) => np.mul(inverseRootOfSum(s, eps), g),
        grads,
        sumOfSquares
      )
      return [updates, { sumOfSquares }]
    }
  })
}

export interface AdagradOptions extends LearningRateOption, ScaleByRssOptions {}

/**
 * Scaling by the root of the sum of squares, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Duchi, Hazan & Singer 2011.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adagrad = (options: AdagradOptions): GradientTransformation =>
  descent(scaleByRss(withoutRate('adagrad', options, rssOptions)), options)
