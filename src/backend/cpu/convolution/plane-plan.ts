/**
 * Planes: the images of single channels, whose rows lie along memory (NCHW). A vector holds
 * neighbouring places of a row. Padding is written out in a copy that stays in the caches, and so
 * that places a step apart lie side by side, rows are split by their remainder by the step.
 */
import { sizeOf } from '../../../core/shape.ts'
import type { SpatialDimension } from '../../../kernel/ir.ts'
import { planeOrder } from '../../../kernel/channelwise.ts'
import type { ChannelAxis } from './channelwise-plan.ts'
import { copied, needsPadding, reachOf } from './convolution-padding.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import { type Dimension, emitStrided } from '../nest/strided.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** A part of the copy: what has one remainder by the step. */
interface Part {
  readonly from: number
  readonly to: number
  readonly dimensions: readonly Dimension<readonly [source: number, copy: number]>[]
}

/** The input planes of one group of one image, as they are read: a copy, or in place. */
export interface Plane {
  /** Elements of the copy; 0 where the input is read in place. */
  readonly size: number
  readonly parts: readonly Part[]
  /** Elements from the pointer to window position zero of output zero. */
  readonly origin: number
  /** Elements from one input feature to the next, and along the outer axes. */
  readonly feature: number
  readonly outer: readonly number[]
  /** Elements to a place of a row, which is a multiple of the step away from others in its part. */
  readonly column: (place: number) => number
}

/** The spatial dimensions in the order of the planes' memory, the rows last. */
export const planeAxes = (
  { spatial, lhs, rhs, out }: ConvolutionShape,
  along: 'out' | 'rhs'
): readonly ChannelAxis[] => {
  const strides = along === 'out' ? out : rhs
  return planeOrder(spatial, (s) => strides[3 + s]).map((s) => ({
    size: spatial[s],
    lhs: lhs[3 + s],
    rhs: rhs[3 + s],
    out: out[3 + s]
  }))
}

const reach = (d: SpatialDimension): number => reachOf(d, d.output)

/** How planes are read when rows are walked `step` places at a time. */
export const planPlane = (
  axes: readonly ChannelAxis[],
  [features, feature]: readonly [count: number, stride: number],
  step: number
): Plane => {
  const [outer, inner] = [axes.slice(0, -1), axes[axes.length - 1]]
  const isPlain = step === 1 && inner.lhs === 1 && axes.every((a) => !needsPadding(a.size))
  if (isPlain)
    return {
      size: 0,
      parts: [],
      origin: axes.reduce((sum, a) => sum - a.size.padLow * a.lhs, 0),
      feature,
      outer: outer.map((a) => a.lhs),
      column: (place) => place
    }
  const length = Math.ceil(reach(inner.size) / step)
  const reaches = outer.map((a) => reach(a.size))
  const strides = outer.map((_, i) => length * step * sizeOf(reaches.slice(i + 1)))
  const size = length * step * sizeOf(reaches)
  const lines = outer.map((a) => copied(a.size))
  const row = copied(inner.size)
  const parts = Array.from({ length: step }, (_, remainder): Part => {
    const first = row.position + ((((remainder - row.position) % step) + step) % step)
    const count = Math.max(0, Math.ceil((row.position + row.count - first) / step))
    return {
      from:
        lines.reduce((sum, line, i) => sum + line.first * outer[i].lhs, 0) +
        (row.first + first - row.position) * inner.lhs,
      to:
        lines.reduce((sum, line, i) => sum + line.position * strides[i], 0) +
        remainder * length +
        Math.floor(first / step),
      dimensions: [
        { extent: features, strides: [feature, size] },
        ...lines.map((line, i) => ({
          extent: line.count,
          strides: [outer[i].lhs, strides[i]] as const
        })),
        { extent: count, strides: [step * inner.lhs, 1] }
      ]
    }
  })
  return {
    size: size * features,
    parts,
    origin: 0,
    feature: size,
    outer: strides,
    column: (place) => (place % step) * length + Math.floor(place / step)
  }
}

/** Copies planes; what is padding stays as it was. */
export const emitPlaneCopy = (
  f: FunctionBuilder,
  type: VectorType,
  plane: Plane,
  from: Local,
  to: Local
): void => {
  const [source, target] = f.locals('i32', 2)
  for (const part of plane.parts) {
    f.get(from)
      .i32(part.from * type.bytes)
      .op('i32.add')
      .set(source)
    f.get(to)
      .i32(part.to * type.bytes)
      .op('i32.add')
      .set(target)
    emitStrided(f, type, 'copy', source, target, part.dimensions)
  }
}

/** Runs `body` `count` times, where each of the pointers has moved on by so many bytes. */
export const overSteps = (
  f: FunctionBuilder,
  count: number,
  moves: readonly (readonly [pointer: Local, bytes: number])[],
  body: (pointers: readonly Local[]) => void
): void => {
  const pointers = moves.map(([pointer]) => pointer)
  if (count === 1) return body(pointers)
  const own = moves.map(([pointer]) => {
    const local = f.local('i32')
    f.get(pointer).set(local)
    return local
  })
  const left = f.local('i32')
  f.i32(count).set(left)
  f.doWhile(
    () => {
      body(own)
      moves.forEach(([, bytes], i) => f.increment(own[i], bytes))
    },
    () => f.increment(left, -1).get(left)
  )
}

/**
 * Runs `body` for tiles of `size` along an axis; the last one ends with the axis, so that some of
 * its places may be computed twice.
 */
export const overTiles = (
  f: FunctionBuilder,
  extent: number,
  size: number,
  body: (first: Local) => void
): void => {
  const [next, first] = f.locals('i32', 2)
  if (extent === size) {
    f.i32(0).set(first)
    return body(first)
  }
  f.i32(0).set(next)
  f.doWhile(
    () => {
      f.get(next)
        .i32(extent - size)
        .get(next)
        .i32(extent - size)
        .op('i32.lt_s')
        .op('select')
        .set(first)
      body(first)
      f.increment(next, size)
    },
    () => f.get(next).i32(extent).op('i32.lt_s')
  )
}
