/** Dropout: while training, elements are lost at random, one by one or channel by channel. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { empty, requireKey, type Empty, type Layer } from '../layer.ts'

export interface DropoutOptions {
  /** The probability that an element becomes zero. */
  readonly rate: number
  /** Axes along which elements are dropped together. */
  readonly broadcastDims?: readonly number[]
}

export interface SpatialDropoutOptions {
  /** The probability that a channel becomes zero. */
  readonly rate: number
  /** How many axes of positions there are: all between the first axis and the last by default. */
  readonly spatialAxes?: number
}

const requireRate = (kind: string, rate: number): void => {
  if (rate >= 0 && rate <= 1) return
  throw new ValueError(kind, {
    problem: 'the rate is no probability',
    got: `rate: ${String(rate)}`,
    expected: 'a number from 0 to 1',
    hint: 'rate is what is dropped, not what is kept'
  })
}

/** Which elements stay; the same for all along the axes named. Shape: bool, that of x. */
const keep = (key: NdArray, x: Shape, rate: number, together: readonly number[]): NdArray => {
  const shape = x.map((n, a) => (together.includes(a) ? 1 : n))
  const drawn = random.bernoulli(key, 1 - rate, shape)
  return lax.broadcastInDim(
    drawn,
    x,
    x.map((_, a) => a)
  )
}

/** x / (1 − rate) where kept, else 0. */
const drop = (key: NdArray, x: NdArray, rate: number, together: readonly number[]): NdArray =>
  lax.select(keep(key, x.shape, rate, together), lax.div(x, 1 - rate), lax.zerosLike(x))

/** The value at −∞ of a selu: what dropped elements become, so that selu networks keep their scale. */
const floor = -1.7580993408473766

/** Dropped elements at the floor of selu, and an affine map that restores mean 0 and variance 1. */
const alphaDrop = (
  key: NdArray,
  x: NdArray,
  rate: number,
  together: readonly number[]
): NdArray => {
  const a = 1 / Math.sqrt((1 - rate) * (1 + rate * floor * floor))
  const kept = lax.select(keep(key, x.shape, rate, together), x, lax.fullLike(x, floor))
  return lax.add(lax.mul(kept, a), -a * floor * rate)
}

/** Axes of positions: behind the batch, in front of the channels. */
const spatial =
  (count: number | undefined) =>
  (x: NdArray): readonly number[] => {
    const many = Math.max(0, count ?? x.ndim - 2)
    return Array.from({ length: many }, (_, i) => x.ndim - 1 - many + i)
  }

type Drop = typeof drop

/** A layer that does something at random while training, and nothing else. */
const noisy = (
  kind: string,
  isQuiet: boolean,
  run: (key: NdArray, x: NdArray) => NdArray
): Layer<Empty, Empty> => ({
  kind,
  children: {},
  init: () => [empty, empty],
  apply: (_params, state, x, applied = {}) => {
    if (applied.train !== true || isQuiet) return [x, state]
    return [run(requireKey(kind, applied), x), state]
  },
  outputShape: (inputShape) => inputShape
})

const dropping = (
  kind: string,
  rate: number,
  together: (x: NdArray) => readonly number[],
  how: Drop
): Layer<Empty, Empty> => {
  requireRate(kind, rate)
  return noisy(kind, rate === 0, (key, x) =>
    rate === 1 ? lax.zerosLike(x) : how(key, x, rate, together(x))
  )
}

/**
 * While training, zeroes elements with probability `rate` and scales the others by 1 / (1 − rate),
 * so that the mean stays; else the identity.
 *
 * Errors: ValueError with the layer's path when it trains without a key.
 * Source: Srivastava et al. 2014, in the inverted form.
 *
 * @example
 * const layer = nn.dropout({ rate: 0.5 })
 * const [y] = layer.apply({}, {}, np.ones([4]), { key: random.key(0), train: true })
 * y.max().item() // => 2
 * layer.apply({}, {}, np.ones([2]))[0] // => [1. 1.]
 *
 * @category noise
 * @since 0.1.0
 */
export const dropout = (options: DropoutOptions): Layer<Empty, Empty> => {
  checkOptions('dropout', options, ['rate', 'broadcastDims'])
  const { rate, broadcastDims = [] } = options
  const together = (x: NdArray): readonly number[] =>
    broadcastDims.map((a) => (a < 0 ? a + x.ndim : a))
  return dropping('dropout', rate, together, drop)
}

/**
 * Dropout of whole channels: an element is dropped at every position or at none.
 *
 * Shape:  [N, ..., C] -> the same.
 * Errors: ValueError with the layer's path when it trains without a key.
 * Source: Tompson et al. 2015.
 *
 * @example
 * const layer = nn.spatialDropout({ rate: 0.5 })
 * const [y] = layer.apply({}, {}, np.ones([1, 4, 4, 8]), { key: random.key(0), train: true })
 * np.allclose(y.slice(0, 0, 0), y.slice(0, 3, 3)) // => true
 *
 * @category noise
 * @since 0.1.0
 */
export const spatialDropout = (options: SpatialDropoutOptions): Layer<Empty, Empty> => {
  checkOptions('spatialDropout', options, ['rate', 'spatialAxes'])
  return dropping('spatialDropout', options.rate, spatial(options.spatialAxes), drop)
}

/**
 * Dropout for selu: dropped elements take selu's least value, and an affine map keeps mean and
 * variance.
 *
 * Errors: ValueError with the layer's path when it trains without a key.
 * Source: Klambauer et al. 2017.
 *
 * @example
 * nn.alphaDropout({ rate: 0.5 }).apply({}, {}, np.ones([2]))[0] // => [1. 1.]
 *
 * @category noise
 * @since 0.1.0
 */
export const alphaDropout = (options: { readonly rate: number }): Layer<Empty, Empty> => {
  checkOptions('alphaDropout', options, ['rate'])
  return dropping('alphaDropout', options.rate, () => [], alphaDrop)
}

/**
 * alphaDropout of whole channels.
 *
 * Shape:  [N, ..., C] -> the same.
 * Errors: ValueError with the layer's path when it trains without a key.
 *
 * @example
 * nn.featureAlphaDropout({ rate: 0.5 }).apply({}, {}, np.ones([1, 2]))[0].toNested() // => [[1, 1]]
 *
 * @category noise
 * @since 0.1.0
 */
export const featureAlphaDropout = (options: SpatialDropoutOptions): Layer<Empty, Empty> => {
  checkOptions('featureAlphaDropout', options, ['rate', 'spatialAxes'])
  return dropping('featureAlphaDropout', options.rate, spatial(options.spatialAxes), alphaDrop)
}

/**
 * While training, multiplies by normal numbers of mean 1 and variance rate / (1 − rate); else the
 * identity.
 *
 * Errors: ValueError with the layer's path when it trains without a key.
 * Source: Srivastava et al. 2014, §10.
 *
 * @example
 * nn.gaussianDropout({ rate: 0.5 }).apply({}, {}, np.ones([2]))[0] // => [1. 1.]
 *
 * @category noise
 * @since 0.1.0
 */
export const gaussianDropout = (options: { readonly rate: number }): Layer<Empty, Empty> => {
  checkOptions('gaussianDropout', options, ['rate'])
  const { rate } = options
  if (!(rate >= 0 && rate < 1))
    throw new ValueError('gaussianDropout', {
      problem: 'the rate gives no finite variance',
      got: `rate: ${String(rate)}`,
      expected: 'a number from 0 to below 1',
      hint: 'the variance is rate / (1 − rate)'
    })
  const deviation = Math.sqrt(rate / (1 - rate))
  return noisy('gaussianDropout', rate === 0, (key, x) =>
    lax.mul(x, lax.add(lax.mul(random.normal(key, x.shape, { dtype: x.dtype }), deviation), 1))
  )
}

/**
 * While training, adds normal numbers of this standard deviation; else the identity.
 *
 * Errors: ValueError with the layer's path when it trains without a key.
 *
 * @example
 * nn.gaussianNoise({ stddev: 0.1 }).apply({}, {}, np.ones([2]))[0] // => [1. 1.]
 *
 * @category noise
 * @since 0.1.0
 */
export const gaussianNoise = (options: { readonly stddev: number }): Layer<Empty, Empty> => {
  checkOptions('gaussianNoise', options, ['stddev'])
  const { stddev } = options
  if (!(stddev >= 0))
    throw new ValueError('gaussianNoise', {
      problem: 'the standard deviation is negative',
      got: `stddev: ${String(stddev)}`,
      expected: 'a number from 0 on',
      hint: 'for example { stddev: 0.1 }'
    })
  return noisy('gaussianNoise', stddev === 0, (key, x) =>
    lax.add(x, lax.mul(random.normal(key, x.shape, { dtype: x.dtype }), stddev))
  )
}
