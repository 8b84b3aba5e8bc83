/** Texts against references: BLEU, ROUGE and chrF. */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { ShapeError, ValueError, checkOptions, listOf } from '../core/errors.ts'
import { mean, range, sum } from './lists.ts'
import type { Metric } from './metric.ts'
import { refuseWeights } from './sums.ts'
import { ngrams, overlap, size, wordsOf, type Text } from './tokens.ts'
import * as math from '../core/scalar/math.ts'

/** Lists of numbers that are added up; the empty list is the unit. */
export const added: Monoid<readonly number[]> = {
  empty: [],
  concat: (a, b) => (a.length === 0 ? b : b.length === 0 ? a : a.map((x, i) => x + b[i]))
}

export const requireSameLength = (
  operation: string,
  predictions: readonly unknown[],
  targets: readonly unknown[]
): void => {
  for (const list of [predictions, targets]) listOf(operation, list, 'texts')
  if (predictions.length === targets.length) return
  throw new ShapeError(operation, {
    problem: 'texts and references differ in number',
    got: `${predictions.length} texts, ${targets.length} references`,
    expected: 'one reference, or list of references, for each text',
    hint: 'several references of one text go into a list'
  })
}

/** One reference or several. */
export type References = string | readonly Text[]

const referencesOf = (of: References): readonly (readonly string[])[] =>
  typeof of === 'string' ? [wordsOf(of)] : of.map(wordsOf)

export interface BleuOptions {
  /** The longest n-grams: 4 by default. */
  readonly maxOrder?: number
  /** Add one to the counts of n-grams above the first, for short texts (Lin & Och 2004). */
  readonly smooth?: boolean
}

/** Lengths of texts and references, then shared and possible n-grams of each order. */
export interface BleuCounts {
  readonly counts: readonly number[]
}

const nearest = (length: number, lengths: readonly number[]): number =>
  lengths.reduce((best, n) => {
    const [d, b] = [Math.abs(n - length), Math.abs(best - length)]
    return d < b || (d === b && n < best) ? n : best
  }, lengths[0])

/** Shared and possible n-grams; a reference's n-gram counts as often as it occurs in one of them. */
const matches = (
  tokens: readonly string[],
  references: readonly (readonly string[])[],
  n: number
): readonly number[] => {
  const most = new Map<string, number>()
  for (const r of references)
    for (const [key, count] of ngrams(r, n)) most.set(key, Math.max(count, most.get(key) ?? 0))
  return [overlap(ngrams(tokens, n), most), Math.max(tokens.length - n + 1, 0)]
}

/**
 * The geometric mean of the precisions of 1- to 4-grams over the corpus, times a penalty for texts
 * shorter than their references. From 0 to 1; tokens are words between white space unless lists
 * of tokens are given.
 *
 * Source: Papineni et al. 2002.
 *
 * @example
 * metrics.evaluate(metrics.bleu(), [[['the cat sat on the mat'], ['the cat sat on the mat']]]) // => 1
 *
 * @category metrics
 * @since 0.1.0
 */
export const bleu = (
  options: BleuOptions = {}
): Metric<BleuCounts, number, readonly Text[], readonly References[]> => {
  checkOptions('bleu', options, ['maxOrder', 'smooth'])
  const { maxOrder = 4, smooth = false } = options
  if (!Number.isInteger(maxOrder) || maxOrder < 1)
    throw new ValueError('bleu', {
      problem: 'the longest n-grams have no length',
      got: `maxOrder: ${String(maxOrder)}`,
      expected: 'an integer from 1 on',
      hint: 'BLEU-4, the usual one, has maxOrder: 4'
    })
  const orders = range(maxOrder).map((n) => n + 1)
  return {
    observe: (predictions, targets, weights) => {
      refuseWeights('bleu', weights)
      requireSameLength('bleu', predictions, targets)
      const each = predictions.map((text, i) => {
        const [tokens, references] = [wordsOf(text), referencesOf(targets[i])]
        const length = nearest(
          tokens.length,
          references.map((r) => r.length)
        )
        return [tokens.length, length, ...orders.flatMap((n) => matches(tokens, references, n))]
      })
      return { counts: each.reduce(added.concat, added.empty) }
    },
    monoid: {
      empty: { counts: [] },
      concat: (a, b) => ({ counts: added.concat(a.counts, b.counts) })
    },
    value: ({ counts: [length, wanted, ...counts] }) => {
      if (length === undefined) return NaN
      const precisions = orders.map((n, i) => {
        const more = smooth && n > 1 ? 1 : 0
        return (counts[2 * i] + more) / (counts[2 * i + 1] + more)
      })
      if (length === 0 || precisions.some((p) => !(p > 0))) return 0
      const penalty = length >= wanted ? 1 : math.exp(1 - wanted / length)
      return penalty * math.exp(mean(precisions.map((p) => math.log(p))))
    }
  }
}

/** Precision, recall and F1 of what a text shares with its reference. */
export interface RougeScore {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

export interface RougeSums {
  /** Number of texts, then sums of precision, recall and F1. */
  readonly sums: readonly number[]
}

const rougeOf = (shared: number, texts: number, references: number): readonly number[] => {
  const precision = texts === 0 ? 0 : shared / texts
  const recall = references === 0 ? 0 : shared / references
  const both = precision + recall
  return [1, precision, recall, both === 0 ? 0 : (2 * precision * recall) / both]
}

type Rouge = Metric<RougeSums, RougeScore, readonly Text[], readonly Text[]>

const rouge = (
  operation: string,
  score: (text: readonly string[], reference: readonly string[]) => readonly number[]
): Rouge => ({
  observe: (predictions, targets, weights) => {
    refuseWeights(operation, weights)
    requireSameLength(operation, predictions, targets)
    const each = predictions.map((text, i) => score(wordsOf(text), wordsOf(targets[i])))
    return { sums: each.reduce(added.concat, added.empty) }
  },
  monoid: { empty: { sums: [] }, concat: (a, b) => ({ sums: added.concat(a.sums, b.sums) }) },
  value: ({ sums: [count = 0, precision = 0, recall = 0, f1 = 0] }) => ({
    precision: precision / count,
    recall: recall / count,
    f1: f1 / count
  })
})

/**
 * ROUGE-n: shared n-grams over those of the text (precision) and of the reference (recall), meaned
 * over texts.
 *
 * Source: Lin 2004.
 *
 * @example
 * metrics.evaluate(metrics.rougeN({ n: 1 }), [[['a b'], ['a c']]]).recall // => 0.5
 *
 * @category metrics
 * @since 0.1.0
 */
export const rougeN = (options: { readonly n?: number } = {}): Rouge => {
  checkOptions('rougeN', options, ['n'])
  const { n = 1 } = options
  return rouge('rougeN', (text, reference) => {
    const [a, b] = [ngrams(text, n), ngrams(reference, n)]
    return rougeOf(overlap(a, b), size(a), size(b))
  })
}

/** The length of the longest common subsequence. */
const commonLength = (a: readonly string[], b: readonly string[]): number =>
  a
    .reduce<readonly number[]>(
      (above, x) => {
        const line = [0]
        b.forEach((y, j) => line.push(x === y ? above[j] + 1 : Math.max(above[j + 1], line[j])))
        return line
      },
      new Array<number>(b.length + 1).fill(0)
    )
    .at(-1) ?? 0

/**
 * ROUGE-L: the longest common subsequence over the lengths of text and reference.
 *
 * Source: Lin 2004.
 *
 * @category metrics
 * @since 0.1.0
 */
export const rougeL = (): Rouge =>
  rouge('rougeL', (text, reference) =>
    rougeOf(commonLength(text, reference), text.length, reference.length)
  )

export interface ChrfOptions {
  /** The longest character n-grams: 6 by default. */
  readonly maxOrder?: number
  /** The longest word n-grams: 0 by default; 2 is chrF++. */
  readonly wordOrder?: number
  /** How many times recall matters more than precision: 2 by default. */
  readonly beta?: number
}

export interface ChrfCounts {
  /** Shared n-grams, those of texts and those of references, for each order. */
  readonly counts: readonly number[]
}

/**
 * chrF: the F-score of character n-grams, meaned over orders 1 to 6, over the corpus. From 0 to 1;
 * white space does not count.
 *
 * Source: Popović 2015, 2017.
 *
 * @category metrics
 * @since 0.1.0
 */
export const chrf = (
  options: ChrfOptions = {}
): Metric<ChrfCounts, number, readonly string[], readonly string[]> => {
  checkOptions('chrf', options, ['maxOrder', 'wordOrder', 'beta'])
  const { maxOrder = 6, wordOrder = 0, beta = 2 } = options
  const countsOf = (text: readonly string[], reference: readonly string[], order: number) =>
    range(order).flatMap((i) => {
      const [a, b] = [ngrams(text, i + 1), ngrams(reference, i + 1)]
      return [overlap(a, b), size(a), size(b)]
    })
  const characters = (text: string): readonly string[] => Array.from(text.replaceAll(/\s/gu, ''))
  return {
    observe: (predictions, targets, weights) => {
      refuseWeights('chrf', weights)
      requireSameLength('chrf', predictions, targets)
      const each = predictions.map((text, i) => [
        ...countsOf(characters(text), characters(targets[i]), maxOrder),
        ...countsOf(wordsOf(text), wordsOf(targets[i]), wordOrder)
      ])
      return { counts: each.reduce(added.concat, added.empty) }
    },
    monoid: {
      empty: { counts: [] },
      concat: (a, b) => ({ counts: added.concat(a.counts, b.counts) })
    },
    value: ({ counts }) => {
      const scores = range(counts.length / 3).flatMap((i) => {
        const [shared, texts, references] = counts.slice(3 * i, 3 * i + 3)
        if (texts === 0 || references === 0) return []
        const scale = beta ** 2 * references + texts
        return [((1 + beta ** 2) * shared) / scale]
      })
      return scores.length === 0 ? NaN : sum(scores) / scores.length
    }
  }
}
