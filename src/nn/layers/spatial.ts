/** What convolutions and pooling share: windows over the axes before the last, channels last. */
import type { NdArray } from '../../core/array.ts'
import { ValueError } from '../../core/errors.ts'
import type { Path } from '../../core/path.ts'
import { sizeOf, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { misfit } from '../layer.ts'

/** 'same' keeps the extent (divided by the stride), 'valid' pads nothing, or [low, high] per axis. */
export type Padding = 'same' | 'valid' | readonly (readonly [low: number, high: number])[]

/** One number for every axis, or one for each. */
export type PerAxis = number | readonly number[]

/** Throws a ValueError unless there is one integer from `least` on for each spatial axis. */
export const perAxis = (
  kind: string,
  name: string,
  value: PerAxis,
  rank: number,
  least = 1
): readonly number[] => {
  const values = typeof value === 'number' ? new Array<number>(rank).fill(value) : value
  if (values.length === rank && values.every((n) => Number.isInteger(n) && n >= least))
    return values
  throw new ValueError(kind, {
    problem: `${name} does not fit the window`,
    got: `${name}: ${JSON.stringify(value)} for ${rank} spatial axes`,
    expected: `${least === 1 ? 'a positive integer' : `an integer from ${least} on`}, or one for each spatial axis`,
    hint: 'the number of spatial axes is the length of kernelSize or windowShape'
  })
}

const letters = 'DHW'

/** NHWC and HWIO, for one to three spatial axes. */
export const layoutOf = (rank: number): readonly [string, string, string] => {
  const spatial = letters.slice(3 - rank)
  return [`N${spatial}C`, `${spatial}IO`, `N${spatial}C`]
}

/** Throws unless x has the spatial axes, a channel axis, and at least `leading` more. */
export const requireRank = (
  kind: string,
  path: Path | undefined,
  shape: Shape,
  rank: number
): void => {
  if (shape.length > rank) return
  const axes = letters
    .slice(3 - rank)
    .split('')
    .join(', ')
  throw misfit(
    kind,
    path,
    shape,
    `[..., ${axes}, C]`,
    'channels come last; np.expandDims adds an axis'
  )
}

/**
 * Applies `f`, which works on [N, …spatial, C], under any number of leading axes.
 */
export const overBatch = (x: NdArray, rank: number, f: (x: NdArray) => NdArray): NdArray => {
  const leading = x.shape.slice(0, x.ndim - rank - 1)
  if (leading.length === 1) return f(x)
  const y = f(lax.reshape(x, [sizeOf(leading), ...x.shape.slice(leading.length)]))
  return lax.reshape(y, [...leading, ...y.shape.slice(1)])
}

/** Where windows lie along one spatial axis: how much is padded, and what of that is theirs alone. */
export interface Placement {
  readonly low: number
  readonly high: number
  /** Padding behind `high`, for a last window that begins inside and ends outside. */
  readonly extra: number
  readonly count: number
}

/**
 * Windows along each axis. With `ceilMode` a last window may end past the padding, as long as it
 * begins before its end.
 */
export const placeWindows = (
  extents: readonly number[],
  window: readonly number[],
  strides: readonly number[],
  dilation: readonly number[],
  padding: Padding,
  ceilMode: boolean
): readonly Placement[] =>
  extents.map((n, a) => {
    const reach = (window[a] - 1) * dilation[a] + 1
    const stride = strides[a]
    if (padding === 'same') {
      const count = Math.ceil(n / stride)
      const total = Math.max(0, (count - 1) * stride + reach - n)
      const low = Math.floor(total / 2)
      return { low, high: total - low, extra: 0, count }
    }
    const [low, high] = padding === 'valid' ? [0, 0] : padding[a]
    const room = n + low + high - reach
    if (room < 0) return { low, high, extra: 0, count: 0 }
    const whole = Math.floor(room / stride) + 1
    const isCut = ceilMode && room % stride > 0 && whole * stride < n + low
    const count = isCut ? whole + 1 : whole
    const extra = Math.max(0, (count - 1) * stride + reach - (n + low + high))
    return { low, high, extra, count }
  })

/** Extent of each spatial axis after windows have slid over it. */
export const slidExtents = (
  extents: readonly number[],
  window: readonly number[],
  strides: readonly number[],
  padding: Padding
): readonly number[] =>
  extents.map((n, a) => {
    if (padding === 'same') return Math.ceil(n / strides[a])
    const [low, high] = padding === 'valid' ? [0, 0] : padding[a]
    return Math.max(0, Math.floor((n + low + high - window[a]) / strides[a]) + 1)
  })
