/** Reductions, windows, running combinations and sorting. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isInexact, type DType } from '../core/dtype.ts'
import { ValueError, checkOptions, listOf } from '../core/errors.ts'
import { normalizeAxis } from '../core/shape.ts'
import { unflatten } from '../core/tree.ts'
import * as positions from '../primitives/arg-reduction.ts'
import { not } from '../primitives/bitwise.ts'
import * as cumulative from '../primitives/cumulative.ts'
import { sum } from '../primitives/movement.ts'
import { neg } from '../primitives/negation.ts'
import * as reduction from '../primitives/reduction.ts'
import * as sorting from '../primitives/sorting.ts'
import { reduceWindowSum, type WindowParams } from '../primitives/window.ts'
import * as winners from '../primitives/winners.ts'
import { arraysOf, leafArray } from '../trace/flat.ts'

const sorted = (x: NdArray, operation: string, axes: readonly number[]): readonly number[] =>
  listOf(operation, axes)
    .map((a) => normalizeAxis(operation, a, x.ndim))
    .toSorted((p, q) => p - q)

const over =
  (name: string, f: (x: NdArray, axes: readonly number[]) => NdArray) =>
  (x: ArrayLike, axes: readonly number[]): NdArray => {
    const a = leafArray(x)
    return f(a, sorted(a, name, axes))
  }

/** Sum over `axes`. Shape: that of x without them; so for the whole family. */
export const reduceSum = over('reduceSum', sum)
export const reduceMax = over('reduceMax', reduction.reduceMax)
export const reduceMin = over('reduceMin', reduction.reduceMin)
export const reduceProd = over('reduceProd', reduction.reduceProd)
export const reduceAnd = over('reduceAnd', reduction.reduceAnd)
export const reduceOr = over('reduceOr', reduction.reduceOr)
export const reduceXor = over('reduceXor', reduction.reduceXor)

/** Position of the largest element along an axis; NaN counts as the largest. */
export const argmax = (x: ArrayLike, axis: number, indexDType: DType = 'int32'): NdArray => {
  const a = leafArray(x)
  return positions.argmax(a, normalizeAxis('argmax', axis, a.ndim), indexDType)
}

/** Position of the smallest element along an axis; NaN counts as the smallest. */
export const argmin = (x: ArrayLike, axis: number, indexDType: DType = 'int32'): NdArray => {
  const a = leafArray(x)
  return positions.argmin(a, normalizeAxis('argmin', axis, a.ndim), indexDType)
}

export interface CumulativeOptions {
  readonly axis?: number
  readonly reverse?: boolean
}

const running =
  (name: string, f: (x: NdArray, axis: number, reverse?: boolean) => NdArray) =>
  (x: ArrayLike, options: CumulativeOptions = {}): NdArray => {
    checkOptions(name, options, ['axis', 'reverse'])
    const a = leafArray(x)
    return f(a, normalizeAxis(name, options.axis ?? 0, a.ndim), options.reverse)
  }

/** y_k = x_0 + … + x_k along `axis` (0 by default). Shape: that of x; so for the whole family. */
export const cumsum = running('cumsum', cumulative.cumsum)
export const cumprod = running('cumprod', cumulative.cumprod)
export const cummax = running('cummax', cumulative.cummax)
export const cummin = running('cummin', cumulative.cummin)
export const cumlogsumexp = running('cumlogsumexp', cumulative.cumlogsumexp)

/** 'add', 'max' or 'min': what a window is combined with. */
export type WindowReducer = 'add' | 'max' | 'min'

export interface ReduceWindowOptions {
  readonly windowDimensions: readonly number[]
  readonly windowStrides?: readonly number[]
  /** 'valid', 'same', or [low, high] per axis. */
  readonly padding?: 'valid' | 'same' | readonly (readonly [low: number, high: number])[]
  readonly baseDilation?: readonly number[]
  readonly windowDilation?: readonly number[]
}

/** [low, high] per axis of the padding that the names stand for. */
export const padTypeToPads = (
  shape: readonly number[],
  window: readonly number[],
  strides: readonly number[],
  padding: 'valid' | 'same' | 'sameLower'
): readonly (readonly [low: number, high: number])[] => {
  if (!['valid', 'same', 'sameLower'].includes(padding))
    throw new ValueError('padding', {
      problem: 'the padding has an unknown name',
      got: `'${padding}'`,
      expected: "'valid', 'same', 'sameLower', or [low, high] per axis",
      hint: 'names are in lower case'
    })
  return shape.map((n, a): readonly [number, number] => {
    if (padding === 'valid') return [0, 0]
    const out = Math.ceil(n / strides[a])
    const total = Math.max(0, (out - 1) * strides[a] + window[a] - n)
    const less = Math.floor(total / 2)
    return padding === 'same' ? [less, total - less] : [total - less, less]
  })
}

/** Combines every window of x; positions outside of it do not count. */
export const reduceWindow = (
  x: ArrayLike,
  reducer: WindowReducer,
  options: ReduceWindowOptions
): NdArray => {
  checkOptions('reduceWindow', options, [
    'windowDimensions',
    'windowStrides',
    'padding',
    'baseDilation',
    'windowDilation'
  ])
  const a = leafArray(x)
  const ones = a.shape.map(() => 1)
  listOf('reduceWindow', options.windowDimensions)
  const { windowDimensions, windowStrides = ones, padding = 'valid' } = options
  const { baseDilation = ones, windowDilation = ones } = options
  const dilated = a.shape.map((n, i) => (n === 0 ? 0 : (n - 1) * baseDilation[i] + 1))
  const reach = windowDimensions.map((w, i) => (w - 1) * windowDilation[i] + 1)
  const params: WindowParams = {
    windowDimensions,
    windowStrides,
    padding:
      typeof padding === 'string' ? padTypeToPads(dilated, reach, windowStrides, padding) : padding,
    baseDilation,
    windowDilation
  }
  if (reducer === 'add') return reduceWindowSum(a, params)
  return reducer === 'max' ? winners.reduceWindowMax(a, params) : winners.reduceWindowMin(a, params)
}

export interface SortOptions {
  readonly dimension?: number
  readonly isStable?: boolean
  readonly numKeys?: number
}

/** Sorts one array, or several by the first `numKeys` of them. NaN goes last. */
export const sort = <T>(operand: T, options: SortOptions = {}): T => {
  checkOptions('sort', options, ['dimension', 'isStable', 'numKeys'])
  const [arrays, structure] = arraysOf(operand, 'sort')
  if (arrays.length === 0)
    throw new ValueError('sort', {
      problem: 'there is nothing to sort',
      got: 'a tree without leaves',
      expected: 'an array, or a list of arrays of one shape',
      hint: 'the first numKeys arrays are the keys'
    })
  const dimension = normalizeAxis('sort', options.dimension ?? -1, arrays[0].ndim)
  const outs = sorting.sort(arrays, {
    dimension,
    numKeys: options.numKeys ?? 1,
    isStable: options.isStable ?? true
  })
  return unflatten(structure, outs) as T // the structure it was given
}

/** Sorts values along with their keys. */
export const sortKeyVal = (
  keys: NdArray,
  values: NdArray,
  options: Omit<SortOptions, 'numKeys'> = {}
): readonly [keys: NdArray, values: NdArray] =>
  sort([keys, values] as const, { ...options, numKeys: 1 })

/** The k largest along an axis, and where they are. Shape: the axis has extent k. */
export const topK = (
  x: ArrayLike,
  k: number,
  options: { readonly axis?: number } = {}
): readonly [values: NdArray, indices: NdArray] => {
  checkOptions('topK', options, ['axis'])
  const a = leafArray(x)
  const [values, indices] = sorting.topK(a, k, normalizeAxis('topK', options.axis ?? -1, a.ndim))
  return [values, indices]
}

export interface ApproximateOptions {
  /** The axis along which the largest are sought: the last by default. */
  readonly reductionDimension?: number
}

/** `topK` by JAX's name for what may miss some of the largest on its accelerators; exact here. */
export const approxMaxK = (
  operand: ArrayLike,
  k: number,
  options: ApproximateOptions = {}
): readonly [values: NdArray, indices: NdArray] => {
  checkOptions('approxMaxK', options, ['reductionDimension'])
  return topK(operand, k, { axis: options.reductionDimension ?? -1 })
}

/** The k smallest along an axis, ascending, and where they are; exact. */
export const approxMinK = (
  operand: ArrayLike,
  k: number,
  options: ApproximateOptions = {}
): readonly [values: NdArray, indices: NdArray] => {
  checkOptions('approxMinK', options, ['reductionDimension'])
  const x = leafArray(operand)
  const reversed = isInexact(x.dtype) ? neg : not // the least integers have no negatives
  const [values, indices] = topK(reversed(x), k, { axis: options.reductionDimension ?? -1 })
  return [reversed(values), indices]
}
