/** Agreement of two clusterings, whatever their clusters are called. */
import { fromHost, makeAval, type NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import { comparing, type Contingency } from './contingency.ts'
import { expectedInformation } from './expected-information.ts'
import type { Kept } from './kept.ts'
import { dot, mean, sum, xlogy } from './lists.ts'
import type { Metric } from './metric.ts'

interface Pairs {
  /** Ordered pairs: apart in both, together in the prediction alone, in the truth alone, in both. */
  readonly apart: number
  readonly predicted: number
  readonly actual: number
  readonly together: number
}

const pairsOf = ({ table, rows, columns, total }: Contingency): Pairs => {
  const both = sum(table.map((r) => dot(r, r)))
  const [inRows, inColumns] = [dot(rows, rows), dot(columns, columns)]
  return {
    together: both - total,
    predicted: inColumns - both,
    actual: inRows - both,
    apart: total ** 2 - inRows - inColumns + both
  }
}

/**
 * Ordered pairs of examples: [[apart in both, together in the prediction alone], [together in the
 * truth alone, together in both]].
 *
 * Shape: predictions and targets [n] -> float64 [2, 2].
 *
 * @category metrics
 * @since 0.1.0
 */
export const pairConfusionMatrix = (): Metric<Kept, NdArray> =>
  comparing('pairConfusionMatrix', (c) => {
    const { apart, predicted, actual, together } = pairsOf(c)
    return fromHost(
      makeAval([2, 2], 'float64'),
      Float64Array.of(apart, predicted, actual, together)
    )
  })

/**
 * How often each class meets each cluster.
 *
 * Shape: predictions and targets [n] -> float64 [classes, clusters].
 *
 * @category metrics
 * @since 0.1.0
 */
export const contingencyMatrix = (): Metric<Kept, NdArray> =>
  comparing('contingencyMatrix', ({ table, rows, columns }) =>
    fromHost(makeAval([rows.length, columns.length], 'float64'), Float64Array.from(table.flat()))
  )

/**
 * The fraction of pairs of examples that both clusterings put together or both apart.
 *
 * Shape:  predictions and targets [n].
 * Source: Rand 1971.
 *
 * @category metrics
 * @since 0.1.0
 */
export const randScore = (): Metric<Kept> =>
  comparing('randScore', (c) => {
    const { apart, predicted, actual, together } = pairsOf(c)
    const all = apart + predicted + actual + together
    return predicted + actual === 0 || all === 0 ? 1 : (apart + together) / all
  })

/**
 * The Rand score, rescaled so that chance is 0.
 *
 * Shape:  predictions and targets [n].
 * Source: Hubert & Arabie 1985.
 *
 * @category metrics
 * @since 0.1.0
 */
export const adjustedRandScore = (): Metric<Kept> =>
  comparing('adjustedRandScore', (c) => {
    const { apart: tn, predicted: fp, actual: fn, together: tp } = pairsOf(c)
    if (fn === 0 && fp === 0) return 1
    return (2 * (tp * tn - fn * fp)) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))
  })

/**
 * The geometric mean of precision and recall over pairs of examples.
 *
 * Shape:  predictions and targets [n].
 * Source: Fowlkes & Mallows 1983.
 *
 * @category metrics
 * @since 0.1.0
 */
export const fowlkesMallowsScore = (): Metric<Kept> =>
  comparing('fowlkesMallowsScore', (c) => {
    const { predicted, actual, together } = pairsOf(c)
    if (together === 0) return 0
    return Math.sqrt(together / (together + predicted)) * Math.sqrt(together / (together + actual))
  })

const entropy = (counts: readonly number[]): number => {
  const total = sum(counts)
  return -sum(counts.map((n) => xlogy(n / total, n / total)))
}

const information = ({ table, rows, columns, total }: Contingency): number => {
  const terms = table.flatMap((r, i) =>
    r.map((n, j) => xlogy(n / total, (n * total) / (rows[i] * columns[j])))
  )
  return Math.max(sum(terms), 0)
}

/**
 * How much one clustering tells of the other.
 *
 * Shape: predictions and targets [n].
 * Units: nats.
 *
 * @category metrics
 * @since 0.1.0
 */
export const mutualInfoScore = (): Metric<Kept> => comparing('mutualInfoScore', information)

export interface InformationOptions {
  /** The mean of the two entropies to compare with: 'arithmetic' by default. */
  readonly averageMethod?: 'arithmetic' | 'geometric' | 'min' | 'max' | undefined
}

const meanEntropy = (
  { rows, columns }: Contingency,
  method: InformationOptions['averageMethod'] = 'arithmetic'
): number => {
  const [a, b] = [entropy(rows), entropy(columns)]
  if (method === 'geometric') return Math.sqrt(a * b)
  if (method === 'arithmetic') return mean([a, b])
  return method === 'min' ? Math.min(a, b) : Math.max(a, b)
}

const isTrivial = ({ rows, columns }: Contingency): boolean =>
  rows.length === columns.length && rows.length <= 1

/**
 * Mutual information over the mean of the entropies: from 0 to 1.
 *
 * Shape: predictions and targets [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const normalizedMutualInfoScore = (options: InformationOptions = {}): Metric<Kept> => {
  checkOptions('normalizedMutualInfoScore', options, ['averageMethod'])
  return comparing('normalizedMutualInfoScore', (c) => {
    if (isTrivial(c)) return 1
    const shared = information(c)
    return shared <= Number.EPSILON ? 0 : shared / meanEntropy(c, options.averageMethod)
  })
}

/**
 * Mutual information, less what chance would give, rescaled so that perfection is 1.
 *
 * Shape:  predictions and targets [n].
 * Source: Vinh, Epps & Bailey 2010.
 *
 * @category metrics
 * @since 0.1.0
 */
export const adjustedMutualInfoScore = (options: InformationOptions = {}): Metric<Kept> => {
  checkOptions('adjustedMutualInfoScore', options, ['averageMethod'])
  return comparing('adjustedMutualInfoScore', (c) => {
    if (isTrivial(c)) return 1
    const chance = expectedInformation(c)
    const scale = meanEntropy(c, options.averageMethod) - chance
    const room = scale < 0 ? Math.min(scale, -Number.EPSILON) : Math.max(scale, Number.EPSILON)
    return (information(c) - chance) / room
  })
}

export interface Homogeneity {
  /** Whether clusters hold one class each. */
  readonly homogeneity: number
  /** Whether classes lie in one cluster each. */
  readonly completeness: number
  /** The weighted harmonic mean of the two. */
  readonly vMeasure: number
}

export interface VMeasureOptions {
  /** How many times completeness matters more than homogeneity: 1 by default. */
  readonly beta?: number
}

const homogeneityOf = (c: Contingency, beta: number): Homogeneity => {
  const shared = information(c)
  const share = (h: number): number => (h === 0 ? 1 : shared / h)
  const [homogeneity, completeness] = [share(entropy(c.rows)), share(entropy(c.columns))]
  const scale = beta * homogeneity + completeness
  const vMeasure = scale === 0 ? 0 : ((1 + beta) * homogeneity * completeness) / scale
  return { homogeneity, completeness, vMeasure }
}

/**
 * Homogeneity, completeness and their weighted harmonic mean.
 *
 * Shape:  predictions and targets [n].
 * Source: Rosenberg & Hirschberg 2007.
 *
 * @category metrics
 * @since 0.1.0
 */
export const homogeneityCompletenessVMeasure = (
  options: VMeasureOptions = {}
): Metric<Kept, Homogeneity> => {
  checkOptions('homogeneityCompletenessVMeasure', options, ['beta'])
  return comparing('homogeneityCompletenessVMeasure', (c) => homogeneityOf(c, options.beta ?? 1))
}

/**
 * Whether clusters hold one class each: 1 − H(class | cluster) / H(class).
 *
 * Shape: predictions and targets [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const homogeneityScore = (): Metric<Kept> =>
  comparing('homogeneityScore', (c) => homogeneityOf(c, 1).homogeneity)

/**
 * Whether classes lie in one cluster each: 1 − H(cluster | class) / H(cluster).
 *
 * Shape: predictions and targets [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const completenessScore = (): Metric<Kept> =>
  comparing('completenessScore', (c) => homogeneityOf(c, 1).completeness)

/**
 * The weighted harmonic mean of homogeneity and completeness.
 *
 * Shape: predictions and targets [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const vMeasureScore = (options: VMeasureOptions = {}): Metric<Kept> => {
  checkOptions('vMeasureScore', options, ['beta'])
  return comparing('vMeasureScore', (c) => homogeneityOf(c, options.beta ?? 1).vMeasure)
}
