/** Running sums and products, and differences. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { isBool, type DType } from '../core/dtype.ts'
import { AxisError, ValueError, checkOptions } from '../core/errors.ts'
import type { AxisOption } from '../core/fluent.ts'
import { normalizeAxis, show } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import * as ops from '../primitives/cumulative.ts'
import { broadcastTo, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { subtract } from './arithmetic.ts'
import { notEqual } from './comparison.ts'
import { asArray, filled, promoteTypes } from './promotion.ts'
import { totalType } from './reductions.ts'

export interface CumulativeOptions extends AxisOption {
  readonly dtype?: DType
}

const running =
  (name: string, f: (x: NdArray, axis: number) => NdArray) =>
  (x: ArrayLike, options: CumulativeOptions = {}): NdArray => {
    checkOptions(`np.${name}`, options, ['axis', 'dtype'])
    const { axis = null, dtype } = options
    const y = asArray(x, `np.${name}`)
    const line = axis === null ? reshape(y, [y.size]) : y
    const at = axis === null ? 0 : normalizeAxis(`np.${name}`, axis, y.ndim)
    const typed = dtype ?? totalType(y.dtype)
    return f(typed === y.dtype ? line : convertElementType(line, typed), at)
  }

/** Sums of the elements so far; of the flattened array when `axis` is left out. */
export const cumsum = running('cumsum', (x, axis) => ops.cumsum(x, axis))

/** Products of the elements so far; of the flattened array when `axis` is left out. */
export const cumprod = running('cumprod', (x, axis) => ops.cumprod(x, axis))

export interface CumulativeTotalOptions extends CumulativeOptions {
  /** Whether the neutral element comes first. */
  readonly includeInitial?: boolean
}

const totalled =
  (name: string, neutral: number, f: (x: ArrayLike, options: CumulativeOptions) => NdArray) =>
  (x: ArrayLike, options: CumulativeTotalOptions = {}): NdArray => {
    checkOptions(`np.${name}`, options, ['axis', 'includeInitial', 'dtype'])
    const { axis = null, includeInitial = false, dtype } = options
    const y = asArray(x, `np.${name}`)
    if (axis === null && y.ndim !== 1)
      throw new AxisError(`np.${name}`, {
        problem: 'the axis is needed',
        got: `shape ${show(y.shape)} and no axis`,
        expected: 'an axis, or a vector',
        hint: 'np.ravel(x) flattens'
      })
    const at = normalizeAxis(`np.${name}`, axis ?? 0, y.ndim)
    const totals = f(y, dtype === undefined ? { axis: at } : { axis: at, dtype })
    if (!includeInitial) return totals
    const shape = totals.shape.map((n, a) => (a === at ? 1 : n))
    return concatenate([filled(`np.${name}`, neutral, shape, totals.dtype), totals], at)
  }

/** As `cumsum` along one axis, with 0 first when asked. */
export const cumulativeSum = totalled('cumulativeSum', 0, cumsum)

/** As `cumprod` along one axis, with 1 first when asked. */
export const cumulativeProd = totalled('cumulativeProd', 1, cumprod)

export interface DiffOptions {
  /** How often differences are taken; 1. */
  readonly n?: number
  /** −1. */
  readonly axis?: number
  /** Values joined at the ends before. */
  readonly prepend?: ArrayLike
  readonly append?: ArrayLike
}

const widened = (x: NdArray, value: ArrayLike | undefined, axis: number): NdArray | null => {
  if (value === undefined) return null
  const y = asArray(value, 'np.diff')
  return y.ndim > 0
    ? y
    : broadcastTo(
        y,
        x.shape.map((n, a) => (a === axis ? 1 : n))
      )
}

/** Differences of neighbours along an axis, `n` times; of bools, whether they differ. */
export const diff = (x: ArrayLike, options: DiffOptions = {}): NdArray => {
  checkOptions('np.diff', options, ['n', 'axis', 'prepend', 'append'])
  const { n = 1, axis = -1, prepend, append } = options
  const y = asArray(x, 'np.diff')
  const at = normalizeAxis('np.diff', axis, y.ndim)
  if (!Number.isInteger(n) || n < 0)
    throw new ValueError('np.diff', {
      problem: 'the order is no count',
      got: String(n),
      expected: 'an integer of at least 0',
      hint: '{ n: 2 } takes differences of differences'
    })
  if (n === 0) return y
  const parts = [widened(y, prepend, at), y, widened(y, append, at)].filter(isArray)
  let values = concatenate(promoteTypes('np.diff', parts), at)
  for (let i = 0; i < n; i++) {
    const extent = values.shape[at]
    if (extent === 0) return values
    const later = sliceInDim(values, 1, extent, at)
    const earlier = sliceInDim(values, 0, extent - 1, at)
    values = isBool(values.dtype) ? notEqual(later, earlier) : subtract(later, earlier)
  }
  return values
}
