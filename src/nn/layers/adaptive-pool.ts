/** Pooling into a given number of windows, whatever the input's extent. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions, listOf } from '../../core/errors.ts'
import { sizeOf, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { empty, type Empty, type Layer, type ShapesOf } from '../layer.ts'
import type { PoolOutput } from './pool.ts'
import { overBatch, requireRank } from './spatial.ts'

export interface AdaptivePoolOptions {
  /** Extents of the result, one for each spatial axis; null keeps the input's. */
  readonly outputSize: readonly (number | null)[]
}

export interface AdaptiveMaxPoolOptions extends AdaptivePoolOptions {
  /** Gives `{ output, indices }`, with where each element was. */
  readonly returnIndices?: boolean
}

/** Window i of n positions in m windows begins at ⌊i n / m⌋ and ends before ⌈(i + 1) n / m⌉. */
const bins = (n: number, m: number): readonly (readonly [from: number, to: number])[] =>
  Array.from({ length: m }, (_, i) => [Math.floor((i * n) / m), Math.ceil(((i + 1) * n) / m)])

const check = (kind: string, { outputSize }: AdaptivePoolOptions): void => {
  const fine = listOf(kind, outputSize, 'outputSize').every(
    (n) => n === null || (Number.isInteger(n) && n > 0)
  )
  if (fine && outputSize.length >= 1 && outputSize.length <= 3) return
  throw new ValueError(kind, {
    problem: 'outputSize does not name one to three extents',
    got: `outputSize: ${JSON.stringify(outputSize)}`,
    expected: 'a list of 1, 2 or 3 positive integers or nulls',
    hint: '[1, 1] for one window over the whole image'
  })
}

const adaptive = <O extends AdaptivePoolOptions>(
  kind: string,
  options: O,
  isBoth: boolean,
  reduce: (x: NdArray, sizes: readonly number[]) => PoolOutput<O>
): Layer<Empty, Empty, NdArray, PoolOutput<O>> => {
  check(kind, options)
  const { outputSize } = options
  const rank = outputSize.length
  const sizesOf = (shape: Shape): readonly number[] =>
    outputSize.map((n, a) => n ?? shape[shape.length - rank - 1 + a])
  return {
    kind,
    children: {},
    init: (_key, { inputShape, path }) => {
      requireRank(kind, path, inputShape, rank)
      return [empty, empty]
    },
    apply: (_params, state, x, { path } = {}) => {
      requireRank(kind, path, x.shape, rank)
      return [reduce(x, sizesOf(x.shape)), state]
    },
    outputShape: (inputShape) => {
      const lead = inputShape.slice(0, -rank - 1)
      const output = [...lead, ...sizesOf(inputShape), inputShape[inputShape.length - 1]]
      return (isBoth ? { output, indices: output } : output) as unknown as ShapesOf<PoolOutput<O>>
    }
  }
}

const integers = (values: readonly number[], shape: Shape): NdArray =>
  np
    .array([...values])
    .astype('int32')
    .reshape(shape)

/** Positions of each window along an axis, the last repeated where a window is shorter. */
const windowTable = (n: number, m: number): readonly (readonly number[])[] => {
  const all = bins(n, m)
  const longest = Math.max(...all.map(([from, to]) => to - from))
  return all.map(([from, to]) =>
    Array.from({ length: longest }, (_, i) => Math.min(from + i, to - 1))
  )
}

/** What each window along an axis holds: [..., n, ...] -> [..., m, longest window, ...]. */
const windowsAlong = (x: NdArray, axis: number, table: readonly (readonly number[])[]): NdArray => {
  const [m, longest] = [table.length, table[0].length]
  const n = x.shape[axis]
  if (m * longest === n)
    return lax.reshape(x, [...x.shape.slice(0, axis), m, longest, ...x.shape.slice(axis + 1)])
  return np.take(x, integers(table.flat(), [m, longest]), { axis, mode: 'clip' })
}

/** So many windows are added up one by one. */
const mostSlices = 16

/** Means along one axis, of windows that may differ in length. */
const meansAlong = (x: NdArray, axis: number, count: number): NdArray => {
  const n = x.shape[axis]
  if (n === count) return x
  const table = windowTable(n, count)
  if (n % count === 0) return np.mean(windowsAlong(x, axis, table), { axis: axis + 1 })
  const all = bins(n, count)
  if (count <= mostSlices)
    return np.concatenate(
      all.map(([from, to]) =>
        np.mean(lax.sliceInDim(x, from, to, { axis }), { axis, keepdims: true })
      ),
      { axis }
    )
  const windows = windowsAlong(x, axis, table)
  const held = all.flatMap(([from, to]) => table[0].map((_, i) => from + i < to))
  const inside = windows.shape.map((d, a) => (a === axis || a === axis + 1 ? d : 1))
  const own = np.where(np.array(held).reshape(inside), windows, 0)
  const lengths = np.array(all.map(([from, to]) => to - from)).astype(x.dtype)
  const along = x.shape.map((_, a) => (a === axis ? count : 1))
  return np.divide(np.sum(own, { axis: axis + 1 }), lengths.reshape(along))
}

/**
 * The means of windows that divide each spatial axis as evenly as integers allow.
 *
 * Shape:  [..., H, W, C] -> [..., ...outputSize, C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 *
 * @example
 * const halves = nn.adaptiveAvgPool({ outputSize: [2] })
 * halves.apply({}, {}, np.array([[[0], [2], [4], [6]]]))[0].toNested() // => [[[1], [5]]]
 *
 * @category pooling
 * @since 0.1.0
 */
export const adaptiveAvgPool = (options: AdaptivePoolOptions): Layer<Empty, Empty> => {
  checkOptions('adaptiveAvgPool', options, ['outputSize'])
  return adaptive('adaptiveAvgPool', options, false, (x, sizes) =>
    sizes.reduce((y, n, a) => meansAlong(y, x.ndim - sizes.length - 1 + a, n), x)
  )
}

/**
 * [N, …spatial, C] -> the largest of each window, and where it was: along one axis after the other,
 * the innermost first, so that of equal ones the first in row-major order is found.
 */
const largest = (
  x: NdArray,
  sizes: readonly number[]
): { readonly output: NdArray; readonly indices: NdArray } => {
  const spatial = x.shape.slice(1, -1)
  const start = { output: x, indices: np.broadcastTo(integers([0], [1]), x.shape) }
  return sizes.reduceRight(({ output, indices }, m, s) => {
    const [axis, n] = [s + 1, spatial[s]]
    if (m === n) {
      const along = lax.iota('int32', n).mul(sizeOf(spatial.slice(s + 1)))
      const own = lax.reshape(along, x.shape.map((_, a) => (a === axis ? n : 1))) // prettier-ignore
      return { output, indices: np.add(indices, own) }
    }
    const table = windowTable(n, m)
    const windows = windowsAlong(output, axis, table)
    const winner = lax.expandDims(lax.argmax(lax.stopGradient(windows), axis + 1), [axis + 1])
    const pick = (y: NdArray): NdArray =>
      lax.squeeze(np.takeAlongAxis(y, winner, axis + 1), [axis + 1])
    const shape = windows.shape.map((d, a) => (a === axis || a === axis + 1 ? d : 1))
    const own = np.mul(integers(table.flat(), shape), sizeOf(spatial.slice(s + 1)))
    const before = windowsAlong(indices, axis, table)
    return { output: pick(windows), indices: pick(np.add(before, own)) }
  }, start)
}

/**
 * The largest elements of windows that divide each spatial axis as evenly as integers allow.
 *
 * Shape:  [..., H, W, C] -> [..., ...outputSize, C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 *
 * @example
 * const halves = nn.adaptiveMaxPool({ outputSize: [2] })
 * halves.apply({}, {}, np.array([[[0], [2], [4]]]))[0].toNested() // => [[[2], [4]]]
 *
 * @category pooling
 * @since 0.1.0
 */
export const adaptiveMaxPool = <const O extends AdaptiveMaxPoolOptions>(
  options: O
): Layer<Empty, Empty, NdArray, PoolOutput<O>> => {
  checkOptions('adaptiveMaxPool', options, ['outputSize', 'returnIndices'])
  const isBoth = options.returnIndices === true
  return adaptive('adaptiveMaxPool', options, isBoth, (x, sizes) => {
    const part = (name: 'output' | 'indices'): NdArray =>
      overBatch(x, sizes.length, (images) => largest(images, sizes)[name])
    const y = isBoth ? { output: part('output'), indices: part('indices') } : part('output')
    return y as PoolOutput<O> // as the option says
  })
}
