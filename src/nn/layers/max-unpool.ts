/** Puts the elements of a pooling back where they were. */
import type { NdArray } from '../../core/array.ts'
import { ShapeError, checkOptions, listOf } from '../../core/errors.ts'
import { equals, show, sizeOf } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { empty, layerAt, type Empty, type Layer } from '../layer.ts'
import { perAxis, requireRank, type PerAxis } from './spatial.ts'

export interface MaxUnpoolOptions {
  /** The window of the pooling that is undone. */
  readonly windowShape: readonly number[]
  /** The window's own shape by default. */
  readonly strides?: PerAxis
  /** What the pooling padded on either side: 0 by default. */
  readonly padding?: PerAxis
  /** Spatial extents of the result, where the pooling's input had others than the least. */
  readonly outputSize?: readonly number[]
}

/** What `maxPool({ returnIndices: true })` gives. */
export interface MaxUnpoolInput {
  readonly output: NdArray // [..., H', W', C]
  readonly indices: NdArray // int32 [..., H', W', C]
}

/**
 * Zeros, with each element at the position that the pooling found it.
 *
 * Shape:  [..., H', W', C] -> [..., H, W, C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when elements and positions differ in shape.
 * Source: Zeiler & Fergus 2014.
 *
 * @example
 * const down = nn.maxPool({ windowShape: [2], returnIndices: true })
 * const [kept] = down.apply({}, {}, np.array([[[1], [5], [4], [2]]]))
 * nn.maxUnpool({ windowShape: [2] }).apply({}, {}, kept)[0].reshape([4]) // => [0. 5. 4. 0.]
 *
 * @category pooling
 * @since 0.1.0
 */
export const maxUnpool = (options: MaxUnpoolOptions): Layer<Empty, Empty, MaxUnpoolInput> => {
  const kind = 'maxUnpool'
  checkOptions(kind, options, ['windowShape', 'strides', 'padding', 'outputSize'])
  const rank = listOf(kind, options.windowShape, 'windowShape').length
  const window = perAxis(kind, 'windowShape', options.windowShape, rank)
  const strides = perAxis(kind, 'strides', options.strides ?? window, rank)
  const pads = perAxis(kind, 'padding', options.padding ?? 0, rank, 0)
  const extents = (from: readonly number[]): readonly number[] =>
    options.outputSize ?? from.map((n, a) => (n - 1) * strides[a] - 2 * pads[a] + window[a])
  return {
    kind,
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, { output, indices }, { path } = {}) => {
      requireRank(kind, path, output.shape, rank)
      if (!equals(output.shape, indices.shape))
        throw new ShapeError(layerAt(kind, path), {
          problem: 'elements and positions differ in shape',
          got: `output ${show(output.shape)}, indices ${show(indices.shape)}`,
          expected: 'what maxPool({ returnIndices: true }) gave',
          hint: 'both come from the same call'
        })
      const to = extents(output.shape.slice(-rank - 1, -1))
      const channels = output.shape[output.ndim - 1]
      const lead = output.shape.slice(0, -rank - 1)
      const rows = [sizeOf(lead), sizeOf(output.shape.slice(-rank - 1, -1)), channels]
      const zeros = lax.full([rows[0], sizeOf(to), channels], 0, output.dtype)
      const [values, places] = [lax.reshape(output, rows), lax.reshape(indices, rows)]
      const y = np.putAlongAxis(zeros, places, values, 1)
      return [lax.reshape(y, [...lead, ...to, channels]), state]
    },
    outputShape: ({ output }) => [
      ...output.slice(0, -rank - 1),
      ...extents(output.slice(-rank - 1, -1)),
      output[output.length - 1]
    ]
  }
}
