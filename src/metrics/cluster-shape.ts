/** How compact clusters are and how far apart: without a truth to compare with. */
import { fromHost, makeAval, type NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import { keeping, row, type Kept, type Rows } from './kept.ts'
import { refuseWeights } from './sums.ts'
import { mean, range, sum, unique, type Numbers } from './lists.ts'
import type { Metric } from './metric.ts'

/** Metrics of distance by their usual names. */
export type Distance =
  'euclidean' | 'sqeuclidean' | 'manhattan' | 'cityblock' | 'l1' | 'l2' | 'cosine' | 'chebyshev'

const gaps = (x: Numbers, y: Numbers): readonly number[] =>
  Array.from(x, (v, i) => Math.abs(v - y[i]))

const squareOf = (x: Numbers, y: Numbers): number => sum(gaps(x, y).map((g) => g * g))

const cosine = (x: Numbers, y: Numbers): number => {
  const inner = (a: Numbers, b: Numbers): number => sum(Array.from(a, (v, i) => v * b[i]))
  const norms = Math.sqrt(inner(x, x)) * Math.sqrt(inner(y, y))
  return norms === 0 ? 1 : 1 - inner(x, y) / norms
}

const distances: Readonly<Record<Distance, (x: Numbers, y: Numbers) => number>> = {
  euclidean: (x, y) => Math.sqrt(squareOf(x, y)),
  l2: (x, y) => Math.sqrt(squareOf(x, y)),
  sqeuclidean: squareOf,
  manhattan: (x, y) => sum(gaps(x, y)),
  cityblock: (x, y) => sum(gaps(x, y)),
  l1: (x, y) => sum(gaps(x, y)),
  chebyshev: (x, y) => Math.max(...gaps(x, y)),
  cosine
}

export interface SilhouetteOptions {
  /** 'euclidean' by default; 'precomputed' takes a matrix of distances instead of features. */
  readonly metric?: Distance | 'precomputed' | undefined
}

interface Clusters {
  readonly names: readonly number[]
  /** Places of the members of each cluster. */
  readonly members: readonly (readonly number[])[]
}

const clustersOf = (operation: string, { length, targets }: Rows): Clusters => {
  const names = unique(targets)
  if (names.length < 2 || names.length >= length)
    throw new ValueError(operation, {
      problem: 'the clusters cannot be compared',
      got: `${names.length} clusters of ${length} examples`,
      expected: 'at least 2 clusters, and fewer than examples',
      hint: 'observe more examples, or another clustering'
    })
  const members = names.map((c) => range(length).filter((i) => targets[i] === c))
  return { names, members }
}

const silhouettesOf = (
  operation: string,
  rows: Rows,
  metric: Distance | 'precomputed'
): readonly number[] => {
  const { members } = clustersOf(operation, rows)
  const { predictions: x, width } = rows
  const at = (i: number): Float64Array => row(x, width, i)
  const between = (i: number, j: number): number =>
    metric === 'precomputed' ? x[i * width + j] : distances[metric](at(i), at(j))
  const scores = new Array<number>(rows.length)
  members.forEach((own, c) => {
    for (const i of own) {
      const others = members.filter((_, d) => d !== c)
      const inside = sum(own.map((j) => between(i, j))) / (own.length - 1)
      const outside = Math.min(...others.map((of) => mean(of.map((j) => between(i, j)))))
      const largest = Math.max(inside, outside)
      scores[i] = own.length === 1 || largest === 0 ? 0 : (outside - inside) / largest
    }
  })
  return scores
}

const silhouetteOptions = (
  operation: string,
  options: SilhouetteOptions
): Distance | 'precomputed' => {
  checkOptions(operation, options, ['metric'])
  const { metric = 'euclidean' } = options
  if (metric === 'precomputed' || metric in distances) return metric
  throw new ValueError(operation, {
    problem: 'there is no such distance',
    got: `metric: ${String(metric)}`,
    expected: `'precomputed' or one of ${Object.keys(distances).join(', ')}`,
    hint: 'compute other distances beforehand and say precomputed'
  })
}

/**
 * The mean over examples of (b − a) / max(a, b), with a the mean distance to the own cluster and b
 * that to the nearest other one: 1 for clusters that are dense and far apart.
 *
 * Shape:  features [n, features], clusters [n].
 * Errors: ValueError unless there are 2 to n − 1 clusters.
 * Source: Rousseeuw 1987.
 *
 * @category metrics
 * @since 0.1.0
 */
export const silhouetteScore = (options: SilhouetteOptions = {}): Metric<Kept> => {
  const metric = silhouetteOptions('silhouetteScore', options)
  return ofPoints('silhouetteScore', (rows) => mean(silhouettesOf('silhouetteScore', rows, metric)))
}

/**
 * The silhouette of every example.
 *
 * Shape: features [n, features], clusters [n] -> float64 [n].
 *
 * @category metrics
 * @since 0.1.0
 */
export const silhouetteSamples = (options: SilhouetteOptions = {}): Metric<Kept, NdArray> => {
  const metric = silhouetteOptions('silhouetteSamples', options)
  return ofPoints('silhouetteSamples', (rows) => {
    const scores = silhouettesOf('silhouetteSamples', rows, metric)
    return fromHost(makeAval([scores.length], 'float64'), Float64Array.from(scores))
  })
}

/** A metric of points and their clusters. */
const ofPoints = <R>(operation: string, value: (rows: Rows) => R): Metric<Kept, R> => {
  const metric = keeping(operation, 'rows', value)
  return {
    ...metric,
    observe: (predictions, targets, weights) => {
      refuseWeights(operation, weights)
      return metric.observe(predictions, targets)
    }
  }
}

const centre = ({ predictions, width }: Rows, members: readonly number[]): readonly number[] =>
  range(width).map((c) => mean(members.map((i) => predictions[i * width + c])))

/**
 * Dispersion between clusters over dispersion within, each by its degrees of freedom.
 *
 * Shape:  features [n, features], clusters [n].
 * Source: Caliński & Harabasz 1974.
 *
 * @category metrics
 * @since 0.1.0
 */
export const calinskiHarabaszScore = (): Metric<Kept> =>
  ofPoints('calinskiHarabaszScore', (rows) => {
    const { members } = clustersOf('calinskiHarabaszScore', rows)
    const all = centre(rows, range(rows.length))
    const centres = members.map((of) => centre(rows, of))
    const between = sum(members.map((of, c) => of.length * squareOf(centres[c], all)))
    const within = sum(
      members.flatMap((of, c) =>
        of.map((i) => squareOf(row(rows.predictions, rows.width, i), centres[c]))
      )
    )
    if (within === 0) return 1
    return (between * (rows.length - members.length)) / (within * (members.length - 1))
  })

/**
 * The mean over clusters of how much each is like the one most like it: (s_i + s_j) / d_ij. Lower
 * is better.
 *
 * Shape:  features [n, features], clusters [n].
 * Source: Davies & Bouldin 1979.
 *
 * @category metrics
 * @since 0.1.0
 */
export const daviesBouldinScore = (): Metric<Kept> =>
  ofPoints('daviesBouldinScore', (rows) => {
    const { members } = clustersOf('daviesBouldinScore', rows)
    const centres = members.map((of) => centre(rows, of))
    const far = distances.euclidean
    const spread = members.map((of, c) =>
      mean(of.map((i) => far(row(rows.predictions, rows.width, i), centres[c])))
    )
    return mean(
      centres.map((x, i) =>
        Math.max(
          ...centres.map((y, j) => {
            const apart = far(x, y)
            return i === j || apart === 0 ? 0 : (spread[i] + spread[j]) / apart
          })
        )
      )
    )
  })
