/** Leaves of trees with their places, spread from prefixes, and combined pair by pair. */
import { ValueError, checkFunction } from './errors.ts'
import type { Path } from './path.ts'
import { isLeaf, type Leaf } from './structure.ts'
import { broadcastPrefix } from './tree-prefix.ts'
import { flattenWithPath, leaves, structureOf, unflatten } from './tree.ts'

/**
 * The leaves in canonical order, each with its path.
 *
 * @example
 * leavesWithPath({ b: [7], a: 5 }) // => [[['a'], 5], [['b', 0], 7]]
 *
 * @category trees
 * @since 0.1.0
 */
export const leavesWithPath = (tree: unknown): readonly (readonly [path: Path, leaf: Leaf])[] =>
  flattenWithPath(tree, 'tree.leavesWithPath')[0]

/**
 * The tree `full` with every leaf replaced by that of the prefix above it.
 *
 * Errors: StructureError with the path where the prefix does not fit.
 *
 * @example
 * broadcast({ a: 1, b: 2 }, { a: [5, 6], b: 7 }) // => { a: [1, 1], b: 2 }
 *
 * @category trees
 * @since 0.1.0
 */
export const broadcast = <T>(prefix: unknown, full: T): T => {
  const structure = structureOf(full)
  return unflatten(structure, broadcastPrefix('tree.broadcast', prefix, structure, isLeaf)) as T // its structure
}

export interface ReduceAssociativeOptions<L> {
  /** What an empty tree gives. */
  readonly identity?: L
}

/**
 * The leaves combined by an associative function, neighbours first, so that errors of rounding grow
 * with the logarithm of their number.
 *
 * Errors: ValueError for an empty tree without `identity`.
 *
 * @example
 * reduceAssociative((a: number, b: number) => a + b, { x: 1, y: [2, 3] }) // => 6
 *
 * @category trees
 * @since 0.1.0
 */
export const reduceAssociative = <L extends Leaf>(
  f: (a: L, b: L) => L,
  tree: unknown,
  options: ReduceAssociativeOptions<L> = {}
): L => {
  checkFunction('tree.reduceAssociative', f)
  let row = leaves(tree) as readonly L[] // the caller says what the leaves are
  if (row.length === 0) {
    if (options.identity !== undefined) return options.identity
    throw new ValueError('tree.reduceAssociative', {
      problem: 'there is nothing to combine',
      got: 'a tree without leaves',
      expected: 'a leaf, or { identity }',
      hint: 'identity is what changes nothing: 0 for sums'
    })
  }
  while (row.length > 1)
    row = row.flatMap((a, i) => (i % 2 === 1 ? [] : i + 1 < row.length ? [f(a, row[i + 1])] : [a]))
  return row[0]
}
