/** Histograms: how much weight falls between neighbouring edges. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { fillLike, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { scalar } from '../core/array.ts'
import { expand, flat } from './along.ts'
import { add, divide, multiply, subtract } from './arithmetic.ts'
import { equal, greaterEqual, lessEqual, logicalAnd } from './comparison.ts'
import { addedUp } from './counts.ts'
import { diff } from './cumulative.ts'
import { asInexact, asType, promoteTypes } from './promotion.ts'
import { linspace } from './ranges.ts'
import { max, min, sum } from './reductions.ts'
import { searchsorted } from './searching.ts'
import { where } from './selection.ts'

/** A number of equal bins, or the edges. */
export type Bins = number | NdArray
export type BinRange = readonly [low: ArrayLike, high: ArrayLike]

export interface BinOptions {
  readonly bins?: Bins
  /** First and last edge of equal bins; the extremes by default. */
  readonly range?: BinRange | null
}

export interface HistogramOptions extends BinOptions {
  readonly weights?: ArrayLike
  /** Divide by the total weight and the widths, so that the integral is 1. */
  readonly density?: boolean
}

const limits = (x: NdArray, range: BinRange | null): readonly [NdArray, NdArray] => {
  if (range !== null) {
    const [, low, high] = promoteTypes('np.histogram', [x, ...range])
    return [low, high]
  }
  if (x.size === 0) return [scalar(0, x.dtype), scalar(1, x.dtype)]
  return [min(x), max(x)]
}

const edgesOf = (x: NdArray, bins: Bins, range: BinRange | null): NdArray => {
  if (typeof bins !== 'number') return asType(bins, x.dtype)
  const [low, high] = limits(x, range)
  // All elements equal: one unit round them.
  const flatRange = equal(low, high)
  const [from, to] = [
    where(flatRange, subtract(low, 0.5), low),
    where(flatRange, add(high, 0.5), high)
  ]
  return linspace(from, to, bins + 1, { dtype: x.dtype })
}

/**
 * The edges of `bins` equal bins, or `bins` itself when it is an array. Shape: -> [bins + 1].
 *
 * @category statistics
 * @since 0.1.0
 */
export const histogramBinEdges = (x: ArrayLike, options: BinOptions = {}): NdArray => {
  checkOptions('np.histogramBinEdges', options, ['bins', 'range'])
  const { bins = 10, range = null } = options
  return edgesOf(flat(asInexact(x, 'np.histogramBinEdges')), bins, range)
}

/** The bin of each value, and whether it has one. The last bin has its right edge too. */
const binOf = (x: NdArray, edges: NdArray): readonly [bin: NdArray, inside: NdArray] => {
  const n = edges.shape[0]
  const at = (i: number): NdArray => reshape(sliceInDim(edges, i, i + 1, 0), [])
  const found = subtract(searchsorted(edges, x, { side: 'right' }), 1)
  const bin = where(equal(x, at(n - 1)), n - 2, found)
  return [bin, logicalAnd(greaterEqual(x, at(0)), lessEqual(x, at(n - 1)))]
}

const weightsFor = (x: NdArray, count: number, weights: ArrayLike | undefined): NdArray =>
  weights === undefined
    ? fillLike(scalar(1, x.dtype), [count])
    : flat(promoteTypes('np.histogram', [weights, x], true)[0])

/**
 * [counts, edges] of the flattened array.
 *
 * Shape: -> [bins], [bins + 1]; counts have the type of the values or weights, a float.
 *
 * @example
 * np.histogram(np.array([1, 2, 2, 5]), { bins: 2 })[0].toNested() // => [3, 1]
 *
 * @category statistics
 * @since 0.1.0
 */
export const histogram = (
  x: ArrayLike,
  options: HistogramOptions = {}
): readonly [counts: NdArray, edges: NdArray] => {
  checkOptions('np.histogram', options, ['weights', 'density', 'bins', 'range'])
  const { bins = 10, range = null, weights, density = false } = options
  const y = flat(asInexact(x, 'np.histogram'))
  const edges = edgesOf(y, bins, range)
  const length = edges.shape[0] - 1
  const [bin, inside] = binOf(y, edges)
  const counts = addedUp(length, where(inside, bin, length), weightsFor(y, y.size, weights))
  if (!density) return [counts, edges]
  return [divide(divide(counts, diff(edges)), sum(counts)), edges]
}

export interface HistogramddOptions extends Omit<HistogramOptions, 'bins' | 'range'> {
  /** For all dimensions, or one for each. */
  readonly bins?: Bins | readonly Bins[]
  readonly range?: readonly (BinRange | null)[] | null
}

const perDimension = (bins: Bins | readonly Bins[], count: number): readonly Bins[] => {
  const list: readonly Bins[] = Array.isArray(bins)
    ? (bins as readonly Bins[]) // an array of the language: NdArray is none
    : Array.from({ length: count }, () => bins as Bins)
  if (list.length === count) return list
  throw new ShapeError('np.histogramdd', {
    problem: 'the bins do not fit the sample',
    got: `${list.length} bins for ${count} dimensions`,
    expected: 'one entry for each dimension, or one for all',
    hint: 'a sample has the shape [points, dimensions]'
  })
}

/**
 * [counts, edges of each dimension] of points.
 *
 * Shape: sample [n, d] -> [bins_1, …, bins_d] and d vectors.
 *
 * @category statistics
 * @since 0.1.0
 */
export const histogramdd = (
  sample: ArrayLike,
  options: HistogramddOptions = {}
): readonly [counts: NdArray, edges: readonly NdArray[]] => {
  checkOptions('np.histogramdd', options, ['bins', 'range', 'weights', 'density'])
  const { bins = 10, range = null, weights, density = false } = options
  const points = asInexact(sample, 'np.histogramdd')
  if (points.ndim !== 2)
    throw new ShapeError('np.histogramdd', {
      problem: 'the sample is no list of points',
      got: `shape ${show(points.shape)}`,
      expected: '[points, dimensions]',
      hint: 'np.stack([x, y], { axis: 1 }) makes points of coordinates'
    })
  const [count, dimensions] = points.shape
  const columns = Array.from({ length: dimensions }, (_, i) =>
    reshape(sliceInDim(points, i, i + 1, 1), [count])
  )
  const each = perDimension(bins, dimensions)
  const edges = columns.map((x, i) => edgesOf(x, each[i], range?.[i] ?? null))
  const shape = edges.map((e) => e.shape[0] - 1)
  const places = columns.map((x, i) => binOf(x, edges[i]))
  const length = shape.reduce((n, m) => n * m, 1)
  const at = places.reduce<NdArray>(
    (sofar, [bin], i) => add(multiply(sofar, shape[i]), bin),
    fillLike(scalar(0, 'int32'), [count])
  )
  const inside = places.map(([, ok]) => ok).reduce(logicalAnd)
  const weight = weightsFor(points, count, weights)
  const counts = reshape(addedUp(length, where(inside, at, length), weight), shape)
  if (!density) return [counts, edges]
  const perWidth = edges.reduce((total, e, i) => {
    const widths = reshape(
      diff(e),
      shape.map((n, axis) => (axis === i ? n : 1))
    )
    return divide(total, widths)
  }, counts)
  return [divide(perWidth, sum(counts)), edges]
}

/** [counts, edges of x, edges of y]. Shape: x, y [n] -> [bins of x, bins of y]. */
export const histogram2d = (
  x: ArrayLike,
  y: ArrayLike,
  options: HistogramddOptions = {}
): readonly [counts: NdArray, xEdges: NdArray, yEdges: NdArray] => {
  checkOptions('np.histogram2d', options, ['bins', 'range', 'weights', 'density'])
  const [a, b] = promoteTypes('np.histogram2d', [x, y], true)
  const [counts, [xEdges, yEdges]] = histogramdd(concatenated(a, b), options)
  return [counts, xEdges, yEdges]
}

const concatenated = (a: NdArray, b: NdArray): NdArray =>
  concatenate([expand(a, 1), expand(b, 1)], 1)
