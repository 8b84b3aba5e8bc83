/**
 * Trees: plain objects, tuples, fp-ts Options and registered types, with arrays, numbers and
 * booleans at the leaves. Keys have one canonical (sorted) order, so two objects with the same
 * fields have the same structure in whatever order they were written.
 */
import { isArray, type NdArray } from './array.ts'
import { StructureError } from './errors.ts'
import { mapList } from './list.ts'
import { show as showPath, type Path, type PathEntry } from './path.ts'

export type Leaf = NdArray | number | boolean

interface Registered {
  readonly name: string
  readonly is: (x: object) => boolean
  readonly flatten: (x: never) => readonly [children: readonly unknown[], auxiliary: string]
  readonly unflatten: (children: readonly unknown[], auxiliary: string) => unknown
}

/** The shape of a tree without its leaves. `key` is equal exactly for equal structures. */
export interface Structure {
  readonly _tag: 'leaf' | 'empty' | 'tuple' | 'record' | 'some' | 'registered'
  readonly children: readonly Structure[]
  readonly keys: readonly string[]
  readonly leafCount: number
  readonly key: string
  readonly registered: Registered | null
  readonly auxiliary: string
}

const structure = (
  _tag: Structure['_tag'],
  children: readonly Structure[],
  key: string,
  rest: Partial<Pick<Structure, 'keys' | 'registered' | 'auxiliary'>> = {}
): Structure => {
  let leafCount = 0
  for (const c of children) leafCount += c.leafCount
  return { _tag, children, key, leafCount, keys: [], registered: null, auxiliary: '', ...rest }
}

/** The structure of a single leaf. */
export const leafStructure: Structure = { ...structure('leaf', [], '*'), leafCount: 1 }
const emptyStructure = structure('empty', [], '~')

const tupleStructure = (children: readonly Structure[]): Structure =>
  structure('tuple', children, `[${mapList(children, (c) => c.key).join()}]`)

const recordStructure = (keys: readonly string[], children: readonly Structure[]): Structure =>
  structure(
    'record',
    children,
    `{${keys.map((k, i) => `${JSON.stringify(k)}:${children[i].key}`).join()}}`,
    { keys }
  )

const someStructure = (child: Structure): Structure =>
  structure('some', [child], `some(${child.key})`)

const registry: Registered[] = []

/**
 * Makes values that satisfy `is` nodes of trees. `flatten` gives children and a string that holds
 * everything else; `unflatten` must undo it.
 */
export const registerNode = <T extends object>(node: {
  readonly name: string
  readonly is: (x: object) => x is T
  readonly flatten: (x: T) => readonly [children: readonly unknown[], auxiliary: string]
  readonly unflatten: (children: readonly unknown[], auxiliary: string) => T
}): void => {
  if (registry.some((r) => r.name === node.name))
    throw new StructureError('tree.registerNode', {
      problem: 'the name is taken',
      got: `a second node named '${node.name}'`,
      expected: 'one registration for each name: structures are equal when names are',
      hint: 'register in the module that defines the type, which runs once'
    })
  // The registry is heterogeneous: each entry only ever sees values that its own `is` accepted.
  registry.push(node)
}

const isPlain = (x: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}

const describe = (x: unknown): string => {
  if (x === null || x === undefined) return String(x)
  if (typeof x === 'string') return `the string ${JSON.stringify(x)}`
  if (typeof x !== 'object') return `a ${typeof x}`
  if (Array.isArray(x)) return `a tuple of ${x.length}`
  if (isPlain(x)) return `an object with ${Object.keys(x).join(', ') || 'no keys'}`
  return `an instance of ${x.constructor?.name ?? 'an unknown class'}`
}

const badLeaf = (operation: string, x: unknown, path: Path): StructureError =>
  new StructureError(operation, {
    problem: 'a tree has a leaf that is neither array, number nor boolean',
    got: `${describe(x)} at ${showPath(path)}`,
    expected: 'arrays, numbers and booleans inside plain objects, tuples and Options',
    hint:
      x === null || x === undefined
        ? 'leave the field out of its object, or use none of fp-ts where a place must stay empty'
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

/** True for what a tree may end in. */
export const isLeaf = (x: unknown): x is Leaf =>
  typeof x === 'number' || typeof x === 'boolean' || isArray(x)

type Fields = Readonly<Record<string, unknown>>

// Exactly the shape of fp-ts's Option: an object with more fields is a node of its own.
const isNone = (x: Fields): boolean => x['_tag'] === 'None' && Object.keys(x).length === 1
const isSome = (x: Fields): boolean =>
  x['_tag'] === 'Some' && 'value' in x && Object.keys(x).length === 2

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
const fieldsLike = (keys: readonly string[], x: Fields): readonly unknown[] | null => {
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
  if (leaves.length !== s.leafCount)
    throw new StructureError('tree.unflatten', {
      problem: 'the number of leaves does not fit the structure',
      got: `${leaves.length} leaves`,
      expected: `${s.leafCount} leaves for ${s.key}`,
      hint: 'use the structure that tree.flatten returned with these leaves'
    })
  if (s._tag === 'leaf') return leaves[0]
  let i = 0
  return build(s, () => leaves[i++])
}

export const leaves = (tree: unknown): readonly Leaf[] => flatten(tree, 'tree.leaves')[0]
export const structureOf = (tree: unknown): Structure => flatten(tree, 'tree.structure')[1]

/** A line per path where two structures differ. */
export const difference = (a: Structure, b: Structure, path: Path = []): readonly string[] => {
  if (a.key === b.key) return []
  const isOtherNode =
    a._tag !== b._tag || a.registered !== b.registered || a.auxiliary !== b.auxiliary
  if (isOtherNode) return [`${showPath(path)}: ${showKind(a)} against ${showKind(b)}`]
  if (a._tag === 'record') {
    const names = [...new Set([...a.keys, ...b.keys])].sort()
    return names.flatMap((k) => {
      const [i, j] = [a.keys.indexOf(k), b.keys.indexOf(k)]
      const at = [...path, k]
      if (i < 0) return [`${showPath(at)}: missing on the left`]
      if (j < 0) return [`${showPath(at)}: missing on the right`]
      return difference(a.children[i], b.children[j], at)
    })
  }
  if (a.children.length !== b.children.length)
    return [`${showPath(path)}: ${a.children.length} against ${b.children.length} entries`]
  return a.children.flatMap((c, i) =>
    difference(c, b.children[i], [...path, a._tag === 'some' ? 'value' : i])
  )
}

const showKind = (s: Structure): string =>
  ({
    leaf: 'a leaf',
    empty: 'none',
    tuple: `a tuple of ${s.children.length}`,
    record: `an object with ${s.keys.length === 0 ? 'no keys' : s.keys.join(', ')}`,
    some: 'some',
    registered: `${s.registered?.name ?? ''}${s.auxiliary === '' ? '' : ` (${s.auxiliary})`}`
  })[s._tag]

/** Throws a StructureError with the differing paths unless the structures are equal. */
export const requireSame = (operation: string, a: Structure, b: Structure, hint: string): void => {
  if (a.key === b.key) return
  const rows = difference(a, b)
  throw new StructureError(operation, {
    problem: 'the trees have different structures',
    got: rows.slice(0, 8).join('; ') + (rows.length > 8 ? `; and ${rows.length - 8} more` : ''),
    expected: 'the same keys and lengths at every path',
    hint
  })
}

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
  const [entries, s] = flattenWithPath(tree, 'tree.mapWithPath')
  return unflatten(
    s,
    entries.map(([path, leaf]) => f(path, leaf as never))
  ) as T // the same structure, leaf for leaf
}

/** Folds the leaves in canonical order. */
export const reduce = <A>(f: (accumulated: A, leaf: Leaf) => A, tree: unknown, initial: A): A =>
  leaves(tree).reduce((accumulated, leaf) => f(accumulated, leaf), initial)

export const all = (predicate: (leaf: Leaf) => boolean, tree: unknown): boolean =>
  leaves(tree).every((leaf) => predicate(leaf))

/** True when the trees have the same nodes, whatever their leaves. */
export const sameStructure = (a: unknown, b: unknown): boolean =>
  structureOf(a).key === structureOf(b).key

/**
 * Spreads a prefix over a tree: where the prefix has a leaf, all leaves below it get that value.
 * `isPrefixLeaf` says what ends the prefix (null, for example, in vmap's inAxes).
 */
export const broadcastPrefix = <L>(
  operation: string,
  prefix: unknown,
  tree: Structure,
  isPrefixLeaf: (x: unknown) => x is L,
  path: Path = []
): readonly L[] => {
  if (isPrefixLeaf(prefix)) return new Array<L>(tree.leafCount).fill(prefix)
  const mismatch = (): StructureError =>
    new StructureError(operation, {
      problem: 'a prefix does not fit the tree it describes',
      got: `${describe(prefix)} at ${showPath(path)}, where the tree has ${showKind(tree)}`,
      expected: 'a value for the whole sub-tree, or the same node with a value for each child',
      hint: 'one value stands for everything below it'
    })
  if (typeof prefix !== 'object' || prefix === null) throw mismatch()
  if (tree._tag === 'tuple' && Array.isArray(prefix) && prefix.length === tree.children.length)
    return tree.children.flatMap((c, i) =>
      broadcastPrefix(operation, prefix[i], c, isPrefixLeaf, [...path, i])
    )
  if (tree._tag === 'record' && !Array.isArray(prefix) && isPlain(prefix)) {
    const record = prefix as Fields
    const keys = Object.keys(record).filter((k) => record[k] !== undefined)
    if (keys.length !== tree.keys.length || keys.some((k) => !tree.keys.includes(k)))
      throw mismatch()
    return tree.children.flatMap((c, i) => {
      const k = tree.keys[i]
      return broadcastPrefix(operation, record[k], c, isPrefixLeaf, [...path, k])
    })
  }
  if (tree._tag === 'empty') return []
  const child = tree.children[0]
  if (tree._tag === 'some' && isSome(prefix as Fields))
    return broadcastPrefix(operation, (prefix as Fields)['value'], child, isPrefixLeaf, [
      ...path,
      'value'
    ])
  const node = tree.registered
  if (node !== null && node.is(prefix)) {
    const [children, auxiliary] = node.flatten(prefix as never) // `is` has accepted it
    if (auxiliary !== tree.auxiliary || children.length !== tree.children.length) throw mismatch()
    return tree.children.flatMap((c, i) =>
      broadcastPrefix(operation, children[i], c, isPrefixLeaf, [...path, i])
    )
  }
  throw mismatch()
}

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

/** The path of every leaf of a structure, in canonical order. */
export const leafPaths = (s: Structure, path: Path = []): readonly Path[] =>
  s._tag === 'leaf'
    ? [path]
    : s.children.flatMap((c, i) =>
        leafPaths(c, [...path, s._tag === 'record' ? s.keys[i] : s._tag === 'some' ? 'value' : i])
      )
