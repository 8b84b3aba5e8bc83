/** Sums, products, extremes and truth along axes. */
import { scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import {
  bitsOf,
  integerRange,
  isBool,
  isFloat,
  isInteger,
  kindOf,
  type DType
} from '../core/dtype.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import type { ArgOptions, ReduceOptions } from '../core/fluent.ts'
import { normalizeAxes, normalizeAxis, show, sizeOf, type Shape } from '../core/shape.ts'
import * as arg from '../primitives/arg-reduction.ts'
import { convertElementType } from '../primitives/convert.ts'
import { broadcastTo, reshape, sum as sumP } from '../primitives/movement.ts'
import * as ops from '../primitives/reduction.ts'
import { add, maximum, minimum, multiply, subtract } from './arithmetic.ts'
import { truth } from './comparison.ts'
import { asArray } from './promotion.ts'
import { choice } from './selection.ts'

export interface WhereOption {
  /** Elements to include, broadcast against the array; all of them when left out. */
  readonly where?: ArrayLike
}

export interface FoldOptions extends ReduceOptions, WhereOption {
  /** A value combined with all others. */
  readonly initial?: ArrayLike
}

export interface TotalOptions extends FoldOptions {
  readonly dtype?: DType
}

type Reduce = (x: NdArray, axes: readonly number[]) => NdArray

/** The shape with the reduced axes at extent 1. */
export const kept = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((n, a) => (axes.includes(a) ? 1 : n))

/** Reduces, and keeps the axes when asked to. */
export const reduceOver = (
  x: NdArray,
  axes: readonly number[],
  keepdims: boolean | undefined,
  f: Reduce
): NdArray => {
  const y = f(x, axes)
  return keepdims === true ? reshape(y, kept(x.shape, axes)) : y
}

/** `x` with `otherwise` where the mask does not hold. */
export const masked = (
  operation: string,
  x: NdArray,
  mask: ArrayLike | undefined,
  otherwise: number
): NdArray =>
  mask === undefined
    ? x
    : choice(operation, broadcastTo(truth(mask, operation), x.shape), x, scalar(otherwise, x.dtype))

/** Sums of small integers are taken in 32 bits, and bools are counted. */
export const totalType = (d: DType): DType => {
  if (isBool(d)) return 'int32'
  if (!isInteger(d) || bitsOf(d) === 32) return d
  return kindOf(d) === 'unsigned' ? 'uint32' : 'int32'
}

const total =
  (
    name: string,
    neutral: number,
    reduce: Reduce,
    combine: (x: ArrayLike, y: ArrayLike) => NdArray
  ) =>
  (x: ArrayLike, options: TotalOptions = {}): NdArray => {
    const operation = `np.${name}`
    checkOptions(operation, options, ['axis', 'keepdims', 'where', 'initial', 'dtype'])
    const y = asArray(x, operation)
    const axes = normalizeAxes(operation, options.axis, y.ndim)
    const wanted = options.dtype ?? totalType(y.dtype)
    const typed = y.dtype === wanted ? y : convertElementType(y, wanted)
    const result = reduceOver(
      masked(operation, typed, options.where, neutral),
      axes,
      options.keepdims,
      reduce
    )
    return options.initial === undefined ? result : combine(result, options.initial)
  }

/**
 * Sum along axes (all of them when `axis` is left out). Bools are counted in int32, and smaller
 * integers summed in 32 bits.
 */
export const sum = total('sum', 0, sumP, add)

/** Product along axes, in the types of `sum`. */
export const prod = total('prod', 1, ops.reduceProd, multiply)

const lowest = (d: DType): number => (isFloat(d) ? -Infinity : isBool(d) ? 0 : integerRange(d)[0])
const highest = (d: DType): number => (isFloat(d) ? Infinity : isBool(d) ? 1 : integerRange(d)[1])

const requireElements = (operation: string, x: NdArray, axes: readonly number[]): void => {
  if (
    axes.every((a) => x.shape[a] > 0) ||
    sizeOf(x.shape.filter((_, a) => !axes.includes(a))) === 0
  )
    return
  throw new ValueError(operation, {
    problem: 'an extreme of no elements is not defined',
    got: `shape ${show(x.shape)} along axes ${show(axes)}`,
    expected: 'at least one element, or { initial }',
    hint: '{ initial } is the result where there are none'
  })
}

const extreme =
  (
    name: string,
    neutral: (d: DType) => number,
    reduce: Reduce,
    combine: (x: ArrayLike, y: ArrayLike) => NdArray
  ) =>
  (x: ArrayLike, options: FoldOptions = {}): NdArray => {
    const operation = `np.${name}`
    checkOptions(operation, options, ['axis', 'keepdims', 'where', 'initial'])
    const y = asArray(x, operation)
    const axes = normalizeAxes(operation, options.axis, y.ndim)
    if (options.initial === undefined) {
      requireElements(operation, y, axes)
      if (options.where !== undefined)
        throw new ValueError(operation, {
          problem: 'a masked extreme needs a value for masks without elements',
          got: '{ where } without { initial }',
          expected: '{ where, initial }',
          hint: `initial: ${neutral('float32')} changes no result`
        })
    }
    const result = reduceOver(
      masked(operation, y, options.where, neutral(y.dtype)),
      axes,
      options.keepdims,
      reduce
    )
    return options.initial === undefined ? result : combine(result, options.initial)
  }

/** Largest element along axes; NaN when there is one. */
export const max = extreme('max', lowest, ops.reduceMax, maximum)
export const amax = max

/** Smallest element along axes; NaN when there is one. */
export const min = extreme('min', highest, ops.reduceMin, minimum)
export const amin = min

export interface TruthOptions extends ReduceOptions, WhereOption {}

const truthful =
  (name: string, neutral: number, reduce: Reduce) =>
  (x: ArrayLike, options: TruthOptions = {}): NdArray => {
    const operation = `np.${name}`
    checkOptions(operation, options, ['axis', 'keepdims', 'where'])
    const y = truth(x, operation)
    const axes = normalizeAxes(operation, options.axis, y.ndim)
    return reduceOver(masked(operation, y, options.where, neutral), axes, options.keepdims, reduce)
  }

/** Whether all elements along axes are not zero. */
export const all = truthful('all', 1, ops.reduceAnd)

/** Whether any element along axes is not zero. */
export const any = truthful('any', 0, ops.reduceOr)

/** Number of elements along axes that are not zero, in int32. */
export const countNonzero = (x: ArrayLike, options: ReduceOptions = {}): NdArray => {
  checkOptions('np.countNonzero', options, ['axis', 'keepdims'])
  return sum(truth(x, 'np.countNonzero'), options)
}

/** Smallest and largest element along axes. */
export const minmax = (
  x: ArrayLike,
  options: FoldOptions = {}
): readonly [min: NdArray, max: NdArray] => {
  checkOptions('np.minmax', options, ['initial', 'axis', 'keepdims', 'where'])
  return [min(x, options), max(x, options)]
}

/** Largest minus smallest element along axes. */
export const ptp = (x: ArrayLike, options: ReduceOptions = {}): NdArray => {
  checkOptions('np.ptp', options, ['axis', 'keepdims'])
  return subtract(max(x, options), min(x, options))
}

const argExtreme =
  (name: string, f: (x: NdArray, axis: number) => NdArray) =>
  (x: ArrayLike, options: ArgOptions = {}): NdArray => {
    const operation = `np.${name}`
    checkOptions(operation, options, ['axis', 'keepdims'])
    const { axis = null, keepdims = false } = options
    const y = asArray(x, operation)
    const flat = axis === null || axis === undefined
    const line = flat ? reshape(y, [y.size]) : y
    const at = flat ? 0 : normalizeAxis(operation, axis, y.ndim)
    if (line.shape[at] === 0)
      throw new ValueError(operation, {
        problem: 'there is no element to point at',
        got: `shape ${show(y.shape)}`,
        expected: 'at least one element along the axis',
        hint: 'check the shape before'
      })
    const position = f(line, at)
    if (!keepdims) return position
    return reshape(position, flat ? y.shape.map(() => 1) : kept(y.shape, [at]))
  }

/** Position of the first largest element; of the flattened array when `axis` is left out. int32. */
export const argmax = argExtreme('argmax', arg.argmax)

/** Position of the first smallest element; of the flattened array when `axis` is left out. int32. */
export const argmin = argExtreme('argmin', arg.argmin)
