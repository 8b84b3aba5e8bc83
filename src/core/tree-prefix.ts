/** Prefixes of trees: one value that stands for everything below it, as in the axes of vmap. */
import { StructureError } from './errors.ts'
import { show as showPath, type Path } from './path.ts'
import { describe, isPlain, isSome, showKind, type Fields, type Structure } from './structure.ts'

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
