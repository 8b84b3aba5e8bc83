/** Reductions in which NaN counts for nothing. */
import { checkOptions } from '../core/errors.ts'
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isInexact } from '../core/dtype.ts'
import type { ArgOptions, ReduceOptions } from '../core/fluent.ts'
import { abs, divide, maximum, square, subtract } from './arithmetic.ts'
import { mean, type MeanOptions, type VarianceOptions } from './averages.ts'
import { equal, isnan, lessEqual, logicalNot } from './comparison.ts'
import { cumprod, cumsum, type CumulativeOptions } from './cumulative.ts'
import { sqrt } from './exponential.ts'
import { conj } from './complex.ts'
import { asArray, asInexact, asType } from './promotion.ts'
import * as reductions from './reductions.ts'
import type { FoldOptions, TotalOptions } from './reductions.ts'
import { where } from './selection.ts'

const canMiss = (x: NdArray): boolean => isInexact(x.dtype)

/** `x` with `value` for NaN. */
const instead = (x: NdArray, value: number): NdArray => (canMiss(x) ? where(isnan(x), value, x) : x)

const filling =
  <O>(name: string, value: number, f: (x: ArrayLike, options?: O) => NdArray) =>
  (x: ArrayLike, options?: O): NdArray =>
    f(instead(asArray(x, `np.${name}`), value), options)

/** Sum along axes, NaN counting as 0. Shape: -> without `axis`; so for the whole family. */
export const nansum = filling<TotalOptions>('nansum', 0, reductions.sum)
/** Product along axes, NaN counting as 1. */
export const nanprod = filling<TotalOptions>('nanprod', 1, reductions.prod)
/** Running sums, NaN counting as 0. */
export const nancumsum = filling<CumulativeOptions>('nancumsum', 0, cumsum)
/** Running products, NaN counting as 1. */
export const nancumprod = filling<CumulativeOptions>('nancumprod', 1, cumprod)

const extreme =
  (name: string, start: number, f: (x: ArrayLike, options?: FoldOptions) => NdArray) =>
  (x: ArrayLike, options: FoldOptions = {}): NdArray => {
    checkOptions(`np.${name}`, options, ['axis', 'keepdims', 'where', 'initial'])
    const y = asArray(x, `np.${name}`)
    if (!canMiss(y)) return f(y, options)
    const found = f(instead(y, start), options)
    const { axis, keepdims, where: mask } = options
    const none = reductions.all(isnan(y), {
      ...(axis === undefined ? {} : { axis }),
      ...(keepdims === undefined ? {} : { keepdims }),
      ...(mask === undefined ? {} : { where: mask })
    })
    return where(none, NaN, found)
  }

/** Largest element that is not NaN; NaN where all are. */
export const nanmax = extreme('nanmax', -Infinity, reductions.max)
/** Smallest element that is not NaN; NaN where all are. */
export const nanmin = extreme('nanmin', Infinity, reductions.min)

const position =
  (name: string, start: number, f: (x: ArrayLike, options?: ArgOptions) => NdArray) =>
  (x: ArrayLike, options: ArgOptions = {}): NdArray => {
    checkOptions(`np.${name}`, options, ['axis', 'keepdims'])
    const y = asArray(x, `np.${name}`)
    if (!canMiss(y)) return f(y, options)
    const { axis = null, keepdims = false } = options
    const none = reductions.all(isnan(y), { axis, keepdims })
    return where(none, -1, f(instead(y, start), options))
  }

/** Position of the first largest element that is not NaN; −1 where all are. */
export const nanargmax = position('nanargmax', -Infinity, reductions.argmax)
/** Position of the first smallest element that is not NaN; −1 where all are. */
export const nanargmin = position('nanargmin', Infinity, reductions.argmin)

const counted = (x: NdArray, options: ReduceOptions, keepdims: boolean): NdArray =>
  reductions.sum(asType(logicalNot(isnan(x)), 'int32'), {
    axis: options.axis ?? null,
    keepdims
  })

/** Mean of the elements that are not NaN; NaN where there are none. */
export const nanmean = (x: ArrayLike, options: MeanOptions = {}): NdArray => {
  checkOptions('np.nanmean', options, ['dtype', 'axis', 'keepdims', 'where'])
  const y = asArray(x, 'np.nanmean')
  if (!canMiss(y)) return mean(y, options)
  const { where: mask, ...rest } = options
  if (mask !== undefined) return nanmean(where(mask, y, NaN), rest)
  return divide(
    nansum(y, rest),
    asType(counted(y, rest, rest.keepdims ?? false), nansum(y, rest).dtype)
  )
}

/** Variance of the elements that are not NaN; NaN where `ddof` leaves none. */
export const nanvar = (x: ArrayLike, options: VarianceOptions = {}): NdArray => {
  checkOptions('np.nanvar', options, ['ddof', 'dtype', 'axis', 'keepdims', 'where'])
  const y = asInexact(x, 'np.nanvar')
  const { where: mask, ddof = 0, ...rest } = options
  if (mask !== undefined) return nanvar(where(mask, y, NaN), { ddof, ...rest })
  const center = nanmean(y, { ...rest, keepdims: true })
  const off = where(isnan(y), 0, subtract(y, center))
  // A NaN here is of the mean: that of infinite elements.
  const squares = reductions.sum(squaredSize(off), rest)
  const free = subtract(counted(y, rest, rest.keepdims ?? false), ddof)
  const safe = asType(maximum(free, 0), squares.dtype)
  return where(lessEqual(free, 0), NaN, divide(squares, where(equal(safe, 0), 1, safe)))
}

const squaredSize = (x: NdArray): NdArray => (conj(x) === x ? square(x) : square(abs(x)))

/** Standard deviation of the elements that are not NaN. */
export const nanstd = (x: ArrayLike, options: VarianceOptions = {}): NdArray => {
  checkOptions('np.nanstd', options, ['ddof', 'dtype', 'axis', 'keepdims', 'where'])
  return sqrt(nanvar(x, options))
}
