/** Normalisation by the root mean square: scale is removed, the mean is kept. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import { equals, show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { meanOver } from '../activations/normalized.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'

export interface RmsNormOptions {
  /** How many trailing axes are features: 1 by default. */
  readonly axes?: number
  /** Added to the mean square: 1e-6 by default, as in Flax. */
  readonly epsilon?: number
  readonly useScale?: boolean
}

export interface RmsNormParams {
  readonly scale?: NdArray // the trailing axes
}

/**
 * x / √(mean of x² + ε) · scale over the trailing axes.
 *
 * Shape:  [..., features] -> the same.
 * Errors: ShapeError with the layer's path when the features are others.
 * Source: Zhang & Sennrich 2019.
 *
 * @example
 * const layer = nn.rmsNorm({ epsilon: 0 })
 * layer.apply({ scale: np.ones([2]) }, {}, np.array([3, 3]))[0] // => [1. 1.]
 *
 * @category layers
 * @since 0.1.0
 */
export const rmsNorm = (options: RmsNormOptions = {}): Layer<RmsNormParams, Empty> => {
  checkOptions('rmsNorm', options, ['axes', 'epsilon', 'useScale'])
  const { axes: count = 1, epsilon = 1e-6, useScale = true } = options
  return {
    kind: 'rmsNorm',
    children: {},
    init: (_key, { inputShape, dtype = 'float32', path }) => {
      if (inputShape.length < count)
        throw misfit('rmsNorm', path, inputShape, `at least ${count} axes`, 'set { axes }')
      const shape = inputShape.slice(inputShape.length - count)
      return [useScale ? { scale: lax.full(shape, 1, dtype) } : {}, empty]
    },
    apply: ({ scale }, state, x, { path } = {}) => {
      const features = x.shape.slice(Math.max(0, x.ndim - count))
      if (features.length < count || (scale !== undefined && !equals(scale.shape, features)))
        throw misfit(
          'rmsNorm',
          path,
          x.shape,
          scale === undefined ? `at least ${count} axes` : `[..., ${show(scale.shape).slice(1)}`,
          'init with the inputShape that apply gets'
        )
      const axes = features.map((_, a) => x.ndim - count + a)
      const rate = lax.rsqrt(lax.add(meanOver(lax.square(x), axes), epsilon))
      const leading = rate.shape.map((_, a) => a)
      const y = lax.mul(x, lax.broadcastInDim(rate, x.shape, leading))
      return [scale === undefined ? y : lax.mul(y, lax.broadcastInDim(scale, x.shape, axes)), state]
    },
    outputShape: (inputShape) => inputShape
  }
}
