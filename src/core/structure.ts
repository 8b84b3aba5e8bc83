/**
 * The shapes of trees, the types of nodes that others register, and where two shapes differ.
 */
import { isArray, type NdArray } from './array.ts'
import { StructureError, checkFunction, checkOptions } from './errors.ts'
import { mapList } from './list.ts'
import { show as showPath, type Path } from './path.ts'

export type Leaf = NdArray | number | boolean

export interface Registered {
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

export const structure = (
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
export const emptyStructure = structure('empty', [], '~')

export const tupleStructure = (children: readonly Structure[]): Structure =>
  structure('tuple', children, `[${mapList(children, (c) => c.key).join()}]`)

export const recordStructure = (
  keys: readonly string[],
  children: readonly Structure[]
): Structure =>
  structure(
    'record',
    children,
    `{${keys.map((k, i) => `${JSON.stringify(k)}:${children[i].key}`).join()}}`,
    { keys }
  )

export const someStructure = (child: Structure): Structure =>
  structure('some', [child], `some(${child.key})`)

export const registry: Registered[] = []

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
  checkOptions('tree.registerNode', node, ['name', 'is', 'flatten', 'unflatten'])
  for (const f of [node.is, node.flatten, node.unflatten]) checkFunction('tree.registerNode', f)
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

/** True for what a tree may end in. */
export const isLeaf = (x: unknown): x is Leaf =>
  typeof x === 'number' || typeof x === 'boolean' || isArray(x)

export type Fields = Readonly<Record<string, unknown>>

// Exactly the shape of fp-ts's Option: an object with more fields is a node of its own.
export const isNone = (x: Fields): boolean => x['_tag'] === 'None' && Object.keys(x).length === 1
export const isSome = (x: Fields): boolean =>
  x['_tag'] === 'Some' && 'value' in x && Object.keys(x).length === 2

export const isPlain = (x: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}

export const describe = (x: unknown): string => {
  if (x === null || x === undefined) return String(x)
  if (typeof x === 'string') return `the string ${JSON.stringify(x)}`
  if (typeof x !== 'object') return `a ${typeof x}`
  if (Array.isArray(x)) return `a tuple of ${x.length}`
  if (isPlain(x)) return `an object with ${Object.keys(x).join(', ') || 'no keys'}`
  return `an instance of ${x.constructor?.name ?? 'an unknown class'}`
}

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

export const showKind = (s: Structure): string =>
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

/** The path of every leaf of a structure, in canonical order. */
export const leafPaths = (s: Structure, path: Path = []): readonly Path[] =>
  s._tag === 'leaf'
    ? [path]
    : s.children.flatMap((c, i) =>
        leafPaths(c, [...path, s._tag === 'record' ? s.keys[i] : s._tag === 'some' ? 'value' : i])
      )
