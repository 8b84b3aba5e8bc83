/** Convolution over one to three spatial axes, channels last. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions, listOf } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { compose } from '../compose.ts'
import { requireCount, type Empty, type Layer } from '../layer.ts'
import {
  slidingKernel,
  type ChannelPlan,
  type ConvParams,
  type KernelOptions
} from './sliding-kernel.ts'
import {
  layoutOf,
  perAxis,
  placeWindows,
  slidExtents,
  type Padding,
  type PerAxis
} from './spatial.ts'

/** What stands in the padding: zeros, or the input reflected, repeated at the edge, or from the other end. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular'

interface SlidingOptions extends KernelOptions {
  /** Its length is the number of spatial axes: [3, 3] for images. */
  readonly kernelSize: readonly number[]
  readonly strides?: PerAxis
  /** 'same' by default, as in Flax; 'causal' pads in front alone, along one axis. */
  readonly padding?: Padding | 'causal'
  /** 'zeros' by default. */
  readonly paddingMode?: PaddingMode
  /** Holes between the elements of the input: a fractional stride. */
  readonly inputDilation?: PerAxis
  /** Holes between the elements of the kernel. */
  readonly kernelDilation?: PerAxis
}

export interface ConvOptions extends SlidingOptions {
  readonly features: number
  /** Groups of channels that do not see each other: the number of channels for depthwise. */
  readonly featureGroupCount?: number
}

export interface DepthwiseConvOptions extends SlidingOptions {
  /** Features for each channel: 1 by default. */
  readonly depthMultiplier?: number
}

export interface SeparableConvOptions extends DepthwiseConvOptions {
  readonly features: number
}

const slidingNames = [
  'kernelSize',
  'strides',
  'padding',
  'paddingMode',
  'inputDilation',
  'kernelDilation',
  'useBias',
  'kernelInit',
  'biasInit'
]

const npModes = { reflect: 'reflect', replicate: 'edge', circular: 'wrap' } as const

const checkRank = (kind: string, kernelSize: readonly number[]): number => {
  const rank = listOf(kind, kernelSize, 'kernelSize').length
  if (rank >= 1 && rank <= 3) return rank
  throw new ValueError(kind, {
    problem: 'kernelSize does not name one to three spatial axes',
    got: `kernelSize: [${kernelSize.join(', ')}]`,
    expected: 'a list of 1, 2 or 3 extents',
    hint: '[3, 3] for images, [3] for sequences'
  })
}

const convolution = (
  kind: string,
  options: SlidingOptions,
  plan: ChannelPlan
): Layer<ConvParams, Empty> => {
  const { kernelSize, paddingMode = 'zeros' } = options
  const rank = checkRank(kind, kernelSize)
  const window = perAxis(kind, 'kernelSize', kernelSize, rank)
  const windowStrides = perAxis(kind, 'strides', options.strides ?? 1, rank)
  const lhsDilation = perAxis(kind, 'inputDilation', options.inputDilation ?? 1, rank)
  const rhsDilation = perAxis(kind, 'kernelDilation', options.kernelDilation ?? 1, rank)
  const reach = window.map((w, a) => (w - 1) * rhsDilation[a] + 1)
  const given = options.padding ?? 'same'
  if (given === 'causal' && rank !== 1)
    throw new ValueError(kind, {
      problem: "'causal' pads along one axis, that of time",
      got: `kernelSize: [${kernelSize.join(', ')}]`,
      expected: 'one spatial axis',
      hint: 'give padding as [low, high] for each axis'
    })
  const padding: Padding = given === 'causal' ? [[reach[0] - 1, 0]] : given
  const isWrapped = paddingMode !== 'zeros'
  if (isWrapped && (npModes[paddingMode] as string | undefined) === undefined)
    throw new ValueError(kind, {
      problem: 'the padding mode is unknown',
      got: `paddingMode: ${JSON.stringify(paddingMode)}`,
      expected: "'zeros', 'reflect', 'replicate' or 'circular'",
      hint: 'how much is padded is said by padding'
    })
  const dimensionNumbers = layoutOf(rank)

  /** [N, …spatial, C] with what stands in its padding. */
  const wrapped = (x: NdArray): NdArray => {
    if (!isWrapped) return x
    const ones = window.map(() => 1)
    const placed = placeWindows(x.shape.slice(1, -1), reach, windowStrides, ones, padding, false)
    const widths = placed.map((p) => [p.low, p.high] as const)
    return np.pad(x, [[0, 0], ...widths, [0, 0]], { mode: npModes[paddingMode] })
  }

  return slidingKernel(kind, options, plan, {
    window,
    slide: (images, kernel, featureGroupCount) =>
      lax.convGeneralDilated(wrapped(images), kernel, {
        windowStrides,
        padding: isWrapped ? 'valid' : padding,
        lhsDilation,
        rhsDilation,
        dimensionNumbers,
        featureGroupCount
      }),
    outputExtents: (extents) =>
      slidExtents(
        extents.map((n, a) => (n === 0 ? 0 : (n - 1) * lhsDilation[a] + 1)),
        reach,
        windowStrides,
        padding
      )
  })
}

/**
 * Slides a kernel over the spatial axes (a cross-correlation, as everywhere in deep learning).
 *
 * Shape:  [..., H, W, in] -> [..., H', W', features]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path for other ranks or another number of channels.
 * Source: weights by `lecunNormal`, as Flax has them.
 *
 * @example
 * const layer = nn.conv({ features: 4, kernelSize: [3, 3], strides: 2 })
 * const [params, state] = layer.init(random.key(0), { inputShape: [1, 8, 8, 3] })
 * params.kernel.shape // => [3, 3, 3, 4]
 * layer.apply(params, state, np.ones([2, 8, 8, 3]))[0].shape // => [2, 4, 4, 4]
 *
 * @category convolutions
 * @since 0.1.0
 */
export const conv = (options: ConvOptions): Layer<ConvParams, Empty> => {
  checkOptions('conv', options, ['features', ...slidingNames, 'featureGroupCount'])
  const { features, featureGroupCount: groups = 1 } = options
  requireCount('conv', 'features', features)
  requireCount('conv', 'featureGroupCount', groups)
  return convolution('conv', options, {
    of: () => ({ features, groups }),
    channels: (inner) => inner * groups
  })
}

/**
 * A kernel of its own for each channel: `depthMultiplier` features from each.
 *
 * Shape:  [..., H, W, in] -> [..., H', W', in · depthMultiplier].
 * Errors: ShapeError with the layer's path for other ranks or another number of channels.
 *
 * @example
 * const layer = nn.depthwiseConv({ kernelSize: [3, 3] })
 * layer.init(random.key(0), { inputShape: [1, 8, 8, 5] })[0].kernel.shape // => [3, 3, 1, 5]
 *
 * @category convolutions
 * @since 0.1.0
 */
export const depthwiseConv = (options: DepthwiseConvOptions): Layer<ConvParams, Empty> => {
  checkOptions('depthwiseConv', options, [...slidingNames, 'depthMultiplier'])
  const { depthMultiplier = 1 } = options
  requireCount('depthwiseConv', 'depthMultiplier', depthMultiplier)
  return convolution('depthwiseConv', options, {
    of: (channels) => ({ features: channels * depthMultiplier, groups: channels }),
    channels: (_inner, features) => features / depthMultiplier
  })
}

/**
 * A depthwise convolution and a 1 × 1 convolution behind it.
 *
 * Shape:  [..., H, W, in] -> [..., H', W', features].
 * Errors: those of its two parts, with their paths.
 * Source: Chollet 2017.
 *
 * @example
 * const layer = nn.separableConv({ features: 7, kernelSize: [3, 3] })
 * const [params] = layer.init(random.key(0), { inputShape: [1, 8, 8, 5] })
 * params.pointwise.kernel.shape // => [1, 1, 5, 7]
 *
 * @category convolutions
 * @since 0.1.0
 */
export const separableConv = (options: SeparableConvOptions) => {
  checkOptions('separableConv', options, ['features', ...slidingNames, 'depthMultiplier'])
  const { features, useBias = true, ...depthwise } = options
  return compose(
    {
      depthwise: depthwiseConv({ ...depthwise, useBias: false }),
      pointwise: conv({ features, kernelSize: options.kernelSize.map(() => 1), useBias })
    },
    (layers, x: NdArray): NdArray => layers.pointwise(layers.depthwise(x)),
    { kind: 'separableConv' }
  )
}
