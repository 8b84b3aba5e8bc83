/** Pretrained parameters in a network that is not quite the same. */
import { isArray } from '../core/array.ts'
import { StructureError } from '../core/errors.ts'
import { slashed } from '../core/path.ts'
import { show } from '../core/shape.ts'
import type { Leaf } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import { matching, type Pattern } from './select.ts'

const typeOf = (leaf: Leaf): string =>
  isArray(leaf) ? `${leaf.dtype} ${show(leaf.shape)}` : typeof leaf

const named = (params: unknown, operation: string): ReadonlyMap<string, Leaf> =>
  new Map(tree.flattenWithPath(params, operation)[0].map(([path, leaf]) => [slashed(path), leaf]))

export interface Transferred<P> {
  readonly params: P
  /** Paths whose values come from the pretrained parameters. */
  readonly taken: readonly string[]
  /** Paths that stay as `fresh` has them, because nothing of their type was there. */
  readonly fresh: readonly string[]
  /** Pretrained paths that have no place. */
  readonly unused: readonly string[]
}

/**
 * `fresh`, with every leaf that `pretrained` has under the same path with the same type and shape.
 *
 * @example
 * const { params, fresh } = transfer({ body: np.ones([2]), head: np.ones([3]) }, { body: np.zeros([2]), head: np.zeros([5]) })
 * params.body // => [1. 1.]
 * fresh // => ['head']
 *
 * @category heads
 * @since 0.1.0
 */
export const transfer = <P>(pretrained: unknown, fresh: P): Transferred<P> => {
  const from = named(pretrained, 'transfer')
  const [entries, structure] = tree.flattenWithPath(fresh, 'transfer')
  const own = entries.map(([path, leaf]) => {
    const name = slashed(path)
    const given = from.get(name)
    const fits = given !== undefined && typeOf(given) === typeOf(leaf)
    return { name, leaf: fits ? given : leaf, fits }
  })
  const taken = own.filter(({ fits }) => fits).map(({ name }) => name)
  return {
    params: tree.unflatten(
      structure,
      own.map(({ leaf }) => leaf)
    ) as P, // the structure of `fresh`
    taken,
    fresh: own.filter(({ fits }) => !fits).map(({ name }) => name),
    unused: [...from.keys()].filter((name) => !taken.includes(name))
  }
}

/**
 * The pretrained parameters with another head: what `head` matches comes from `fresh` (what `init`
 * of the new network returned), everything else from `pretrained`.
 *
 * Errors: ValueError when `head` matches nothing of `fresh`; StructureError with the path of a
 *         leaf outside the head that `pretrained` lacks or has in another type or shape.
 *
 * @example
 * const pretrained = { body: np.ones([2]), head: np.ones([10]) }
 * const wider = replaceHead(pretrained, { body: np.zeros([2]), head: np.zeros([100]) }, 'head')
 * wider.head.shape // => [100]
 * wider.body // => [1. 1.]
 *
 * @category heads
 * @since 0.1.0
 */
export const replaceHead = <P>(pretrained: unknown, fresh: P, head: Pattern): P => {
  const from = named(pretrained, 'replaceHead')
  const isHead = matching('replaceHead', fresh, head)
  const [entries, structure] = tree.flattenWithPath(fresh, 'replaceHead')
  const leaves = entries.map(([path, leaf], i) => {
    if (isHead[i]) return leaf
    const name = slashed(path)
    const given = from.get(name)
    if (given !== undefined && typeOf(given) === typeOf(leaf)) return given
    throw new StructureError('replaceHead', {
      problem: 'the networks differ outside the head',
      got: given === undefined ? `no pretrained ${name}` : `pretrained ${name}: ${typeOf(given)}`,
      expected: `${name}: ${typeOf(leaf)}`,
      hint: 'match all that is new with the head pattern, or use transfer, which takes what fits'
    })
  })
  return tree.unflatten(structure, leaves) as P // the structure of `fresh`
}
