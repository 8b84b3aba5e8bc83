/**
 * A tree of parameters in two: what trains and what stays. Gradients are taken of the first part
 * alone and `combine` joins the two inside the loss, so frozen leaves reach neither the derivative
 * nor the optimizer: they are bit-identical after any number of steps with any optimizer.
 */
import { StructureError } from '../core/errors.ts'
import { show } from '../core/path.ts'
import { isLeaf } from '../core/structure.ts'
import { keep } from '../optim/mask.ts'
import { flagsOf } from './flags.ts'
import type { Selection } from './select.ts'

/**
 * A part of `P`. The leaves of the other part are empty nodes, which no transformation sees; the
 * type keeps the paths, so that `combine` gives `P` back.
 */
export type Part<P> = P & { readonly _part?: true }

/**
 * `[trainable, frozen]`, by a tree of booleans (one may stand for a sub-tree) or a selection.
 *
 * Errors: StructureError with the path where a mask does not fit; ValueError when a selection
 * matches nothing.
 *
 * @example
 * const [head, body] = partition({ head: 1, body: 2 }, 'head')
 * combine(head, body) // => { body: 2, head: 1 }
 *
 * @category freezing
 * @since 0.1.0
 */
export const partition = <P>(
  params: P,
  by: Selection
): readonly [trainable: Part<P>, frozen: Part<P>] => {
  const flags = flagsOf('partition', params, by)
  return [keep(params, flags, true), keep(params, flags, false)] as unknown as readonly [
    Part<P>,
    Part<P>
  ] // the same tree with holes, which only `combine` fills
}

const isNone = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && '_tag' in x && x._tag === 'None'

const clash = (path: readonly (string | number)[], problem: string, got: string): StructureError =>
  new StructureError('combine', {
    problem,
    got: `${got} at ${show(path)}`,
    expected: 'the two parts that partition made of one tree',
    hint: 'update a part with functions that keep its structure, such as tree.map and applyUpdates'
  })

const isNode = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !isLeaf(x)

const join = (a: unknown, b: unknown, path: readonly (string | number)[]): unknown => {
  if (isNone(a)) return b
  if (isNone(b)) return a
  if (typeof a === 'string' && a === b) return a // the tag of an Option
  if (!isNode(a) || !isNode(b)) throw clash(path, 'both parts have a leaf', 'two values')
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.map((x, i) => join(x, b[i], [...path, i]))
  const keys = Object.keys(a)
  if (Array.isArray(a) || Array.isArray(b) || keys.length !== Object.keys(b).length)
    throw clash(path, 'the parts have different nodes', 'other keys')
  return Object.fromEntries(
    keys.map((k) => {
      if (!(k in b)) throw clash([...path, k], 'the parts have different nodes', 'a missing key')
      return [k, join(a[k], b[k], [...path, k])]
    })
  )
}

/**
 * The tree that `partition` took apart.
 *
 * Errors: StructureError with the path where the parts do not fit.
 *
 * @category freezing
 * @since 0.1.0
 */
export const combine = <P>(trainable: Part<P>, frozen: Part<P>): P =>
  join(trainable, frozen, []) as P // partition left every leaf in exactly one part
