/**
 * The algebra of the core, in the words of fp-ts. Only its types are used, so nothing of fp-ts is
 * loaded. Its instances for trees would need a type constructor, and a tree of parameters is any
 * interface; so `map`, `reduce`, `foldMap` and `traverse` are functions, data last for `pipe`.
 */
import type {
  Applicative,
  Applicative1,
  Applicative2,
  Applicative2C
} from 'fp-ts/lib/Applicative.js'
import type { BoundedJoinSemilattice } from 'fp-ts/lib/BoundedJoinSemilattice.js'
import type { Eq } from 'fp-ts/lib/Eq.js'
import type { HKT, Kind, Kind2, URIS, URIS2 } from 'fp-ts/HKT.js'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import type { Option } from 'fp-ts/lib/Option.js'
import type { Aval, NdArray } from './array.ts'
import { promote, type DType } from './dtype.ts'
import { slashed, type Path } from './path.ts'
import { equals as equalShapes, type Shape } from './shape.ts'
import { flattenWithPath, leaves, unflatten } from './tree.ts'
import type { Leaf, Structure } from './structure.ts'

/** Equal extents. */
export const EqShape: Eq<Shape> = { equals: equalShapes }

/** Equal shape, element type and weakness. */
export const EqAval: Eq<Aval> = {
  equals: (a, b) => a.dtype === b.dtype && a.weak === b.weak && equalShapes(a.shape, b.shape)
}

/** The same nodes, whatever the leaves. */
export const EqStructure: Eq<Structure> = { equals: (a, b) => a.key === b.key }

/** Promotion: the least type that both convert to. Every type is above bool. */
export const JoinDType: BoundedJoinSemilattice<DType> = { join: promote, zero: 'bool' }

/** The tree `T` with a `B` at every leaf. */
export type WithLeaves<T, B> = T extends NdArray | number | boolean
  ? B
  : T extends object
    ? { readonly [K in keyof T]: K extends '_tag' ? T[K] : WithLeaves<T[K], B> }
    : T

/** Functor: `map(f)(tree)`. The caller says what the leaves are. */
export const map =
  <A extends Leaf, B>(f: (leaf: A) => B) =>
  <T>(tree: T): WithLeaves<T, B> => {
    const [entries, structure] = flattenWithPath(tree, 'map')
    // The same structure, with what `f` gave for each leaf.
    return unflatten(
      structure,
      entries.map(([, leaf]) => f(leaf as A))
    ) as WithLeaves<T, B>
  }

/** Foldable: from the first leaf in canonical order to the last. */
export const reduce =
  <A extends Leaf, B>(initial: B, f: (accumulated: B, leaf: A) => B) =>
  (tree: unknown): B =>
    leaves(tree).reduce<B>((accumulated, leaf) => f(accumulated, leaf as A), initial)

/** Foldable: the leaves through `f`, combined in a monoid. */
export const foldMap =
  <M>(monoid: Monoid<M>) =>
  <A extends Leaf>(f: (leaf: A) => M) =>
  (tree: unknown): M =>
    reduce<A, M>(monoid.empty, (sum, leaf) => monoid.concat(sum, f(leaf)))(tree)

/** What `traverseWithPath(F)` is, for an applicative of one or of two parameters. */
export interface TraverseWithPath {
  <F extends URIS2, E>(
    F: Applicative2C<F, E>
  ): <A extends Leaf, B>(
    f: (path: Path, leaf: A) => Kind2<F, E, B>
  ) => <T>(tree: T) => Kind2<F, E, WithLeaves<T, B>>
  <F extends URIS2>(
    F: Applicative2<F>
  ): <A extends Leaf, B, E>(
    f: (path: Path, leaf: A) => Kind2<F, E, B>
  ) => <T>(tree: T) => Kind2<F, E, WithLeaves<T, B>>
  <F extends URIS>(
    F: Applicative1<F>
  ): <A extends Leaf, B>(
    f: (path: Path, leaf: A) => Kind<F, B>
  ) => <T>(tree: T) => Kind<F, WithLeaves<T, B>>
  <F>(
    F: Applicative<F>
  ): <A extends Leaf, B>(
    f: (path: Path, leaf: A) => HKT<F, B>
  ) => <T>(tree: T) => HKT<F, WithLeaves<T, B>>
}

/** The leaves so far, the newest first: one step is constant time in any applicative. */
type Trail<B> = readonly [newest: B, before: Trail<B>] | null

const unwind = <B>(trail: Trail<B>): readonly B[] => {
  const out: B[] = []
  for (let at = trail; at !== null; at = at[1]) out.push(at[0])
  return out.reverse()
}

/**
 * Traversable, with the path of each leaf: runs the effects in canonical order and collects the
 * results in a tree. `traverseWithPath(E.Applicative)` stops at the first Left, which can name the
 * leaf; `E.getApplicativeValidation` collects them all.
 */
export const traverseWithPath: TraverseWithPath =
  <F>(F: Applicative<F>) =>
  <A extends Leaf, B>(f: (path: Path, leaf: A) => HKT<F, B>) =>
  <T>(tree: T): HKT<F, WithLeaves<T, B>> => {
    const [entries, structure] = flattenWithPath(tree, 'traverse')
    const push =
      (before: Trail<B>) =>
      (newest: B): Trail<B> => [newest, before]
    const trail = entries.reduce<HKT<F, Trail<B>>>(
      (sofar, [path, leaf]) => F.ap(F.map(sofar, push), f(path, leaf as A)),
      F.of(null)
    )
    return F.map(trail, (all) => unflatten(structure, unwind(all)) as WithLeaves<T, B>)
  }

/** What `traverse(F)` is: as `traverseWithPath`, for functions that need no path. */
export interface Traverse {
  <F extends URIS2, E>(
    F: Applicative2C<F, E>
  ): <A extends Leaf, B>(
    f: (leaf: A) => Kind2<F, E, B>
  ) => <T>(tree: T) => Kind2<F, E, WithLeaves<T, B>>
  <F extends URIS2>(
    F: Applicative2<F>
  ): <A extends Leaf, B, E>(
    f: (leaf: A) => Kind2<F, E, B>
  ) => <T>(tree: T) => Kind2<F, E, WithLeaves<T, B>>
  <F extends URIS>(
    F: Applicative1<F>
  ): <A extends Leaf, B>(f: (leaf: A) => Kind<F, B>) => <T>(tree: T) => Kind<F, WithLeaves<T, B>>
  <F>(
    F: Applicative<F>
  ): <A extends Leaf, B>(f: (leaf: A) => HKT<F, B>) => <T>(tree: T) => HKT<F, WithLeaves<T, B>>
}

/** Traversable: `traverse(E.Applicative)(check)(tree)` is a tree, or the first error. */
export const traverse: Traverse =
  <F>(F: Applicative<F>) =>
  <A extends Leaf, B>(f: (leaf: A) => HKT<F, B>) =>
    traverseWithPath(F)<A, B>((_path, leaf) => f(leaf))

/** One leaf of trees, wherever it is. */
export interface LeafAt {
  /** The leaf, or none when the tree has no leaf there. */
  readonly get: (tree: unknown) => Option<Leaf>
  /** The tree with the leaf replaced; the tree itself when it has no leaf there. */
  readonly set: (leaf: Leaf) => <T>(tree: T) => T
}

/**
 * The leaf at a path, given as entries or as `layers/0/weight`.
 *
 * Laws: `get(set(a)(t))` is `some(a)` where `get(t)` is some; setting what `get` gave changes
 * nothing; of two `set`s the last counts.
 */
export const at = (path: Path | string): LeafAt => {
  const wanted = typeof path === 'string' ? path : slashed(path)
  const find = (tree: unknown) => {
    const [entries, structure] = flattenWithPath(tree, 'at')
    return { entries, structure, index: entries.findIndex(([p]) => slashed(p) === wanted) }
  }
  return {
    get: (tree) => {
      const { entries, index } = find(tree)
      return index < 0 ? { _tag: 'None' } : { _tag: 'Some', value: entries[index][1] }
    },
    set:
      (leaf) =>
      <T>(tree: T): T => {
        const { entries, structure, index } = find(tree)
        if (index < 0) return tree
        const replaced = entries.map(([, old], i) => (i === index ? leaf : old))
        return unflatten(structure, replaced) as T // the same structure
      }
  }
}
