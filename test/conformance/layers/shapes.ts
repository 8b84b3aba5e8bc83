/** Layers that move, repeat or interpolate elements, and those that drop them. */
import type { NdArray } from '../../../src/core/array.ts'
import * as np from '../../../src/numpy/index.ts'
import * as nn from '../../../src/nn/index.ts'
import {
  channelsFirst,
  channelsLast,
  listed,
  type Adapter,
  type Adapters,
  type Settings
} from './adapter.ts'

/** A layer without parameters over [N, C, …positions]. */
const spatial = (
  signature: readonly string[],
  make: (s: Settings) => nn.AnyLayer,
  rankOf: (x: NdArray) => number = (x) => x.ndim - 2
): Adapter => ({
  signature,
  build: (s) => {
    const layer = make(s)
    return (_params, inputs) => {
      const [x] = listed(s, inputs)
      const rank = rankOf(x)
      const given = channelsLast(x, rank)
      const [y] = layer.apply({}, {}, given, { train: s.train }) as readonly [NdArray, unknown]
      return { outputs: [channelsFirst(y, rank)] }
    }
  }
})

/** A layer without parameters that treats all axes alike. */
const plain = (signature: readonly string[], make: (s: Settings) => nn.AnyLayer): Adapter =>
  spatial(signature, make, () => 0)

/** PyTorch lists the last axis first; one number stands for all sides. */
const sides = (s: Settings, rank: number): readonly (readonly [number, number])[] => {
  const flat = s.axes('padding', 2 * rank)
  return Array.from({ length: rank }, (_, a) => {
    const at = 2 * (rank - 1 - a)
    return [flat[at], flat[at + 1]] as const
  })
}

const pad = (rank: number, mode: 'constant' | 'reflect' | 'replicate' | 'circular'): Adapter =>
  spatial(
    ['padding', 'value'],
    (s) => nn.pad({ padding: sides(s, rank), mode, value: s.number('value', 0) }),
    () => rank
  )

const each = (name: string, make: (rank: number) => Adapter): Adapters =>
  Object.fromEntries([1, 2, 3].map((rank) => [`${name}${rank}d`, make(rank)]))

const upsampleMode = (mode: string): NonNullable<nn.UpsampleOptions['mode']> =>
  mode === 'nearest'
    ? 'nearest'
    : mode === 'nearest-exact'
      ? 'nearestExact'
      : mode === 'bicubic'
        ? 'cubic'
        : 'linear'

const extents = (s: Settings, name: string): number | readonly number[] =>
  s.get(name) as number | readonly number[]

/** One extent for every spatial axis, or one for each. */
const sized = (given: number | readonly number[], rank: number): readonly number[] =>
  typeof given === 'number' ? new Array<number>(rank).fill(given) : given

const upsample = (fixed?: { readonly mode: string; readonly alignCorners: boolean }): Adapter => ({
  signature: ['size', 'scale_factor', 'mode', 'align_corners', 'recompute_scale_factor'],
  build: (s) => (_params, inputs) => {
    const [x] = listed(s, inputs)
    const rank = x.ndim - 2
    const mode = fixed?.mode ?? s.text('mode', 'nearest')
    const scales = s.has('scale_factor') ? sized(extents(s, 'scale_factor'), rank) : undefined
    // Means are of as many windows as there will be positions, whatever the scale.
    const isSized =
      scales === undefined || mode === 'area' || s.flag('recompute_scale_factor', false)
    const size = isSized
      ? scales === undefined
        ? sized(extents(s, 'size'), rank)
        : scales.map((f, a) => Math.floor(x.shape[a + 2] * f))
      : undefined
    const layer =
      mode === 'area' && size !== undefined
        ? nn.adaptiveAvgPool({ outputSize: size })
        : nn.upsample({
            ...(size === undefined ? {} : { size }),
            ...(scales === undefined || isSized ? {} : { scale: scales }),
            mode: upsampleMode(mode),
            alignCorners: fixed?.alignCorners ?? s.flag('align_corners', false)
          })
    return { outputs: [channelsFirst(layer.apply({}, {}, channelsLast(x, rank))[0], rank)] }
  }
})

const flatten: Adapter = plain(['start_dim', 'end_dim'], (s) =>
  nn.flatten({ startAxis: s.number('start_dim', 1), endAxis: s.number('end_dim', -1) })
)

const unflatten: Adapter = plain(['dim', 'unflattened_size'], (s) =>
  nn.unflatten({ axis: s.number('dim'), shape: s.get('unflattened_size') as readonly number[] })
)

const windows = (s: Settings) => ({
  windowShape: s.axes('kernel_size', 2),
  strides: s.axes('stride', 2, 1),
  padding: s.axes('padding', 2, 0),
  windowDilation: s.axes('dilation', 2, 1)
})

const unfold: Adapter = {
  signature: ['kernel_size', 'dilation', 'padding', 'stride'],
  build: (s) => {
    const layer = nn.unfold(windows(s))
    return (_params, inputs) => {
      const [y] = layer.apply({}, {}, channelsLast(listed(s, inputs)[0], 2))
      return { outputs: [np.swapaxes(y, -1, -2)] }
    }
  }
}

const fold: Adapter = {
  signature: ['output_size', 'kernel_size', 'dilation', 'padding', 'stride'],
  build: (s) => {
    const layer = nn.fold({ outputSize: s.axes('output_size', 2), ...windows(s) })
    return (_params, inputs) => {
      const [y] = layer.apply({}, {}, np.swapaxes(listed(s, inputs)[0], -1, -2))
      return { outputs: [channelsFirst(y, 2)] }
    }
  }
}

const rate = (s: Settings): number => s.number('p', 0.5)

/** Channels lie in front of `rank` axes of positions. */
const channelDropout = (rank: number): Adapter =>
  spatial(
    ['p'],
    (s) => nn.spatialDropout({ rate: rate(s), spatialAxes: rank }),
    () => rank
  )

export const shapeAdapters: Adapters = {
  Identity: {
    signature: [],
    build: (s) => (_params, inputs) => ({ outputs: [nn.identity(listed(s, inputs)[0])] })
  },
  Flatten: flatten,
  Unflatten: unflatten,
  ...each('ZeroPad', (rank) => pad(rank, 'constant')),
  ...each('ConstantPad', (rank) => pad(rank, 'constant')),
  ...each('ReflectionPad', (rank) => pad(rank, 'reflect')),
  ...each('ReplicationPad', (rank) => pad(rank, 'replicate')),
  ...each('CircularPad', (rank) => pad(rank, 'circular')),
  Upsample: upsample(),
  UpsamplingNearest2d: upsample({ mode: 'nearest', alignCorners: false }),
  UpsamplingBilinear2d: upsample({ mode: 'bilinear', alignCorners: true }),
  PixelShuffle: spatial(
    ['upscale_factor'],
    (s) => nn.pixelShuffle({ upscaleFactor: s.number('upscale_factor') }),
    () => 2
  ),
  PixelUnshuffle: spatial(
    ['downscale_factor'],
    (s) => nn.pixelUnshuffle({ downscaleFactor: s.number('downscale_factor') }),
    () => 2
  ),
  ChannelShuffle: spatial(['groups'], (s) => nn.channelShuffle({ groups: s.number('groups') })),
  Fold: fold,
  Unfold: unfold,
  Dropout: plain(['p'], (s) => nn.dropout({ rate: rate(s) })),
  ...each('Dropout', channelDropout),
  AlphaDropout: plain(['p'], (s) => nn.alphaDropout({ rate: rate(s) })),
  FeatureAlphaDropout: plain(['p'], (s) => nn.featureAlphaDropout({ rate: rate(s) }))
}
