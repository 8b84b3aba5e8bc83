/** Figures of samples. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as np from '../../numpy/index.ts'

export interface SemOptions {
  /** 0 by default; null for all elements. */
  readonly axis?: number | null
  /** What is taken from the count: 1 by default. */
  readonly ddof?: number
  readonly keepdims?: boolean
}

/**
 * The standard error of the mean: the standard deviation over √n.
 *
 * @example
 * sem(np.array([1, 2, 3, 4])).item().toFixed(4) // => '0.6455'
 *
 * @category statistics
 * @since 0.1.0
 */
export const sem = (of: ArrayLike, options: SemOptions = {}): NdArray => {
  checkOptions('sem', options, ['axis', 'ddof', 'keepdims'])
  const { axis = 0, ddof = 1, keepdims = false } = options
  const x = axis === null ? np.ravel(of) : np.asarray(of)
  const over = axis ?? 0
  const n = x.shape.at(over) ?? 1
  return np.div(np.std(x, { axis: over, ddof, keepdims }), Math.sqrt(n))
}

/**
 * Ranks from 1 on; equal elements share the mean of theirs.
 *
 * Shape: any -> [size], or kept along `axis`.
 *
 * @example
 * rankdata(np.array([0, 2, 3, 2])) // => [1.  2.5 4.  2.5]
 *
 * @category statistics
 * @since 0.1.0
 */
export const rankdata = (of: ArrayLike): NdArray => {
  const x = np.ravel(of)
  const sorted = np.sort(x)
  const [left, right] = (['left', 'right'] as const).map((side) =>
    np.searchsorted(sorted, x, { side })
  )
  return np.div(np.add(np.add(left, right), 1), 2)
}

export interface ModeOptions {
  /** 0 by default; null for all elements. */
  readonly axis?: number | null
}

/**
 * The most frequent element, the least of several, and how often it occurs.
 *
 * @category statistics
 * @since 0.1.0
 */
export const mode = (
  of: ArrayLike,
  options: ModeOptions = {}
): { readonly mode: NdArray; readonly count: NdArray } => {
  checkOptions('mode', options, ['axis'])
  const { axis = 0 } = options
  const x = axis === null ? np.ravel(of) : np.asarray(of)
  const sorted = np.sort(np.moveaxis(x, axis ?? 0, -1), { axis: -1 })
  const equal = np.equal(np.expandDims(sorted, -1), np.expandDims(sorted, -2))
  const often = np.sum(equal, { axis: -1, dtype: 'int32' })
  const first = np.argmax(often, { axis: -1, keepdims: true })
  const at = (values: NdArray): NdArray =>
    np.squeeze(np.takeAlongAxis(values, first, -1), { axis: -1 })
  return { mode: at(sorted), count: at(often) }
}
