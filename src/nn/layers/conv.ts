/** Convolution over one to three spatial axes, channels last. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { zeros, type Initializer } from '../initializers/simple.ts'
import { lecunNormal } from '../initializers/variance-scaling.ts'
import { empty, misfit, requireCount, type Empty, type Layer } from '../layer.ts'
import { addBias } from './bias.ts'
import {
  layoutOf,
  overBatch,
  perAxis,
  requireRank,
  slidExtents,
  type Padding,
  type PerAxis
} from './spatial.ts'

export interface ConvOptions {
  readonly features: number
  /** Its length is the number of spatial axes: [3, 3] for images. */
  readonly kernelSize: readonly number[]
  readonly strides?: PerAxis
  /** 'same' by default, as in Flax. */
  readonly padding?: Padding
  /** Holes between the elements of the input: a fractional stride. */
  readonly inputDilation?: PerAxis
  /** Holes between the elements of the kernel. */
  readonly kernelDilation?: PerAxis
  /** Groups of channels that do not see each other: the number of channels for depthwise. */
  readonly featureGroupCount?: number
  readonly useBias?: boolean
  readonly kernelInit?: Initializer
  readonly biasInit?: Initializer
}

export interface ConvParams {
  readonly kernel: NdArray // [...kernelSize, in / groups, features]
  readonly bias?: NdArray // [features]
}

const known = [
  'features',
  'kernelSize',
  'strides',
  'padding',
  'inputDilation',
  'kernelDilation',
  'featureGroupCount',
  'useBias',
  'kernelInit',
  'biasInit'
]

/**
 * Slides a kernel over the spatial axes (a cross-correlation, as everywhere in deep learning).
 *
 * Shape:  [..., H, W, in] -> [..., H', W', features]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path for other ranks or another number of channels.
 * Source: weights by `lecunNormal`, as Flax has them.
 *
 * @category layers
 * @since 0.1.0
 */
export const conv = (options: ConvOptions): Layer<ConvParams, Empty> => {
  checkOptions('conv', options, known)
  const { features, kernelSize, padding = 'same', featureGroupCount: groups = 1 } = options
  const { useBias = true, kernelInit = lecunNormal(), biasInit = zeros } = options
  requireCount('conv', 'features', features)
  const rank = kernelSize.length
  if (rank < 1 || rank > 3)
    throw new ValueError('conv', {
      problem: 'kernelSize does not name one to three spatial axes',
      got: `kernelSize: [${kernelSize.join(', ')}]`,
      expected: 'a list of 1, 2 or 3 extents',
      hint: '[3, 3] for images, [3] for sequences'
    })
  const window = perAxis('conv', 'kernelSize', kernelSize, rank)
  const windowStrides = perAxis('conv', 'strides', options.strides ?? 1, rank)
  const lhsDilation = perAxis('conv', 'inputDilation', options.inputDilation ?? 1, rank)
  const rhsDilation = perAxis('conv', 'kernelDilation', options.kernelDilation ?? 1, rank)
  const dimensionNumbers = layoutOf(rank)

  const channelsOf = (shape: Shape): number => shape[shape.length - 1]

  return {
    kind: 'conv',
    children: {},
    init: (key, { inputShape, dtype, path }) => {
      requireRank('conv', path, inputShape, rank)
      const channels = channelsOf(inputShape)
      if (channels % groups !== 0)
        throw misfit(
          'conv',
          path,
          inputShape,
          `a number of channels that ${groups} groups divide`,
          'featureGroupCount divides both channels and features'
        )
      const shape = [...window, channels / groups, features]
      const kernel = kernelInit(random.foldIn(key, 'kernel'), shape, dtype)
      if (!useBias) return [{ kernel }, empty]
      return [{ kernel, bias: biasInit(random.foldIn(key, 'bias'), [features], dtype) }, empty]
    },
    apply: ({ kernel, bias }, state, x, { path } = {}) => {
      requireRank('conv', path, x.shape, rank)
      const channels = kernel.shape[rank] * groups
      if (channelsOf(x.shape) !== channels)
        throw misfit(
          'conv',
          path,
          x.shape,
          `${channels} channels in the last axis, as init was given`,
          'images are [batch, height, width, channels]: transpose those with channels first'
        )
      const y = overBatch(x, rank, (images) =>
        lax.convGeneralDilated(images, kernel, {
          windowStrides,
          padding,
          lhsDilation,
          rhsDilation,
          dimensionNumbers,
          featureGroupCount: groups
        })
      )
      return [addBias(y, bias), state]
    },
    outputShape: (inputShape) => {
      const at = inputShape.length - rank - 1
      const extents = inputShape
        .slice(at, at + rank)
        .map((n, a) => (n === 0 ? 0 : (n - 1) * lhsDilation[a] + 1))
      const reach = window.map((w, a) => (w - 1) * rhsDilation[a] + 1)
      return [
        ...inputShape.slice(0, at),
        ...slidExtents(extents, reach, windowStrides, padding),
        features
      ]
    }
  }
}
