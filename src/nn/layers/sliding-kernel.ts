/** A kernel and a bias over spatial axes, channels last: what convolutions and their transposes share. */
import type { NdArray } from '../../core/array.ts'
import type { Shape } from '../../core/shape.ts'
import * as random from '../../random/index.ts'
import { zeros, type Initializer } from '../initializers/simple.ts'
import { lecunNormal } from '../initializers/variance-scaling.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'
import { addBias } from './bias.ts'
import { overBatch, requireRank } from './spatial.ts'

export interface ConvParams {
  readonly kernel: NdArray // [...kernelSize, in / groups, features]
  readonly bias?: NdArray // [features]
}

export interface KernelOptions {
  readonly useBias?: boolean
  /** `lecunNormal` by default. */
  readonly kernelInit?: Initializer
  /** Zeros by default. */
  readonly biasInit?: Initializer
}

/** How many features and groups there are for a number of channels, and the way back. */
export interface ChannelPlan {
  readonly of: (channels: number) => { readonly features: number; readonly groups: number }
  /** Channels of the input of a kernel with `inner` channels for each of its groups. */
  readonly channels: (inner: number, features: number) => number
}

/** What a kernel is slid by. */
export interface Sliding {
  readonly window: readonly number[]
  /** Shape: images [N, …spatial, C], kernel -> [N, …spatial', features]. */
  readonly slide: (images: NdArray, kernel: NdArray, groups: number) => NdArray
  readonly outputExtents: (extents: readonly number[]) => readonly number[]
}

export const slidingKernel = (
  kind: string,
  { useBias = true, kernelInit = lecunNormal(), biasInit = zeros }: KernelOptions,
  plan: ChannelPlan,
  { window, slide, outputExtents }: Sliding
): Layer<ConvParams, Empty> => {
  const rank = window.length
  const channelsOf = (shape: Shape): number => shape[shape.length - 1]
  return {
    kind,
    children: {},
    init: (key, { inputShape, dtype, path }) => {
      requireRank(kind, path, inputShape, rank)
      const channels = channelsOf(inputShape)
      const { features, groups } = plan.of(channels)
      if (channels % groups !== 0)
        throw misfit(
          kind,
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
      requireRank(kind, path, x.shape, rank)
      const channels = plan.channels(kernel.shape[rank], kernel.shape[rank + 1])
      if (channelsOf(x.shape) !== channels)
        throw misfit(
          kind,
          path,
          x.shape,
          `${channels} channels in the last axis, as init was given`,
          'images are [batch, height, width, channels]: transpose those with channels first'
        )
      const { groups } = plan.of(channels)
      return [
        addBias(
          overBatch(x, rank, (images) => slide(images, kernel, groups)),
          bias
        ),
        state
      ]
    },
    outputShape: (inputShape) => {
      const at = inputShape.length - rank - 1
      return [
        ...inputShape.slice(0, at),
        ...outputExtents(inputShape.slice(at, at + rank)),
        plan.of(channelsOf(inputShape)).features
      ]
    }
  }
}
