/** Rectifiers whose slope below zero is learned or drawn. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { empty, misfit, requireKey, type Empty, type Layer } from '../layer.ts'

export interface PreluOptions {
  /** One slope for each feature of the last axis; else one for all (the default). */
  readonly perFeature?: boolean
  /** Where slopes begin: 0.25 by default. */
  readonly slope?: number
}

export interface PreluParams {
  readonly slope: NdArray // [1] or [features]
}

/**
 * x above 0, slope · x below, with a learned slope.
 *
 * Shape:  [..., features] -> the same.
 * Errors: ShapeError with the layer's path for other features.
 * Source: He et al. 2015.
 *
 * @example
 * nn.prelu().apply({ slope: np.array([0.5]) }, {}, np.array([-2, 2]))[0] // => [-1. 2.]
 *
 * @category layers
 * @since 0.1.0
 */
export const prelu = (options: PreluOptions = {}): Layer<PreluParams, Empty> => {
  checkOptions('prelu', options, ['perFeature', 'slope'])
  const { perFeature = false, slope: begin = 0.25 } = options
  return {
    kind: 'prelu',
    children: {},
    init: (_key, { inputShape, dtype = 'float32' }) => [
      { slope: lax.full([perFeature ? inputShape[inputShape.length - 1] : 1], begin, dtype) },
      empty
    ],
    apply: ({ slope }, state, x, { path } = {}) => {
      const [count] = slope.shape
      const last = x.ndim - 1
      if (count !== 1 && x.shape[last] !== count)
        throw misfit('prelu', path, x.shape, `[..., ${count}]`, 'features come last')
      const slopes =
        count === 1
          ? lax.broadcastInDim(lax.reshape(slope, []), x.shape, [])
          : lax.broadcastInDim(slope, x.shape, [last])
      return [lax.select(lax.gt(x, 0), x, lax.mul(slopes, x)), state]
    },
    outputShape: (inputShape) => inputShape
  }
}

export interface RreluOptions {
  /** The least slope: 1/8 by default. */
  readonly lower?: number
  /** The largest slope: 1/3 by default. */
  readonly upper?: number
}

/**
 * x above 0, slope · x below: while training with slopes drawn between lower and upper for each
 * element, else with their mean.
 *
 * Errors: ValueError with the layer's path when it trains without a key.
 * Source: Xu et al. 2015.
 *
 * @example
 * nn.rrelu({ lower: 0, upper: 1 }).apply({}, {}, np.array([-2, 2]))[0] // => [-1. 2.]
 *
 * @category layers
 * @since 0.1.0
 */
export const rrelu = (options: RreluOptions = {}): Layer<Empty, Empty> => {
  checkOptions('rrelu', options, ['lower', 'upper'])
  const { lower = 1 / 8, upper = 1 / 3 } = options
  if (!(lower <= upper))
    throw new ValueError('rrelu', {
      problem: 'the slopes are in no order',
      got: `lower: ${lower}, upper: ${upper}`,
      expected: 'lower up to upper',
      hint: 'leave them out for 1/8 and 1/3'
    })
  return {
    kind: 'rrelu',
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, x, applied = {}) => {
      const slopes =
        applied.train === true && lower < upper
          ? random.uniform(requireKey('rrelu', applied), x.shape, {
              dtype: x.dtype,
              minval: lower,
              maxval: upper
            })
          : lax.fullLike(x, (lower + upper) / 2)
      return [lax.select(lax.ge(x, 0), x, lax.mul(slopes, x)), state]
    },
    outputShape: (inputShape) => inputShape
  }
}
