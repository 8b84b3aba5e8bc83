/** How well scores rank what is relevant: gains, coverage and reciprocal ranks. */
import { ValueError, checkOptions } from '../core/errors.ts'
import { keeping, row, type Kept } from './kept.ts'
import { ascending, cumulative, descending, dot, mean, range, sum, type Numbers } from './lists.ts'
import type { Metric } from './metric.ts'
import * as math from '../core/scalar/math.ts'

/** The mean over lists of a score of (scores, relevance). */
const overLists = (
  operation: string,
  score: (scores: Numbers, relevance: Numbers) => number
): Metric<Kept> =>
  keeping(operation, 'same', ({ length, width, predictions, targets, weights }) =>
    mean(
      range(length).map((i) => score(row(predictions, width, i), row(targets, width, i))),
      weights
    )
  )

export interface GainOptions {
  /** Only the first k ranks: all by default. */
  readonly k?: number | undefined
  /** Rank the later of equal scores first, instead of taking the mean over all their orders. */
  readonly ignoreTies?: boolean
  /** The base of the logarithm that discounts ranks: 2 by default. */
  readonly logBase?: number
}

const gainOptions = ['k', 'ignoreTies', 'logBase']

const requireRank = (operation: string, k: number | undefined): void => {
  if (k === undefined || (Number.isInteger(k) && k >= 1)) return
  throw new ValueError(operation, {
    problem: 'the number of ranks is no count',
    got: `k: ${String(k)}`,
    expected: 'an integer from 1 on',
    hint: 'leave k out for the whole list'
  })
}

/** Groups of places with equal scores, best first. */
const ties = (scores: Numbers): readonly (readonly number[])[] => {
  const order = descending(scores)
  const starts = order.flatMap((i, at) =>
    at === 0 || scores[i] !== scores[order[at - 1]] ? [at] : []
  )
  return starts.map((start, g) => order.slice(start, starts[g + 1] ?? order.length))
}

const gain = (
  scores: Numbers,
  relevance: Numbers,
  { k = Infinity, ignoreTies = false, logBase = 2 }: GainOptions
): number => {
  const discount = (rank: number): number => (rank < k ? math.log(logBase) / math.log(rank + 2) : 0)
  if (ignoreTies)
    return sum(
      ascending(scores)
        .toReversed()
        .map((i, rank) => relevance[i] * discount(rank))
    )
  const groups = ties(scores)
  const ends = cumulative(groups.map((g) => g.length))
  return sum(
    groups.map((g, n) => {
      const ranks = g.map((_, j) => ends[n] - g.length + j)
      return mean(g.map((i) => relevance[i])) * sum(ranks.map(discount))
    })
  )
}

/**
 * Discounted cumulative gain: Σ relevance / log₂(rank + 1), ranks from 1.
 *
 * Shape:  scores and relevance [lists, items].
 * Source: Järvelin & Kekäläinen 2002; ties as McSherry & Najork 2008.
 *
 * @category metrics
 * @since 0.1.0
 */
export const dcg = (options: GainOptions = {}): Metric<Kept> => {
  checkOptions('dcg', options, gainOptions)
  requireRank('dcg', options.k)
  return overLists('dcg', (scores, relevance) => gain(scores, relevance, options))
}

/**
 * DCG over the DCG of the best order: 1 for a perfect ranking. Lists without relevance have 0.
 *
 * Shape: scores and relevance [lists, items].
 *
 * @category metrics
 * @since 0.1.0
 */
export const ndcg = (options: Omit<GainOptions, 'logBase'> = {}): Metric<Kept> => {
  checkOptions('ndcg', options, ['k', 'ignoreTies'])
  requireRank('ndcg', options.k)
  return overLists('ndcg', (scores, relevance) => {
    const best = gain(relevance, relevance, { ...options, ignoreTies: true })
    return best === 0 ? 0 : gain(scores, relevance, options) / best
  })
}

const relevant = (relevance: Numbers): readonly number[] =>
  range(relevance.length).filter((i) => relevance[i] !== 0)

const atLeast = (scores: Numbers, bound: number): number =>
  range(scores.length).filter((i) => scores[i] >= bound).length

/**
 * How far down the ranking one has to go to meet all that is relevant, on average.
 *
 * Shape:  scores and relevance (0 or 1) [lists, items].
 * Source: Tsoumakas, Katakis & Vlahavas 2010.
 *
 * @category metrics
 * @since 0.1.0
 */
export const coverageError = (): Metric<Kept> =>
  overLists('coverageError', (scores, relevance) => {
    const wanted = relevant(relevance)
    return wanted.length === 0 ? 0 : atLeast(scores, Math.min(...wanted.map((i) => scores[i])))
  })

/**
 * Of what is ranked no lower than something relevant, the fraction that is relevant; on average
 * over the relevant, then over lists.
 *
 * Shape:  scores and relevance (0 or 1) [lists, items].
 * Source: Tsoumakas, Katakis & Vlahavas 2010.
 *
 * @category metrics
 * @since 0.1.0
 */
export const labelRankingAveragePrecision = (): Metric<Kept> =>
  overLists('labelRankingAveragePrecision', (scores, relevance) => {
    const wanted = relevant(relevance)
    if (wanted.length === 0 || wanted.length === scores.length) return 1
    const own = wanted.map((i) => scores[i])
    return mean(own.map((s) => atLeast(own, s) / atLeast(scores, s)))
  })

/**
 * The fraction of pairs of relevant and irrelevant that are ranked wrongly or alike.
 *
 * Shape:  scores and relevance (0 or 1) [lists, items].
 * Source: Tsoumakas, Katakis & Vlahavas 2010.
 *
 * @category metrics
 * @since 0.1.0
 */
export const labelRankingLoss = (): Metric<Kept> =>
  overLists('labelRankingLoss', (scores, relevance) => {
    const wanted = relevant(relevance)
    const others = range(scores.length).filter((i) => relevance[i] === 0)
    if (wanted.length === 0 || others.length === 0) return 0
    const rest = others.map((i) => scores[i])
    return sum(wanted.map((i) => atLeast(rest, scores[i]))) / (wanted.length * others.length)
  })

export interface RankOptions {
  /** Only the first k ranks: all by default. */
  readonly k?: number | undefined
}

/** Relevance by rank, best first. */
const ranked = (scores: Numbers, relevance: Numbers, k: number): readonly number[] =>
  descending(scores)
    .slice(0, k)
    .map((i) => Number(relevance[i] !== 0))

/** A metric of lists that looks at the first k ranks. */
const atRank = (
  operation: string,
  { k }: RankOptions,
  score: (hits: readonly number[], relevance: Numbers) => number
): Metric<Kept> => {
  requireRank(operation, k)
  return overLists(operation, (scores, relevance) =>
    score(ranked(scores, relevance, k ?? scores.length), relevance)
  )
}

/**
 * The mean of 1 / the rank of the first that is relevant (MRR); 0 where none is.
 *
 * Shape:  scores and relevance (0 or 1) [lists, items].
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanReciprocalRank = (options: RankOptions = {}): Metric<Kept> => {
  checkOptions('meanReciprocalRank', options, ['k'])
  return atRank('meanReciprocalRank', options, (hits) => {
    const first = hits.indexOf(1)
    return first < 0 ? 0 : 1 / (first + 1)
  })
}

/**
 * Of the first k, the fraction that is relevant.
 *
 * Shape:  scores and relevance (0 or 1) [lists, items].
 *
 * @category metrics
 * @since 0.1.0
 */
export const precisionAtK = (options: { readonly k: number }): Metric<Kept> => {
  checkOptions('precisionAtK', options, ['k'])
  return atRank('precisionAtK', options, (hits) => sum(hits) / options.k)
}

/**
 * Of what is relevant, the fraction among the first k; 0 where nothing is relevant.
 *
 * Shape:  scores and relevance (0 or 1) [lists, items].
 *
 * @category metrics
 * @since 0.1.0
 */
export const recallAtK = (options: { readonly k: number }): Metric<Kept> => {
  checkOptions('recallAtK', options, ['k'])
  return atRank('recallAtK', options, (hits, relevance) => {
    const all = relevant(relevance).length
    return all === 0 ? 0 : sum(hits) / all
  })
}

/**
 * The mean over lists of the average precision of each (MAP); 0 where nothing is relevant.
 *
 * Shape:  scores and relevance (0 or 1) [lists, items].
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanAveragePrecision = (options: RankOptions = {}): Metric<Kept> => {
  checkOptions('meanAveragePrecision', options, ['k'])
  return atRank('meanAveragePrecision', options, (hits, relevance) => {
    const found = cumulative(hits)
    const possible = Math.min(relevant(relevance).length, hits.length)
    return possible === 0
      ? 0
      : dot(
          hits,
          found.map((n, rank) => n / (rank + 1))
        ) / possible
  })
}
