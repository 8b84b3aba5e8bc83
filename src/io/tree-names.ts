/**
 * Trees as flat names, the form that weight files have: `{ layers: [{ weight }] }` is
 * `{ 'layers/0/weight': … }`.
 */
import * as E from 'fp-ts/lib/Either.js'
import { hostOf, isArray, scalar, type NdArray, requireArrays } from '../core/array.ts'
import { StructureError, checkRecord } from '../core/errors.ts'
import { LoadError } from '../core/load-error.ts'
import { slashed } from '../core/path.ts'
import { equals, show as showShape } from '../core/shape.ts'
import { flattenWithPath, unflatten } from '../core/tree.ts'
import type { Leaf } from '../core/structure.ts'

/** Arrays by name. */
export type Named = Readonly<Record<string, NdArray>>

const toArray = (leaf: Leaf): NdArray =>
  isArray(leaf) ? leaf : scalar(leaf, typeof leaf === 'number' ? 'float32' : 'bool')

/**
 * The leaves of a tree by their paths, joined with `/`. Numbers become float32 scalars.
 *
 * Errors: StructureError when two leaves have the same name (a key contains `/`).
 */
export const toNames = (tree: unknown, operation = 'io.toNames'): Named => {
  const [entries] = flattenWithPath(tree, operation)
  const names = entries.map(([path]) => slashed(path))
  const seen = new Set<string>()
  const twice = names.find((name) => seen.has(name) || (seen.add(name), false))
  if (twice !== undefined)
    throw new StructureError(operation, {
      problem: 'two leaves have the same name',
      got: `'${twice}' twice`,
      expected: 'a different name for every leaf',
      hint: "a key that contains '/' looks like a path: rename it"
    })
  return Object.fromEntries(entries.map(([, leaf], i) => [names[i], toArray(leaf)]))
}

/** `x` as the kind of leaf that `old` is: numbers and booleans stay what they are. */
const asLeaf = (old: Leaf, x: NdArray): Leaf => {
  if (isArray(old)) return x
  const value = hostOf(x)[0]
  return typeof old === 'boolean' ? value !== 0 : value
}

const some = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '')

const title = (x: NdArray): string => `${x.dtype} ${showShape(x.shape)}`

const misfit = (operation: string, problem: string, got: string, hint: string): LoadError =>
  new LoadError(operation, 'malformed', {
    problem,
    got,
    expected: 'one array of the same dtype and shape for every leaf of the tree',
    hint
  })

/**
 * The tree `like` with each leaf replaced by the array of its name: `toNames` backwards.
 *
 * Errors: malformed when a name is missing or left over, or an array has another dtype or shape.
 */
export const fromNames = <T>(
  like: T,
  named: Named,
  operation = 'io.fromNames'
): E.Either<LoadError, T> => {
  checkRecord(operation, named, 'arrays by name')
  const [entries, structure] = flattenWithPath(like, operation)
  const names = entries.map(([path]) => slashed(path))
  const wanted = new Set(names)
  const missing = names.filter((name) => !Object.hasOwn(named, name))
  const extra = Object.keys(named).filter((name) => !wanted.has(name))
  if (missing.length > 0 || extra.length > 0)
    return E.left(
      misfit(
        operation,
        'the names do not match the tree',
        [
          ...(missing.length > 0 ? [`missing: ${some(missing)}`] : []),
          ...(extra.length > 0 ? [`not in the tree: ${some(extra)}`] : [])
        ].join('; '),
        'rename the entries, or load them into the part of the tree that they belong to'
      )
    )
  const different = entries.flatMap(([, leaf], i) => {
    const [was, is] = [toArray(leaf), named[names[i]]]
    const fits = was.dtype === is.dtype && equals(was.shape, is.shape)
    return fits ? [] : [`${names[i]}: ${title(is)} for ${title(was)}`]
  })
  if (different.length > 0)
    return E.left(
      misfit(
        operation,
        'arrays do not fit the leaves that they are for',
        some(different),
        'build the tree with the options the weights were made with; astype changes a dtype'
      )
    )
  const leaves = entries.map(([, leaf], i) => asLeaf(leaf, named[names[i]]))
  return E.right(unflatten(structure, leaves) as T) // each leaf is of the kind it replaces
}

type Branch = Map<string, Branch | NdArray>

const isTuple = (keys: readonly string[]): boolean =>
  keys.length > 0 && keys.every((_, i) => keys.includes(String(i)))

const grow = (branch: Branch): unknown => {
  const child = (key: string): unknown => {
    const value = branch.get(key) as Branch | NdArray // `key` is one of its keys
    return isArray(value) ? value : grow(value)
  }
  const keys = [...branch.keys()]
  return isTuple(keys)
    ? keys.map((_, i) => child(String(i)))
    : Object.fromEntries(keys.map((key) => [key, child(key)]))
}

/**
 * The tree that the names spell, for when there is none to fill: `a/0`, `a/1` make a tuple, other
 * names objects.
 *
 * Errors: malformed when a name is also the beginning of another (`a` and `a/b`).
 */
export const nest = (named: Named, operation = 'io.nest'): E.Either<LoadError, unknown> => {
  checkRecord(operation, named, 'arrays by name')
  const root: Branch = new Map()
  for (const [name, x] of Object.entries(named)) {
    requireArrays(operation, x)
    const keys = name.split('/')
    let branch = root
    for (const key of keys.slice(0, -1)) {
      const next = branch.get(key) ?? (new Map() as Branch)
      if (isArray(next)) return E.left(clash(operation, name))
      branch.set(key, next)
      branch = next
    }
    const last = keys.at(-1) as string // split gives at least one part
    if (branch.has(last)) return E.left(clash(operation, name))
    branch.set(last, x)
  }
  return E.right(grow(root))
}

const clash = (operation: string, name: string): LoadError =>
  new LoadError(operation, 'malformed', {
    problem: 'a name is also the beginning of another one',
    got: `'${name}'`,
    expected: 'names that are all leaves of one tree',
    hint: 'rename the entry, or read the flat record'
  })
