/** How good predicted probabilities are: proper scores, and what is explained of them. */
import { ValueError, checkOptions } from '../core/errors.ts'
import { keeping, type Kept, type Rows } from './kept.ts'
import { dot, mean, range, sum, xlogy } from './lists.ts'
import type { Metric } from './metric.ts'

export interface ProbabilityOptions {
  /** Classes that the columns of probabilities are for: 0, 1, 2 … by default. */
  readonly labels?: readonly number[] | undefined
  /** The class whose probability a single column gives: the higher of `labels` by default. */
  readonly positive?: number | undefined
}

const known = ['labels', 'positive']

interface Cases {
  /** One row of probabilities to an example. */
  readonly probabilities: readonly (readonly number[])[]
  /** The column of the truth. */
  readonly truth: readonly number[]
  readonly weights: Float64Array
  readonly classes: number
}

const outside = (operation: string, p: number): ValueError =>
  new ValueError(operation, {
    problem: 'a probability is none',
    got: String(p),
    expected: 'numbers from 0 to 1',
    hint: 'logits become probabilities by nn.softmax or nn.sigmoid'
  })

/** Probabilities and truths with one column for each class, two where one column is given. */
export const casesOf = (
  operation: string,
  { length, width, predictions, targets, weights }: Rows,
  { labels, positive }: ProbabilityOptions
): Cases => {
  const wrong = predictions.find((p) => !(p >= 0 && p <= 1) && !Number.isNaN(p))
  if (wrong !== undefined) throw outside(operation, wrong)
  const classes = Math.max(width, 2)
  const names = labels ?? range(classes)
  const one = positive ?? names.at(-1)
  const truth = range(length).map((i) => {
    if (width === 1) return Number(targets[i] === one)
    const at = names.indexOf(targets[i])
    if (at >= 0 && at < width) return at
    throw new ValueError(operation, {
      problem: 'a target is none of the classes',
      got: `target ${targets[i]} at position ${i}, ${width} columns of probabilities`,
      expected: `one of ${names.slice(0, width).join(', ')}`,
      hint: 'probabilities have one column for each class, 0 to classes − 1 unless labels say otherwise'
    })
  })
  const probabilities = range(length).map((i) =>
    width === 1
      ? [1 - predictions[i], predictions[i]]
      : Array.from(predictions.subarray(i * width, (i + 1) * width))
  )
  return { probabilities, truth, weights, classes }
}

/** The weighted frequency of each class. */
const frequencies = ({ truth, weights, classes }: Cases): readonly number[] =>
  range(classes).map((c) => sum(truth.map((t, i) => (t === c ? weights[i] : 0))) / sum(weights))

const epsilon = Number.EPSILON

const surprises = (cases: Cases): readonly number[] =>
  cases.truth.map((t, i) => {
    const p = cases.probabilities[i][t]
    return -xlogy(1, Math.min(Math.max(p, epsilon), 1 - epsilon))
  })

export interface LogLossOptions extends ProbabilityOptions {
  /** The mean by default; false gives the sum. */
  readonly normalize?: boolean
}

/**
 * −log of the probability of the truth, on average.
 *
 * Shape:  probabilities [n] (of the second class) or [n, classes], targets [n].
 * Units:  nats. Probabilities are kept 2^−52 away from 0 and 1.
 * Errors: ValueError for numbers outside [0, 1].
 *
 * @category metrics
 * @since 0.1.0
 */
export const logLoss = (options: LogLossOptions = {}): Metric<Kept> => {
  checkOptions('logLoss', options, [...known, 'normalize'])
  return keeping('logLoss', 'rows', (rows) => {
    const losses = surprises(casesOf('logLoss', rows, options))
    return options.normalize === false ? dot(losses, rows.weights) : mean(losses, rows.weights)
  })
}

const squares = ({ truth, probabilities }: Cases): readonly number[] =>
  truth.map((t, i) => sum(probabilities[i].map((p, c) => (p - Number(c === t)) ** 2)))

export interface BrierOptions extends ProbabilityOptions {
  /** Half the squared distance, which is (p − y)² for two classes; 'auto' halves for two only. */
  readonly scaleByHalf?: boolean | 'auto'
}

/**
 * The mean squared distance of probabilities from the truth.
 *
 * Shape:  as logLoss.
 * Source: Brier 1950.
 *
 * @category metrics
 * @since 0.1.0
 */
export const brierScore = (options: BrierOptions = {}): Metric<Kept> => {
  checkOptions('brierScore', options, [...known, 'scaleByHalf'])
  const { scaleByHalf = 'auto' } = options
  return keeping('brierScore', 'rows', (rows) => {
    const cases = casesOf('brierScore', rows, options)
    const halve = scaleByHalf === 'auto' ? cases.classes === 2 : scaleByHalf
    return mean(squares(cases), rows.weights) * (halve ? 0.5 : 1)
  })
}

/** The same frequencies for every example: what is known without looking. */
const uninformed = (cases: Cases): Cases => {
  const always = frequencies(cases)
  return { ...cases, probabilities: cases.truth.map(() => always) }
}

/** 1 − score / score of the frequencies alone; NaN for fewer than two examples. */
const explained = (
  operation: string,
  loss: (cases: Cases) => readonly number[],
  options: ProbabilityOptions
): Metric<Kept> => {
  checkOptions(operation, options, known)
  return keeping(operation, 'rows', (rows) => {
    if (rows.length < 2) return NaN
    const cases = casesOf(operation, rows, options)
    return 1 - dot(loss(cases), rows.weights) / dot(loss(uninformed(cases)), rows.weights)
  })
}

/**
 * The fraction of the log-loss that the predictions explain: 1 is perfect, 0 what the frequencies
 * of the classes alone would give.
 *
 * Shape: as logLoss.
 *
 * @category metrics
 * @since 0.1.0
 */
export const d2LogLoss = (options: ProbabilityOptions = {}): Metric<Kept> =>
  explained('d2LogLoss', surprises, options)

/**
 * The fraction of the Brier score that the predictions explain.
 *
 * Shape: as logLoss.
 *
 * @category metrics
 * @since 0.1.0
 */
export const d2Brier = (options: ProbabilityOptions = {}): Metric<Kept> =>
  explained('d2Brier', squares, options)

/**
 * max(0, 1 − margin) on average, where the margin is ±score for two classes and the lead of the
 * truth over the best other class for more.
 *
 * Shape:  decisions [n] (positive for the second class) or [n, classes], targets [n].
 * Source: Crammer & Singer 2001.
 *
 * @category metrics
 * @since 0.1.0
 */
export const hingeLoss = (options: ProbabilityOptions = {}): Metric<Kept> => {
  checkOptions('hingeLoss', options, known)
  return keeping('hingeLoss', 'rows', ({ length, width, predictions, targets, weights }) => {
    const { labels = range(Math.max(width, 2)) } = options
    const positive = options.positive ?? labels.at(-1)
    const margin = (i: number): number => {
      if (width === 1) return predictions[i] * (targets[i] === positive ? 1 : -1)
      const at = labels.indexOf(targets[i])
      const scores = Array.from(predictions.subarray(i * width, (i + 1) * width))
      return scores[at] - Math.max(...scores.filter((_, c) => c !== at))
    }
    return mean(
      range(length).map((i) => Math.max(0, 1 - margin(i))),
      weights
    )
  })
}
