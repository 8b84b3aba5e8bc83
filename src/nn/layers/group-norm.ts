/** Normalisation of each example over its positions and groups of its channels. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import type { Path } from '../../core/path.ts'
import { sizeOf, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { meanOver, standardize, varianceOver } from '../activations/normalized.ts'
import { empty, misfit, requireCount, type Empty, type Layer } from '../layer.ts'
import {
  moveStatistics,
  requireStatistics,
  startStatistics,
  type BatchStatistics,
  type ScaleBias
} from './batch-norm.ts'

interface ExampleNormOptions {
  /** Added to the variance. */
  readonly epsilon?: number
  readonly useScale?: boolean
  readonly useBias?: boolean
  /** How many axes of positions there are: all between the first axis and the last by default. */
  readonly spatialAxes?: number
}

export interface GroupNormOptions extends ExampleNormOptions {
  /** Into how many groups the channels fall; 32 by default, as in Flax. */
  readonly numGroups?: number
}

export interface InstanceNormOptions extends ExampleNormOptions {
  /** Keeps running statistics and uses them when not training; false by default. */
  readonly trackRunningStats?: boolean
  /** How much of the running statistics each step keeps: 0.9 by default. */
  readonly momentum?: number | 'cumulative'
}

const shared = ['epsilon', 'useScale', 'useBias', 'spatialAxes']

/** The axes of positions: behind the batch, in front of the channels. */
const spatialOf = (shape: Shape, { spatialAxes }: ExampleNormOptions): readonly number[] => {
  const count = Math.max(0, spatialAxes ?? shape.length - 2)
  return Array.from({ length: count }, (_, i) => shape.length - 1 - count + i)
}

/** y · scale + bias, whose channels are the last axis of y, or so many in row-major order. */
const affine = (y: NdArray, { scale, bias }: ScaleBias, axes = 1): NdArray => {
  const channels = y.shape.slice(-axes)
  const places = channels.map((_, i) => y.ndim - axes + i)
  const along = (v: NdArray): NdArray =>
    lax.broadcastInDim(lax.reshape(v, channels), y.shape, places)
  const scaled = scale === undefined ? y : lax.mul(y, along(scale))
  return bias === undefined ? scaled : lax.add(scaled, along(bias))
}

const check = (
  kind: string,
  path: Path | undefined,
  x: Shape,
  channels: number | undefined
): void => {
  if (x.length >= 2 && (channels === undefined || x[x.length - 1] === channels)) return
  throw misfit(kind, path, x, `[N, ..., ${channels ?? 'C'}]`, 'channels come last')
}

const scaleBias = (
  { useScale = true, useBias = true }: ExampleNormOptions,
  channels: number,
  dtype: Parameters<typeof lax.full>[2] = 'float32'
): ScaleBias => ({
  ...(useScale ? { scale: lax.full([channels], 1, dtype) } : {}),
  ...(useBias ? { bias: lax.full([channels], 0, dtype) } : {})
})

/**
 * (x − mean) / √(variance + ε) · scale + bias, with the statistics of each example's groups of
 * channels over all positions.
 *
 * Shape:  [N, ..., C] -> the same; numGroups divides C.
 * Errors: ShapeError with the layer's path for other channels.
 * Source: Wu & He 2018.
 *
 * @example
 * const layer = nn.groupNorm({ numGroups: 2, epsilon: 0 })
 * const [params, state] = layer.init(random.key(0), { inputShape: [1, 4] })
 * layer.apply(params, state, np.array([[1, 3, 10, 50]]))[0].toNested() // => [[-1, 1, -1, 1]]
 *
 * @category normalisation
 * @since 0.1.0
 */
export const groupNorm = (options: GroupNormOptions = {}): Layer<ScaleBias, Empty> => {
  const kind = 'groupNorm'
  checkOptions(kind, options, [...shared, 'numGroups'])
  const { numGroups = 32, epsilon = 1e-6 } = options
  requireCount(kind, 'numGroups', numGroups)
  return {
    kind,
    children: {},
    init: (_key, { inputShape, dtype, path }) => {
      check(kind, path, inputShape, undefined)
      const channels = inputShape[inputShape.length - 1]
      if (channels % numGroups !== 0)
        throw misfit(
          kind,
          path,
          inputShape,
          `channels that ${numGroups} groups divide`,
          'set { numGroups }'
        )
      return [scaleBias(options, channels, dtype), empty]
    },
    apply: (params, state, x, { path } = {}) => {
      check(kind, path, x.shape, (params.scale ?? params.bias)?.shape[0])
      const channels = x.shape[x.ndim - 1]
      const grouped = lax.reshape(x, [...x.shape.slice(0, -1), numGroups, channels / numGroups])
      const axes = [...spatialOf(x.shape, options), x.ndim]
      // In groups to the end: what follows the statistics is one pass over the data.
      const y = affine(standardize(grouped, { axis: axes, epsilon }), params, 2)
      return [lax.reshape(y, x.shape), state]
    },
    outputShape: (inputShape) => inputShape
  }
}

/**
 * (x − mean) / √(variance + ε) · scale + bias, with the statistics of each example's channels over
 * all positions.
 *
 * Shape:  [N, ..., C] -> the same.
 * Errors: ShapeError and StructureError with the layer's path for other channels or a missing state.
 * Source: Ulyanov, Vedaldi & Lempitsky 2016.
 *
 * @example
 * const layer = nn.instanceNorm({ epsilon: 0 })
 * const [params, state] = layer.init(random.key(0), { inputShape: [1, 2, 1] })
 * layer.apply(params, state, np.array([[[1], [3]]]))[0].toNested() // => [[[-1], [1]]]
 *
 * @category normalisation
 * @since 0.1.0
 */
export const instanceNorm = (
  options: InstanceNormOptions = {}
): Layer<ScaleBias, BatchStatistics | Empty> => {
  const kind = 'instanceNorm'
  checkOptions(kind, options, [...shared, 'trackRunningStats', 'momentum'])
  const { epsilon = 1e-5, trackRunningStats = false, momentum = 0.9 } = options
  if (momentum !== 'cumulative' && !(momentum >= 0 && momentum <= 1))
    throw new ValueError(kind, {
      problem: 'the momentum is no share',
      got: `momentum: ${momentum}`,
      expected: "a number from 0 to 1, or 'cumulative'",
      hint: 'momentum is what is kept: 0.9 here is 0.1 in PyTorch'
    })
  return {
    kind,
    children: {},
    init: (_key, { inputShape, dtype = 'float32', path }) => {
      check(kind, path, inputShape, undefined)
      const channels = inputShape[inputShape.length - 1]
      return [
        scaleBias(options, channels, dtype),
        trackRunningStats ? startStatistics(channels, dtype, momentum) : empty
      ]
    },
    apply: (params, state, x, { train = false, frozenStatistics = false, path } = {}) => {
      check(kind, path, x.shape, (params.scale ?? params.bias)?.shape[0])
      const axes = spatialOf(x.shape, options)
      if (!trackRunningStats)
        return [affine(standardize(x, { axis: axes, epsilon }), params), state]
      requireStatistics(kind, state, path)
      const known = state as BatchStatistics // checked above
      const along = (v: NdArray): NdArray => lax.broadcastInDim(v, x.shape, [x.ndim - 1])
      if (!train || frozenStatistics) {
        const rate = lax.rsqrt(lax.add(known.var, epsilon))
        const y = lax.mul(lax.sub(x, along(known.mean)), along(rate))
        return [affine(y, params), known]
      }
      const mean = meanOver(x, axes)
      const variance = varianceOver(x, mean, axes)
      const y = standardize(x, { axis: axes, epsilon, mean, variance })
      const size = sizeOf(axes.map((a) => x.shape[a]))
      const batch = mean.shape.slice(0, -1).map((_, a) => a)
      const unbiased = lax.mul(variance, size / (size - 1))
      const now = { mean: meanOver(mean, batch), var: meanOver(unbiased, batch) }
      return [affine(y, params), moveStatistics(known, now, momentum)]
    },
    outputShape: (inputShape) => inputShape
  }
}
