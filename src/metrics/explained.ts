/** How much of the variation of targets is explained: R² and its relatives. */
import { fromHost, hostOf, makeAval, scalar, type NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { column, keeping, type Kept } from './kept.ts'
import { ascending, cumulative, mean, range, sum, type Numbers } from './lists.ts'
import type { Metric } from './metric.ts'
import { averageOutputs, realPairs, type MultioutputOptions, type OutputOf } from './multioutput.ts'
import { losses, type PinballOptions, type TweedieOptions } from './regression.ts'
import { numberOf, numbersOf } from './sums.ts'

/** Number, mean and sum of squared deviations: enough to join two sets of numbers exactly. */
interface Moments {
  readonly mean: NdArray // float64 [outputs]
  readonly deviation: NdArray // float64 [outputs]
}

export interface Variation {
  readonly count: NdArray // float64 []
  readonly weight: NdArray // float64 []
  /** Of the targets. */
  readonly targets: Moments
  /** Of targets minus predictions. */
  readonly errors: Moments
}

const momentsOf = (x: NdArray, weights: NdArray, total: NdArray): Moments => {
  const spread = lax.broadcastInDim(weights, x.shape, [0])
  const average = np.div(lax.reduceSum(lax.mul(x, spread), [0]), total)
  const deviation = np.sub(x, average)
  return { mean: average, deviation: lax.reduceSum(lax.mul(lax.square(deviation), spread), [0]) }
}

/** Moments of two sets together. (Chan, Golub & LeVeque 1979) */
const joined = (a: Moments, wa: NdArray, b: Moments, wb: NdArray): Moments => {
  const share = np.div(wb, np.maximum(np.add(wa, wb), Number.MIN_VALUE))
  const gap = np.sub(b.mean, a.mean)
  const between = np.mul(lax.square(gap), np.mul(share, wa))
  return {
    mean: np.add(a.mean, np.mul(gap, share)),
    deviation: np.add(np.add(a.deviation, b.deviation), between)
  }
}

const zero = scalar(0, 'float64')
const nothing: Moments = { mean: zero, deviation: zero }

const varying = (operation: string): Pick<Metric<Variation>, 'observe' | 'monoid'> => ({
  observe: (predictions, targets, weights) => {
    const [p, t, w] = realPairs(operation, predictions, targets, weights)
    const weight = np.sum(w)
    return {
      count: lax.full([], t.shape[0], 'float64'),
      weight,
      targets: momentsOf(t, w, weight),
      errors: momentsOf(lax.sub(t, p), w, weight)
    }
  },
  monoid: {
    empty: { count: zero, weight: zero, targets: nothing, errors: nothing },
    concat: (a, b) => ({
      count: np.add(a.count, b.count),
      weight: np.add(a.weight, b.weight),
      targets: joined(a.targets, a.weight, b.targets, b.weight),
      errors: joined(a.errors, a.weight, b.errors, b.weight)
    })
  }
})

export interface ExplainedOptions {
  /** As elsewhere; 'varianceWeighted' weighs outputs by the variance of their targets. */
  readonly multioutput?: MultioutputOptions['multioutput'] | 'varianceWeighted'
  /** What is explained of constant targets: 1 or 0 by default; false gives NaN and −∞. */
  readonly forceFinite?: boolean
}

const known = ['multioutput', 'forceFinite']

/** 1 − left / whole, averaged over outputs. */
const explainedOf = <O extends ExplainedOptions>(
  operation: string,
  left: readonly number[],
  whole: readonly number[],
  options: O
): OutputOf<O> => {
  const { forceFinite = true, multioutput } = options
  const scores = left.map((l, i) => {
    if (whole[i] !== 0 || !forceFinite) return 1 - l / whole[i]
    return l === 0 ? 1 : 0
  })
  if (multioutput !== 'varianceWeighted') return averageOutputs(operation, scores, options)
  const weights = sum(whole) === 0 ? whole.map(() => 1) : whole
  return mean(scores, weights) as OutputOf<O> // a number: the outputs are averaged
}

/**
 * 1 − Σ (t − p)² / Σ (t − mean t)²: 1 for perfection, 0 for predicting the mean. NaN for fewer
 * than two examples.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @example
 * metrics.evaluate(metrics.r2(), [[np.array([1, 2, 3]), np.array([1, 2, 3])]]) // => 1
 *
 * @category metrics
 * @since 0.1.0
 */
export const r2 = <const O extends ExplainedOptions>(
  options: O = {} as O
): Metric<Variation, OutputOf<O>> => {
  checkOptions('r2', options, known)
  return {
    ...varying('r2'),
    value: ({ count, weight, targets, errors }) => {
      const total = numberOf(weight)
      const average = numbersOf(errors.mean)
      // Σ e² is the sum of squared deviations plus what the mean error adds.
      const left = numbersOf(errors.deviation).map((d, i) => d + total * average[i] ** 2)
      const isDefined = numberOf(count) >= 2
      const whole = numbersOf(targets.deviation).map((d) => (isDefined ? d : NaN))
      return explainedOf('r2', left, whole, options)
    }
  }
}

/**
 * 1 − variance of the error / variance of the target: R² that forgives a constant offset.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @category metrics
 * @since 0.1.0
 */
export const explainedVariance = <const O extends ExplainedOptions>(
  options: O = {} as O
): Metric<Variation, OutputOf<O>> => {
  checkOptions('explainedVariance', options, known)
  return {
    ...varying('explainedVariance'),
    value: ({ targets, errors }) =>
      explainedOf(
        'explainedVariance',
        numbersOf(errors.deviation),
        numbersOf(targets.deviation),
        options
      )
  }
}

/** The α-quantile where half of the weight, or α of it, lies below: linear without weights. */
const quantile = (xs: Numbers, alpha: number): number => {
  const sorted = Array.from(xs).toSorted((a, b) => a - b)
  const at = alpha * (sorted.length - 1)
  const low = Math.floor(at)
  return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low])
}

/** The α-quantile of weighted numbers: the mean of the lowest and highest that qualify. */
const weightedQuantile = (xs: Numbers, weights: Numbers, alpha: number): number => {
  const order = ascending(xs).filter((i) => weights[i] > 0)
  const below = cumulative(order.map((i) => weights[i]))
  const wanted = alpha * (below.at(-1) ?? 0)
  const at = below.findIndex((b) => b >= wanted - 1e-12 * wanted)
  const isExact = Math.abs(below[at] - wanted) <= 1e-12 * wanted && at + 1 < order.length
  return isExact ? (xs[order[at]] + xs[order[at + 1]]) / 2 : xs[order[at]]
}

const isUniform = (weights: Numbers): boolean => Array.from(weights).every((w) => w === weights[0])

const quantileOf = (xs: Numbers, weights: Numbers, alpha: number): number =>
  isUniform(weights) ? quantile(xs, alpha) : weightedQuantile(xs, weights, alpha)

/**
 * The median of |p − t|.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @category metrics
 * @since 0.1.0
 */
export const medianAbsoluteError = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<Kept, OutputOf<O>> => {
  checkOptions('medianAbsoluteError', options, ['multioutput'])
  return keeping('medianAbsoluteError', 'same', ({ width, predictions, targets, weights }) => {
    const errors = predictions.map((p, i) => Math.abs(p - targets[i]))
    const medians = range(width).map((c) => quantileOf(column(errors, width, c), weights, 0.5))
    return averageOutputs('medianAbsoluteError', medians, options)
  })
}

const list = (xs: Numbers): NdArray =>
  fromHost(makeAval([xs.length], 'float64'), Float64Array.from(xs))

/** 1 − Σ loss(prediction) / Σ loss(constant), for each output; NaN for fewer than two examples. */
const d2 = <O extends MultioutputOptions>(
  operation: string,
  loss: (p: NdArray, t: NdArray) => NdArray,
  constant: (targets: Numbers, weights: Numbers) => number,
  options: O
): Metric<Kept, OutputOf<O>> =>
  keeping(operation, 'same', ({ length, width, predictions, targets, weights }) => {
    const scores = range(width).map((c) => {
      const [p, t] = [column(predictions, width, c), column(targets, width, c)]
      const of = (guess: Numbers): number => mean(hostOf(loss(list(guess), list(t))), weights)
      const [left, whole] = [of(p), of(t.map(() => constant(t, weights)))]
      if (whole !== 0) return 1 - left / whole
      return left === 0 ? 1 : 0
    })
    return averageOutputs(operation, length < 2 ? [NaN] : scores, length < 2 ? ({} as O) : options)
  })

/**
 * The fraction of the pinball loss that is explained, against the best constant.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @category metrics
 * @since 0.1.0
 */
export const d2PinballScore = <const O extends PinballOptions>(
  options: O = {} as O
): Metric<Kept, OutputOf<O>> => {
  checkOptions('d2PinballScore', options, ['alpha', 'multioutput'])
  const { alpha = 0.5 } = options
  const constant = (t: Numbers, w: Numbers): number => quantileOf(t, w, alpha)
  return d2('d2PinballScore', losses.pinball(alpha), constant, options)
}

/**
 * The fraction of the absolute error that is explained, against the median.
 *
 * Shape: both [n] or [n, outputs].
 *
 * @category metrics
 * @since 0.1.0
 */
export const d2AbsoluteErrorScore = <const O extends MultioutputOptions>(
  options: O = {} as O
): Metric<Kept, OutputOf<O>> => {
  checkOptions('d2AbsoluteErrorScore', options, ['multioutput'])
  const median = (t: Numbers, w: Numbers): number => quantileOf(t, w, 0.5)
  return d2('d2AbsoluteErrorScore', losses.pinball(0.5), median, options)
}

/**
 * The fraction of the Tweedie deviance that is explained, against the mean.
 *
 * Shape:  both [n].
 * Errors: ValueError where the distribution does not reach.
 *
 * @category metrics
 * @since 0.1.0
 */
export const d2TweedieScore = (options: TweedieOptions = {}): Metric<Kept> => {
  checkOptions('d2TweedieScore', options, ['power'])
  const { power = 0 } = options
  losses.requirePower('d2TweedieScore', power)
  return d2('d2TweedieScore', losses.tweedie('d2TweedieScore', power), mean, {})
}
