/** Precision, recall and F of every class in one table. */
import { checkOptions, checkRecord, listOf } from '../core/errors.ts'
import { requireCount, requireLabels } from './classes.ts'
import {
  classCounting,
  countsOf,
  pooled,
  rowScores,
  scoreOf,
  type ClassCounts,
  type Counts
} from './class-counts.ts'
import { meanOfKnown, sum } from './lists.ts'
import type { Metric } from './metric.ts'
import { fRatio, precisionRatio, recallRatio } from './precision-recall.ts'

/** One line of a report. */
export interface ReportRow {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** How often the class occurs (its weight). */
  readonly support: number
}

export interface Report {
  /** One row for each class that occurs or is predicted. */
  readonly classes: readonly (ReportRow & { readonly class: number })[]
  readonly micro: ReportRow
  readonly macro: ReportRow
  readonly weighted: ReportRow
  /** The means over rows of labels, with multilabel. */
  readonly samples?: ReportRow
}

export interface ReportOptions {
  /** 2 by default. */
  readonly classes?: number
  /** Classes that take part, in this order: those that occur or are predicted by default. */
  readonly labels?: readonly number[] | undefined
  /** The value of 0 / 0: 0 by default. */
  readonly zeroDivision?: number
  readonly multilabel?: boolean
}

const averaged = (
  rows: readonly ReportRow[],
  weights: readonly number[] | undefined,
  support: number
): ReportRow => {
  const of = (f: (r: ReportRow) => number): number => meanOfKnown(rows.map(f), weights)
  return {
    precision: of((r) => r.precision),
    recall: of((r) => r.recall),
    f1: of((r) => r.f1),
    support
  }
}

/**
 * Precision, recall, F1 and number of examples of each class, and their means. `showReport` prints
 * it; the micro average is the accuracy where all classes take part.
 *
 * Shape: as precision.
 *
 * @example
 * const [predictions, labels] = [[1, 1, 0], [1, 0, 0]].map((x) => np.array(x, { dtype: 'int32' }))
 * const report = metrics.evaluate(metrics.classificationReport(), [[predictions, labels]])
 * report.classes[1].precision // => 0.5
 *
 * @category metrics
 * @since 0.1.0
 */
export const classificationReport = (options: ReportOptions = {}): Metric<ClassCounts, Report> => {
  checkOptions('classificationReport', options, ['classes', 'labels', 'zeroDivision', 'multilabel'])
  const { classes = 2, labels, zeroDivision = 0, multilabel = false } = options
  requireCount('classificationReport', classes)
  if (!multilabel) requireLabels('classificationReport', labels ?? [], classes)
  const rowOf = (c: Counts): ReportRow => ({
    precision: scoreOf(precisionRatio, c, zeroDivision),
    recall: scoreOf(recallRatio, c, zeroDivision),
    f1: scoreOf(fRatio(1), c, zeroDivision),
    support: c.actual
  })
  const ratios = [precisionRatio, recallRatio, fRatio(1)]
  return {
    ...classCounting('classificationReport', {
      classes,
      multilabel,
      ratios,
      zeroDivision,
      labels
    }),
    value: (observed) => {
      const all = countsOf(observed)
      const isShown = (c: Counts): boolean => multilabel || c.seen > 0
      const shown = labels ?? all.flatMap((c, i) => (isShown(c) ? [i] : []))
      const rows = shown.map((c) => rowOf(all[c]))
      const support = rows.map((r) => r.support)
      const [precision, recall, f1] = rowScores(observed, ratios.length)
      return {
        classes: rows.map((r, i) => ({ class: shown[i], ...r })),
        micro: { ...rowOf(pooled(shown.map((c) => all[c]))), support: sum(support) },
        macro: averaged(rows, undefined, sum(support)),
        weighted: averaged(rows, support, sum(support)),
        ...(multilabel ? { samples: { precision, recall, f1, support: sum(support) } } : {})
      }
    }
  }
}

/**
 * A report as a table of text, with names for the classes.
 *
 * @category metrics
 * @since 0.1.0
 */
export const showReport = (report: Report, names: readonly string[] = [], digits = 2): string => {
  checkRecord('showReport', report, 'a report of classificationReport')
  listOf('showReport', report.classes, 'the classes of the report')
  const line = (title: string, r: ReportRow): readonly string[] => [
    title,
    ...[r.precision, r.recall, r.f1].map((x) => x.toFixed(digits)),
    String(Number(r.support.toFixed(digits)))
  ]
  const lines = [
    ['', 'precision', 'recall', 'f1', 'support'],
    ...report.classes.map((r) => line(names[r.class] ?? String(r.class), r)),
    line('micro', report.micro),
    line('macro', report.macro),
    line('weighted', report.weighted),
    ...(report.samples === undefined ? [] : [line('samples', report.samples)])
  ]
  const widths = lines[0].map((_, j) => Math.max(...lines.map((cells) => cells[j].length)))
  return lines.map((cells) => cells.map((c, j) => c.padStart(widths[j])).join('  ')).join('\n')
}
