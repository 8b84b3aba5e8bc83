/** Layers that tell positions apart by adding a vector to each. */
import { scalar, type NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import * as random from '../../random/index.ts'
import { normal, type Initializer } from '../initializers/simple.ts'
import { empty, misfit, requireCount, type Empty, type Layer } from '../layer.ts'
import * as math from '../../core/scalar/math.ts'

/** Empty, or how many positions have gone by when `initCache` has asked for it. */
export interface PositionState {
  readonly position?: NdArray // int32 []
}

/** The state after `t` more positions. */
const advanced = (state: PositionState, t: number): PositionState =>
  state.position === undefined ? state : { position: lax.add(state.position, t) }

const startPosition = (): PositionState => ({ position: scalar(0, 'int32') })

export interface LearnedPositionsOptions {
  /** The longest sequence. */
  readonly maxLength: number
  /** Normal with deviation 0.02 by default. */
  readonly embeddingInit?: Initializer
}

export interface LearnedPositionsParams {
  readonly embedding: NdArray // [maxLength, features]
}

/**
 * x + a learned vector for each position.
 *
 * Shape:  [..., time, features] -> the same, time up to maxLength.
 * Errors: ShapeError with the layer's path for longer sequences or other features.
 * Source: Gehring et al. 2017.
 *
 * @example
 * const layer = nn.learnedPositions({ maxLength: 8 })
 * const [params, state] = layer.init(random.key(0), { inputShape: [1, 5, 4] })
 * params.embedding.shape // => [8, 4]
 * layer.apply(params, state, np.ones([1, 5, 4]))[0].shape // => [1, 5, 4]
 *
 * @category attention
 * @since 0.1.0
 */
export const learnedPositions = (
  options: LearnedPositionsOptions
): Layer<LearnedPositionsParams, PositionState> => {
  checkOptions('learnedPositions', options, ['maxLength', 'embeddingInit'])
  const { maxLength, embeddingInit = normal(0.02) } = options
  requireCount('learnedPositions', 'maxLength', maxLength)
  return {
    kind: 'learnedPositions',
    children: {},
    init: (key, { inputShape, dtype, path }) => {
      if (inputShape.length < 2)
        throw misfit('learnedPositions', path, inputShape, '[..., time, features]', 'keep time')
      const shape = [maxLength, inputShape[inputShape.length - 1]]
      return [{ embedding: embeddingInit(random.foldIn(key, 'embedding'), shape, dtype) }, empty]
    },
    apply: ({ embedding }, state, x, { path } = {}) => {
      const [t, features] = x.shape.slice(-2)
      if (x.ndim < 2 || features !== embedding.shape[1] || t > embedding.shape[0])
        throw misfit(
          'learnedPositions',
          path,
          x.shape,
          `[..., up to ${embedding.shape[0]}, ${embedding.shape[1]}]`,
          'set { maxLength } to the longest sequence, or cut the sequence'
        )
      const rows =
        state.position === undefined
          ? lax.sliceInDim(embedding, 0, t)
          : beyond(embedding, state.position, t)
      return [np.add(x, rows), advanced(state, t)]
    },
    outputShape: (inputShape) => inputShape,
    startCache: startPosition
  }
}

/** Rows from a position that is a value; NaN where they would lie past the table. */
const beyond = (table: NdArray, from: NdArray, t: number): NdArray => {
  const rows = lax.dynamicSliceInDim(table, from, t)
  const fits = lax.le(lax.add(from, t), table.shape[0])
  return lax.select(lax.broadcastInDim(fits, rows.shape, []), rows, lax.fullLike(rows, NaN))
}

export interface SinusoidsOptions {
  /** The first position: 0 by default. */
  readonly offset?: NdArray | number
  /** The longest period is 2π · base: 10000 by default. */
  readonly base?: number
  readonly dtype?: DType
}

/**
 * sin(t · rate) in even features and cos(t · rate) in odd ones, with rates from 1 down to 1 / base.
 *
 * Shape:  -> [length, features].
 * Source: Vaswani et al. 2017.
 *
 * @example
 * nn.sinusoids(1, 4).toNested() // => [[0, 1, 0, 1]]
 *
 * @category attention
 * @since 0.1.0
 */
export const sinusoids = (
  length: number,
  features: number,
  options: SinusoidsOptions = {}
): NdArray => {
  checkOptions('sinusoids', options, ['offset', 'base', 'dtype'])
  const { offset = 0, base = 10000, dtype = 'float32' } = options
  const steps = lax.convertElementType(np.add(lax.iota('int32', length), offset), 'float32')
  const half = Math.ceil(features / 2)
  const rates = lax.exp(lax.mul(lax.iota('float32', half), (-2 * math.log(base)) / features))
  const angles = np.outer(steps, rates)
  const pairs = np.stack([lax.sin(angles), lax.cos(angles)], { axis: -1 })
  const all = lax.reshape(pairs, [length, 2 * half])
  return lax.convertElementType(lax.sliceInDim(all, 0, features, { axis: 1 }), dtype)
}

export interface SinusoidalPositionsOptions {
  /** The longest period is 2π · base: 10000 by default. */
  readonly base?: number
}

/**
 * x + sinusoids of its positions.
 *
 * Shape:  [..., time, features] -> the same.
 * Errors: ShapeError with the layer's path when the axis of time is missing.
 * Source: Vaswani et al. 2017.
 *
 * @example
 * const [y] = nn.sinusoidalPositions().apply({}, {}, np.zeros([1, 1, 4]))
 * y.toNested() // => [[[0, 1, 0, 1]]]
 *
 * @category attention
 * @since 0.1.0
 */
export const sinusoidalPositions = (
  options: SinusoidalPositionsOptions = {}
): Layer<Empty, PositionState> => {
  checkOptions('sinusoidalPositions', options, ['base'])
  return {
    kind: 'sinusoidalPositions',
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, x, { path } = {}) => {
      if (x.ndim < 2)
        throw misfit('sinusoidalPositions', path, x.shape, '[..., time, features]', 'keep time')
      const [t, features] = x.shape.slice(-2)
      const table = sinusoids(t, features, {
        ...options,
        offset: state.position ?? 0,
        dtype: x.dtype
      })
      return [np.add(x, table), advanced(state, t)]
    },
    outputShape: (inputShape) => inputShape,
    startCache: startPosition
  }
}
