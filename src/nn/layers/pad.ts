/** Padding of the spatial axes. */
import { ValueError, checkOptions, listOf } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'
import { requireRank } from './spatial.ts'

export interface PadLayerOptions {
  /** [low, high] for each spatial axis; negative amounts crop. */
  readonly padding: readonly (readonly [low: number, high: number])[]
  /** 'constant' by default; the input reflected, repeated at the edge, or from the other end. */
  readonly mode?: 'constant' | 'reflect' | 'replicate' | 'circular'
  /** What stands in the padding: 0 by default. */
  readonly value?: number
}

const npModes = { reflect: 'reflect', replicate: 'edge', circular: 'wrap' } as const

/**
 * Pads the spatial axes.
 *
 * Shape:  [..., H, W, C] -> [..., H + low + high, …, C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing, or when there is less to
 *         reflect than is asked for.
 *
 * @example
 * const layer = nn.pad({ padding: [[1, 2]], mode: 'reflect' })
 * layer.apply({}, {}, np.array([[[1], [2], [3]]]))[0].reshape([6]) // => [2. 1. 2. 3. 2. 1.]
 *
 * @category shapes
 * @since 0.1.0
 */
export const pad = (options: PadLayerOptions): Layer<Empty, Empty> => {
  checkOptions('pad', options, ['padding', 'mode', 'value'])
  const { padding, mode = 'constant', value = 0 } = options
  const rank = listOf('pad', padding, 'padding').map((p) => listOf('pad', p, 'padding')).length
  const isKnown = mode === 'constant' || Object.hasOwn(npModes, mode)
  if (!isKnown || !padding.flat().every((n) => Number.isInteger(n)))
    throw new ValueError('pad', {
      problem: 'the padding or its mode cannot be read',
      got: `padding: ${JSON.stringify(padding)}, mode: ${JSON.stringify(mode)}`,
      expected: "[low, high] for each axis, and 'constant', 'reflect', 'replicate' or 'circular'",
      hint: 'negative amounts crop'
    })
  const grown = (shape: readonly number[]): readonly number[] => {
    const at = shape.length - rank - 1
    return shape.map((n, a) => {
      const [low, high] = padding[a - at] ?? [0, 0]
      return n + low + high
    })
  }
  return {
    kind: 'pad',
    children: {},
    init: (_key, { inputShape, path }) => {
      requireRank('pad', path, inputShape, rank)
      return [empty, empty]
    },
    apply: (_params, state, x, { path } = {}) => {
      requireRank('pad', path, x.shape, rank)
      const at = x.ndim - rank - 1
      const pairs = x.shape.map((_, a): readonly [number, number] => padding[a - at] ?? [0, 0])
      if (mode === 'constant')
        return [
          lax.pad(
            x,
            value,
            pairs.map(([low, high]) => [low, high, 0] as const)
          ),
          state
        ]
      const short = pairs.some(([low, high], a) =>
        mode === 'reflect'
          ? Math.max(low, high) >= x.shape[a] && Math.max(low, high) > 0
          : mode === 'circular' && Math.max(low, high) > x.shape[a]
      )
      if (short)
        throw misfit(
          'pad',
          path,
          x.shape,
          `extents that padding ${JSON.stringify(padding)} can be taken from`,
          "pad by less, or use mode 'replicate'"
        )
      const outer = pairs.map(([low, high]) => [Math.max(low, 0), Math.max(high, 0)] as const)
      const padded = np.pad(x, outer, { mode: npModes[mode] })
      const crops = pairs.map(([low, high]) => [Math.min(low, 0), Math.min(high, 0), 0] as const)
      return [lax.pad(padded, 0, crops), state]
    },
    outputShape: grown
  }
}
