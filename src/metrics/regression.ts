/** Errors of real-valued predictions: means of a function of prediction and target. */
import { knownOf, type NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import type { Metric } from './metric.ts'
import { averageOutputs, realPairs, type MultioutputOptions, type OutputOf } from './multioutput.ts'
import { numberOf, numbersOf, totals } from './sums.ts'

export interface MeanError {
  readonly error: NdArray // float64 [outputs]
  readonly weight: NdArray // float64 []
}

type Loss = (prediction: NdArray, target: NdArray) => NdArray

const monoid = totals(['error', 'weight'])

/** Weighted totals of a loss, for each output. */
const meanOf = (operation: string, loss: Loss): Pick<Metric<MeanError>, 'observe' | 'monoid'> => ({
  observe: (predictions, targets, weights) => {
    const [p, t, w] = realPairs(operation, predictions, targets, weights)
    const error = lax.mul(loss(p, t), lax.broadcastInDim(w, t.shape, [0]))
    return { error: lax.reduceSum(error, [0]), weight: np.sum(w) }
  },
  monoid
})

const means = ({ error, weight }: MeanError): readonly number[] => {
  const total = numberOf(weight)
  return numbersOf(error).map((e) => e / total)
}

const meanMetric = <O extends MultioutputOptions>(
  operation: string,
  loss: Loss,
  options: O,
  known: readonly string[] = ['multioutput'],
  finish: (mean: number) => number = (x) => x
): Metric<MeanError, OutputOf<O>> => {
  checkOptions(operation, options, known)
  return {
    ...meanOf(operation, loss),
    value: (observed) => averageOutputs(operation, means(observed).map(finish), options)
  }
}

const squared: Loss = (p, t) => lax.square(lax.sub(p, t))

/**
 * The mean of (p − t)².
 *
 * Shape: both [n] or [n, outputs].
 *
 * @example
 * metrics.evaluate(metrics.meanSquaredError(), [[np.array([1, 2]), np.array([1, 4])]]) // => 2
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanSquaredError = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<MeanError, OutputOf<O>> => meanMetric('meanSquaredError', squared, options)

/**
 * The root of the mean of (p − t)², for each output.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @category metrics
 * @since 0.1.0
 */
export const rootMeanSquaredError = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<MeanError, OutputOf<O>> =>
  meanMetric('rootMeanSquaredError', squared, options, ['multioutput'], Math.sqrt)

/**
 * The mean of |p − t|.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanAbsoluteError = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<MeanError, OutputOf<O>> =>
  meanMetric('meanAbsoluteError', (p, t) => lax.abs(lax.sub(p, t)), options)

/**
 * The mean of |p − t| / |t|: a fraction, not per cent. Targets of 0 give huge values.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanAbsolutePercentageError = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<MeanError, OutputOf<O>> =>
  meanMetric(
    'meanAbsolutePercentageError',
    (p, t) => np.div(lax.abs(lax.sub(p, t)), np.maximum(lax.abs(t), Number.EPSILON)),
    options
  )

/** Throws a ValueError for a value that is not above `bound`, where values are known. */
export const requireAbove = (
  operation: string,
  name: string,
  x: NdArray,
  bound: number,
  isStrict: boolean
): void => {
  const values = knownOf(x)
  if (values === null) return // under jit, and on a device, logarithms of them are NaN
  const at = values.findIndex((v) => (isStrict ? v <= bound : v < bound))
  if (at < 0) return
  throw new ValueError(operation, {
    problem: `${name} lie outside the domain`,
    got: `${values[at]} at position ${at}`,
    expected: `${name} ${isStrict ? 'above' : 'from'} ${bound}${isStrict ? '' : ' on'}`,
    hint: 'meanSquaredError and meanAbsoluteError take all numbers'
  })
}

const squaredLog =
  (operation: string): Loss =>
  (p, t) => {
    requireAbove(operation, 'predictions', p, -1, true)
    requireAbove(operation, 'targets', t, -1, true)
    return lax.square(lax.sub(lax.log1p(p), lax.log1p(t)))
  }

/**
 * The mean of (log(1 + p) − log(1 + t))².
 *
 * Shape:  both [n] or [n, outputs].
 * Errors: ValueError for values at or below −1.
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanSquaredLogError = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<MeanError, OutputOf<O>> =>
  meanMetric('meanSquaredLogError', squaredLog('meanSquaredLogError'), options)

/**
 * The root of the mean of (log(1 + p) − log(1 + t))², for each output.
 *
 * Shape:  both [n] or [n, outputs].
 * Errors: ValueError for values at or below −1.
 *
 * @category metrics
 * @since 0.1.0
 */
export const rootMeanSquaredLogError = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<MeanError, OutputOf<O>> => {
  const loss = squaredLog('rootMeanSquaredLogError')
  return meanMetric('rootMeanSquaredLogError', loss, options, ['multioutput'], Math.sqrt)
}

export interface PinballOptions extends MultioutputOptions {
  /** The quantile that is predicted: ½ by default. */
  readonly alpha?: number | undefined
}

/** α max(t − p, 0) + (1 − α) max(p − t, 0). */
const pinball =
  (alpha: number): Loss =>
  (p, t) => {
    const short = lax.sub(t, p)
    return lax.add(
      lax.mul(lax.max(short, 0), alpha),
      lax.mul(lax.max(lax.neg(short), 0), 1 - alpha)
    )
  }

/**
 * The mean of α max(t − p, 0) + (1 − α) max(p − t, 0): what the α-quantile minimises.
 *
 * Shape:  both [n] or [n, outputs].
 * Source: Koenker & Bassett 1978.
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanPinballLoss = <const O extends PinballOptions>(
  options: O = {} as O
): Metric<MeanError, OutputOf<O>> => {
  checkOptions('meanPinballLoss', options, ['multioutput', 'alpha'])
  return meanMetric('meanPinballLoss', pinball(options.alpha ?? 0.5), options, [
    'multioutput',
    'alpha'
  ])
}

/** x log(x / y), 0 at x = 0. */
const relative = (x: NdArray, y: NdArray): NdArray => {
  const isZero = lax.eq(x, 0)
  return np.where(isZero, 0, lax.mul(x, lax.log(lax.div(np.where(isZero, 1, x), y))))
}

const checkDomain = (operation: string, power: number, p: NdArray, t: NdArray): void => {
  if (power < 0) requireAbove(operation, 'predictions', p, 0, true)
  if (power < 1) return
  requireAbove(operation, 'targets', t, 0, power >= 2)
  requireAbove(operation, 'predictions', p, 0, true)
}

const requirePower = (operation: string, power: number): void => {
  if (Number.isFinite(power) && (power <= 0 || power >= 1)) return
  throw new ValueError(operation, {
    problem: 'no distribution has this power',
    got: `power: ${String(power)}`,
    expected: 'a number outside (0, 1)',
    hint: '0 is normal, 1 Poisson, 2 gamma, 3 inverse Gaussian'
  })
}

/** Deviance of the Tweedie distribution with variance ∝ mean^power. (Jørgensen 1987) */
const tweedie =
  (operation: string, power: number): Loss =>
  (p, t) => {
    checkDomain(operation, power, p, t)
    if (power === 0) return squared(p, t)
    if (power === 1) return lax.mul(lax.add(lax.sub(relative(t, p), t), p), 2)
    if (power === 2) return lax.mul(lax.sub(lax.add(lax.log(lax.div(p, t)), lax.div(t, p)), 1), 2)
    const [a, b] = [1 - power, 2 - power]
    const positive = lax.max(t, 0)
    const own = lax.div(lax.pow(positive, b), a * b)
    const cross = lax.div(lax.mul(t, lax.pow(p, a)), a)
    return lax.mul(lax.add(lax.sub(own, cross), lax.div(lax.pow(p, b), b)), 2)
  }

export interface TweedieOptions {
  /** Variance grows as mean^power: 0 (normal) by default, 1 Poisson, 2 gamma. */
  readonly power?: number | undefined
}

/**
 * The mean deviance of a Tweedie distribution; power 0 is the squared error.
 *
 * Shape:  both [n].
 * Errors: ValueError where the distribution does not reach.
 * Source: Jørgensen 1987.
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanTweedieDeviance = (options: TweedieOptions = {}): Metric<MeanError> => {
  checkOptions('meanTweedieDeviance', options, ['power'])
  const { power = 0 } = options
  requirePower('meanTweedieDeviance', power)
  return meanMetric('meanTweedieDeviance', tweedie('meanTweedieDeviance', power), {})
}

/**
 * The mean of 2 (t log(t / p) − t + p): the deviance of counts.
 *
 * Shape: both [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanPoissonDeviance = (): Metric<MeanError> =>
  meanMetric('meanPoissonDeviance', tweedie('meanPoissonDeviance', 1), {})

/**
 * The mean of 2 (log(p / t) + t / p − 1): the deviance of positive quantities by their ratio.
 *
 * Shape: both [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanGammaDeviance = (): Metric<MeanError> =>
  meanMetric('meanGammaDeviance', tweedie('meanGammaDeviance', 2), {})

export interface LargestError {
  readonly error: NdArray // float64 [outputs]
}

/**
 * The largest |p − t|.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @category metrics
 * @since 0.1.0
 */
export const maxError = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<LargestError, OutputOf<O>> => {
  checkOptions('maxError', options, ['multioutput'])
  return {
    observe: (predictions, targets) => {
      const [p, t] = realPairs('maxError', predictions, targets, undefined)
      return { error: lax.reduceMax(lax.abs(lax.sub(p, t)), [0]) }
    },
    monoid: {
      empty: { error: lax.full([], -Infinity, 'float64') },
      concat: (a, b) => ({ error: np.maximum(a.error, b.error) })
    },
    value: ({ error }) => averageOutputs('maxError', numbersOf(error), options)
  }
}

/** The losses of `explained.ts`, which compares them with those of a constant. */
export const losses = { pinball, tweedie, requirePower }
