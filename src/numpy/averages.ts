/** Means, variances and medians along axes. */
import { scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { inexactOf, isComplex, isFloat, type DType } from '../core/dtype.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import type { Axis, ReduceOptions } from '../core/fluent.ts'
import {
  equals,
  iota as axesOf,
  normalizeAxes,
  normalizeAxis,
  show,
  sizeOf
} from '../core/shape.ts'
import { div, square } from '../primitives/arithmetic.ts'
import { ne } from '../primitives/compare.ts'
import { conj, real } from '../primitives/complex.ts'
import { convertElementType } from '../primitives/convert.ts'
import { add, constant, mul } from '../primitives/elementwise.ts'
import { broadcastTo, reshape, sum as sumP, transpose } from '../primitives/movement.ts'
import { sub } from '../primitives/negation.ts'
import { sqrt } from '../primitives/roots.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { sort } from '../primitives/sorting.ts'
import { multiply } from './arithmetic.ts'
import { truth } from './comparison.ts'
import { asArray, asInexact, filled, promoteTypes } from './promotion.ts'
import { kept, masked, reduceOver, type WhereOption } from './reductions.ts'
import { selectOf } from './selection.ts'

export interface MeanOptions extends ReduceOptions, WhereOption {
  readonly dtype?: DType
}

/** Number of elements that take part, as a scalar or, under a mask, for each result. */
const countOf = (
  operation: string,
  x: NdArray,
  axes: readonly number[],
  mask: ArrayLike | undefined
): NdArray => {
  if (mask === undefined) return scalar(sizeOf(axes.map((a) => x.shape[a])), x.dtype)
  const taken = broadcastTo(truth(mask, operation), x.shape)
  return sumP(convertElementType(taken, x.dtype), axes)
}

const meanOver = (
  operation: string,
  x: NdArray,
  axes: readonly number[],
  mask: ArrayLike | undefined
): NdArray => {
  const total = sumP(masked(operation, x, mask, 0), axes)
  return div(total, broadcastTo(countOf(operation, x, axes, mask), total.shape))
}

const computeType = (x: NdArray, dtype: DType | undefined): NdArray =>
  convertElementType(x, dtype === undefined ? inexactOf(x.dtype) : inexactOf(dtype))

/** Arithmetic mean along axes; integers give float32. NaN of no elements. */
export const mean = (x: ArrayLike, options: MeanOptions = {}): NdArray => {
  checkOptions('np.mean', options, ['dtype', 'axis', 'keepdims', 'where'])
  const y = computeType(asArray(x, 'np.mean'), options.dtype)
  const axes = normalizeAxes('np.mean', options.axis, y.ndim)
  const result = reduceOver(y, axes, options.keepdims, (v, a) =>
    meanOver('np.mean', v, a, options.where)
  )
  return options.dtype === undefined ? result : convertElementType(result, options.dtype)
}

export interface VarianceOptions extends MeanOptions {
  /** Subtracted from the count: 1 gives the unbiased estimate; 0. */
  readonly ddof?: number
}

const variance = (operation: string, x: ArrayLike, options: VarianceOptions): NdArray => {
  const y = computeType(asArray(x, operation), options.dtype)
  const axes = normalizeAxes(operation, options.axis, y.ndim)
  return reduceOver(y, axes, options.keepdims, (v) => {
    const centre = meanOver(operation, v, axes, options.where)
    const off = sub(v, broadcastTo(reshape(centre, kept(v.shape, axes)), v.shape))
    const squares = isComplex(off.dtype) ? real(mul(off, conj(off))) : square(off)
    const total = sumP(masked(operation, squares, options.where, 0), axes)
    const count = countOf(operation, squares, axes, options.where)
    const freedom = sub(count, constant(count, options.ddof ?? 0))
    return div(total, broadcastTo(freedom, total.shape))
  })
}

const variance_ = (x: ArrayLike, options: VarianceOptions = {}): NdArray => {
  checkOptions('np.var', options, ['ddof', 'dtype', 'axis', 'keepdims', 'where'])
  return variance('np.var', x, options)
}

// `var` is a word of the language, so it gets its name on the way out.
export { variance_ as var }

/** Standard deviation along axes: the root of the variance. */
export const std = (x: ArrayLike, options: VarianceOptions = {}): NdArray => {
  checkOptions('np.std', options, ['ddof', 'dtype', 'axis', 'keepdims', 'where'])
  return sqrt(variance('np.std', x, options))
}

export interface AverageOptions extends ReduceOptions {
  /** Of the shape of the array, or one for each place along the axis. */
  readonly weights?: ArrayLike
}

const spreadWeights = (x: NdArray, w: NdArray, axis: Axis | undefined): NdArray => {
  if (equals(x.shape, w.shape)) return w
  const at = typeof axis === 'number' ? normalizeAxis('np.average', axis, x.ndim) : -1
  if (at < 0 || w.ndim !== 1 || w.shape[0] !== x.shape[at])
    throw new ShapeError('np.average', {
      problem: 'the weights do not fit the array',
      got: `weights ${show(w.shape)} for ${show(x.shape)}, axis ${String(axis)}`,
      expected: 'the shape of the array, or one weight for each place along one axis',
      hint: 'give { axis } with a vector of weights'
    })
  return broadcastTo(
    reshape(
      w,
      x.shape.map((n, a) => (a === at ? n : 1))
    ),
    x.shape
  )
}

/** Weighted mean along axes: Σ w x / Σ w. */
export const average = (x: ArrayLike, options: AverageOptions = {}): NdArray => {
  checkOptions('np.average', options, ['weights', 'axis', 'keepdims'])
  if (options.weights === undefined) return mean(x, options)
  const [y, w] = promoteTypes('np.average', [x, options.weights], true)
  const axes = normalizeAxes('np.average', options.axis, y.ndim)
  const weights = spreadWeights(y, w, options.axis)
  return reduceOver(y, axes, options.keepdims, (v) =>
    div(sumP(multiply(v, weights), axes), sumP(weights, axes))
  )
}

/** The middle element along axes, or the mean of the two in the middle; NaN when there is one. */
export const median = (x: ArrayLike, options: ReduceOptions = {}): NdArray => {
  checkOptions('np.median', options, ['axis', 'keepdims'])
  const y = asInexact(x, 'np.median')
  const axes = normalizeAxes('np.median', options.axis, y.ndim)
  return reduceOver(y, axes, options.keepdims, (v) => {
    const rest = axesOf(v.ndim).filter((a) => !axes.includes(a))
    const outer = rest.map((a) => v.shape[a])
    const count = sizeOf(axes.map((a) => v.shape[a]))
    if (count === 0) return filled('np.median', NaN, outer, v.dtype)
    const last = outer.length
    const lines = reshape(transpose(v, [...rest, ...axes]), [...outer, count])
    const [sorted] = sort([lines], { dimension: last })
    const at = (i: number): NdArray => reshape(sliceInDim(sorted, i, i + 1, last), outer)
    const [low, high] = [at((count - 1) >> 1), at(count >> 1)]
    const middle = mul(add(low, high), constant(low, 0.5))
    // NaN is sorted last.
    const greatest = at(count - 1)
    return isFloat(v.dtype) ? selectOf(ne(greatest, greatest), greatest, middle) : middle
  })
}
