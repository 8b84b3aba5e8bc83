/** Arrays joined, and cut into parts. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { ShapeError, ValueError, checkOptions, listOf } from '../core/errors.ts'
import { equals, normalizeAxis, show } from '../core/shape.ts'
import * as ops from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import { reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { asArray, promoteTypes } from './promotion.ts'
import { atleast1d, atleast2d, atleast3d, expandDims, ravel } from './shapes.ts'

export interface JoinOptions {
  readonly axis?: number | null
  readonly dtype?: DType
}

const nonEmpty = (operation: string, xs: readonly ArrayLike[]): void => {
  if (Array.isArray(xs) && xs.length > 0) return
  throw new ValueError(operation, {
    problem: 'there is nothing to join',
    got: Array.isArray(xs) ? 'no arrays' : 'an argument that is no list',
    expected: 'a list of at least one array',
    hint: `the arrays go into one list: ${operation}([x, y])`
  })
}

const join = (operation: string, xs: readonly NdArray[], axis: number, dtype?: DType): NdArray => {
  const typed =
    dtype === undefined ? promoteTypes(operation, xs) : xs.map((x) => convertElementType(x, dtype))
  return ops.concatenate(typed, axis)
}

/** Arrays end to end along an axis (0); flattened first when the axis is null. */
export const concatenate = (xs: readonly ArrayLike[], options: JoinOptions = {}): NdArray => {
  checkOptions('np.concatenate', options, ['axis', 'dtype'])
  const { axis = 0, dtype } = options
  nonEmpty('np.concatenate', xs)
  const parts = xs.map((x) => asArray(x, 'np.concatenate'))
  if (axis === null) return join('np.concatenate', parts.map(ravel), 0, dtype)
  if (parts[0].ndim === 0)
    throw new ShapeError('np.concatenate', {
      problem: 'scalars have no axis to join along',
      got: 'an array of shape []',
      expected: 'arrays of at least one axis',
      hint: 'np.stack makes a new axis'
    })
  return join('np.concatenate', parts, normalizeAxis('np.concatenate', axis, parts[0].ndim), dtype)
}
export const concat = concatenate

/** Arrays of one shape along a new axis (0). Shape: k of [...] -> [..., k, ...]. */
export const stack = (xs: readonly ArrayLike[], options: JoinOptions = {}): NdArray => {
  checkOptions('np.stack', options, ['axis', 'dtype'])
  const { axis = 0, dtype } = options
  nonEmpty('np.stack', xs)
  const parts = xs.map((x) => asArray(x, 'np.stack'))
  const odd = parts.find((x) => !equals(x.shape, parts[0].shape))
  if (odd !== undefined)
    throw new ShapeError('np.stack', {
      problem: 'the arrays have different shapes',
      got: parts.map((x) => show(x.shape)).join(', '),
      expected: 'equal shapes',
      hint: 'np.concatenate joins along an axis that is there'
    })
  const at = normalizeAxis('np.stack', axis ?? 0, parts[0].ndim + 1)
  return join(
    'np.stack',
    parts.map((x) => expandDims(x, at)),
    at,
    dtype
  )
}

/** The arrays along an axis (0), without it. The inverse of `stack`. */
export const unstack = (
  x: ArrayLike,
  options: { readonly axis?: number } = {}
): readonly NdArray[] => {
  checkOptions('np.unstack', options, ['axis'])
  const { axis = 0 } = options
  const y = asArray(x, 'np.unstack')
  const at = normalizeAxis('np.unstack', axis, y.ndim)
  const rest = y.shape.filter((_, a) => a !== at)
  return Array.from({ length: y.shape[at] }, (_, i) => reshape(sliceInDim(y, i, i + 1, at), rest))
}

const stacking =
  (name: string, atLeast: (x: ArrayLike) => NdArray, axis: number) =>
  (xs: readonly ArrayLike[], options: { readonly dtype?: DType } = {}): NdArray => {
    checkOptions(`np.${name}`, options, ['dtype'])
    const { dtype } = options
    nonEmpty(`np.${name}`, xs)
    return join(`np.${name}`, xs.map(atLeast), axis, dtype)
  }

/** Along the first axis; vectors are rows. */
export const vstack = stacking('vstack', atleast2d, 0)

/** Along the third axis. */
export const dstack = stacking('dstack', atleast3d, 2)

/** Along the second axis; vectors end to end. */
export const hstack = (
  xs: readonly ArrayLike[],
  options: { readonly dtype?: DType } = {}
): NdArray => {
  checkOptions('np.hstack', options, ['dtype'])
  nonEmpty('np.hstack', xs)
  const parts = xs.map(atleast1d)
  return join('np.hstack', parts, parts[0].ndim === 1 ? 0 : 1, options.dtype)
}

/** Vectors as columns, matrices as they are, side by side. */
export const columnStack = (xs: readonly ArrayLike[]): NdArray => {
  nonEmpty('np.columnStack', xs)
  const columns = xs.map((x) => {
    const y = atleast1d(x)
    return y.ndim === 1 ? reshape(y, [y.size, 1]) : y
  })
  return join('np.columnStack', columns, 1)
}

/** Lists in lists of arrays: the innermost lists are joined along the last axis, and so on. */
export type Blocks = ArrayLike | readonly Blocks[]

const depthOf = (x: Blocks): number =>
  isArray(x) || !Array.isArray(x) ? 0 : 1 + depthOf((x as readonly Blocks[])[0])

const assemble = (x: Blocks, depth: number, rank: number): NdArray => {
  if (depth === 0) {
    const y = asArray(x as ArrayLike, 'np.block')
    return reshape(y, [...new Array<number>(Math.max(0, rank - y.ndim)).fill(1), ...y.shape])
  }
  const parts = (x as readonly Blocks[]).map((child) => assemble(child, depth - 1, rank))
  return join('np.block', parts, Math.max(...parts.map((p) => p.ndim)) - depth)
}

const rankOf = (x: Blocks): number =>
  isArray(x) ? x.ndim : Array.isArray(x) ? Math.max(0, ...x.map(rankOf)) : 0

/** One array of blocks: `block([[a, b], [c, d]])`. */
export const block = (blocks: Blocks): NdArray => {
  const depth = depthOf(blocks)
  return assemble(blocks, depth, Math.max(depth, rankOf(blocks)))
}

/** Cut points along an axis of `extent`. */
const cuts = (
  operation: string,
  parts: number | readonly number[],
  extent: number,
  exact: boolean
): readonly number[] => {
  if (typeof parts !== 'number')
    return listOf(operation, parts).map((p) =>
      Math.min(extent, Math.max(0, p < 0 ? p + extent : p))
    )
  if (!Number.isInteger(parts) || parts < 1 || (exact && extent % parts !== 0))
    throw new ValueError(operation, {
      problem: 'the axis does not split into so many parts',
      got: `${parts} parts of extent ${extent}`,
      expected: exact ? 'a divisor of the extent' : 'at least one part',
      hint: exact ? 'np.arraySplit makes parts that differ by one' : 'give positions to cut at'
    })
  const [least, longer] = [Math.floor(extent / parts), extent % parts]
  return Array.from({ length: parts - 1 }, (_, i) => (i + 1) * least + Math.min(i + 1, longer))
}

const splitting =
  (name: string, exact: boolean) =>
  (
    x: ArrayLike,
    parts: number | readonly number[],
    options: { readonly axis?: number } = {}
  ): readonly NdArray[] => {
    checkOptions(`np.${name}`, options, ['axis'])
    const { axis = 0 } = options
    const operation = `np.${name}`
    const y = asArray(x, operation)
    const at = normalizeAxis(operation, axis, y.ndim)
    const points = [0, ...cuts(operation, parts, y.shape[at], exact), y.shape[at]]
    const sizes = points.slice(1).map((p, i) => p - points[i])
    if (sizes.every((n) => n >= 0)) return ops.split(y, sizes, at)
    // Positions may go back, as in NumPy: such parts are empty.
    return sizes.map((n, i) => sliceInDim(y, points[i], points[i] + Math.max(0, n), at))
  }

/** Equal parts along an axis (0), or the parts between the given positions. */
export const split = splitting('split', true)

/** As `split`; the first parts are one longer where the extent does not divide. */
export const arraySplit = splitting('arraySplit', false)

/** Along the first axis. */
export const vsplit = (x: ArrayLike, parts: number | readonly number[]): readonly NdArray[] =>
  split(x, parts, { axis: 0 })

/** Along the second axis; of a vector along its only one. */
export const hsplit = (x: ArrayLike, parts: number | readonly number[]): readonly NdArray[] =>
  split(x, parts, { axis: asArray(x, 'np.hsplit').ndim === 1 ? 0 : 1 })

/** Along the third axis. */
export const dsplit = (x: ArrayLike, parts: number | readonly number[]): readonly NdArray[] =>
  split(x, parts, { axis: 2 })
