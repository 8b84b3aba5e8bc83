/** Texts as tokens, and tokens as n-grams. */
import { range } from './lists.ts'

/** A text, whose words are what white space separates, or the tokens of one. */
export type Text = string | readonly string[]

export const wordsOf = (text: Text): readonly string[] =>
  typeof text === 'string' ? text.split(/\s+/u).filter((w) => w !== '') : text

/** How often each n-gram occurs. The key joins tokens by a character that no token has. */
export const ngrams = (tokens: readonly string[], n: number): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const i of range(Math.max(tokens.length - n + 1, 0))) {
    const key = tokens.slice(i, i + n).join('\u0000')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** Σ min(a, b) over n-grams. */
export const overlap = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number => {
  let shared = 0
  for (const [key, count] of a) shared += Math.min(count, b.get(key) ?? 0)
  return shared
}

export const size = (counts: ReadonlyMap<string, number>): number => {
  let total = 0
  for (const count of counts.values()) total += count
  return total
}
