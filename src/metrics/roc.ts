/** The receiver operating characteristic: true positives against false ones. */
import { ValueError, checkOptions, checkRecord } from '../core/errors.ts'
import { keeping, type Kept, type Rows } from './kept.ts'
import { interpolate, range, trapezia, type Numbers } from './lists.ts'
import type { Metric } from './metric.ts'
import {
  averageOverColumns,
  averageOverPairs,
  checkScoreAverage,
  indicators,
  type BinaryScore,
  type ScoreAverage
} from './score-average.ts'
import { foundAt, rocArea } from './thresholds.ts'

export interface CurveOptions {
  /** The label of what is to be found: 1 by default. */
  readonly positive?: number | undefined
  /** Leave out points on straight lines, which change nothing: true by default for ROC curves. */
  readonly dropIntermediate?: boolean | undefined
}

export const curveOptions = ['positive', 'dropIntermediate']

export interface RocCurve {
  readonly falsePositiveRate: readonly number[]
  readonly truePositiveRate: readonly number[]
  /** Scores from which on an example counts as positive; the first is ∞. */
  readonly thresholds: readonly number[]
}

/** Places of the first and last point and of every corner. */
export const corners = (x: Numbers, y: Numbers): readonly number[] =>
  range(x.length).filter((i) => {
    if (i === 0 || i === x.length - 1) return true
    const bend = (z: Numbers): number => z[i + 1] - 2 * z[i] + z[i - 1]
    return bend(x) !== 0 || bend(y) !== 0
  })

const rocOf = ({ predictions, targets, weights }: Rows, options: CurveOptions): RocCurve => {
  const { positive = 1, dropIntermediate = true } = options
  const found = foundAt(predictions, (i) => targets[i] === positive, weights)
  const { truePositives: tps, falsePositives: fps, thresholds } = found
  const kept = dropIntermediate && fps.length > 2 ? corners(fps, tps) : range(fps.length)
  const rate = (counts: readonly number[]): readonly number[] =>
    [0, ...kept.map((i) => counts[i])].map((x) => x / (counts.at(-1) ?? 0))
  return {
    falsePositiveRate: rate(fps),
    truePositiveRate: rate(tps),
    thresholds: [Infinity, ...kept.map((i) => thresholds[i])]
  }
}

/**
 * Rates of true and false positives at every threshold, descending.
 *
 * Shape: predictions (scores) and targets [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const rocCurve = (options: CurveOptions = {}): Metric<Kept, RocCurve> => {
  checkOptions('rocCurve', options, curveOptions)
  return keeping('rocCurve', 'rows', (rows) => rocOf(rows, options))
}

/**
 * The area below the curve through the points (x, y), by trapezia.
 *
 * Errors: ValueError unless x has two points or more and goes one way.
 *
 * @example
 * auc([0, 0.5, 1], [0, 1, 1]) // => 0.75
 *
 * @category metrics
 * @since 0.1.0
 */
export const auc = (x: Numbers, y: Numbers): number => {
  for (const v of [x, y]) checkRecord('auc', v, 'two lists of numbers')
  const steps = range(Math.max(x.length - 1, 0)).map((i) => x[i + 1] - x[i])
  const [rises, falls] = [steps.every((s) => s >= 0), steps.every((s) => s <= 0)]
  if (x.length < 2 || x.length !== y.length || (!rises && !falls))
    throw new ValueError('auc', {
      problem: 'there is no area below these points',
      got: `${x.length} and ${y.length} coordinates${rises || falls ? '' : '; x rises and falls'}`,
      expected: 'as many x as y, at least 2, with x ascending or descending',
      hint: 'sort the points by x'
    })
  return rises ? trapezia(x, y) : -trapezia(x, y)
}

/** The area up to a false positive rate, rescaled so that chance is ½ (McClish 1989). */
const partialArea =
  (maxFpr: number): BinaryScore =>
  (scores, isPositive, weights) => {
    const found = foundAt(scores, isPositive, weights)
    const rate = (counts: readonly number[]): readonly number[] =>
      [0, ...counts].map((x) => x / (counts.at(-1) ?? 0))
    const [x, y] = [rate(found.falsePositives), rate(found.truePositives)]
    if (x.at(-1) !== 1 || y.at(-1) !== 1) return NaN
    const inside = x.filter((v) => v <= maxFpr).length
    const area = trapezia(
      [...x.slice(0, inside), maxFpr],
      [...y.slice(0, inside), interpolate(maxFpr, x, y)]
    )
    const least = maxFpr ** 2 / 2
    return (1 + (area - least) / (maxFpr - least)) / 2
  }

export interface RocAucOptions {
  /** For several columns: 'macro' by default. null gives one area for each. */
  readonly average?: ScoreAverage | null | undefined
  /** Each class against the rest, or each pair of classes: 'ovr' by default. */
  readonly multiClass?: 'ovr' | 'ovo' | undefined
  /** Only up to this rate of false positives, standardized. */
  readonly maxFpr?: number | undefined
  /** The label of what is to be found where there are two: 1 by default. */
  readonly positive?: number | undefined
  /** Classes that the columns of scores are for: 0, 1, 2 … by default. */
  readonly labels?: readonly number[] | undefined
}

/** A list where no average is taken, else a number. */
export type ScoreOf<O> = O extends { readonly average: null } ? number | readonly number[] : number

/**
 * The probability that a positive example has a higher score than a negative one: the area below
 * the ROC curve, exactly.
 *
 * Shape:  scores [n] with targets [n]; scores [n, classes] with classes [n]; or both [n, labels].
 *
 * @example
 * const targets = np.array([0, 0, 1, 1], { dtype: 'int32' })
 * metrics.evaluate(metrics.rocAuc(), [[np.array([0.1, 0.4, 0.35, 0.8]), targets]]) // => 0.75
 *
 * @category metrics
 * @since 0.1.0
 */
export const rocAuc = <const O extends RocAucOptions>(
  options: O = {} as O
): Metric<Kept, ScoreOf<O>> => {
  checkOptions('rocAuc', options, ['average', 'multiClass', 'maxFpr', 'positive', 'labels'])
  const { average = 'macro', multiClass = 'ovr', maxFpr = 1, positive = 1 } = options
  checkScoreAverage('rocAuc', average)
  if (!(maxFpr > 0 && maxFpr <= 1))
    throw new ValueError('rocAuc', {
      problem: 'maxFpr is no rate',
      got: `maxFpr: ${String(maxFpr)}`,
      expected: 'a number above 0 and at most 1',
      hint: 'leave it out for the whole area'
    })
  const score = maxFpr === 1 ? rocArea : partialArea(maxFpr)
  const value = (rows: Rows): number | readonly number[] => {
    const { width, targets, predictions, weights } = rows
    if (width === 1) return score(predictions, (i) => targets[i] === positive, weights)
    if (multiClass === 'ovo' && targets.length === rows.length)
      return averageOverPairs(score, rows, options.labels ?? range(width), average === 'weighted')
    const { hot } = indicators('rocAuc', rows, options.labels)
    return averageOverColumns(score, rows, hot, average)
  }
  return keeping('rocAuc', 'either', value as (rows: Rows) => ScoreOf<O>) // a list only for null
}

export interface DetCurve {
  readonly falsePositiveRate: readonly number[]
  readonly falseNegativeRate: readonly number[]
  readonly thresholds: readonly number[]
}

/**
 * Rates of false positives and false negatives at every threshold, ascending.
 *
 * Shape:  predictions (scores) and targets [n].
 * Source: Martin et al. 1997.
 *
 * @category metrics
 * @since 0.1.0
 */
export const detCurve = (options: CurveOptions = {}): Metric<Kept, DetCurve> => {
  checkOptions('detCurve', options, curveOptions)
  const { positive = 1, dropIntermediate = false } = options
  return keeping('detCurve', 'rows', ({ predictions, targets, weights }) => {
    const found = foundAt(predictions, (i) => targets[i] === positive, weights)
    // At ∞ nothing is found.
    const [fps, tps] = [found.falsePositives, found.truePositives].map((xs) => [0, ...xs])
    const thresholds = [Infinity, ...found.thresholds]
    const [p, n] = [tps.at(-1) ?? 0, fps.at(-1) ?? 0]
    const kept = dropIntermediate
      ? range(tps.length).filter((i) => isStep(tps, i))
      : range(tps.length)
    // From the last threshold that lets no negative through to the first that loses no positive.
    const first = kept.findLastIndex((i) => fps[i] === 0)
    const last = kept.findIndex((i) => tps[i] === p)
    const shown = kept.slice(first, last + 1).toReversed()
    return {
      falsePositiveRate: shown.map((i) => fps[i] / n),
      falseNegativeRate: shown.map((i) => (p - tps[i]) / p),
      thresholds: shown.map((i) => thresholds[i])
    }
  })
}

/** Whether a count differs from the one before or after it, or is the first or last. */
export const isStep = (counts: readonly number[], i: number): boolean =>
  i === 0 || i === counts.length - 1 || counts[i] !== counts[i - 1] || counts[i + 1] !== counts[i]
