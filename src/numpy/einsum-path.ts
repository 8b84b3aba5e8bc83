/** In which order the operands of a contraction meet: greedily, whatever shrinks memory most. */
import type { Contraction, Label } from './einsum-notation.ts'

type Pair = readonly [first: number, second: number]

/** Labels that survive the meeting of two terms: those that the result or another term has. */
export const surviving = (
  a: readonly Label[],
  b: readonly Label[],
  others: readonly (readonly Label[])[],
  output: readonly Label[]
): readonly Label[] => {
  const wanted = new Set([...others.flat(), ...output])
  return [...new Set([...a, ...b])].filter((l) => wanted.has(l))
}

const pairs = (count: number): readonly Pair[] =>
  Array.from({ length: count }, (_, i) => i).flatMap((i) =>
    Array.from({ length: count - i - 1 }, (_, k): Pair => [i, i + 1 + k])
  )

/**
 * Pairs of positions. The two terms leave the list and their product goes to its end. Each step
 * takes the pair whose product is smallest beside its operands, which finds the best order of
 * matrix chains of three and good ones beyond.
 *
 * Source: the greedy strategy of Smith & Gray, opt_einsum, J. Open Source Softw. 3 (2018).
 */
export const contractionPath = ({ terms, output, extents }: Contraction): readonly Pair[] => {
  const sizeOf = (labels: readonly Label[]): number =>
    labels.reduce((n, l) => n * (extents.get(l) ?? 1), 1)
  const step = (left: readonly (readonly Label[])[], path: readonly Pair[]): readonly Pair[] => {
    if (left.length < 2) return path
    const options = pairs(left.length).map(([i, j]) => {
      const others = left.filter((_, k) => k !== i && k !== j)
      const product = surviving(left[i], left[j], others, output)
      const work = sizeOf([...new Set([...left[i], ...left[j]])])
      const growth = sizeOf(product) - sizeOf(left[i]) - sizeOf(left[j])
      return { pair: [i, j] as const, others, product, growth, work }
    })
    const best = options.reduce((least, next) =>
      next.growth < least.growth || (next.growth === least.growth && next.work < least.work)
        ? next
        : least
    )
    return step([...best.others, best.product], [...path, best.pair])
  }
  return step(terms, [])
}
