/**
 * Masks: which leaves of a tree something is for. A mask is a tree of booleans, in which one
 * boolean may stand for a whole sub-tree, or a function that makes such a tree from parameters.
 */
import { ValueError } from '../core/errors.ts'
import { broadcastPrefix } from '../core/tree-prefix.ts'
import * as tree from '../core/tree.ts'

/** A tree of booleans in the shape of `P`, coarser where one answer holds for a whole branch. */
export type MaskTree = boolean | { readonly [key: string]: MaskTree } | readonly MaskTree[] | object

export type Mask<P = never> = MaskTree | ((params: P) => MaskTree)

const isFlag = (x: unknown): x is boolean => typeof x === 'boolean'

/** An empty node: it holds the place of a leaf that belongs to the other part. */
const none = { _tag: 'None' } as const

/**
 * The mask's answer for every leaf, in canonical order.
 *
 * Errors: StructureError with the path where the mask does not fit the tree.
 */
export const flagsOf = (operation: string, mask: Mask, params: unknown): readonly boolean[] => {
  const answer: unknown = typeof mask === 'function' ? mask(params as never) : mask
  if (answer === null || answer === undefined)
    throw new ValueError(operation, {
      problem: 'the mask is missing',
      got: String(answer),
      expected: 'a tree of booleans, or a function of the parameters that returns one',
      hint: 'true stands for the whole tree'
    })
  return broadcastPrefix(operation, answer, tree.structureOf(params), isFlag)
}

/** The tree with an empty node for every leaf whose flag differs from `kept`. */
export const keep = (params: unknown, flags: readonly boolean[], kept: boolean): object => {
  const [leaves, structure] = tree.flatten(params)
  const parts = leaves.map((leaf, i) => (flags[i] === kept ? leaf : none))
  return tree.unflatten(structure, parts) as object // a tree whose leaves may be nodes
}

/** The tree whose flagged leaves come from `chosen` (made by `keep`), and the others from `rest`. */
export const merge = <P>(rest: P, chosen: unknown, flags: readonly boolean[]): P => {
  const [leaves, structure] = tree.flatten(rest)
  const given = tree.leaves(chosen)
  let next = 0
  const merged = leaves.map((leaf, i) => (flags[i] ? given[next++] : leaf))
  return tree.unflatten(structure, merged) as P // the structure of `rest`
}
