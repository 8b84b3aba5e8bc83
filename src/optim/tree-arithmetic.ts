/** Arithmetic on whole trees, as vectors of one space: optax.tree. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { ValueError, checkOptions, checkRecord } from '../core/errors.ts'
import { show, type Path } from '../core/path.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { subkeys } from '../random/keys.ts'
import { normal } from '../random/normal.ts'
import * as arithmetic from './arithmetic.ts'
import { keyFrom, type KeyOrSeed } from './noise.ts'
import type { Scalar } from './rate.ts'

const zip =
  (f: (x: NdArray, y: NdArray) => NdArray) =>
  <P>(x: P, y: P): P =>
    tree.map(f, x, y)

const fold = (
  x: unknown,
  f: (leaf: ArrayLike) => NdArray,
  join: (a: NdArray, b: NdArray) => NdArray,
  empty: number
): NdArray =>
  tree
    .leaves(x)
    .map(f)
    .reduce<NdArray>(join, lax.full([], empty, 'float32'))

/** x + y. */
export const add = zip((x, y) => np.add(x, y))

/** x − y. */
export const sub = zip((x, y) => np.sub(x, y))

/** x · y, element by element. */
export const mul = zip((x, y) => np.mul(x, y))

/** x / y, element by element. */
export const div = zip((x, y) => np.div(x, y))

/** factor · x. */
export const scale = <P>(factor: Scalar, x: P): P =>
  tree.map((leaf: NdArray) => arithmetic.scaled(leaf, factor), x)

/** x + factor · y. */
export const addScale = <P>(x: P, factor: Scalar, y: P): P =>
  tree.map((a: NdArray, b: NdArray) => np.add(a, arithmetic.scaled(b, factor)), x, y)

/** Σ x̄ y over all elements. Shape: -> []. */
export const vdot = (x: unknown, y: unknown): NdArray => arithmetic.inner(x, y)

/** Σ x over all elements. Shape: -> []. */
export const sum = (x: unknown): NdArray => fold(x, (leaf) => np.sum(leaf), np.add, 0)

/** The largest element. Shape: -> []. */
export const max = (x: unknown): NdArray => fold(x, (leaf) => np.max(leaf), np.maximum, -Infinity)

/** The smallest element. Shape: -> []. */
export const min = (x: unknown): NdArray => fold(x, (leaf) => np.min(leaf), np.minimum, Infinity)

/** How many elements there are. */
export const size = (x: unknown): number =>
  tree.leaves(x).reduce((n: number, leaf) => n + (isArray(leaf) ? leaf.size : 1), 0)

export interface NormOptions {
  /** 1, 2 (the default) or Infinity. */
  readonly ord?: number
  /** Of order 2 alone: without the root. */
  readonly squared?: boolean
}

/** The norm of all elements as one vector. Shape: -> []. */
export const norm = (x: unknown, options: NormOptions = {}): NdArray => {
  checkOptions('tree.norm', options, ['ord', 'squared'])
  const { ord = 2, squared = false } = options
  if (ord === 2) return squared ? arithmetic.globalSumOfSquares(x) : arithmetic.globalNorm(x)
  if (ord === 1) return fold(x, (leaf) => np.sum(np.abs(leaf)), np.add, 0)
  if (ord === Infinity) return fold(x, (leaf) => np.max(np.abs(leaf)), np.maximum, 0)
  throw new ValueError('tree.norm', {
    problem: 'there is no norm of this order',
    got: `ord: ${String(ord)}`,
    expected: '1, 2 or Infinity',
    hint: 'norms of other orders are of single arrays: np.linalg.norm'
  })
}

/** Zeros like every leaf. */
export const zerosLike = <P>(x: P, dtype?: DType): P => arithmetic.zeros(x, dtype)

/** Ones like every leaf. */
export const onesLike = <P>(x: P): P => arithmetic.filled(x, 1)

/** One value everywhere. */
export const fullLike = <P>(x: P, value: ArrayLike): P => arithmetic.filled(x, value)

/** x̄, element by element. */
export const conj = <P>(x: P): P => tree.map((leaf: NdArray) => np.conj(leaf), x)

/** The real part of every element. */
export const real = <P>(x: P): P => tree.map((leaf: NdArray) => np.real(leaf), x)

/** Every element held within bounds. */
export const clip = <P>(x: P, low?: Scalar, high?: Scalar): P =>
  tree.map((leaf: NdArray) => np.clip(leaf, low ?? -Infinity, high ?? Infinity), x)

/** Every leaf in another element type. */
export const cast = <P>(x: P, dtype: DType): P => arithmetic.cast(x, dtype)

/** Every leaf in the element type of the leaf beside it. */
export const castLike = <P>(x: P, like: unknown): P =>
  tree.map((a: NdArray, b: NdArray) => lax.convertElementType(a, lax.typeOf(b).dtype), x, like)

/** The one element type of all leaves. Errors: ValueError where they differ. */
export const dtype = (x: unknown): DType => {
  const types = [...new Set(tree.leaves(x).map((leaf) => lax.typeOf(leaf).dtype))]
  if (types.length === 1) return types[0]
  throw new ValueError('tree.dtype', {
    problem: 'the leaves have no element type in common',
    got: types.join(', ') || 'no leaves',
    expected: 'leaves of one type',
    hint: 'tree.cast makes them so'
  })
}

/** The leaves of the one where the condition holds, those of the other elsewhere. */
export const where = <P>(condition: NdArray, x: P, y: P): P =>
  tree.map((a: NdArray, b: NdArray) => np.where(condition, a, b), x, y)

/** Whether all elements are close. Shape: -> bool []. */
export const allclose = (
  x: unknown,
  y: unknown,
  options: { readonly rtol?: number; readonly atol?: number } = {}
): NdArray =>
  tree
    .leaves(tree.map((a: NdArray, b: NdArray) => np.all(np.isclose(a, b, options)), x, y))
    .reduce<NdArray>((a, b) => np.logicalAnd(a, b), lax.full([], true, 'bool'))

/** Random numbers like every leaf, each from its own part of the key; normal unless told. */
export const randomLike = <P>(
  key: KeyOrSeed,
  like: P,
  sampler: (
    key: NdArray,
    shape: readonly number[],
    options: { readonly dtype: DType }
  ) => NdArray = (k, shape, options) => normal(k, shape, options)
): P => {
  const [leaves, structure] = tree.flatten(like)
  const keys = subkeys(keyFrom(key), leaves.length)
  const drawn = leaves.map((x, i) => {
    const of = lax.typeOf(x)
    return sampler(keys[i], of.shape, { dtype: of.dtype })
  })
  return tree.unflatten(structure, drawn) as P // the structure of `like`
}

/** decay · m + (1 − decay) · g^order. */
export const updateMoment = arithmetic.updateMoment

/** m / (1 − decay^count). */
export const biasCorrection = arithmetic.biasCorrection

/** max(|g| + eps, decay · m). */
export const updateInfinityMoment = arithmetic.updateInfinityMoment

type Node = Readonly<Record<string, unknown>>

const isNode = (x: unknown): x is Node => typeof x === 'object' && x !== null && !isArray(x)

/** All fields of this name in a state, with their paths. */
export const getAllWithPath = (
  state: unknown,
  key: string,
  path: Path = []
): readonly (readonly [path: Path, value: unknown])[] => {
  if (!isNode(state)) return []
  return Object.entries(state).flatMap(([k, v]) => {
    const at = [...path, Array.isArray(state) ? Number(k) : k]
    return [...(k === key ? [[at, v] as const] : []), ...getAllWithPath(v, key, at)]
  })
}

/**
 * The one field of this name in a state, such as `tree.get(state, 'learningRate')`.
 *
 * Errors: ValueError unless there is exactly one.
 */
export const get = (state: unknown, key: string): unknown => {
  const found = getAllWithPath(state, key)
  if (found.length === 1) return found[0][1]
  throw new ValueError('tree.get', {
    problem: found.length === 0 ? 'no field has this name' : 'several fields have this name',
    got: found.length === 0 ? `'${key}'` : found.map(([path]) => show(path)).join(', '),
    expected: 'one field',
    hint: 'tree.getAllWithPath lists all of them'
  })
}

/**
 * The state with every field of these names replaced.
 *
 * Errors: ValueError for a name that no field has.
 */
export const set = <S>(state: S, values: Readonly<Record<string, unknown>>): S => {
  checkRecord('tree.set', values, 'an object of values by name')
  for (const key of Object.keys(values))
    if (getAllWithPath(state, key).length === 0)
      throw new ValueError('tree.set', {
        problem: 'no field has this name',
        got: `'${key}'`,
        expected: 'the name of a field of the state',
        hint: 'tree.getAllWithPath(state, name) is empty'
      })
  const replaced = (x: unknown): unknown => {
    if (!isNode(x)) return x
    if (Array.isArray(x)) return x.map(replaced)
    return Object.fromEntries(
      Object.entries(x).map(([k, v]) => [k, k in values ? values[k] : replaced(v)])
    )
  }
  return replaced(state) as S // the same fields
}
