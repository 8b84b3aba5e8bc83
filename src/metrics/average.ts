/** Means over classes: binary, micro, macro, weighted, over rows of labels, or none. */
import { ValueError, checkOptions } from '../core/errors.ts'
import { requireCount, requireLabels } from './classes.ts'
import {
  classCounting,
  countsOf,
  pooled,
  rowScores,
  scoreOf,
  type ClassCounts,
  type Counts,
  type Ratio
} from './class-counts.ts'
import { meanOfKnown } from './lists.ts'
import type { Metric } from './metric.ts'

/**
 * binary: of one class. micro: of all decisions together. macro: the mean over classes. weighted:
 * the mean weighted by how often a class occurs. samples: the mean over rows of labels. null: a
 * list, one score for each class.
 */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | 'samples'

export interface AverageOptions {
  /** 'binary' by default, as in scikit-learn. */
  readonly average?: Average | null | undefined
  /** 2 by default. */
  readonly classes?: number | undefined
  /** The class that counts when average is 'binary': 1 by default. */
  readonly positive?: number | undefined
  /** The value of 0 / 0: 0 by default; NaN leaves the class out of means. */
  readonly zeroDivision?: number | undefined
  /** Classes that take part, in this order: those that occur or are predicted by default. */
  readonly labels?: readonly number[] | undefined
  /** Predictions and labels are rows of 0 and 1, [examples, labels]. */
  readonly multilabel?: boolean | undefined
}

export const averageOptions = [
  'average',
  'classes',
  'positive',
  'zeroDivision',
  'labels',
  'multilabel'
]

/** A list where no average is taken, else a number. */
export type Averaged<O> = O extends { readonly average: null } ? readonly number[] : number

const averages = ['binary', 'micro', 'macro', 'weighted', 'samples']

const checkAverage = (operation: string, average: Average | null, multilabel: boolean): void => {
  if (average !== null && !averages.includes(average))
    throw new ValueError(operation, {
      problem: 'there is no such average',
      got: `average: ${average}`,
      expected: "'binary', 'micro', 'macro', 'weighted', 'samples' or null",
      hint: "'macro' treats all classes alike; 'weighted' by how often they occur"
    })
  if ((average === 'samples' && !multilabel) || (average === 'binary' && multilabel))
    throw new ValueError(operation, {
      problem: `the average does not fit ${multilabel ? 'rows of labels' : 'single labels'}`,
      got: `average: '${average}', multilabel: ${multilabel}`,
      expected: multilabel
        ? "'micro', 'macro', 'weighted', 'samples' or null"
        : "'binary', 'micro', 'macro', 'weighted' or null",
      hint: 'pass { multilabel: true } where an example has a row of labels'
    })
}

/** The classes that take part: as scikit-learn, those that occur or are predicted. */
const takingPart = (
  counts: readonly Counts[],
  labels: readonly number[] | undefined,
  multilabel: boolean
): readonly Counts[] => {
  if (labels !== undefined) return labels.map((c) => counts[c])
  return multilabel ? counts : counts.filter((c) => c.seen > 0)
}

/** A metric that is a ratio of counts, averaged over classes. */
export const ratioOfCounts = <const O extends AverageOptions>(
  operation: string,
  ratio: Ratio,
  options: O,
  known: readonly string[] = averageOptions
): Metric<ClassCounts, Averaged<O>> => {
  checkOptions(operation, options, known)
  const { average = 'binary', classes = 2, positive = 1, zeroDivision = 0, labels } = options
  const { multilabel = false } = options
  checkAverage(operation, average, multilabel)
  requireCount(operation, classes)
  if (!multilabel) requireLabels(operation, [...(labels ?? []), positive], Math.max(classes, 2))
  const score = (c: Counts): number => scoreOf(ratio, c, zeroDivision)
  const value = (observed: ClassCounts): number | readonly number[] => {
    const all = countsOf(observed)
    const counts = takingPart(all, labels, multilabel)
    switch (average) {
      case null:
        return counts.map(score)
      case 'binary':
        return all.length === 0 ? NaN : score(all[positive])
      case 'micro':
        return score(pooled(counts))
      case 'macro':
        return meanOfKnown(counts.map(score))
      case 'weighted':
        return meanOfKnown(
          counts.map(score),
          counts.map((c) => c.actual)
        )
      case 'samples':
        return rowScores(observed, 1)[0]
    }
  }
  return {
    ...classCounting(operation, {
      classes,
      multilabel,
      ratios: [ratio],
      zeroDivision,
      labels
    }),
    value: value as (observed: ClassCounts) => Averaged<O> // a list exactly when average is null
  }
}
