/** Pooling: windows over the spatial axes become their largest element or their mean. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import { sizeOf } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { empty, type Empty, type Layer } from '../layer.ts'
import {
  overBatch,
  perAxis,
  requireRank,
  slidExtents,
  type Padding,
  type PerAxis
} from './spatial.ts'

export interface PoolOptions {
  /** Its length is the number of spatial axes: [2, 2] for images. */
  readonly windowShape: readonly number[]
  /** The window's own shape by default: windows that touch and do not overlap. */
  readonly strides?: PerAxis
  /** 'valid' by default. */
  readonly padding?: Padding
}

export interface AvgPoolOptions extends PoolOptions {
  /** Padding counts as zeros (true by default, as in Flax), or does not count. */
  readonly countIncludePad?: boolean
}

interface Windows {
  readonly windowDimensions: readonly number[]
  readonly windowStrides: readonly number[]
  readonly padding: Padding
}

const pool = (
  kind: string,
  options: PoolOptions,
  reduce: (x: NdArray, windows: Windows) => NdArray
): Layer<Empty, Empty> => {
  const rank = options.windowShape.length
  const window = perAxis(kind, 'windowShape', options.windowShape, rank)
  const strides = perAxis(kind, 'strides', options.strides ?? window, rank)
  const { padding = 'valid' } = options
  const windows: Windows = {
    windowDimensions: [1, ...window, 1],
    windowStrides: [1, ...strides, 1],
    padding: typeof padding === 'string' ? padding : [[0, 0], ...padding, [0, 0]]
  }
  return {
    kind,
    children: {},
    init: (_key, { inputShape, path }) => {
      requireRank(kind, path, inputShape, rank)
      return [empty, empty]
    },
    apply: (_params, state, x, { path } = {}) => {
      requireRank(kind, path, x.shape, rank)
      return [overBatch(x, rank, (images) => reduce(images, windows)), state]
    },
    outputShape: (inputShape) => {
      const at = inputShape.length - rank - 1
      return [
        ...inputShape.slice(0, at),
        ...slidExtents(inputShape.slice(at, at + rank), window, strides, padding),
        inputShape[inputShape.length - 1]
      ]
    }
  }
}

/**
 * The largest element of every window.
 *
 * Shape:  [..., H, W, C] -> [..., H', W', C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 *
 * @category layers
 * @since 0.1.0
 */
export const maxPool = (options: PoolOptions): Layer<Empty, Empty> => {
  checkOptions('maxPool', options, ['windowShape', 'strides', 'padding'])
  return pool('maxPool', options, (x, windows) => lax.reduceWindow(x, 'max', windows))
}

/**
 * The mean of every window.
 *
 * Shape:  [..., H, W, C] -> [..., H', W', C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 *
 * @category layers
 * @since 0.1.0
 */
export const avgPool = (options: AvgPoolOptions): Layer<Empty, Empty> => {
  checkOptions('avgPool', options, ['windowShape', 'strides', 'padding', 'countIncludePad'])
  const { countIncludePad = true } = options
  return pool('avgPool', options, (x, windows) => {
    const total = lax.reduceWindow(x, 'add', windows)
    if (countIncludePad) return lax.div(total, sizeOf(windows.windowDimensions))
    return lax.div(total, lax.reduceWindow(lax.fullLike(x, 1), 'add', windows))
  })
}
