/**
 * Sums over windows of an operand with holes so wide that a window sees one element at most: what
 * becomes of the gradient of a pooling whose windows do not overlap. Elements are copied to where
 * they are seen, however large the windows are.
 */
import { type Affine, axisIndex, constantIndex } from './affine.ts'
import { copy, type Emitter, loadBuffer } from './emit.ts'
import type { LoweredValue, WindowParams } from './fuse.ts'
import { binary, constant } from './make.ts'
import { pad } from './lower-movement.ts'
import { full, mapParts, view } from './views.ts'

/** An axis of the result: every element `times` times in a row, then so many zeros. */
interface Spread {
  readonly extent: number
  readonly times: number
  readonly zeros: number
}

/** How elements spread along an axis with `outputs` windows; null where they do in another way. */
const spreadAlong = (
  p: WindowParams,
  a: number,
  extent: number,
  outputs: number
): Spread | null => {
  const [window, stride] = [p.windowDimensions[a], p.windowStrides[a]]
  const [[low], holes] = [p.padding[a], p.baseDilation[a]]
  if (p.windowDilation[a] !== 1) return null
  // A single element that every window sees.
  if (extent === 1 && low < window && (outputs - 1) * stride <= low)
    return { extent: 1, times: outputs, zeros: 0 }
  const zeros = outputs - extent * holes
  const fits = window === holes && stride === 1 && low === window - 1 && zeros >= 0
  return fits ? { extent, times: holes, zeros } : null
}

/** The sums over windows of `shape`, or null where windows see several elements, or none. */
export const spreadWindows = (
  c: Emitter,
  v: LoweredValue,
  p: WindowParams,
  shape: readonly number[]
): LoweredValue | null => {
  const axes = v.shape.map((n, a) => spreadAlong(p, a, n, shape[a]))
  if (axes.includes(null) || shape.includes(0) || v.shape.includes(0)) return null
  const spread = axes as readonly Spread[] // checked above
  if (spread.every((s) => s.times === 1)) return null
  // A sum begins at 0, which −0 does not survive.
  const sums = mapParts(v, (e) => binary('add', constant(e.dtype, 0), e))
  const isBroadcast = spread.every((s) => (s.extent === 1 || s.times === 1) && s.zeros === 0)
  if (isBroadcast)
    return view(
      sums,
      shape,
      spread.map((s, a): Affine => (s.extent === 1 ? constantIndex(0) : axisIndex(a)))
    )
  const split = spread.flatMap((s) => [s.extent, s.times])
  const copies = view(
    sums,
    split,
    spread.map((_, a) => axisIndex(2 * a))
  )
  const dense = loadBuffer(copy(c, copies), {
    shape: spread.map((s) => s.extent * s.times),
    dtype: v.dtype
  })
  const edges = spread.map((s) => [0, s.zeros, 0] as const)
  return spread.every((s) => s.zeros === 0) ? dense : pad(c, dense, full([], v.dtype, 0), edges)
}
