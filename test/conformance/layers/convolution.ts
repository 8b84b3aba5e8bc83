/** Convolutions and their transposes, over one to three spatial axes. */
import type { NdArray } from '../../../src/core/array.ts'
import * as np from '../../../src/numpy/index.ts'
import * as nn from '../../../src/nn/index.ts'
import {
  channelsFirst,
  channelsLast,
  listed,
  present,
  type Adapter,
  type Adapters,
  type Settings
} from './adapter.ts'

/** OI…spatial -> …spatial IO. */
const kernelOf = (weight: NdArray): NdArray => np.moveaxis(weight, [0, 1], [-1, -2])

const modeOf = (s: Settings): nn.PaddingMode => {
  const mode = s.text('padding_mode', 'zeros')
  return mode as nn.PaddingMode // the names are PyTorch's
}

const paddingOf = (s: Settings, rank: number) => {
  const given = s.get('padding')
  if (given === 'same' || given === 'valid') return given
  return s.axes('padding', rank, 0).map((p) => [p, p] as const)
}

export const convLayer = (s: Settings, rank: number) =>
  nn.conv({
    features: s.number('out_channels'),
    kernelSize: s.axes('kernel_size', rank),
    strides: s.axes('stride', rank, 1),
    padding: paddingOf(s, rank),
    kernelDilation: s.axes('dilation', rank, 1),
    featureGroupCount: s.number('groups', 1),
    useBias: s.flag('bias', true),
    paddingMode: modeOf(s)
  })

export const convParams = (weight: NdArray, bias: NdArray | undefined): nn.ConvParams =>
  present({ kernel: kernelOf(weight), bias }) as unknown as nn.ConvParams

const shared = ['in_channels', 'out_channels', 'kernel_size', 'stride', 'padding']

export const convSignature = [...shared, 'dilation', 'groups', 'bias', 'padding_mode']

const conv = (rank: number): Adapter => ({
  signature: convSignature,
  build: (s) => {
    const layer = convLayer(s, rank)
    return ({ weight, bias }, inputs) => {
      const x = channelsLast(listed(s, inputs)[0], rank)
      const [y] = layer.apply(convParams(weight, bias), {}, x)
      return { outputs: [channelsFirst(y, rank)] }
    }
  }
})

/** [in, out / groups, …spatial] -> […spatial, in / groups, out], flipped. */
const transposedKernel = (weight: NdArray, groups: number): NdArray => {
  const [channels, features, ...window] = weight.shape
  const axes = window.map((_, a) => a + 3)
  const grouped = weight.reshape([groups, channels / groups, features, ...window])
  const placed = np.transpose(grouped, [...axes, 1, 0, 2])
  const kernel = placed.reshape([...window, channels / groups, groups * features])
  return np.flip(kernel, { axis: window.map((_, a) => a) })
}

export const transposeLayer = (s: Settings, rank: number, outputPadding?: readonly number[]) =>
  nn.convTranspose({
    features: s.number('out_channels'),
    kernelSize: s.axes('kernel_size', rank),
    strides: s.axes('stride', rank, 1),
    padding: s.axes('padding', rank, 0).map((p) => [p, p] as const),
    outputPadding: outputPadding ?? s.axes('output_padding', rank, 0),
    kernelDilation: s.axes('dilation', rank, 1),
    featureGroupCount: s.number('groups', 1),
    useBias: s.flag('bias', true)
  })

export const transposeParams = (
  weight: NdArray,
  bias: NdArray | undefined,
  groups: number
): nn.ConvParams =>
  present({ kernel: transposedKernel(weight, groups), bias }) as unknown as nn.ConvParams

export const transposeSignature = [
  ...shared,
  'output_padding',
  'groups',
  'bias',
  'dilation',
  'padding_mode'
]

const convTranspose = (rank: number): Adapter => ({
  signature: [...transposeSignature, 'output_size'],
  build: (s) => {
    // An output_size is the padding that makes the least result as large.
    const grown = (x: NdArray): readonly number[] => {
      const least = transposeLayer(s, rank)
        .outputShape(x.shape)
        .slice(-rank - 1, -1)
      return (s.get('output_size') as readonly number[]).slice(-rank).map((n, a) => n - least[a])
    }
    return ({ weight, bias }, inputs) => {
      const x = channelsLast(listed(s, inputs)[0], rank)
      const layer = transposeLayer(s, rank, s.has('output_size') ? grown(x) : undefined)
      const params = transposeParams(weight, bias, s.number('groups', 1))
      return { outputs: [channelsFirst(layer.apply(params, {}, x)[0], rank)] }
    }
  }
})

const each = (name: string, make: (rank: number) => Adapter): Adapters =>
  Object.fromEntries([1, 2, 3].map((rank) => [`${name}${rank}d`, make(rank)]))

/** A lazy layer has its channels from its input, as all of ours have. */
const lazy = (adapter: Adapter): Adapter => ({
  ...adapter,
  signature: adapter.signature.filter((name) => name !== 'in_channels')
})

export const convolutionAdapters: Adapters = {
  ...each('Conv', conv),
  ...each('ConvTranspose', convTranspose),
  ...each('LazyConv', (rank) => lazy(conv(rank))),
  ...each('LazyConvTranspose', (rank) => lazy(convTranspose(rank)))
}
