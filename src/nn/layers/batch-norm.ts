/** Batch normalisation: features standardised by the statistics of the batch. */
import { scalar, type NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import { StructureError, checkOptions } from '../../core/errors.ts'
import type { Path } from '../../core/path.ts'
import * as lax from '../../lax/index.ts'
import { meanOver, varianceOver } from '../activations/normalized.ts'
import { empty, layerAt, misfit, type Layer } from '../layer.ts'
import { addBias } from './bias.ts'

export interface BatchNormOptions {
  /**
   * How much of the running statistics each step keeps: 0.99 by default, as in Flax; 'cumulative'
   * for their mean over all steps.
   */
  readonly momentum?: number | 'cumulative'
  /** Added to the variance: 1e-5 by default. */
  readonly epsilon?: number
  readonly useScale?: boolean
  readonly useBias?: boolean
  /** Delta degrees of freedom of the running variance: 0 as in Flax, 1 as in PyTorch. */
  readonly ddof?: 0 | 1
  /** Without running statistics the batch's are always used; true by default. */
  readonly trackRunningStats?: boolean
}

export interface ScaleBias {
  readonly scale?: NdArray // [features]
  readonly bias?: NdArray // [features]
}

export interface BatchStatistics {
  readonly mean: NdArray // [features]
  readonly var: NdArray // [features]
  /** How many steps there were, where their mean is taken. */
  readonly count?: NdArray // int32 []
}

/** Moves running statistics towards those of a batch. */
export const moveStatistics = (
  old: BatchStatistics,
  now: { readonly mean: NdArray; readonly var: NdArray },
  momentum: number | 'cumulative'
): BatchStatistics => {
  if (momentum !== 'cumulative') {
    const moved = (a: NdArray, b: NdArray): NdArray =>
      lax.add(lax.mul(a, momentum), lax.mul(lax.stopGradient(b), 1 - momentum))
    return { mean: moved(old.mean, now.mean), var: moved(old.var, now.var) }
  }
  const count = lax.add(old.count ?? 0, 1)
  const share = lax.div(1, lax.convertElementType(count, old.mean.dtype))
  const rate = lax.broadcastInDim(share, old.mean.shape, [])
  const moved = (a: NdArray, b: NdArray): NdArray =>
    lax.add(a, lax.mul(lax.sub(lax.stopGradient(b), a), rate))
  return { mean: moved(old.mean, now.mean), var: moved(old.var, now.var), count }
}

/** Statistics before the first step. */
export const startStatistics = (
  features: number,
  dtype: DType,
  momentum: number | 'cumulative'
): BatchStatistics => ({
  mean: lax.full([features], 0, dtype),
  var: lax.full([features], 1, dtype),
  ...(momentum === 'cumulative' ? { count: scalar(0, 'int32') } : {})
})

/** Throws a StructureError that names the layer unless the state has running statistics. */
export const requireStatistics = (kind: string, state: unknown, path: Path | undefined): void => {
  const given = state as Partial<BatchStatistics> | undefined
  if (given?.mean !== undefined && given.var !== undefined) return
  throw new StructureError(layerAt(kind, path), {
    problem: 'the running statistics are missing',
    got: 'a state without mean and var',
    expected: 'the state that init returned or the last apply gave back',
    hint: 'const [y, nextState] = layer.apply(params, state, x, { train })'
  })
}

const known = ['momentum', 'epsilon', 'useScale', 'useBias', 'ddof', 'trackRunningStats']

/** (x − mean) · scale / √(var + ε) + bias, with all four along the last axis. */
const normalize = (
  x: NdArray,
  { mean, var: variance }: BatchStatistics,
  { scale, bias }: ScaleBias,
  epsilon: number
): NdArray => {
  const rate = lax.rsqrt(lax.add(variance, epsilon))
  const factor = scale === undefined ? rate : lax.mul(rate, scale)
  const along = (v: NdArray): NdArray => lax.broadcastInDim(v, x.shape, [x.ndim - 1])
  return addBias(lax.mul(lax.sub(x, along(mean)), along(factor)), bias)
}

/**
 * While training, standardises every feature over all other axes and moves the running statistics;
 * else, and with `{ frozenStatistics: true }`, uses the running statistics. The state holds them.
 *
 * Shape:  [N, ..., features] -> the same.
 * Errors: ShapeError and StructureError with the layer's path for other features or a missing state.
 * Source: Ioffe & Szegedy 2015.
 *
 * @example
 * const layer = nn.batchNorm({ momentum: 0.5, epsilon: 0 })
 * const [params, state] = layer.init(random.key(0), { inputShape: [2, 1] })
 * const [y, next] = layer.apply(params, state, np.array([[1], [3]]), { train: true })
 * y.toNested() // => [[-1], [1]]
 * next.mean // => [1.]
 *
 * @category layers
 * @since 0.1.0
 */
export const batchNorm = (options: BatchNormOptions = {}): Layer<ScaleBias, BatchStatistics> => {
  checkOptions('batchNorm', options, known)
  const { momentum = 0.99, epsilon = 1e-5, ddof = 0, trackRunningStats = true } = options
  const { useScale = true, useBias = true } = options
  return {
    kind: 'batchNorm',
    children: {},
    init: (_key, { inputShape, dtype = 'float32', path }) => {
      if (inputShape.length < 2)
        throw misfit('batchNorm', path, inputShape, '[N, ..., features]', 'keep a batch axis')
      const shape = inputShape.slice(-1)
      const ones = lax.full(shape, 1, dtype)
      const zeros = lax.full(shape, 0, dtype)
      return [
        { ...(useScale ? { scale: ones } : {}), ...(useBias ? { bias: zeros } : {}) },
        // A layer that keeps nothing has no statistics, whatever its type says.
        trackRunningStats ? startStatistics(shape[0], dtype, momentum) : (empty as BatchStatistics)
      ]
    },
    apply: (params, state, x, { train = false, frozenStatistics = false, path } = {}) => {
      if (trackRunningStats) requireStatistics('batchNorm', state, path)
      const features = x.shape[x.ndim - 1]
      const made = params.scale ?? params.bias ?? (trackRunningStats ? state.mean : undefined)
      if (x.ndim < 2 || (made !== undefined && made.shape[0] !== features))
        throw misfit(
          'batchNorm',
          path,
          x.shape,
          `[N, ..., ${made === undefined ? 'features' : made.shape[0]}]`,
          'features come last'
        )
      if (trackRunningStats && (!train || frozenStatistics))
        return [normalize(x, state, params, epsilon), state]
      const count = x.size / features
      if (ddof === 1 && count === 1)
        throw misfit(
          'batchNorm',
          path,
          x.shape,
          'more than one element of each feature while training, for a variance with ddof 1',
          'train on larger batches, or set { ddof: 0 }'
        )
      const axes = x.shape.slice(0, -1).map((_, a) => a)
      const mean = meanOver(x, axes)
      const variance = varianceOver(x, mean, axes)
      const y = normalize(x, { mean, var: variance }, params, epsilon)
      if (!trackRunningStats) return [y, state]
      const running = ddof === 0 ? variance : lax.mul(variance, count / (count - 1))
      return [y, moveStatistics(state, { mean, var: running }, momentum)]
    },
    outputShape: (inputShape) => inputShape
  }
}
