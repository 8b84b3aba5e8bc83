/** Precision against recall, and the area below. */
import { checkOptions } from '../core/errors.ts'
import { keeping, type Kept, type Rows } from './kept.ts'
import { range } from './lists.ts'
import type { Metric } from './metric.ts'
import { curveOptions, isStep, type CurveOptions, type ScoreOf } from './roc.ts'
import {
  averageOverColumns,
  checkScoreAverage,
  indicators,
  type ScoreAverage
} from './score-average.ts'
import { averagePrecisionOf, foundAt } from './thresholds.ts'

export interface PrecisionRecallCurve {
  readonly precision: readonly number[]
  readonly recall: readonly number[]
  /** Ascending; one fewer than points: the last point, precision 1 at recall 0, has none. */
  readonly thresholds: readonly number[]
}

/**
 * Precision and recall at every threshold, ascending, and at last (1, 0).
 *
 * Shape: predictions (scores) and targets [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const precisionRecallCurve = (
  options: CurveOptions = {}
): Metric<Kept, PrecisionRecallCurve> => {
  checkOptions('precisionRecallCurve', options, curveOptions)
  const { positive = 1, dropIntermediate = false } = options
  return keeping('precisionRecallCurve', 'rows', ({ predictions, targets, weights }) => {
    const found = foundAt(predictions, (i) => targets[i] === positive, weights)
    const { truePositives: tps, falsePositives: fps, thresholds } = found
    const kept = range(tps.length)
      .filter((i) => !dropIntermediate || isStep(tps, i))
      .toReversed()
    const all = tps.at(-1) ?? 0
    return {
      precision: [...kept.map((i) => (tps[i] + fps[i] === 0 ? 0 : tps[i] / (tps[i] + fps[i]))), 1],
      recall: [...kept.map((i) => (all === 0 ? 1 : tps[i] / all)), 0],
      thresholds: kept.map((i) => thresholds[i])
    }
  })
}

export interface AveragePrecisionOptions {
  /** For several columns: 'macro' by default. null gives one value for each. */
  readonly average?: ScoreAverage | null | undefined
  /** The label of what is to be found where there are two: 1 by default. */
  readonly positive?: number | undefined
  /** Classes that the columns of scores are for: 0, 1, 2 … by default. */
  readonly labels?: readonly number[] | undefined
}

/**
 * Σ (R_k − R_{k−1}) P_k over thresholds: the area below precision over recall, by steps (PR-AUC).
 *
 * Shape: as rocAuc.
 *
 * @category metrics
 * @since 0.1.0
 */
export const averagePrecision = <const O extends AveragePrecisionOptions>(
  options: O = {} as O
): Metric<Kept, ScoreOf<O>> => {
  checkOptions('averagePrecision', options, ['average', 'positive', 'labels'])
  const { average = 'macro', positive = 1 } = options
  checkScoreAverage('averagePrecision', average)
  const value = (rows: Rows): number | readonly number[] => {
    const { width, targets, predictions, weights } = rows
    if (width === 1) return averagePrecisionOf(predictions, (i) => targets[i] === positive, weights)
    const { hot } = indicators('averagePrecision', rows, options.labels)
    return averageOverColumns(averagePrecisionOf, rows, hot, average)
  }
  return keeping('averagePrecision', 'either', value as (rows: Rows) => ScoreOf<O>) // a list only for null
}
