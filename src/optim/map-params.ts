/** The parts of a state that are like the parameters. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { equals } from '../core/shape.ts'
import { isLeaf } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { stateless, type GradientTransformation } from './transformation.ts'

export interface TreeMapParamsOptions {
  /** What becomes of all other leaves: nothing by default. */
  readonly transformNonParams?: (leaf: NdArray) => unknown
}

const isLike = (x: unknown, params: unknown, key: string): boolean => {
  if (!isLeaf(x) && (typeof x !== 'object' || x === null)) return false
  if (tree.structureOf(x).key !== key) return false
  const others = tree.leaves(params)
  return tree
    .leaves(x)
    .every((leaf, i) => equals(lax.typeOf(leaf).shape, lax.typeOf(others[i]).shape))
}

/**
 * The state with `f` applied to every leaf that belongs to a parameter: moments, averages, copies.
 * What has the structure and shapes of the parameters is taken to be like them.
 *
 * @example
 * const params = { w: np.array([1, 2]) }
 * const state = optim.adam({ learningRate: 0.1 }).init(params)
 * const narrow = optim.treeMapParams((m) => m.astype('float16'), state, params)
 * const mu = optim.tree.get(narrow, 'mu') as typeof params
 * mu.w.dtype // => 'float16'
 *
 * @category combinators
 * @since 0.1.0
 */
export const treeMapParams = <S>(
  f: (leaf: NdArray, param: NdArray) => unknown,
  state: S,
  params: unknown,
  { transformNonParams = (leaf) => leaf }: TreeMapParamsOptions = {}
): S => {
  const { key } = tree.structureOf(params)
  const mapped = (x: unknown): unknown => {
    if (isLike(x, params, key)) return tree.map(f, x, params)
    if (isArray(x)) return transformNonParams(x)
    if (typeof x !== 'object' || x === null) return x
    if (Array.isArray(x)) return x.map(mapped)
    return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, mapped(v)]))
  }
  return mapped(state) as S // the same nodes
}

/**
 * A transformation of every leaf on its own: f(update, parameter).
 *
 * @category transformations
 * @since 0.1.0
 */
export const statelessWithTreeMap = (
  f: (update: NdArray, param: NdArray) => ArrayLike
): GradientTransformation => stateless((updates, params) => tree.map(f, updates, params))

/**
 * optax's adapter for transformations whose `update` takes further arguments. Ours all do.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withExtraArgsSupport = (t: GradientTransformation): GradientTransformation => t

/**
 * The state of what needs none.
 *
 * @category transformations
 * @since 0.1.0
 */
export const initEmptyState = (_params: unknown): object => ({})
