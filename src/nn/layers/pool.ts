/** Pooling: windows over the spatial axes become their largest element, their mean or a norm. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions, listOf } from '../../core/errors.ts'
import { sizeOf } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { empty, type Empty, type Layer, type ShapesOf } from '../layer.ts'
import {
  overBatch,
  perAxis,
  placeWindows,
  requireRank,
  type Padding,
  type PerAxis,
  type Placement
} from './spatial.ts'

export interface PoolOptions {
  /** Its length is the number of spatial axes: [2, 2] for images. */
  readonly windowShape: readonly number[]
  /** The window's own shape by default: windows that touch and do not overlap. */
  readonly strides?: PerAxis
  /** 'valid' by default. */
  readonly padding?: Padding
  /** Holes between the elements of a window. */
  readonly windowDilation?: PerAxis
  /** Keeps a last window that begins inside and ends outside. */
  readonly ceilMode?: boolean
}

export interface MaxPoolOptions extends PoolOptions {
  /** Gives `{ output, indices }`, with where each element was: see `maxUnpool`. */
  readonly returnIndices?: boolean
}

export interface AvgPoolOptions extends PoolOptions {
  /** Padding counts as zeros (true by default, as in Flax), or does not count. */
  readonly countIncludePad?: boolean
  /** Divides by this instead of the number of elements. */
  readonly divisorOverride?: number
}

export interface LpPoolOptions extends PoolOptions {
  /** The exponent: 2 by default. */
  readonly normType?: number
}

/** Elements, and their positions in the flattened spatial axes. */
export interface PoolResult {
  readonly output: NdArray // [..., H', W', C]
  readonly indices: NdArray // int32 [..., H', W', C]
}

/** What a pooling gives, as its options ask; either where their type leaves it open. */
export type PoolOutput<O> = O extends { readonly returnIndices: true }
  ? PoolResult
  : O extends { readonly returnIndices: false }
    ? NdArray
    : 'returnIndices' extends keyof O
      ? NdArray | PoolResult
      : NdArray

const poolNames = ['windowShape', 'strides', 'padding', 'windowDilation', 'ceilMode']

interface Windows {
  readonly windowDimensions: readonly number[]
  readonly windowStrides: readonly number[]
  readonly windowDilation: readonly number[]
  readonly padding: readonly (readonly [low: number, high: number])[]
}

type Reduce = (x: NdArray, windows: Windows, placed: readonly Placement[]) => NdArray

interface Pool {
  /** Applies `reduce`, which works on [N, …spatial, C]. */
  readonly run: (x: NdArray, reduce: Reduce, path?: Parameters<typeof requireRank>[1]) => NdArray
  readonly layer: (reduce: Reduce) => Layer<Empty, Empty>
}

const pool = (kind: string, options: PoolOptions): Pool => {
  const rank = listOf(kind, options.windowShape, 'windowShape').length
  const window = perAxis(kind, 'windowShape', options.windowShape, rank)
  const strides = perAxis(kind, 'strides', options.strides ?? window, rank)
  const dilation = perAxis(kind, 'windowDilation', options.windowDilation ?? 1, rank)
  const { padding = 'valid', ceilMode = false } = options
  const place = (extents: readonly number[]): readonly Placement[] =>
    placeWindows(extents, window, strides, dilation, padding, ceilMode)
  const run: Pool['run'] = (x, reduce, path) => {
    requireRank(kind, path, x.shape, rank)
    const placed = place(x.shape.slice(x.ndim - rank - 1, -1))
    const windows: Windows = {
      windowDimensions: [1, ...window, 1],
      windowStrides: [1, ...strides, 1],
      windowDilation: [1, ...dilation, 1],
      padding: [[0, 0], ...placed.map((p) => [p.low, p.high + p.extra] as const), [0, 0]]
    }
    // The last window that ceilMode leaves out may have begun: it is cut by the count.
    const cut = (y: NdArray): NdArray =>
      placed.reduce((z, { count }, a) => lax.sliceInDim(z, 0, count, { axis: a + 1 }), y)
    return overBatch(x, rank, (images) => cut(reduce(images, windows, placed)))
  }
  return {
    run,
    layer: (reduce) => ({
      kind,
      children: {},
      init: (_key, { inputShape, path }) => {
        requireRank(kind, path, inputShape, rank)
        return [empty, empty]
      },
      apply: (_params, state, x, { path } = {}) => [run(x, reduce, path), state],
      outputShape: (inputShape) => {
        const at = inputShape.length - rank - 1
        const counts = place(inputShape.slice(at, at + rank)).map((p) => p.count)
        return [...inputShape.slice(0, at), ...counts, inputShape[inputShape.length - 1]]
      }
    })
  }
}

const largest: Reduce = (x, windows) => lax.reduceWindow(x, 'max', windows)

/** Position of the winner of each window in the flattened spatial axes of [N, …spatial, C]. */
const winners: Reduce = (x, windows) => {
  const wide = lax.stopGradient(x.dtype === 'float64' ? x : lax.convertElementType(x, 'float32'))
  const spatial = x.shape.slice(1, -1)
  const flat = lax.reshape(lax.iota(wide.dtype, sizeOf(spatial)), spatial)
  const axes = spatial.map((_, a) => a + 1)
  const places = lax.selectAndGatherAdd(lax.broadcastInDim(flat, x.shape, axes), wide, {
    select: 'ge',
    ...windows,
    baseDilation: x.shape.map(() => 1)
  })
  return lax.convertElementType(places, 'int32')
}

/**
 * The largest element of every window. Padding is never the largest.
 *
 * Shape:  [..., H, W, C] -> [..., H', W', C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 *
 * @example
 * const layer = nn.maxPool({ windowShape: [2] })
 * layer.apply({}, {}, np.array([[[1], [5], [4], [2]]]))[0].toNested() // => [[[5], [4]]]
 *
 * @category pooling
 * @since 0.1.0
 */
export const maxPool = <const O extends MaxPoolOptions>(
  options: O
): Layer<Empty, Empty, NdArray, PoolOutput<O>> => {
  checkOptions('maxPool', options, [...poolNames, 'returnIndices'])
  const made = pool('maxPool', options)
  const layer = made.layer(largest)
  const isBoth = options.returnIndices === true
  return {
    ...layer,
    apply: (_params, state, x, { path } = {}) => {
      const output = made.run(x, largest, path)
      const y = isBoth ? { output, indices: made.run(x, winners, path) } : output
      return [y as PoolOutput<O>, state] // as the option says
    },
    outputShape: (inputShape) => {
      const output = layer.outputShape(inputShape)
      return (isBoth ? { output, indices: output } : output) as unknown as ShapesOf<PoolOutput<O>>
    }
  }
}

/**
 * The smallest element of every window.
 *
 * Shape:  [..., H, W, C] -> [..., H', W', C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 *
 * @example
 * const layer = nn.minPool({ windowShape: [2] })
 * layer.apply({}, {}, np.array([[[1], [5], [4], [2]]]))[0].toNested() // => [[[1], [2]]]
 *
 * @category pooling
 * @since 0.1.0
 */
export const minPool = (options: PoolOptions): Layer<Empty, Empty> => {
  checkOptions('minPool', options, poolNames)
  return pool('minPool', options).layer((x, windows) => lax.reduceWindow(x, 'min', windows))
}

/** How many elements each window has, of the input alone or of its padding too. Shape: [1, …, 1]. */
const counts = (
  x: NdArray,
  windows: Windows,
  placed: readonly Placement[],
  isPadCounted: boolean
): NdArray => {
  const real = lax.full([1, ...x.shape.slice(1, -1), 1], 1, x.dtype)
  if (!isPadCounted) return lax.reduceWindow(real, 'add', windows)
  const sides = placed.map((p) => [p.low, p.high, 0] as const)
  const padded = lax.pad(real, 1, [[0, 0, 0], ...sides, [0, 0, 0]])
  const padding = placed.map((p) => [0, p.extra] as const)
  return lax.reduceWindow(padded, 'add', { ...windows, padding: [[0, 0], ...padding, [0, 0]] })
}

const mean =
  ({ countIncludePad = true, divisorOverride }: AvgPoolOptions): Reduce =>
  (x, windows, placed) => {
    const total = lax.reduceWindow(x, 'add', windows)
    if (divisorOverride !== undefined) return lax.div(total, divisorOverride)
    const isWhole = placed.every((p) => p.extra === 0)
    if (countIncludePad && isWhole) return lax.div(total, sizeOf(windows.windowDimensions))
    const by = counts(x, windows, placed, countIncludePad)
    const axes = total.shape.map((_, a) => a)
    return lax.div(total, lax.broadcastInDim(by, total.shape, axes))
  }

/**
 * The mean of every window.
 *
 * Shape:  [..., H, W, C] -> [..., H', W', C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 *
 * @example
 * const layer = nn.avgPool({ windowShape: [2] })
 * layer.apply({}, {}, np.array([[[1], [5], [4], [2]]]))[0].toNested() // => [[[3], [3]]]
 *
 * @category pooling
 * @since 0.1.0
 */
export const avgPool = (options: AvgPoolOptions): Layer<Empty, Empty> => {
  checkOptions('avgPool', options, [...poolNames, 'countIncludePad', 'divisorOverride'])
  return pool('avgPool', options).layer(mean(options))
}

/**
 * (Σ x^p)^(1/p) over every window: NaN where the sum is negative, as it may be for odd p. A window
 * that ends outside is scaled up to a whole one.
 *
 * Shape:  [..., H, W, C] -> [..., H', W', C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 * Source: Gulcehre et al. 2014.
 *
 * @example
 * const layer = nn.lpPool({ windowShape: [2] })
 * layer.apply({}, {}, np.array([[[3], [4], [6], [8]]]))[0].toNested() // => [[[5], [10]]]
 *
 * @category pooling
 * @since 0.1.0
 */
export const lpPool = (options: LpPoolOptions): Layer<Empty, Empty> => {
  checkOptions('lpPool', options, [...poolNames, 'normType'])
  const { normType: p = 2 } = options
  if (!(p > 0))
    throw new ValueError('lpPool', {
      problem: 'the exponent is not positive',
      got: `normType: ${p}`,
      expected: 'a number above 0',
      hint: '2 for the Euclidean norm, 1 for a sum'
    })
  const power = (x: NdArray): NdArray =>
    Number.isInteger(p) ? lax.integerPow(x, p) : lax.pow(x, p)
  return pool('lpPool', options).layer((x, windows, placed) => {
    const sum = lax.mul(
      mean({ windowShape: options.windowShape })(power(x), windows, placed),
      sizeOf(options.windowShape)
    )
    return p === 1 ? sum : p === 2 ? lax.sqrt(sum) : lax.pow(sum, 1 / p)
  })
}
