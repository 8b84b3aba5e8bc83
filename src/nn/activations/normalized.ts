/** Functions of whole axes: softmax and its kin, standardisation, one-hot. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import { checkOptions, listOf } from '../../core/errors.ts'
import { normalizeAxis, sizeOf, type Shape } from '../../core/shape.ts'
import { customJvp } from '../../control/custom-jvp.ts'
import * as lax from '../../lax/index.ts'
import { log } from '../../core/scalar/math.ts'

/** One axis, several, or all (null). */
export type Axes = number | readonly number[] | null

export interface AxesOptions {
  /** The last axis by default. */
  readonly axis?: Axes
}

const axesOf = (operation: string, axis: Axes, rank: number): readonly number[] =>
  axis === null
    ? Array.from({ length: rank }, (_, a) => a)
    : listOf(operation, typeof axis === 'number' ? [axis] : axis, 'axis').map((a) =>
        normalizeAxis(operation, a, rank)
      )

/** What was reduced over `axes`, repeated along them. Shape: -> `shape`. */
const spread = (reduced: NdArray, shape: Shape, axes: readonly number[]): NdArray =>
  lax.broadcastInDim(
    reduced,
    shape,
    shape.map((_, a) => a).filter((a) => !axes.includes(a))
  )

/** The largest value, or 0 where it is infinite: a shift, so it needs no derivative. */
const shiftOf = (x: NdArray, axes: readonly number[]): NdArray => {
  const top = lax.stopGradient(lax.reduceMax(x, axes))
  return lax.select(lax.isFinite(top), top, lax.zerosLike(top))
}

const asFloat = (x: ArrayLike): NdArray => {
  const { dtype } = lax.typeOf(x)
  const isReal = dtype.startsWith('float') || dtype === 'bfloat16'
  return lax.convertElementType(x, isReal ? dtype : 'float32')
}

/**
 * e^x / Σ e^x along the axes, shifted by the largest x.
 *
 * Shape:  that of x.
 * Source: Bridle 1990.
 *
 * @category activations
 * @since 0.1.0
 */
export const softmax = (x: ArrayLike, options: AxesOptions = {}): NdArray => {
  checkOptions('softmax', options, ['axis'])
  const a = asFloat(x)
  const axes = axesOf('softmax', options.axis ?? -1, a.ndim)
  const top = lax.stopGradient(lax.reduceMax(a, axes))
  const powers = lax.exp(lax.sub(a, spread(top, a.shape, axes)))
  return lax.div(powers, spread(lax.reduceSum(powers, axes), a.shape, axes))
}

/**
 * log(softmax(x)), without underflow.
 *
 * Shape: that of x.
 *
 * @category activations
 * @since 0.1.0
 */
export const logSoftmax = (x: ArrayLike, options: AxesOptions = {}): NdArray => {
  checkOptions('logSoftmax', options, ['axis'])
  const a = asFloat(x)
  const axes = axesOf('logSoftmax', options.axis ?? -1, a.ndim)
  const top = lax.stopGradient(lax.reduceMax(a, axes))
  const shifted = lax.sub(a, spread(top, a.shape, axes))
  const total = lax.log(lax.reduceSum(lax.exp(shifted), axes))
  return lax.sub(shifted, spread(total, a.shape, axes))
}

/**
 * softmax(−x): large where x is small.
 *
 * Shape: that of x.
 *
 * @example
 * nn.softmin(np.array([1, 1])) // => [0.5 0.5]
 *
 * @category activations
 * @since 0.1.0
 */
export const softmin = (x: ArrayLike, options: AxesOptions = {}): NdArray => {
  checkOptions('softmin', options, ['axis'])
  return softmax(lax.neg(x), options)
}

export interface LogsumexpOptions {
  /** All axes by default, as in JAX. */
  readonly axis?: Axes
  readonly keepdims?: boolean
}

/**
 * log Σ e^x, shifted by the largest x; −∞ where every x is.
 *
 * Shape: x without the axes, or with extents 1 under `keepdims`.
 *
 * @category activations
 * @since 0.1.0
 */
export const logsumexp = (x: ArrayLike, options: LogsumexpOptions = {}): NdArray => {
  checkOptions('logsumexp', options, ['axis', 'keepdims'])
  const a = asFloat(x)
  const axes = axesOf('logsumexp', options.axis ?? null, a.ndim)
  const shift = shiftOf(a, axes)
  const powers = lax.exp(lax.sub(a, spread(shift, a.shape, axes)))
  const y = lax.add(lax.log(lax.reduceSum(powers, axes)), shift)
  if (options.keepdims !== true) return y
  return lax.reshape(
    y,
    a.shape.map((n, i) => (axes.includes(i) ? 1 : n))
  )
}

/**
 * log of the mean of e^x.
 *
 * Shape: as logsumexp.
 *
 * @category activations
 * @since 0.1.0
 */
export const logmeanexp = (x: ArrayLike, options: LogsumexpOptions = {}): NdArray => {
  checkOptions('logmeanexp', options, ['axis', 'keepdims'])
  const { shape } = lax.typeOf(x)
  const axes = axesOf('logmeanexp', options.axis ?? null, shape.length)
  const count = sizeOf(axes.map((a) => shape[a]))
  return lax.sub(logsumexp(x, options), log(count))
}

export interface StandardizeOptions extends AxesOptions {
  /** Computed from x by default. Shape: x without the axes. */
  readonly mean?: NdArray
  readonly variance?: NdArray
  /** Added to the variance: 1e-5 by default. */
  readonly epsilon?: number
}

/** Mean over axes. Shape: x without them. */
export const meanOver = (x: NdArray, axes: readonly number[]): NdArray =>
  lax.div(lax.reduceSum(x, axes), sizeOf(axes.map((a) => x.shape[a])))

/** Mean of squared distances to `mean`, over axes. Shape: x without them. */
const meanSquare = (x: NdArray, mean: NdArray, axes: readonly number[]): NdArray =>
  meanOver(lax.square(lax.sub(x, spread(mean, x.shape, axes))), axes)

type XAndMean = readonly [x: NdArray, mean: NdArray]

/**
 * Variance over axes, given the mean of x over them. Distances to it add up to zero, so how the mean
 * moves does not matter: dVar = 2 Σ (x − mean) dx / n, which is one sum less. Shape: x without axes.
 */
export const varianceOver = customJvp(meanSquare, {
  nondiffArgnums: [2],
  jvp: (axes: readonly number[], [x, mean]: XAndMean, [dx]: XAndMean) => {
    const distance = lax.sub(x, spread(mean, x.shape, axes))
    return [meanSquare(x, mean, axes), lax.mul(meanOver(lax.mul(distance, dx), axes), 2)]
  }
})

/**
 * (x − mean) / √(variance + ε) along the axes.
 *
 * Shape: that of x.
 *
 * @category activations
 * @since 0.1.0
 */
export const standardize = (x: ArrayLike, options: StandardizeOptions = {}): NdArray => {
  checkOptions('standardize', options, ['axis', 'mean', 'variance', 'epsilon'])
  const a = asFloat(x)
  const axes = axesOf('standardize', options.axis ?? -1, a.ndim)
  const mean = options.mean ?? meanOver(a, axes)
  const around = options.mean === undefined ? varianceOver : meanSquare
  const variance = options.variance ?? around(a, mean, axes)
  const rate = lax.rsqrt(lax.add(variance, options.epsilon ?? 1e-5))
  return lax.mul(lax.sub(a, spread(mean, a.shape, axes)), spread(rate, a.shape, axes))
}

export interface OneHotOptions {
  /** Where the axis of classes goes: last by default. */
  readonly axis?: number
  /** float32 by default. */
  readonly dtype?: DType
}

/**
 * 1 where the class is that of the position, else 0; zeros for classes out of range.
 *
 * Shape: [...] -> [..., numClasses].
 *
 * @category activations
 * @since 0.1.0
 */
export const oneHot = (
  labels: ArrayLike,
  numClasses: number,
  options: OneHotOptions = {}
): NdArray => {
  checkOptions('oneHot', options, ['axis', 'dtype'])
  const from = lax.typeOf(labels).shape
  const axis = normalizeAxis('oneHot', options.axis ?? -1, from.length + 1)
  const shape = [...from.slice(0, axis), numClasses, ...from.slice(axis)]
  const classes = lax.broadcastedIota('int32', shape, axis)
  const kept = shape.map((_, a) => a).filter((a) => a !== axis)
  const given = lax.broadcastInDim(lax.convertElementType(labels, 'int32'), shape, kept)
  return lax.convertElementType(lax.eq(given, classes), options.dtype ?? 'float32')
}
