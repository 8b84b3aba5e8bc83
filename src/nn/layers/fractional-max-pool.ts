/** Max pooling by windows that begin at random, so that extents shrink by less than a half. */
import { isArray, type NdArray } from '../../core/array.ts'
import { ValueError, checkOptions, listOf } from '../../core/errors.ts'
import { sizeOf, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import * as random from '../../random/index.ts'
import { empty, misfit, requireKey, type Empty, type Layer, type ShapesOf } from '../layer.ts'
import type { PoolOutput } from './pool.ts'
import { perAxis, requireRank } from './spatial.ts'

export interface FractionalMaxPoolOptions {
  /** Its length is the number of spatial axes: [2, 2] for images. */
  readonly windowShape: readonly number[]
  /** Extents of the result, one for each spatial axis. */
  readonly outputSize?: readonly number[]
  /** Extents of the result as parts of the input's, each between 0 and 1. */
  readonly outputRatio?: readonly number[]
  /** Gives `{ output, indices }`, with where each element was: see `maxUnpool`. */
  readonly returnIndices?: boolean
}

/** Images, and the number in [0, 1) that places the windows of each axis. */
export interface FractionalMaxPoolInput {
  readonly x: NdArray // [..., H, W, C]
  readonly samples: NdArray // [..., C, spatial axes]
}

const kind = 'fractionalMaxPool'

const check = (options: FractionalMaxPoolOptions): void => {
  const { windowShape, outputSize, outputRatio } = options
  const rank = windowShape.length
  const isPart = (r: number): boolean => r > 0 && r < 1
  const isCount = (n: number): boolean => Number.isInteger(n) && n > 0
  const fine =
    outputSize === undefined
      ? outputRatio?.length === rank && outputRatio.every(isPart)
      : outputRatio === undefined && outputSize.length === rank && outputSize.every(isCount)
  if (fine) return
  throw new ValueError(kind, {
    problem: 'the extents of the result cannot be read',
    got: `outputSize: ${JSON.stringify(outputSize)}, outputRatio: ${JSON.stringify(outputRatio)}`,
    expected: `either of them, with one number for each of ${rank} spatial axes`,
    hint: '{ outputRatio: [0.7, 0.7] } keeps 0.7 of each extent'
  })
}

/**
 * Where the windows of one axis begin: ⌊(i + u) α⌋ − ⌊u α⌋ with α = (n − w) / (m − 1), the last one
 * at the end. Shape: u [...] -> int32 [..., m].
 */
const starts = (u: NdArray, n: number, m: number, w: number): NdArray => {
  const last = lax.full([...u.shape, 1], n - w, 'int32')
  if (m === 1) return last
  const step = (n - w) / (m - 1)
  const at = np.add(np.expandDims(u, -1), lax.iota(u.dtype, m - 1))
  const from = np.floor(np.mul(np.expandDims(u, -1), step))
  const begin = lax.convertElementType(np.sub(np.floor(np.mul(at, step)), from), 'int32')
  return lax.concatenate([begin, last], u.ndim)
}

/**
 * The largest elements of windows that begin at random, in every image and channel apart. While it
 * does not train the windows are those of the sample 1/2.
 *
 * Shape:  [..., H, W, C] -> [..., ...outputSize, C]; likewise for one and three spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing or smaller than windows;
 *         ValueError with it when it trains without a key.
 * Source: Graham 2014.
 *
 * @example
 * const layer = nn.fractionalMaxPool({ windowShape: [2], outputSize: [3] })
 * const x = np.array([[[1], [5], [4], [2], [3]]])
 * layer.apply({}, {}, x)[0].reshape([3]) // => [5. 4. 3.]
 *
 * @category pooling
 * @since 0.1.0
 */
export const fractionalMaxPool = <const O extends FractionalMaxPoolOptions>(
  options: O
): Layer<Empty, Empty, NdArray | FractionalMaxPoolInput, PoolOutput<O>> => {
  checkOptions(kind, options, ['windowShape', 'outputSize', 'outputRatio', 'returnIndices'])
  const rank = listOf(kind, options.windowShape, 'windowShape').length
  const window = perAxis(kind, 'windowShape', options.windowShape, rank)
  check(options)
  const isBoth = options.returnIndices === true
  const sizesOf = (shape: Shape): readonly number[] => {
    const extents = shape.slice(-rank - 1, -1)
    return (
      options.outputSize ?? extents.map((n, a) => Math.floor(n * (options.outputRatio?.[a] ?? 1)))
    )
  }
  const requireExtents = (shape: Shape, path: Parameters<typeof misfit>[1]): void => {
    requireRank(kind, path, shape, rank)
    const sizes = sizesOf(shape)
    const fits = shape
      .slice(-rank - 1, -1)
      .every((n, a) => sizes[a] > 0 && sizes[a] + window[a] - 1 <= n)
    if (fits) return
    const least = sizes.map((m, a) => m + window[a] - 1).join(', ')
    throw misfit(
      kind,
      path,
      shape,
      `spatial extents from [${least}] on`,
      'ask for a smaller result'
    )
  }

  /** [N, …spatial, C] and u [N, C, rank] -> the winners, and where they were. */
  const largest = (x: NdArray, u: NdArray) => {
    const [spatial, sizes] = [x.shape.slice(1, -1), sizesOf(x.shape)]
    const [batch, channels] = [x.shape[0], x.shape[x.ndim - 1]]
    // [N, C, …sizes, …window]: positions in the flattened spatial axes, one axis after the other.
    const places = spatial.reduce<NdArray>(
      (sum, n, a) => {
        const sample = lax.squeeze(lax.sliceInDim(u, a, a + 1, { axis: 2 }), [2])
        const from = starts(sample, n, sizes[a], window[a])
        const all = np.add(np.expandDims(from, -1), lax.iota('int32', window[a]))
        const lengths = (of: readonly number[]): number[] => of.map((m, b) => (a === b ? m : 1))
        const shape = [batch, channels, ...lengths(sizes), ...lengths(window)]
        return np.add(sum, np.mul(lax.reshape(all, shape), sizeOf(spatial.slice(a + 1))))
      },
      lax.full([], 0, 'int32')
    )
    const rows = lax.reshape(places, [batch, channels, sizeOf(sizes) * sizeOf(window)])
    const flat = np.swapaxes(lax.reshape(x, [batch, sizeOf(spatial), channels]), 1, 2)
    const windows = lax.reshape(np.takeAlongAxis(flat, rows, -1), [
      batch,
      channels,
      sizeOf(sizes),
      sizeOf(window)
    ])
    const winner = lax.expandDims(lax.argmax(lax.stopGradient(windows), 3), [3])
    const pick = (y: NdArray): NdArray =>
      lax.reshape(np.swapaxes(lax.squeeze(np.takeAlongAxis(y, winner, -1), [3]), 1, 2), [
        batch,
        ...sizes,
        channels
      ])
    return { output: pick(windows), indices: pick(lax.reshape(places, windows.shape)) }
  }

  return {
    kind,
    children: {},
    init: (_key, { inputShape, path }) => {
      requireExtents('x' in inputShape ? inputShape.x : inputShape, path)
      return [empty, empty]
    },
    apply: (_params, state, given, applied = {}) => {
      const x = isArray(given) ? given : given.x
      requireExtents(x.shape, applied.path)
      const lead = x.shape.slice(0, -rank - 1)
      const channels = x.shape[x.ndim - 1]
      const own = [sizeOf(lead), channels, rank]
      const drawn = (): NdArray =>
        applied.train === true
          ? random.uniform(requireKey(kind, applied), own)
          : lax.full(own, 0.5, 'float32')
      const samples = isArray(given) ? drawn() : lax.reshape(given.samples, own)
      const images = lax.reshape(x, [sizeOf(lead), ...x.shape.slice(lead.length)])
      const { output, indices } = largest(images, samples)
      const back = (y: NdArray): NdArray => lax.reshape(y, [...lead, ...y.shape.slice(1)])
      const y = isBoth ? { output: back(output), indices: back(indices) } : back(output)
      return [y as PoolOutput<O>, state] // as the option says
    },
    outputShape: (given) => {
      const shape = 'x' in given ? given.x : given
      const output = [...shape.slice(0, -rank - 1), ...sizesOf(shape), shape[shape.length - 1]]
      return (isBoth ? { output, indices: output } : output) as unknown as ShapesOf<PoolOutput<O>>
    }
  }
}
