/** Batch normalisation: features standardised by the statistics of the batch. */
import type { NdArray } from '../../core/array.ts'
import { StructureError, checkOptions } from '../../core/errors.ts'
import { show as showPath } from '../../core/path.ts'
import * as lax from '../../lax/index.ts'
import { meanOver, varianceOver } from '../activations/normalized.ts'
import { misfit, type Layer } from '../layer.ts'
import { addBias } from './bias.ts'

export interface BatchNormOptions {
  /** How much of the running statistics each step keeps: 0.99 by default, as in Flax. */
  readonly momentum?: number
  /** Added to the variance: 1e-5 by default. */
  readonly epsilon?: number
  readonly useScale?: boolean
  readonly useBias?: boolean
  /** Delta degrees of freedom of the running variance: 0 as in Flax, 1 as in PyTorch. */
  readonly ddof?: 0 | 1
}

export interface ScaleBias {
  readonly scale?: NdArray // [features]
  readonly bias?: NdArray // [features]
}

export interface BatchStatistics {
  readonly mean: NdArray // [features]
  readonly var: NdArray // [features]
}

const known = ['momentum', 'epsilon', 'useScale', 'useBias', 'ddof']

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
 * @category layers
 * @since 0.1.0
 */
export const batchNorm = (options: BatchNormOptions = {}): Layer<ScaleBias, BatchStatistics> => {
  checkOptions('batchNorm', options, known)
  const { momentum = 0.99, epsilon = 1e-5, ddof = 0 } = options
  const { useScale = true, useBias = true } = options
  const moved = (old: NdArray, now: NdArray): NdArray =>
    lax.add(lax.mul(old, momentum), lax.mul(lax.stopGradient(now), 1 - momentum))
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
        { mean: zeros, var: ones }
      ]
    },
    apply: (params, state, x, { train = false, frozenStatistics = false, path = [] } = {}) => {
      if (state?.mean === undefined)
        throw new StructureError(`batchNorm at ${showPath(path)}`, {
          problem: 'the running statistics are missing',
          got: 'a state without mean and var',
          expected: 'the state that init returned or the last apply gave back',
          hint: 'const [y, nextState] = layer.apply(params, state, x, { train })'
        })
      const features = state.mean.shape[0]
      if (x.ndim < 2 || x.shape[x.ndim - 1] !== features)
        throw misfit('batchNorm', path, x.shape, `[N, ..., ${features}]`, 'features come last')
      if (!train || frozenStatistics) return [normalize(x, state, params, epsilon), state]
      const axes = x.shape.slice(0, -1).map((_, a) => a)
      const mean = meanOver(x, axes)
      const variance = varianceOver(x, mean, axes)
      const count = x.size / features
      const running = ddof === 0 ? variance : lax.mul(variance, count / (count - 1))
      const next = { mean: moved(state.mean, mean), var: moved(state.var, running) }
      return [normalize(x, { mean, var: variance }, params, epsilon), next]
    },
    outputShape: (inputShape) => inputShape
  }
}
