/** Quantiles: values below which given parts of the sorted elements lie. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import type { Axis } from '../core/fluent.ts'
import { normalizeAxes } from '../core/shape.ts'
import { takeAlongAxis } from '../primitives/gather.ts'
import { broadcastInDim, moveAxis, reshape } from '../primitives/movement.ts'
import { sort } from '../primitives/sorting.ts'
import { joinedLast } from './along.ts'
import { add, clip, divide, maximum, multiply, subtract } from './arithmetic.ts'
import { isnan, lessEqual, logicalNot } from './comparison.ts'
import { asInexact, asType, promoteTypes } from './promotion.ts'
import { any, sum } from './reductions.ts'
import { ceil, floor } from './rounding.ts'
import { where } from './selection.ts'

/** What stands between two neighbours: how far along, one of them, the middle, or the nearer one. */
export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest'

export interface QuantileOptions {
  readonly axis?: Axis
  readonly method?: QuantileMethod
  readonly keepdims?: boolean
}

const between = (
  operation: string,
  method: QuantileMethod,
  low: NdArray,
  high: NdArray,
  part: NdArray
): NdArray => {
  switch (method) {
    case 'linear':
      return add(multiply(low, subtract(1, part)), multiply(high, part))
    case 'lower':
      return low
    case 'higher':
      return high
    case 'midpoint':
      return multiply(add(low, high), 0.5)
    case 'nearest':
      return where(lessEqual(part, 0.5), low, high)
    default:
      throw new ValueError(operation, {
        problem: 'there is no such method',
        got: `'${String(method)}'`,
        expected: "'linear', 'lower', 'higher', 'midpoint' or 'nearest'",
        hint: "'linear' is the default"
      })
  }
}

/** Lines [..., n] sorted, `count` [..., 1] of which are not NaN, at parts q [k] -> [..., k]. */
const ofLines = (
  operation: string,
  lines: NdArray,
  count: NdArray,
  q: NdArray,
  method: QuantileMethod
): NdArray => {
  const last = lines.ndim - 1
  const [sorted] = sort([lines], { dimension: last })
  const place = multiply(maximum(subtract(count, 1), 0), q)
  const [below, above] = [floor(place), ceil(place)]
  const at = (i: NdArray): NdArray =>
    takeAlongAxis(sorted, asType(clip(i, 0, lines.shape[last] - 1), 'int32'), last, 'clip')
  return between(operation, method, at(below), at(above), subtract(place, below))
}

const quantiles = (
  operation: string,
  x: ArrayLike,
  q: ArrayLike,
  { axis = null, method = 'linear', keepdims = false }: QuantileOptions,
  skipsNan: boolean
): NdArray => {
  const [y, parts] = promoteTypes(operation, [asInexact(x, operation), q], true)
  const axes = normalizeAxes(operation, axis, y.ndim)
  const lines = joinedLast(operation, y, axes)
  const n = lines.shape[lines.ndim - 1]
  if (n === 0)
    throw new ValueError(operation, {
      problem: 'there are no elements',
      got: `shape [${y.shape.join(', ')}]`,
      expected: 'at least one along the axes',
      hint: 'quantiles of nothing are not defined'
    })
  const outer = lines.shape.slice(0, -1)
  const flatParts = reshape(parts, [parts.size])
  const spreadParts = broadcastInDim(flatParts, [...outer, parts.size], [outer.length])
  const missing = isnan(lines)
  const count = asType(
    sum(asType(logicalNot(missing), 'int32'), { axis: -1, keepdims: true }),
    y.dtype
  )
  const total = skipsNan ? count : add(multiply(count, 0), n)
  const found = ofLines(operation, lines, total, spreadParts, method)
  const result = skipsNan ? found : where(any(missing, { axis: -1, keepdims: true }), NaN, found)
  const kept = keepdims ? y.shape.map((m, a) => (axes.includes(a) ? 1 : m)) : outer
  return reshape(moveAxis(result, outer.length, 0), [...parts.shape, ...kept])
}

/**
 * The value at the part q (0 to 1) of the sorted elements along axes, all by default; NaN where
 * there is a NaN. Shape: [...q.shape, ...shape without the axes].
 *
 * @example
 * np.quantile(np.array([1, 2, 4]), 0.25).item() // => 1.5
 *
 * @category statistics
 * @since 0.1.0
 */
export const quantile = (x: ArrayLike, q: ArrayLike, options: QuantileOptions = {}): NdArray => {
  checkOptions('np.quantile', options, ['axis', 'method', 'keepdims'])
  return quantiles('np.quantile', x, q, options, false)
}

/** As `quantile`, NaN left out; NaN where nothing is left. */
export const nanquantile = (x: ArrayLike, q: ArrayLike, options: QuantileOptions = {}): NdArray => {
  checkOptions('np.nanquantile', options, ['axis', 'method', 'keepdims'])
  return quantiles('np.nanquantile', x, q, options, true)
}

/** Of percent; a number is divided here, so that no digit is lost beside a float64 array. */
const fraction = (q: ArrayLike): ArrayLike => (typeof q === 'number' ? q / 100 : divide(q, 100))

/** As `quantile`, with parts in percent. */
export const percentile = (x: ArrayLike, q: ArrayLike, options: QuantileOptions = {}): NdArray => {
  checkOptions('np.percentile', options, ['axis', 'method', 'keepdims'])
  return quantiles('np.percentile', x, fraction(q), options, false)
}

/** As `nanquantile`, with parts in percent. */
export const nanpercentile = (
  x: ArrayLike,
  q: ArrayLike,
  options: QuantileOptions = {}
): NdArray => {
  checkOptions('np.nanpercentile', options, ['axis', 'method', 'keepdims'])
  return quantiles('np.nanpercentile', x, fraction(q), options, true)
}

/** The middle element, or the mean of the two in the middle, NaN left out. */
export const nanmedian = (x: ArrayLike, options: Omit<QuantileOptions, 'method'> = {}): NdArray => {
  checkOptions('np.nanmedian', options, ['axis', 'keepdims'])
  return quantiles('np.nanmedian', x, 0.5, { ...options, method: 'midpoint' }, true)
}
