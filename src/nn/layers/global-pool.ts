/** Pooling over the whole of the spatial axes. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { meanOver } from '../activations/normalized.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'

export interface GlobalPoolOptions {
  /** How many spatial axes there are: all between the first axis and the last by default. */
  readonly spatialAxes?: number
  /** Keeps them with extent 1. */
  readonly keepdims?: boolean
}

const globalPool = (
  kind: string,
  options: GlobalPoolOptions,
  reduce: (x: NdArray, axes: readonly number[]) => NdArray
): Layer<Empty, Empty> => {
  checkOptions(kind, options, ['spatialAxes', 'keepdims'])
  const axesOf = (shape: Shape): readonly number[] => {
    const count = options.spatialAxes ?? shape.length - 2
    return Array.from({ length: Math.max(0, count) }, (_, i) => shape.length - 1 - count + i)
  }
  const outputShape = (shape: Shape): Shape => {
    const axes = axesOf(shape)
    return options.keepdims === true
      ? shape.map((n, a) => (axes.includes(a) ? 1 : n))
      : shape.filter((_, a) => !axes.includes(a))
  }
  return {
    kind,
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, x, { path } = {}) => {
      const axes = axesOf(x.shape)
      if (axes.length === 0 || axes[0] < 0)
        throw misfit(kind, path, x.shape, '[N, ..., C] with spatial axes', 'channels come last')
      return [lax.reshape(reduce(x, axes), outputShape(x.shape)), state]
    },
    outputShape
  }
}

/**
 * The mean of each channel over all positions.
 *
 * Shape:  [N, H, W, C] -> [N, C]; likewise for other numbers of spatial axes.
 * Errors: ShapeError with the layer's path when there are no spatial axes.
 * Source: Lin, Chen & Yan 2014.
 *
 * @example
 * nn.globalAvgPool().apply({}, {}, np.array([[[1], [5]]]))[0].toNested() // => [[3]]
 *
 * @category pooling
 * @since 0.1.0
 */
export const globalAvgPool = (options: GlobalPoolOptions = {}): Layer<Empty, Empty> =>
  globalPool('globalAvgPool', options, meanOver)

/**
 * The largest element of each channel over all positions.
 *
 * Shape:  [N, H, W, C] -> [N, C]; likewise for other numbers of spatial axes.
 * Errors: ShapeError with the layer's path when there are no spatial axes.
 *
 * @example
 * nn.globalMaxPool().apply({}, {}, np.array([[[1], [5]]]))[0].toNested() // => [[5]]
 *
 * @category pooling
 * @since 0.1.0
 */
export const globalMaxPool = (options: GlobalPoolOptions = {}): Layer<Empty, Empty> =>
  globalPool('globalMaxPool', options, lax.reduceMax)
