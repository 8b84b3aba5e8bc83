/** Layer normalisation: every example standardised over its own features. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import { equals, show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { standardize } from '../activations/normalized.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'

export interface LayerNormOptions {
  /** How many trailing axes are features: 1 by default. */
  readonly axes?: number
  /** Added to the variance: 1e-6 by default, as in Flax. */
  readonly epsilon?: number
  readonly useScale?: boolean
  readonly useBias?: boolean
}

export interface LayerNormParams {
  readonly scale?: NdArray // the trailing axes
  readonly bias?: NdArray // the trailing axes
}

/**
 * (x − mean) / √(variance + ε) · scale + bias over the trailing axes.
 *
 * Shape:  [..., features] -> the same.
 * Errors: ShapeError with the layer's path when the features are others.
 * Source: Ba, Kiros & Hinton 2016.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNorm = (options: LayerNormOptions = {}): Layer<LayerNormParams, Empty> => {
  checkOptions('layerNorm', options, ['axes', 'epsilon', 'useScale', 'useBias'])
  const { axes: count = 1, epsilon = 1e-6, useScale = true, useBias = true } = options
  return {
    kind: 'layerNorm',
    children: {},
    init: (_key, { inputShape, dtype = 'float32', path }) => {
      if (inputShape.length < count)
        throw misfit('layerNorm', path, inputShape, `at least ${count} axes`, 'set { axes }')
      const shape = inputShape.slice(inputShape.length - count)
      return [
        {
          ...(useScale ? { scale: lax.full(shape, 1, dtype) } : {}),
          ...(useBias ? { bias: lax.full(shape, 0, dtype) } : {})
        },
        empty
      ]
    },
    apply: ({ scale, bias }, state, x, { path } = {}) => {
      const features = x.shape.slice(Math.max(0, x.ndim - count))
      const made = scale ?? bias
      if (features.length < count || (made !== undefined && !equals(made.shape, features)))
        throw misfit(
          'layerNorm',
          path,
          x.shape,
          made === undefined ? `at least ${count} axes` : `[..., ${show(made.shape).slice(1)}`,
          'init with the inputShape that apply gets'
        )
      const axes = features.map((_, a) => x.ndim - count + a)
      const along = (v: NdArray): NdArray => lax.broadcastInDim(v, x.shape, axes)
      const y = standardize(x, { axis: axes, epsilon })
      const scaled = scale === undefined ? y : lax.mul(y, along(scale))
      return [bias === undefined ? scaled : lax.add(scaled, along(bias)), state]
    },
    outputShape: (inputShape) => inputShape
  }
}
