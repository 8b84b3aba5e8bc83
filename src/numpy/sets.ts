/**
 * Sets as sorted arrays without repetition. How many elements there are is a value, so while
 * tracing the size is an option, and places beyond the last element are filled.
 */
import { checkOptions } from '../core/errors.ts'
import { scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { isInexact } from '../core/dtype.ts'
import { normalizeAxis, sizeOf } from '../core/shape.ts'
import { and, not, or } from '../primitives/bitwise.ts'
import { eq, ne } from '../primitives/compare.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { cumsum } from '../primitives/cumulative.ts'
import { broadcastInDim, fillLike, moveAxis, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { sort } from '../primitives/sorting.ts'
import { counting, flat, sumOver, takeFirst } from './along.ts'
import { subtract } from './arithmetic.ts'
import { less } from './comparison.ts'
import { flatnonzero } from './nonzero.ts'
import { asArray, asType, promoteTypes } from './promotion.ts'
import { searchsorted } from './searching.ts'
import { where } from './selection.ts'

export interface SetOptions {
  /** Extent of the result: required while tracing. */
  readonly size?: number
  /** What fills it up; the least element by default. */
  readonly fillValue?: ArrayLike
}

export interface UniqueOptions extends SetOptions {
  /** Compares slices along this axis; null compares elements. */
  readonly axis?: number | null
  /** All NaN are one; true. */
  readonly equalNan?: boolean
}

/** Rows sorted, where equal ones begin, and where each row came from. */
interface Groups {
  readonly rows: NdArray // [n, ...rest]
  readonly begins: NdArray // bool [n]
  readonly order: NdArray // int32 [n]
}

const keysOf = (rows: NdArray): readonly NdArray[] => {
  const n = rows.shape[0]
  const width = sizeOf(rows.shape.slice(1))
  const table = reshape(rows, [n, width])
  return Array.from({ length: width }, (_, j) => reshape(sliceInDim(table, j, j + 1, 1), [n]))
}

const differs = (key: NdArray, equalNan: boolean): NdArray => {
  const n = key.size
  const [next, last] = [sliceInDim(key, 1, n, 0), sliceInDim(key, 0, n - 1, 0)]
  const plain = ne(next, last)
  if (!equalNan || !isInexact(key.dtype)) return plain
  return and(plain, not(and(ne(next, next), ne(last, last))))
}

const grouped = (rows: NdArray, equalNan: boolean): Groups => {
  const n = rows.shape[0]
  const keys = keysOf(rows)
  const places = counting([n], 0)
  if (n === 0 || keys.length === 0)
    return { rows, begins: eq(places, fillLike(scalar(0, 'int32'), [n])), order: places }
  const sorted = sort([...keys, places], { dimension: 0, numKeys: keys.length })
  const order = sorted[keys.length]
  const changes = sorted
    .slice(0, keys.length)
    .map((key) => differs(key, equalNan))
    .reduce(or)
  const begins = concatenate([fillLike(scalar(true, 'bool'), [1]), changes], 0)
  return {
    rows: keys.length === 1 && rows.ndim === 1 ? sorted[0] : takeFirst(rows, order),
    begins,
    order
  }
}

/** Rows where `mask` holds, then `fillValue` (the first row by default) up to `size`. */
const chosen = (rows: NdArray, mask: NdArray, { size, fillValue }: SetOptions): NdArray => {
  if (rows.shape[0] === 0)
    return fillLike(asFill(fillValue ?? 0, rows), [size ?? 0, ...rows.shape.slice(1)])
  const found = takeFirst(rows, flatnonzero(mask, size === undefined ? {} : { size }))
  if (size === undefined) return found
  const shape = found.shape
  const isFound = less(counting(shape, 0), sumOver(mask))
  const first = broadcastInDim(
    takeFirst(rows, scalar(0, 'int32')),
    shape,
    shape.slice(1).map((_, i) => i + 1)
  )
  return where(isFound, found, fillValue === undefined ? first : asFill(fillValue, rows))
}

const asFill = (fillValue: ArrayLike, like: NdArray): NdArray =>
  promoteTypes('np.unique', [fillValue, like])[0]

const rowsOf = (x: NdArray, axis: number | null): NdArray =>
  axis === null ? flat(x) : moveAxis(x, normalizeAxis('np.unique', axis, x.ndim), 0)

const valuesOf = (g: Groups, x: NdArray, options: UniqueOptions): NdArray => {
  const found = chosen(g.rows, g.begins, options)
  const { axis = null } = options
  return axis === null ? found : moveAxis(found, 0, normalizeAxis('np.unique', axis, x.ndim))
}

const groupsOf = (x: NdArray, { axis = null, equalNan = true }: UniqueOptions): Groups =>
  grouped(rowsOf(x, axis), equalNan)

/** Positions of the beginnings, and `n` after the last. */
const beginnings = ({ begins }: Groups, size: number | undefined, fillValue: number): NdArray =>
  flatnonzero(begins, size === undefined ? {} : { size, fillValue })

const countsOf = (g: Groups, { size }: UniqueOptions): NdArray => {
  const n = g.begins.size
  const from = beginnings(g, size, n)
  const end = fillLike(scalar(n, 'int32'), [1])
  const to = from.size === 0 ? from : concatenate([sliceInDim(from, 1, from.size, 0), end], 0)
  return subtract(to, from)
}

const inverseOf = (g: Groups, x: NdArray, { axis = null }: UniqueOptions): NdArray => {
  const n = g.begins.size
  if (n === 0) return axis === null ? reshape(counting([0], 0), x.shape) : counting([0], 0)
  const group = subtract(cumsum(asType(g.begins, 'int32'), 0), 1)
  const back = sort([g.order, counting([n], 0)], { dimension: 0 })[1]
  const inverse = takeFirst(group, back)
  return axis === null ? reshape(inverse, x.shape) : inverse
}

/** What `unique` returns beside the values, in this order. */
export interface UniqueReturns {
  readonly returnIndex?: boolean
  readonly returnInverse?: boolean
  readonly returnCounts?: boolean
}

/**
 * The distinct elements in ascending order; with `returnIndex`, `returnInverse` or `returnCounts`
 * a list that goes on with where each occurs first, which one each element of x is, and how often
 * each occurs.
 *
 * Shape: -> [count], or [size]; with an axis, x with that extent along it.
 * Errors: TracerError while tracing without `size`.
 *
 * @example
 * np.unique(np.array([3, 1, 3])).toNested() // => [1, 3]
 *
 * @category sets
 * @since 0.1.0
 */
export function unique(
  x: ArrayLike,
  options?: UniqueOptions & { readonly [K in keyof UniqueReturns]?: false }
): NdArray
export function unique(
  x: ArrayLike,
  options: UniqueOptions & UniqueReturns
): readonly [values: NdArray, ...others: NdArray[]]
export function unique(
  x: ArrayLike,
  options: UniqueOptions & UniqueReturns = {}
): NdArray | readonly [NdArray, ...NdArray[]] {
  checkOptions('np.unique', options, [
    'size',
    'fillValue',
    'axis',
    'equalNan',
    'returnIndex',
    'returnInverse',
    'returnCounts'
  ])
  const y = asArray(x, 'np.unique')
  const g = groupsOf(y, options)
  const values = valuesOf(g, y, options)
  const others = [
    ...(options.returnIndex ? [indicesOf(g, options)] : []),
    ...(options.returnInverse ? [inverseOf(g, y, options)] : []),
    ...(options.returnCounts ? [countsOf(g, options)] : [])
  ]
  return others.length === 0 ? values : [values, ...others]
}

const indicesOf = (g: Groups, { size }: UniqueOptions): NdArray =>
  g.begins.size === 0 ? counting([size ?? 0], 0) : takeFirst(g.order, beginnings(g, size, 0))

/** [values, indices, inverse, counts]; NaN are distinct, as the array standard has it. */
export const uniqueAll = (x: ArrayLike, options: SetOptions = {}): readonly NdArray[] => {
  checkOptions('np.uniqueAll', options, ['size', 'fillValue'])
  return unique(x, {
    equalNan: false,
    ...options,
    returnIndex: true,
    returnInverse: true,
    returnCounts: true
  })
}

/** [values, counts]. */
export const uniqueCounts = (x: ArrayLike, options: SetOptions = {}): readonly NdArray[] => {
  checkOptions('np.uniqueCounts', options, ['size', 'fillValue'])
  return unique(x, { equalNan: false, ...options, returnCounts: true })
}

/** [values, inverse]. */
export const uniqueInverse = (x: ArrayLike, options: SetOptions = {}): readonly NdArray[] => {
  checkOptions('np.uniqueInverse', options, ['size', 'fillValue'])
  return unique(x, { equalNan: false, ...options, returnInverse: true })
}

/** The values alone. */
export const uniqueValues = (x: ArrayLike, options: SetOptions = {}): NdArray => {
  checkOptions('np.uniqueValues', options, ['size', 'fillValue'])
  return unique(x, { equalNan: false, ...options })
}

/**
 * Whether each element of x occurs in `testElements`. NaN occurs nowhere. Shape: that of x; bool.
 *
 * @category sets
 * @since 0.1.0
 */
export const isin = (
  x: ArrayLike,
  testElements: ArrayLike,
  options: { readonly invert?: boolean; readonly assumeUnique?: boolean } = {}
): NdArray => {
  checkOptions('np.isin', options, ['invert', 'assumeUnique'])
  const { invert = false } = options
  const [y, tests] = promoteTypes('np.isin', [x, testElements])
  const found =
    tests.size === 0
      ? fillLike(scalar(false, 'bool'), y.shape)
      : occursIn(y, sort([flat(tests)], { dimension: 0 })[0])
  return invert ? not(found) : found
}

const occursIn = (x: NdArray, sorted: NdArray): NdArray =>
  eq(takeFirst(sorted, searchsorted(sorted, x)), x)

const vectors = (operation: string, a: ArrayLike, b: ArrayLike): readonly [NdArray, NdArray] => {
  const [x, y] = promoteTypes(operation, [a, b])
  return [flat(x), flat(y)]
}

/** The elements of either. Shape: -> [count], or [size]. */
export const union1d = (a: ArrayLike, b: ArrayLike, options: SetOptions = {}): NdArray => {
  checkOptions('np.union1d', options, ['size', 'fillValue'])
  return unique(concatenate(vectors('np.union1d', a, b), 0), options)
}

/** The elements of both, ascending; with `returnIndices` also where they occur first in each. */
export function intersect1d(
  a: ArrayLike,
  b: ArrayLike,
  options?: SetOptions & { readonly assumeUnique?: boolean; readonly returnIndices?: false }
): NdArray
export function intersect1d(
  a: ArrayLike,
  b: ArrayLike,
  options: SetOptions & { readonly assumeUnique?: boolean; readonly returnIndices: true }
): readonly [values: NdArray, inA: NdArray, inB: NdArray]
export function intersect1d(
  a: ArrayLike,
  b: ArrayLike,
  options: SetOptions & { readonly assumeUnique?: boolean; readonly returnIndices?: boolean } = {}
): NdArray | readonly [NdArray, NdArray, NdArray] {
  checkOptions('np.intersect1d', options, ['size', 'fillValue', 'assumeUnique', 'returnIndices'])
  const [x, y] = vectors('np.intersect1d', a, b)
  const g = grouped(x, true)
  const shared = and(g.begins, isin(g.rows, y))
  const values = chosen(g.rows, shared, options)
  if (options.returnIndices !== true) return values
  const of = grouped(y, true)
  const { size } = options
  const inA = chosen(g.order, shared, {
    ...(size === undefined ? {} : { size }),
    fillValue: x.size
  })
  const inB = takeFirst(of.order, searchsorted(of.rows, values))
  return [values, inA, inB]
}

/** The elements of `a` that are not in `b`, ascending; filled up with 0. */
export const setdiff1d = (
  a: ArrayLike,
  b: ArrayLike,
  options: SetOptions & { readonly assumeUnique?: boolean } = {}
): NdArray => {
  checkOptions('np.setdiff1d', options, ['size', 'fillValue', 'assumeUnique'])
  const [x, y] = vectors('np.setdiff1d', a, b)
  const filled = options.size === undefined ? options : { fillValue: 0, ...options }
  if (options.assumeUnique === true) return chosen(x, isin(x, y, { invert: true }), filled)
  const g = grouped(x, true)
  return chosen(g.rows, and(g.begins, isin(g.rows, y, { invert: true })), filled)
}

/** The elements of exactly one of them, ascending. */
export const setxor1d = (
  a: ArrayLike,
  b: ArrayLike,
  options: SetOptions & { readonly assumeUnique?: boolean } = {}
): NdArray => {
  checkOptions('np.setxor1d', options, ['size', 'fillValue', 'assumeUnique'])
  const [x, y] = vectors('np.setxor1d', a, b)
  const g = grouped(concatenate([x, y], 0), true)
  return chosen(g.rows, and(g.begins, ne(isin(g.rows, x), isin(g.rows, y))), options)
}
