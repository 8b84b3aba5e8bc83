/** Windows as columns of features, and their sum back into an image. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions, listOf } from '../../core/errors.ts'
import { sizeOf, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { linearTranspose } from '../../transforms/linear-transpose.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'
import { overBatch, perAxis, placeWindows, requireRank, type PerAxis } from './spatial.ts'

export interface UnfoldOptions {
  /** Its length is the number of spatial axes: [3, 3] for images. */
  readonly windowShape: readonly number[]
  readonly strides?: PerAxis
  /** What is padded on either side: 0 by default. */
  readonly padding?: PerAxis
  readonly windowDilation?: PerAxis
}

export interface FoldOptions extends UnfoldOptions {
  /** Spatial extents of the image. */
  readonly outputSize: readonly number[]
}

interface Windows {
  readonly window: readonly number[]
  readonly counts: (extents: readonly number[]) => readonly number[]
  /** [N, …spatial, C] -> [N, windows, C · elements]. */
  readonly unfold: (x: NdArray) => NdArray
}

const names = ['windowShape', 'strides', 'padding', 'windowDilation']

const windowsOf = (kind: string, options: UnfoldOptions): Windows => {
  const rank = listOf(kind, options.windowShape, 'windowShape').length
  const window = perAxis(kind, 'windowShape', options.windowShape, rank)
  const strides = perAxis(kind, 'strides', options.strides ?? 1, rank)
  const pads = perAxis(kind, 'padding', options.padding ?? 0, rank, 0)
  const dilation = perAxis(kind, 'windowDilation', options.windowDilation ?? 1, rank)
  const sides = pads.map((p) => [p, p] as const)
  const counts = (extents: readonly number[]): readonly number[] =>
    placeWindows(extents, window, strides, dilation, sides, false).map((p) => p.count)
  const unfold = (x: NdArray): NdArray => {
    const channels = x.shape[x.ndim - 1]
    const many = counts(x.shape.slice(1, -1))
    const padded = lax.pad(x, 0, [[0, 0, 0], ...pads.map((p) => [p, p, 0] as const), [0, 0, 0]])
    // [N, n₀, w₀, n₁, w₁, …, C]
    const taken = many.reduce((y, n, a) => {
      const table = Array.from({ length: n * window[a] }, (_, i) => {
        const [at, element] = [Math.floor(i / window[a]), i % window[a]]
        return at * strides[a] + element * dilation[a]
      })
      const indices = np.array(table).astype('int32').reshape([n, window[a]])
      return np.take(y, indices, { axis: 1 + 2 * a, mode: 'clip' })
    }, padded)
    const places = many.map((_, a) => 1 + 2 * a)
    const elements = many.map((_, a) => 2 + 2 * a)
    const placed = lax.transpose(taken, [0, ...places, 2 * rank + 1, ...elements])
    return lax.reshape(placed, [x.shape[0], sizeOf(many), channels * sizeOf(window)])
  }
  return { window, counts, unfold }
}

/**
 * Every window as one row of features, channel by channel.
 *
 * Shape:  [..., H, W, C] -> [..., windows, C · window size]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 *
 * @example
 * const rows = nn.unfold({ windowShape: [2] })
 * rows.apply({}, {}, np.array([[[1], [2], [3]]]))[0].toNested() // => [[[1, 2], [2, 3]]]
 *
 * @category shapes
 * @since 0.1.0
 */
export const unfold = (options: UnfoldOptions): Layer<Empty, Empty> => {
  checkOptions('unfold', options, names)
  const { window, counts, unfold: run } = windowsOf('unfold', options)
  const rank = window.length
  return {
    kind: 'unfold',
    children: {},
    init: (_key, { inputShape, path }) => {
      requireRank('unfold', path, inputShape, rank)
      return [empty, empty]
    },
    apply: (_params, state, x, { path } = {}) => {
      requireRank('unfold', path, x.shape, rank)
      return [overBatch(x, rank, run), state]
    },
    outputShape: (inputShape) => {
      const at = inputShape.length - rank - 1
      const many = counts(inputShape.slice(at, at + rank))
      const features = inputShape[inputShape.length - 1] * sizeOf(window)
      return [...inputShape.slice(0, at), sizeOf(many), features]
    }
  }
}

/**
 * Adds up windows where they overlap: the transpose of `unfold`.
 *
 * Shape:  [..., windows, C · window size] -> [..., ...outputSize, C].
 * Errors: ShapeError with the layer's path when the windows are not those of the output.
 *
 * @example
 * const sums = nn.fold({ outputSize: [3], windowShape: [2] })
 * sums.apply({}, {}, np.array([[[1, 2], [10, 20]]]))[0].reshape([3]) // => [1. 12. 20.]
 *
 * @category shapes
 * @since 0.1.0
 */
export const fold = (options: FoldOptions): Layer<Empty, Empty> => {
  checkOptions('fold', options, ['outputSize', ...names])
  const { outputSize, ...rest } = options
  const { window, counts, unfold: run } = windowsOf('fold', rest)
  const size = sizeOf(window)
  const many = sizeOf(counts(perAxis('fold', 'outputSize', outputSize, window.length)))
  const check = (shape: Shape, path: Parameters<typeof misfit>[1]): void => {
    const [n, features] = shape.slice(-2)
    if (shape.length >= 2 && n === many && features % size === 0) return
    throw misfit(
      'fold',
      path,
      shape,
      `[..., ${many}, features that ${size} divides]`,
      'the windows are those that unfold makes of { outputSize }'
    )
  }
  const outputShape = (shape: Shape): Shape => [
    ...shape.slice(0, -2),
    ...outputSize,
    shape[shape.length - 1] / size
  ]
  return {
    kind: 'fold',
    children: {},
    init: (_key, { inputShape, path }) => {
      check(inputShape, path)
      return [empty, empty]
    },
    apply: (_params, state, x, { path } = {}) => {
      check(x.shape, path)
      const y = overBatch(x, 1, (columns) => {
        const image = lax.full(outputShape(columns.shape), 0, x.dtype)
        const [sum] = linearTranspose(run, [image])(columns)
        return sum
      })
      return [y, state]
    },
    outputShape
  }
}
