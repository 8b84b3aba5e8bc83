/** Channels traded for positions, and channels reordered. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import type { Path } from '../../core/path.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { empty, misfit, requireCount, type Empty, type Layer } from '../layer.ts'

export interface PixelShuffleOptions {
  /** How many times larger images become. */
  readonly upscaleFactor: number
}

export interface PixelUnshuffleOptions {
  /** How many times smaller images become. */
  readonly downscaleFactor: number
}

export interface ChannelShuffleOptions {
  readonly groups: number
}

type Reshape = (x: NdArray) => NdArray

const rearrangement = (
  kind: string,
  fits: (shape: Shape) => boolean,
  expected: string,
  outputShape: (shape: Shape) => Shape,
  run: Reshape
): Layer<Empty, Empty> => {
  const check = (shape: Shape, path: Path | undefined): void => {
    if (!fits(shape)) throw misfit(kind, path, shape, expected, 'channels come last')
  }
  return {
    kind,
    children: {},
    init: (_key, { inputShape, path }) => {
      check(inputShape, path)
      return [empty, empty]
    },
    apply: (_params, state, x, { path } = {}) => {
      check(x.shape, path)
      return [lax.reshape(run(x), outputShape(x.shape)), state]
    },
    outputShape
  }
}

/** Axes of the batch, so that permutations can name those behind them. */
const leading = (n: number): readonly number[] => Array.from({ length: n }, (_, a) => a)

/**
 * Every r² channels become a square of r × r pixels: channel c · r² + i · r + j lies at row i and
 * column j of its square.
 *
 * Shape:  [..., H, W, C · r²] -> [..., H · r, W · r, C].
 * Errors: ShapeError with the layer's path when r² does not divide the channels.
 * Source: Shi et al. 2016.
 *
 * @example
 * const layer = nn.pixelShuffle({ upscaleFactor: 2 })
 * layer.apply({}, {}, np.arange(4).reshape([1, 1, 4]))[0].reshape([2, 2]).toNested() // => [[0, 1], [2, 3]]
 *
 * @category shapes
 * @since 0.1.0
 */
export const pixelShuffle = (options: PixelShuffleOptions): Layer<Empty, Empty> => {
  checkOptions('pixelShuffle', options, ['upscaleFactor'])
  const { upscaleFactor: r } = options
  requireCount('pixelShuffle', 'upscaleFactor', r)
  return rearrangement(
    'pixelShuffle',
    (shape) => shape.length >= 3 && shape[shape.length - 1] % (r * r) === 0,
    `[..., H, W, channels that ${r * r} divides]`,
    (shape) => {
      const [h, w, c] = shape.slice(-3)
      return [...shape.slice(0, -3), h * r, w * r, c / (r * r)]
    },
    (x) => {
      const [h, w, c] = x.shape.slice(-3)
      const n = x.ndim - 3
      const split = lax.reshape(x, [...x.shape.slice(0, -3), h, w, c / (r * r), r, r])
      return lax.transpose(split, [...leading(n), n, n + 3, n + 1, n + 4, n + 2])
    }
  )
}

/**
 * Every square of r × r pixels becomes r² channels: the inverse of pixelShuffle.
 *
 * Shape:  [..., H · r, W · r, C] -> [..., H, W, C · r²].
 * Errors: ShapeError with the layer's path when r does not divide height and width.
 *
 * @example
 * const image = np.arange(4).reshape([2, 2, 1])
 * nn.pixelUnshuffle({ downscaleFactor: 2 }).apply({}, {}, image)[0].toNested() // => [[[0, 1, 2, 3]]]
 *
 * @category shapes
 * @since 0.1.0
 */
export const pixelUnshuffle = (options: PixelUnshuffleOptions): Layer<Empty, Empty> => {
  checkOptions('pixelUnshuffle', options, ['downscaleFactor'])
  const { downscaleFactor: r } = options
  requireCount('pixelUnshuffle', 'downscaleFactor', r)
  return rearrangement(
    'pixelUnshuffle',
    (shape) => shape.length >= 3 && shape.slice(-3, -1).every((n) => n % r === 0),
    `[..., H, W, C] with ${r} dividing H and W`,
    (shape) => {
      const [h, w, c] = shape.slice(-3)
      return [...shape.slice(0, -3), h / r, w / r, c * r * r]
    },
    (x) => {
      const [h, w, c] = x.shape.slice(-3)
      const n = x.ndim - 3
      const split = lax.reshape(x, [...x.shape.slice(0, -3), h / r, r, w / r, r, c])
      return lax.transpose(split, [...leading(n), n, n + 2, n + 4, n + 1, n + 3])
    }
  )
}

/**
 * Channels dealt out: of g groups, first the first of each, then the second of each …
 *
 * Shape:  [..., C] -> the same; groups divide C.
 * Errors: ShapeError with the layer's path when they do not.
 * Source: Zhang et al. 2018.
 *
 * @example
 * nn.channelShuffle({ groups: 2 }).apply({}, {}, np.array([1, 2, 3, 4]))[0] // => [1. 3. 2. 4.]
 *
 * @category shapes
 * @since 0.1.0
 */
export const channelShuffle = (options: ChannelShuffleOptions): Layer<Empty, Empty> => {
  checkOptions('channelShuffle', options, ['groups'])
  const { groups } = options
  requireCount('channelShuffle', 'groups', groups)
  return rearrangement(
    'channelShuffle',
    (shape) => shape.length >= 1 && shape[shape.length - 1] % groups === 0,
    `[..., channels that ${groups} divides]`,
    (shape) => shape,
    (x) => {
      const n = x.ndim - 1
      const split = lax.reshape(x, [...x.shape.slice(0, -1), groups, x.shape[n] / groups])
      return lax.transpose(split, [...leading(n), n + 1, n])
    }
  )
}
