/** Pooling into a given number of windows, whatever the input's extent. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
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
  const fine = outputSize.every((n) => n === null || (Number.isInteger(n) && n > 0))
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

/** Means along one axis: a product with the weights of each window. */
const meansAlong = (x: NdArray, axis: number, count: number): NdArray => {
  const n = x.shape[axis]
  if (n === count) return x
  const weights = bins(n, count).flatMap(([from, to]) =>
    Array.from({ length: n }, (_, i) => (i >= from && i < to ? 1 / (to - from) : 0))
  )
  const matrix = lax.convertElementType(np.array(weights).reshape([count, n]), x.dtype)
  const y = lax.dotGeneral(x, matrix, {
    dimensionNumbers: { lhsContracting: [axis], rhsContracting: [1] }
  })
  return np.moveaxis(y, -1, axis)
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

/** Positions of each window along an axis, the last repeated where a window is shorter. */
const windowTable = (n: number, m: number): readonly (readonly number[])[] => {
  const all = bins(n, m)
  const longest = Math.max(...all.map(([from, to]) => to - from))
  return all.map(([from, to]) =>
    Array.from({ length: longest }, (_, i) => Math.min(from + i, to - 1))
  )
}

const integers = (values: readonly number[], shape: Shape): NdArray =>
  np
    .array([...values])
    .astype('int32')
    .reshape(shape)

/** [N, …spatial, C] -> the largest of each window, and where it was. */
const largest = (
  x: NdArray,
  sizes: readonly number[]
): { readonly output: NdArray; readonly indices: NdArray } => {
  const rank = sizes.length
  const spatial = x.shape.slice(1, -1)
  const tables = sizes.map((m, a) => windowTable(spatial[a], m))
  // [N, m₀, w₀, m₁, w₁, …, C]: every element of every window.
  const gathered = tables.reduce(
    (y, table, a) =>
      np.take(y, integers(table.flat(), [table.length, table[0].length]), { axis: 1 + 2 * a }),
    x
  )
  const windows = sizes.map((_, a) => 1 + 2 * a)
  const inside = sizes.map((_, a) => 2 + 2 * a)
  const widths = inside.map((a) => gathered.shape[a])
  const rows = lax.reshape(lax.transpose(gathered, [0, ...windows, 2 * rank + 1, ...inside]), [
    x.shape[0],
    ...sizes,
    x.shape[x.ndim - 1],
    sizeOf(widths)
  ])
  const winner = lax.expandDims(lax.argmax(lax.stopGradient(rows), rows.ndim - 1), [rows.ndim - 1])
  // Of each window and each of its elements: the position in the flattened spatial axes.
  const flat = tables.reduce<NdArray>(
    (sum, table, a) => {
      const stride = sizeOf(spatial.slice(a + 1))
      const shape = [...sizes.map((_, b) => (a === b ? table.length : 1)), 1]
      const inner = widths.map((w, b) => (a === b ? w : 1))
      return np.add(sum, np.mul(integers(table.flat(), [...shape, ...inner]), stride))
    },
    integers([0], [1])
  )
  const places = np.broadcastTo(
    lax.reshape(np.broadcastTo(flat, [...sizes, 1, ...widths]), [1, ...sizes, 1, sizeOf(widths)]),
    rows.shape
  )
  const pick = (y: NdArray): NdArray =>
    lax.squeeze(np.takeAlongAxis(y, winner, -1), [rows.ndim - 1])
  return { output: pick(rows), indices: pick(places) }
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
