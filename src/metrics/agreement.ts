/** Agreement beyond chance: balanced accuracy, Matthews' correlation and Cohen's kappa. */
import { checkOptions } from '../core/errors.ts'
import { requireCount, requireLabels } from './classes.ts'
import { classCounting, countsOf, type ClassCounts } from './class-counts.ts'
import { counting, tableOf, type ClassOptions, type Confusion } from './confusion-matrix.ts'
import { dot, mean, range, sum } from './lists.ts'
import type { Metric } from './metric.ts'

/** Counts of classes whose rows are not scored. */
const plain = (operation: string, classes: number) => {
  requireCount(operation, classes)
  const counts = { classes, multilabel: false, ratios: [], zeroDivision: 0 }
  return classCounting(operation, counts)
}

export interface BalancedAccuracyOptions extends Partial<ClassOptions> {
  /** Rescale so that chance is 0 and perfection 1. */
  readonly adjusted?: boolean
}

/**
 * The mean recall over the classes that occur.
 *
 * Shape: as accuracy. There are 2 classes unless `classes` says otherwise.
 *
 * @category metrics
 * @since 0.1.0
 */
export const balancedAccuracy = (options: BalancedAccuracyOptions = {}): Metric<ClassCounts> => {
  checkOptions('balancedAccuracy', options, ['classes', 'adjusted'])
  return {
    ...plain('balancedAccuracy', options.classes ?? 2),
    value: (observed) => {
      const occurring = countsOf(observed).filter((c) => c.actual > 0)
      const score = mean(occurring.map((c) => c.hits / c.actual))
      if (options.adjusted !== true) return score
      const chance = 1 / occurring.length
      return (score - chance) / (1 - chance)
    }
  }
}

/**
 * The correlation of predicted and true classes: 1 for perfection, 0 for chance.
 *
 * Shape:  as accuracy. There are 2 classes unless `classes` says otherwise.
 * Source: Matthews 1975; Gorodkin 2004 for more classes.
 *
 * @category metrics
 * @since 0.1.0
 */
export const matthewsCorrcoef = (options: Partial<ClassOptions> = {}): Metric<ClassCounts> => {
  checkOptions('matthewsCorrcoef', options, ['classes'])
  return {
    ...plain('matthewsCorrcoef', options.classes ?? 2),
    value: (observed) => {
      const counts = countsOf(observed)
      if (counts.length === 0) return NaN
      const [{ total }] = counts
      const predicted = counts.map((c) => c.predicted)
      const actual = counts.map((c) => c.actual)
      const both = sum(counts.map((c) => c.hits)) * total - dot(predicted, actual)
      const scale = (total ** 2 - dot(predicted, predicted)) * (total ** 2 - dot(actual, actual))
      return scale === 0 ? 0 : both / Math.sqrt(scale)
    }
  }
}

export interface CohenKappaOptions extends Partial<ClassOptions> {
  /** How bad it is to be off by several classes: all the same by default. */
  readonly weights?: 'linear' | 'quadratic' | undefined
  /** Classes that take part: all by default. */
  readonly labels?: readonly number[] | undefined
}

/**
 * 1 − observed disagreement / disagreement by chance.
 *
 * Shape:  as accuracy. There are 2 classes unless `classes` says otherwise.
 * Source: Cohen 1960, 1968.
 *
 * @category metrics
 * @since 0.1.0
 */
export const cohenKappa = (options: CohenKappaOptions = {}): Metric<Confusion> => {
  checkOptions('cohenKappa', options, ['classes', 'weights', 'labels'])
  const { classes = 2, weights, labels } = options
  requireLabels('cohenKappa', labels ?? [], classes)
  const penalty = (i: number, j: number): number => {
    if (weights === undefined) return Number(i !== j)
    return weights === 'linear' ? Math.abs(i - j) : (i - j) ** 2
  }
  return {
    ...counting('cohenKappa', classes),
    value: (observed) => {
      const whole = tableOf(observed, labels)
      // Classes that neither occur nor are predicted stand between no others.
      const used = range(whole.length).filter(
        (i) => labels !== undefined || sum(whole[i]) + sum(whole.map((r) => r[i])) > 0
      )
      const table = used.map((i) => used.map((j) => whole[i][j]))
      const rows = table.map(sum)
      const columns = table.map((_, j) => sum(table.map((r) => r[j])))
      const total = sum(rows)
      const penalties = table.map((r, i) => r.map((_, j) => penalty(i, j)))
      const seen = sum(table.map((r, i) => dot(r, penalties[i])))
      const expected = sum(rows.map((r, i) => (r / total) * dot(columns, penalties[i])))
      return 1 - seen / expected
    }
  }
}
