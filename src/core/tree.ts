/**
 * Trees: plain objects, tuples, fp-ts Options and registered types, with arrays, numbers and
 * booleans at the leaves. Keys have one canonical (sorted) order, so two objects with the same
 * fields have the same structure in whatever order they were written.
 */
import { isArray } from './array.ts'
import { StructureError, checkFunction, showArgument } from './errors.ts'
import { mapList } from './list.ts'
import { show as showPath, type Path, type PathEntry } from './path.ts'
import {
  describe,
  emptyStructure,
  isLeaf,
  isNone,
  isPlain,
  isSome,
  leafStructure,
  recordStructure,
  registry,
  requireSame,
  someStructure,
  structure,
  tupleStructure,
  type Fields,
  type Leaf,
  type Registered,
  type Structure
} from './structure.ts'

const badLeaf = (operation: string, x: unknown, path: Path): StructureError =>
  new StructureError(operation, {
    problem: 'a tree has a leaf that is neither array, number nor boolean',
    got: `${describe(x)} at ${showPath(path)}`,
    expected: 'arrays, numbers and booleans inside plain objects, tuples and Options',
    hint:
      x === null || x === undefined
        ? 'the empty tree is []; leave out the field of an object, and use none of fp-ts for an empty Option'
        : 'keep settings and functions outside the tree, for example in a closure'
  })

/** Deeper than any model, and less than what a call stack holds. */
const MAX_DEPTH = 1000

const tooDeep = (operation: string, path: Path): StructureError =>
  new StructureError(operation, {
    problem: 'a tree never ends',
    got: `more than ${MAX_DEPTH} levels below ${showPath(path.slice(0, 4))}`,
    expected: 'a tree: no node inside itself',
    hint: 'an object that refers to its parent makes a cycle; leave the reference out'
  })

type Visit = (leaf: Leaf, path: Path) => void

const walk = (operation: string, x: unknown, path: PathEntry[], visit: Visit): Structure => {
  if (isLeaf(x)) {
    visit(x, path)
    return leafStructure
  }
  if (typeof x !== 'object' || x === null) throw badLeaf(operation, x, path)
  if (path.length > MAX_DEPTH) throw tooDeep(operation, path)
  const child = (entry: PathEntry, value: unknown): Structure => {
    path.push(entry)
    const s = walk(operation, value, path, visit)
    path.pop()
    return s
  }
  // The holes of a sparse array are visited too, and are no leaves.
  if (Array.isArray(x))
    return tupleStructure(mapList(x as readonly unknown[], (v, i) => child(i, v)))
  for (const r of registry)
    if (r.is(x)) {
      const [children, auxiliary] = r.flatten(x as never)
      const structures = children.map((v, i) => child(i, v))
      // Quoted, so that no auxiliary text can look like another structure.
      const title = `${JSON.stringify(r.name)}<${JSON.stringify(auxiliary)}>`
      const key = `${title}(${structures.map((c) => c.key).join()})`
      return structure('registered', structures, key, { registered: r, auxiliary })
    }
  if (!isPlain(x)) throw badLeaf(operation, x, path)
  const record = x as Fields
  if (isNone(record)) return emptyStructure
  if (isSome(record)) return someStructure(child('value', record['value']))
  const keys = Object.keys(record)
    .filter((k) => record[k] !== undefined)
    .sort()
  return recordStructure(
    keys,
    keys.map((k) => child(k, record[k]))
  )
}

/** Leaves in canonical order, and the structure that puts them back. */
export const flatten = (
  tree: unknown,
  operation = 'tree.flatten'
): readonly [leaves: readonly Leaf[], structure: Structure] => {
  const leaves: Leaf[] = []
  const s = walk(operation, tree, [], (leaf) => leaves.push(leaf))
  return [leaves, s]
}

/** The values of a record in the order of `keys`, where it has these keys and no others. */
const fieldsInAnyOrder = (keys: readonly string[], x: Fields): readonly unknown[] | null => {
  let defined = 0
  for (const k in x) if (Object.hasOwn(x, k) && x[k] !== undefined) defined++
  if (defined !== keys.length) return null
  const values: unknown[] = []
  for (const k of keys) {
    if (!Object.hasOwn(x, k)) return null
    values.push(x[k])
  }
  return values
}

/** The same, in one walk where the record was written in that order, as those we make are. */
const fieldsLike = (keys: readonly string[], x: Fields): readonly unknown[] | null => {
  const values: unknown[] = []
  for (const k in x) {
    const value = x[k]
    if (k !== keys[values.length] || value === undefined || !Object.hasOwn(x, k))
      return fieldsInAnyOrder(keys, x)
    values.push(value)
  }
  return values.length === keys.length ? values : null
}

const collect = (s: Structure, x: unknown, leaves: Leaf[]): boolean => {
  if (isLeaf(x)) {
    if (s._tag !== 'leaf') return false
    leaves.push(x)
    return true
  }
  if (typeof x !== 'object' || x === null) return false
  const all = (values: readonly unknown[] | null): boolean => {
    if (values === null || values.length !== s.children.length) return false
    for (let i = 0; i < values.length; i++)
      if (!collect(s.children[i], values[i], leaves)) return false
    return true
  }
  if (Array.isArray(x)) return s._tag === 'tuple' && all(x)
  const registered = registry.find((r) => r.is(x)) ?? null
  if (registered !== s.registered) return false
  if (registered !== null) {
    const [children, auxiliary] = registered.flatten(x as never)
    return auxiliary === s.auxiliary && all(children)
  }
  if (!isPlain(x)) return false
  const record = x as Fields
  if (isNone(record)) return s._tag === 'empty'
  if (isSome(record)) return s._tag === 'some' && all([record['value']])
  return s._tag === 'record' && all(fieldsLike(s.keys, record))
}

/**
 * The leaves of a tree that has this structure, in canonical order; null when it has another one,
 * or is no tree. Unlike `flatten` it writes nothing down, so it is what a cache asks first.
 */
export const leavesLike = (s: Structure, tree: unknown): readonly Leaf[] | null => {
  const leaves: Leaf[] = []
  return collect(s, tree, leaves) ? leaves : null
}

/** As `flatten`, with the path of every leaf. */
export const flattenWithPath = (
  tree: unknown,
  operation = 'tree.flattenWithPath'
): readonly [leaves: readonly (readonly [Path, Leaf])[], structure: Structure] => {
  const leaves: (readonly [Path, Leaf])[] = []
  const s = walk(operation, tree, [], (leaf, path) => leaves.push([[...path], leaf]))
  return [leaves, s]
}

const build = (s: Structure, next: () => unknown): unknown => {
  switch (s._tag) {
    case 'leaf':
      return next()
    case 'empty':
      return { _tag: 'None' }
    case 'tuple':
      return mapList(s.children, (c) => build(c, next))
    case 'some':
      return { _tag: 'Some', value: build(s.children[0], next) }
    case 'record': {
      const out: Record<string, unknown> = {}
      s.children.forEach((c, i) => {
        const key = s.keys[i]
        const value = build(c, next)
        // Assignment to __proto__ would set the prototype instead of a field.
        if (key === '__proto__')
          Object.defineProperty(out, key, {
            value,
            enumerable: true,
            configurable: true,
            writable: true
          })
        else out[key] = value
      })
      return out
    }
    case 'registered':
      return (s.registered as Registered).unflatten(
        s.children.map((c) => build(c, next)),
        s.auxiliary
      )
  }
}

/** The tree of this structure with these leaves. */
export const unflatten = (s: Structure, leaves: readonly unknown[]): unknown => {
  if (!Array.isArray(leaves) || leaves.length !== s?.leafCount)
    throw new StructureError('tree.unflatten', {
      problem: 'the number of leaves does not fit the structure',
      got: Array.isArray(leaves) ? `${leaves.length} leaves` : showArgument(leaves),
      expected: `${s?.leafCount} leaves for ${s?.key}`,
      hint: 'use the structure that tree.flatten returned with these leaves'
    })
  if (s._tag === 'leaf') return leaves[0]
  let i = 0
  return build(s, () => leaves[i++])
}

export const leaves = (tree: unknown): readonly Leaf[] => flatten(tree, 'tree.leaves')[0]
export const structureOf = (tree: unknown): Structure => flatten(tree, 'tree.structure')[1]

/**
 * Applies `f` to the leaves of one tree, or to corresponding leaves of several.
 *
 * Errors: StructureError with the differing paths when the trees do not match.
 */
export const map = <T>(
  // Leaves are numbers, booleans or arrays; callers that know annotate the parameter.
  f: (leaf: never, ...rest: never[]) => unknown,
  tree: T,
  ...rest: readonly unknown[]
): T => {
  checkFunction('tree.map', f)
  const [first, s] = flatten(tree, 'tree.map')
  const others = rest.map((t) => {
    const [l, other] = flatten(t, 'tree.map')
    requireSame('tree.map', s, other, 'every tree after the first needs the structure of the first')
    return l
  })
  return unflatten(
    s,
    first.map((x, i) => f(x as never, ...(others.map((l) => l[i]) as never[])))
  ) as T // the same structure, leaf for leaf
}

/** As `map`, with the path of each leaf first. */
export const mapWithPath = <T>(f: (path: Path, leaf: never) => unknown, tree: T): T => {
  checkFunction('tree.mapWithPath', f)
  const [entries, s] = flattenWithPath(tree, 'tree.mapWithPath')
  return unflatten(
    s,
    entries.map(([path, leaf]) => f(path, leaf as never))
  ) as T // the same structure, leaf for leaf
}

/** Folds the leaves in canonical order. */
export const reduce = <A, L extends Leaf = Leaf>(
  f: (accumulated: A, leaf: L) => A,
  tree: unknown,
  initial: A
): A => {
  checkFunction('tree.reduce', f)
  // The caller says what the leaves are, as in `map`.
  return leaves(tree).reduce<A>((accumulated, leaf) => f(accumulated, leaf as L), initial)
}

/** A number or a boolean that counts as true, or an array without zeros. */
const isTrue = (leaf: Leaf): boolean => (isArray(leaf) ? leaf.all().item() !== 0 : Boolean(leaf))

/**
 * Whether the predicate holds for all leaves; of a tree alone, whether all of its leaves are true.
 *
 * @example
 * tree.all(tree.map((x: NdArray) => x.greater(0), { a: np.array([1, 2]) })) // => true
 */
export const all: {
  (tree: object): boolean
  <L extends Leaf>(predicate: (leaf: L) => boolean, tree: unknown): boolean
} = (first: unknown, ...rest: readonly unknown[]): boolean => {
  if (rest.length === 0 && typeof first !== 'function')
    return flatten(first, 'tree.all')[0].every(isTrue)
  checkFunction('tree.all', first)
  return leaves(rest[0]).every(first as (leaf: Leaf) => boolean) // just checked
}

/** True when the trees have the same nodes, whatever their leaves. */
export const sameStructure = (a: unknown, b: unknown): boolean =>
  structureOf(a).key === structureOf(b).key

/** Turns a tree of trees inside out: outer[inner] becomes inner[outer]. */
export const transpose = (outer: Structure, inner: Structure, tree: unknown): unknown => {
  const [all, s] = flatten(tree, 'tree.transpose')
  const innerTree = unflatten(inner, new Array<Leaf>(inner.leafCount).fill(0))
  const wanted = structureOf(unflatten(outer, new Array(outer.leafCount).fill(innerTree)))
  requireSame('tree.transpose', wanted, s, 'the tree must be `outer` with `inner` at every leaf')
  const columns = Array.from({ length: inner.leafCount }, (_, j) =>
    unflatten(
      outer,
      Array.from({ length: outer.leafCount }, (_, i) => all[i * inner.leafCount + j])
    )
  )
  return unflatten(inner, columns)
}
