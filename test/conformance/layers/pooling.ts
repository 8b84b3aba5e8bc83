/** Pooling of every kind, over one to three spatial axes. */
import { isArray, type NdArray } from '../../../src/core/array.ts'
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

const symmetric = (pads: readonly number[]) => pads.map((p) => [p, p] as const)

const common = (s: Settings, rank: number) => ({
  windowShape: s.axes('kernel_size', rank),
  strides: s.axes('stride', rank, undefined, 'kernel_size'),
  padding: symmetric(s.axes('padding', rank, 0)),
  windowDilation: s.axes('dilation', rank, 1),
  ceilMode: s.flag('ceil_mode', false)
})

/** A layer of ours between PyTorch's layouts. */
const between = (
  rank: number,
  signature: readonly string[],
  make: (s: Settings) => nn.AnyLayer
): Adapter => ({
  signature,
  build: (s) => {
    const layer = make(s)
    return (_params, inputs) => {
      const x = channelsLast(listed(s, inputs)[0], rank)
      const y = layer.apply({}, {}, x)[0] as NdArray | nn.PoolResult // what poolings give
      const parts = isArray(y) ? [y] : [y.output, y.indices]
      return { outputs: parts.map((part) => channelsFirst(part, rank)) }
    }
  }
})

const window = ['kernel_size', 'stride', 'padding']

const maxPool = (rank: number): Adapter =>
  between(rank, [...window, 'dilation', 'return_indices', 'ceil_mode'], (s) =>
    nn.maxPool({ ...common(s, rank), returnIndices: s.flag('return_indices', false) })
  )

const avgPool = (rank: number): Adapter =>
  between(rank, [...window, 'ceil_mode', 'count_include_pad', 'divisor_override'], (s) =>
    nn.avgPool({
      ...common(s, rank),
      countIncludePad: s.flag('count_include_pad', true),
      ...(s.has('divisor_override') ? { divisorOverride: s.number('divisor_override') } : {})
    })
  )

const lpPool = (rank: number): Adapter =>
  between(rank, ['norm_type', 'kernel_size', 'stride', 'ceil_mode'], (s) =>
    nn.lpPool({ ...common(s, rank), normType: s.number('norm_type') })
  )

const sizes = (s: Settings, rank: number): readonly (number | null)[] => {
  const given = s.get('output_size')
  return Array.isArray(given) ? (given as (number | null)[]) : s.axes('output_size', rank)
}

const adaptiveAvg = (rank: number): Adapter =>
  between(rank, ['output_size'], (s) => nn.adaptiveAvgPool({ outputSize: sizes(s, rank) }))

const adaptiveMax = (rank: number): Adapter =>
  between(rank, ['output_size', 'return_indices'], (s) =>
    nn.adaptiveMaxPool({
      outputSize: sizes(s, rank),
      returnIndices: s.flag('return_indices', false)
    })
  )

const unpool = (rank: number): Adapter => ({
  signature: [...window, 'output_size'],
  build: (s) => {
    const size = s.get('output_size') as readonly number[] | undefined
    const layer = nn.maxUnpool({
      windowShape: s.axes('kernel_size', rank),
      strides: s.axes('stride', rank, undefined, 'kernel_size'),
      padding: s.axes('padding', rank, 0),
      ...(size === undefined ? {} : { outputSize: size.slice(-rank) })
    })
    return (_params, inputs) => {
      const [output, indices] = listed(s, inputs).map((x) => channelsLast(x, rank))
      return { outputs: [channelsFirst(layer.apply({}, {}, { output, indices })[0], rank)] }
    }
  }
})

/** PyTorch places the windows of images by the numbers of its last axis first. */
const fractional = (rank: number): Adapter => ({
  signature: ['kernel_size', 'output_size', 'output_ratio', 'return_indices', '_random_samples'],
  build: (s) => {
    const ratio = s.get('output_ratio')
    const layer = nn.fractionalMaxPool({
      windowShape: s.axes('kernel_size', rank),
      returnIndices: s.flag('return_indices', false),
      ...(ratio === undefined
        ? { outputSize: s.axes('output_size', rank) }
        : { outputRatio: s.axes('output_ratio', rank) })
    })
    return (_params, inputs) => {
      const { _random_samples: samples = np.array(s.get('_random_samples') as number[][][]) } =
        inputs
      const [x] = s.inputs.filter((n) => n !== '_random_samples').map((n) => inputs[n])
      const placed = rank === 2 ? np.flip(samples, { axis: -1 }) : samples
      const [y] = layer.apply({}, {}, { x: channelsLast(x, rank), samples: placed })
      const parts = isArray(y) ? [y] : [y.output, y.indices]
      return { outputs: parts.map((part) => channelsFirst(part, rank)) }
    }
  }
})

const each = (name: string, make: (rank: number) => Adapter): Adapters =>
  Object.fromEntries([1, 2, 3].map((rank) => [`${name}${rank}d`, make(rank)]))

export const poolingAdapters: Adapters = {
  ...each('MaxPool', maxPool),
  ...each('AvgPool', avgPool),
  ...each('LPPool', lpPool),
  ...each('AdaptiveAvgPool', adaptiveAvg),
  ...each('AdaptiveMaxPool', adaptiveMax),
  ...each('MaxUnpool', unpool),
  ...each('FractionalMaxPool', fractional)
}
