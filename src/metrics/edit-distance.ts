/** Edit distance, and the error rates that it gives. */
import { listOf } from '../core/errors.ts'
import { requireSameLength, added } from './text.ts'
import type { Metric } from './metric.ts'
import { refuseWeights } from './sums.ts'
import { wordsOf, type Text } from './tokens.ts'

/**
 * The least number of insertions, deletions and substitutions that turn one list into the other.
 *
 * Source: Levenshtein 1966; Wagner & Fischer 1974.
 *
 * @example
 * editDistance(Array.from('kitten'), Array.from('sitting')) // => 3
 *
 * @category metrics
 * @since 0.1.0
 */
export const editDistance = <T>(a: readonly T[], b: readonly T[]): number => {
  for (const v of [a, b]) listOf('editDistance', v)
  const first = Array.from({ length: b.length + 1 }, (_, j) => j)
  const last = a.reduce<readonly number[]>((above, x, i) => {
    const line = [i + 1]
    b.forEach((y, j) =>
      line.push(Math.min(above[j + 1] + 1, line[j] + 1, above[j] + Number(x !== y)))
    )
    return line
  }, first)
  return last[b.length]
}

export interface Edits {
  /** Edits, then the length of all references. */
  readonly counts: readonly number[]
}

const errorRate = <T extends Text>(
  operation: string,
  tokens: (text: T) => readonly string[]
): Metric<Edits, number, readonly T[], readonly T[]> => ({
  observe: (predictions, targets, weights) => {
    refuseWeights(operation, weights)
    requireSameLength(operation, predictions, targets)
    const each = predictions.map((text, i) => {
      const reference = tokens(targets[i])
      return [editDistance(tokens(text), reference), reference.length]
    })
    return { counts: each.reduce(added.concat, added.empty) }
  },
  monoid: {
    empty: { counts: [] },
    concat: (a, b) => ({ counts: added.concat(a.counts, b.counts) })
  },
  value: ({ counts: [edits = 0, length = 0] }) => edits / length
})

/**
 * Edits of words over words of the references (WER).
 *
 * @example
 * metrics.evaluate(metrics.wordErrorRate(), [[['the cat'], ['the dog']]]) // => 0.5
 *
 * @category metrics
 * @since 0.1.0
 */
export const wordErrorRate = (): Metric<Edits, number, readonly Text[], readonly Text[]> =>
  errorRate('wordErrorRate', wordsOf)

/**
 * Edits of characters over characters of the references (CER).
 *
 * @category metrics
 * @since 0.1.0
 */
export const characterErrorRate = (): Metric<Edits, number, readonly string[], readonly string[]> =>
  errorRate('characterErrorRate', (text: string) => Array.from(text))
