/** Laws of trees, for trees of numbers: functor, traversable, the flat form, and lenses. */
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { at, map, traverse } from '../src/core/instances.ts'
import { flatten, flattenWithPath, unflatten } from '../src/core/tree.ts'
import * as arbitrary from './arbitraries.ts'
import { LawError } from './comparison.ts'

const numbers = arbitrary.tree(fc.integer())

/** Keys in one order: a tree is the same however its objects were written. */
const sorted = (_key: string, x: unknown): unknown =>
  typeof x === 'object' && x !== null && !Array.isArray(x)
    ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1)))
    : x

/** Fails unless two trees of integers are the same nodes with the same leaves. */
const requireSame = (actual: unknown, expected: unknown, what: string): void => {
  const [a, b] = [actual, expected].map((t) => JSON.stringify(t, sorted))
  if (a !== b) throw new LawError(`${what}: ${a} instead of ${b}`)
}

/** map id = id. Equality: exact. */
export const functorIdentity = (): fc.IProperty<[unknown]> =>
  fc.property(numbers, (t) => requireSame(map((x: number) => x)(t), t, 'map id'))

/** map (g ∘ f) = map g ∘ map f. Equality: exact. */
export const functorComposition = (
  f: (x: number) => number,
  g: (x: number) => number
): fc.IProperty<[unknown]> =>
  fc.property(numbers, (t) => {
    const once = map((x: number) => g(f(x)))(t)
    requireSame(map(g)(map(f)(t)), once, 'map of a composition')
  })

/** traverse (right) = right: a traversal without effects changes nothing. Equality: exact. */
export const traversableIdentity = (): fc.IProperty<[unknown]> =>
  fc.property(numbers, (t) => {
    const pure = traverse(E.Applicative)((x: number) => E.right<string, number>(x))(t)
    requireSame(pure, E.right(t), 'traverse right')
  })

/**
 * h ∘ traverse f = traverse (h ∘ f) for the natural transformation h from Either to Option.
 * Equality: exact.
 */
export const traversableNaturality = (
  f: (x: number) => E.Either<string, number>
): fc.IProperty<[unknown]> =>
  fc.property(numbers, (t) => {
    const before = traverse(O.Applicative)((x: number) => O.fromEither(f(x)))(t)
    const after = O.fromEither(traverse(E.Applicative)(f)(t))
    requireSame(after, before, 'naturality')
  })

/** unflatten ∘ flatten = id. Equality: exact. */
export const flattenRoundTrip = (): fc.IProperty<[unknown]> =>
  fc.property(numbers, (t) => {
    const [leaves, structure] = flatten(t)
    requireSame(unflatten(structure, leaves), t, 'unflatten of flatten')
  })

/**
 * get (set a t) = a, set (get t) t = t, set b (set a t) = set b t, at the path of every leaf.
 * Equality: exact.
 */
export const lens = (): fc.IProperty<[unknown, number, number]> =>
  fc.property(numbers, fc.integer(), fc.integer(), (t, a, b) => {
    const [entries] = flattenWithPath(t)
    for (const [path, leaf] of entries) {
      const { get, set } = at(path)
      requireSame(get(set(a)(t)), O.some(a), 'get after set')
      requireSame(set(leaf)(t), t, 'set what was got')
      requireSame(set(b)(set(a)(t)), set(b)(t), 'set twice')
    }
  })
