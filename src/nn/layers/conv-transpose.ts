/** The transpose of a convolution over one to three spatial axes: what was strided is spread. */
import { ValueError, checkOptions, listOf } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import { requireCount, type Empty, type Layer } from '../layer.ts'
import {
  slidingKernel,
  type ChannelPlan,
  type ConvParams,
  type KernelOptions
} from './sliding-kernel.ts'
import { layoutOf, perAxis, type Padding, type PerAxis } from './spatial.ts'

export interface ConvTransposeOptions extends KernelOptions {
  readonly features: number
  /** Its length is the number of spatial axes: [3, 3] for images. */
  readonly kernelSize: readonly number[]
  readonly strides?: PerAxis
  /**
   * 'same' (the default) gives extent · stride, 'valid' all that the kernel reaches; [low, high] is
   * the padding of the convolution whose transpose this is, and is cut off.
   */
  readonly padding?: Padding
  /** Added behind each axis: which of the extents that the convolution maps to one is meant. */
  readonly outputPadding?: PerAxis
  readonly kernelDilation?: PerAxis
  readonly featureGroupCount?: number
}

const known = [
  'features',
  'kernelSize',
  'strides',
  'padding',
  'outputPadding',
  'kernelDilation',
  'featureGroupCount',
  'useBias',
  'kernelInit',
  'biasInit'
]

/** Padding of the spread input, so that what is asked for comes out. */
const sides = (
  reach: number,
  stride: number,
  padding: 'same' | 'valid' | readonly [number, number]
): readonly [low: number, high: number] => {
  if (padding === 'valid') return [reach - 1, reach - 1 + Math.max(stride - reach, 0)]
  if (padding !== 'same') return [reach - 1 - padding[0], reach - 1 - padding[1]]
  const total = reach + stride - 2
  const low = stride > reach - 1 ? reach - 1 : Math.ceil(total / 2)
  return [low, total - low]
}

/**
 * Spreads the input by the strides and slides a kernel over it: the transpose of a convolution with
 * these strides and the kernel flipped.
 *
 * Shape:  [..., H, W, in] -> [..., H', W', features], with H' = (H − 1) stride − low − high
 *         + (kernel − 1) dilation + outputPadding + 1; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path for other ranks or another number of channels.
 * Source: Zeiler et al. 2010; weights by `lecunNormal`, and the kernel not flipped, as in Flax.
 *
 * @example
 * const up = nn.convTranspose({ features: 4, kernelSize: [3, 3], strides: 2 })
 * const [params, state] = up.init(random.key(0), { inputShape: [1, 5, 5, 2] })
 * up.apply(params, state, np.ones([1, 5, 5, 2]))[0].shape // => [1, 10, 10, 4]
 *
 * @category convolutions
 * @since 0.1.0
 */
export const convTranspose = (options: ConvTransposeOptions): Layer<ConvParams, Empty> => {
  const kind = 'convTranspose'
  checkOptions(kind, options, known)
  const { features, kernelSize, padding = 'same', featureGroupCount: groups = 1 } = options
  requireCount(kind, 'features', features)
  requireCount(kind, 'featureGroupCount', groups)
  const rank = listOf(kind, kernelSize, 'kernelSize').length
  if (rank < 1 || rank > 3 || features % groups !== 0)
    throw new ValueError(kind, {
      problem:
        'the kernel does not fit one to three spatial axes, or groups do not divide features',
      got: `kernelSize: [${kernelSize.join(', ')}], features: ${features}, groups: ${groups}`,
      expected: '1, 2 or 3 extents, and a featureGroupCount that divides features',
      hint: '[3, 3] for images, [3] for sequences'
    })
  const window = perAxis(kind, 'kernelSize', kernelSize, rank)
  const strides = perAxis(kind, 'strides', options.strides ?? 1, rank)
  const rhsDilation = perAxis(kind, 'kernelDilation', options.kernelDilation ?? 1, rank)
  const more = perAxis(kind, 'outputPadding', options.outputPadding ?? 0, rank, 0)
  const reach = window.map((w, a) => (w - 1) * rhsDilation[a] + 1)
  const pads = reach.map((r, a): readonly [number, number] => {
    const [low, high] = sides(r, strides[a], typeof padding === 'string' ? padding : padding[a])
    return [low, high + more[a]]
  })
  const extent = (n: number, a: number): number =>
    Math.max(0, (n - 1) * strides[a] + 1 + pads[a][0] + pads[a][1] - reach[a] + 1)
  const plan: ChannelPlan = {
    of: () => ({ features, groups }),
    channels: (inner) => inner * groups
  }
  return slidingKernel(kind, options, plan, {
    window,
    slide: (images, kernel, featureGroupCount) =>
      lax.convGeneralDilated(images, kernel, {
        windowStrides: window.map(() => 1),
        padding: pads,
        lhsDilation: strides,
        rhsDilation,
        dimensionNumbers: layoutOf(rank),
        featureGroupCount
      }),
    outputExtents: (extents) => extents.map(extent)
  })
}
