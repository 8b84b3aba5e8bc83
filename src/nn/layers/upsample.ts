/** Images made larger or smaller by interpolation. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'

export interface UpsampleOptions {
  /** The extents of the result, for each spatial axis. */
  readonly size?: readonly number[]
  /** Or how many times larger it is: one number, or one for each spatial axis. */
  readonly scale?: number | readonly number[]
  /** 'nearest' by default; 'linear' in every axis is bilinear on images. */
  readonly mode?: 'nearest' | 'nearestExact' | 'linear' | 'cubic'
  /** The corners of both lie on each other, instead of the edges of their pixels. */
  readonly alignCorners?: boolean
  /** How many spatial axes there are: the length of `size` or `scale`, else all but two. */
  readonly spatialAxes?: number
}

type Mode = NonNullable<UpsampleOptions['mode']>

/** The cubic convolution kernel with a = −3/4, at the four neighbours of a place t behind the second. */
const cubic = (t: number): readonly number[] => {
  const a = -0.75
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  return [far(t + 1), near(t), near(1 - t), far(2 - t)]
}

/** An element that a place of the result is made of, and its weight. */
interface Tap {
  readonly at: number
  readonly weight: number
}

/** What one place of the result is made of, of n positions: two elements, or four. */
const tapsAt = (source: number, n: number, mode: 'linear' | 'cubic'): readonly Tap[] => {
  const place = mode === 'linear' ? Math.min(Math.max(source, 0), n - 1) : source
  const first = Math.floor(place)
  const t = place - first
  const weights = mode === 'linear' ? [1 - t, t] : cubic(t)
  const from = mode === 'linear' ? first : first - 1
  return weights.map((weight, i) => ({ at: Math.min(Math.max(from + i, 0), n - 1), weight }))
}

/** Where in a place of the result its sample lies; null for modes that have several. */
const shiftOf = (mode: Mode): number | null =>
  mode === 'nearest' ? 0 : mode === 'nearestExact' ? 0.5 : null

const elementsAlong = (x: NdArray, axis: number, places: readonly number[]): NdArray =>
  np.take(x, np.array([...places]).astype('int32'), { axis, mode: 'clip' })

/** Of which element each place of the result is a copy. */
const nearestPlaces = (n: number, count: number, step: number, shift: number): readonly number[] =>
  // In single precision, as the positions were found that others have recorded.
  Array.from({ length: count }, (_, i) =>
    Math.min(n - 1, Math.floor(Math.fround((i + shift) * Math.fround(step))))
  )

/** How often each of n elements is repeated, where all are alike; else null. */
const timesOf = (n: number, places: readonly number[]): number | null => {
  const times = places.length / n
  const isEven = places.every((place, i) => place === Math.floor(i / times))
  return isEven && Number.isInteger(times) ? times : null
}

/** Every element along the axes from `first` on, `times` times in a row. */
const repeated = (x: NdArray, first: number, times: readonly number[]): NdArray => {
  const at = (a: number): number => times[a - first] ?? 1
  const split = x.shape.flatMap((n, a) => [n, at(a)])
  const copies = lax.broadcastInDim(
    x,
    split,
    x.shape.map((_, a) => 2 * a)
  )
  return lax.reshape(
    copies,
    x.shape.map((n, a) => n * at(a))
  )
}

const resizeAxis = (
  x: NdArray,
  axis: number,
  count: number,
  step: number,
  mode: Mode,
  alignCorners: boolean
): NdArray => {
  const n = x.shape[axis]
  const shift = shiftOf(mode)
  if (shift !== null) return elementsAlong(x, axis, nearestPlaces(n, count, step, shift))
  const taps = Array.from({ length: count }, (_, i) => {
    const source = alignCorners
      ? count === 1
        ? 0
        : (i * (n - 1)) / (count - 1)
      : (i + 0.5) * step - 0.5
    return tapsAt(source, n, mode === 'cubic' ? 'cubic' : 'linear')
  })
  const along = x.shape.map((_, a) => (a === axis ? count : 1))
  const terms = taps[0].map((_, t) => {
    const weights = np.array(taps.map((all) => all[t].weight)).astype(x.dtype)
    const elements = taps.map((all) => all[t].at)
    return np.mul(elementsAlong(x, axis, elements), lax.reshape(weights, along))
  })
  return terms.reduce((sum, term) => np.add(sum, term))
}

/**
 * Interpolates along the spatial axes, with PyTorch's rules for where samples lie.
 *
 * Shape:  [..., H, W, C] -> [..., H', W', C]; likewise for other numbers of spatial axes.
 * Errors: ShapeError with the layer's path when spatial axes are missing.
 * Source: cubic: Keys 1981 with a = −3/4.
 *
 * @example
 * const layer = nn.upsample({ scale: 2, mode: 'linear', alignCorners: true })
 * layer.apply({}, {}, np.array([[[0], [3]]]))[0].reshape([4]) // => [0. 1. 2. 3.]
 *
 * @category shapes
 * @since 0.1.0
 */
export const upsample = (options: UpsampleOptions): Layer<Empty, Empty> => {
  const kind = 'upsample'
  checkOptions(kind, options, ['size', 'scale', 'mode', 'alignCorners', 'spatialAxes'])
  const { size, scale, mode = 'nearest', alignCorners = false } = options
  const isFine =
    (size === undefined) !== (scale === undefined) &&
    ['nearest', 'nearestExact', 'linear', 'cubic'].includes(mode) &&
    [size ?? scale ?? []].flat().every((n) => typeof n === 'number' && n > 0)
  if (!isFine)
    throw new ValueError(kind, {
      problem: 'it is not said how large the result is, or how it is made',
      got: JSON.stringify({ size, scale, mode }),
      expected: "either size or scale, and mode 'nearest', 'nearestExact', 'linear' or 'cubic'",
      hint: "nn.upsample({ scale: 2, mode: 'linear' })"
    })
  const rankOf = (shape: Shape): number =>
    options.spatialAxes ??
    size?.length ??
    (Array.isArray(scale) ? scale.length : Math.max(0, shape.length - 2))
  const scaleAt = (a: number): number | undefined =>
    typeof scale === 'number' ? scale : scale?.[a]
  const countsOf = (shape: Shape, rank: number): readonly number[] =>
    Array.from({ length: rank }, (_, a) => {
      const n = shape[shape.length - 1 - rank + a]
      return size?.[a] ?? Math.floor(n * (scaleAt(a) ?? 1))
    })
  return {
    kind,
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, x, { path } = {}) => {
      const rank = rankOf(x.shape)
      if (rank === 0 || x.ndim <= rank)
        throw misfit(kind, path, x.shape, '[..., C] with spatial axes', 'channels come last')
      const at = x.ndim - 1 - rank
      const counts = countsOf(x.shape, rank)
      const steps = counts.map((count, a) => {
        const factor = scaleAt(a)
        return factor === undefined ? x.shape[at + a] / count : 1 / factor
      })
      const shift = shiftOf(mode)
      const times = counts.map((count, a) => {
        const n = x.shape[at + a]
        return shift === null ? null : timesOf(n, nearestPlaces(n, count, steps[a], shift))
      })
      const y = times.every((t) => t !== null)
        ? repeated(x, at, times)
        : counts.reduce(
            (h, count, a) => resizeAxis(h, at + a, count, steps[a], mode, alignCorners),
            x
          )
      return [y, state]
    },
    outputShape: (inputShape) => {
      const rank = rankOf(inputShape)
      return [
        ...inputShape.slice(0, inputShape.length - 1 - rank),
        ...countsOf(inputShape, rank),
        inputShape[inputShape.length - 1]
      ]
    }
  }
}
