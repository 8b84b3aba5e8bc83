/**
 * The part of an input that some neighbouring outputs read, with its padding and dilation written
 * out: a copy that stays in the caches, after which every window is a plain walk.
 */

import { sizeOf } from '../../../core/shape.ts'
import type { SpatialDimension } from '../../../kernel/ir.ts'
import { emitStrided } from '../nest/strided.ts'
import type { Dimension } from '../nest/strided.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** A copy of one group's input for some outputs along one axis, and for all along the others. */
export interface PaddedInput {
  /** Elements of the copy. */
  readonly size: number
  /** Elements from the start of the source and of the copy to the first element of a line. */
  readonly from: number
  readonly to: number
  /** What a line holds: all that has one index along the axis. */
  readonly line: readonly Dimension<readonly [source: number, copy: number]>[]
  readonly axis: SpatialDimension
  /** Strides of the axis. */
  readonly strides: readonly [source: number, copy: number]
}

/** Positions of a padded, dilated input that the windows of so many outputs read. */
export const reachOf = (
  { stride, window, windowDilation }: SpatialDimension,
  outputs: number
): number => (outputs - 1) * stride + (window - 1) * windowDilation + 1

const reach = (d: SpatialDimension): number => reachOf(d, d.output)

export const needsPadding = (d: SpatialDimension): boolean =>
  d.padLow > 0 || d.inputDilation > 1 || reach(d) - d.padLow > d.input

/** An axis without windows, such as the batch, as one whose windows hold one position each. */
export const pointwise = (extent: number): SpatialDimension => ({
  input: extent,
  window: 1,
  output: extent,
  stride: 1,
  padLow: 0,
  inputDilation: 1,
  windowDilation: 1
})

/** Input indices that land inside the reach, and the position of the first of them. */
export const copied = (
  d: SpatialDimension
): { readonly first: number; readonly count: number; readonly position: number } => {
  const first = Math.max(0, Math.ceil(-d.padLow / d.inputDilation))
  const last = Math.min(d.input - 1, Math.floor((reach(d) - 1 - d.padLow) / d.inputDilation))
  return {
    first,
    count: Math.max(0, last - first + 1),
    position: first * d.inputDilation + d.padLow
  }
}

/** Row-major strides of a copy whose dimensions keep the order in memory of their source. */
const denseLike = (extents: readonly number[], strides: readonly number[]): readonly number[] => {
  const order = extents.map((_, i) => i).sort((a, b) => Math.abs(strides[a]) - Math.abs(strides[b]))
  const dense = Array<number>(extents.length).fill(0)
  let size = 1
  for (const i of order) {
    dense[i] = size
    size *= extents[i]
  }
  return dense
}

/** The copy for `outputs` outputs along axis `cut`, and its strides. */
export const padInput = (
  axes: readonly SpatialDimension[],
  strides: readonly number[],
  cut: number,
  outputs: number
): { readonly input: PaddedInput; readonly strides: readonly number[] } => {
  const extents = axes.map((d, i) => (i === cut ? reachOf(d, outputs) : reach(d)))
  const dense = denseLike(extents, strides)
  const line = axes.flatMap((d, i) => (i === cut ? [] : [{ ...copied(d), d, i }]))
  return {
    input: {
      size: sizeOf(extents),
      from: line.reduce((sum, { first, i }) => sum + first * strides[i], 0),
      to: line.reduce((sum, { position, i }) => sum + position * dense[i], 0),
      // The last dimension keeps the list from being empty.
      line: [
        ...line.map(({ count, d, i }) => ({
          extent: count,
          strides: [strides[i], dense[i] * d.inputDilation] as const
        })),
        { extent: 1, strides: [1, 1] }
      ],
      axis: axes[cut],
      strides: [strides[cut], dense[cut]]
    },
    strides: dense
  }
}

/** Fills the copy for `count` outputs from `first` along its axis. */
export const emitPadding = (
  f: FunctionBuilder,
  type: VectorType,
  { size, from, to, line, axis, strides }: PaddedInput,
  { source, copy, first, count }: Readonly<Record<'source' | 'copy' | 'first' | 'count', Local>>
): void => {
  const [start, at, end, input, target] = f.locals('i32', 5)
  const element = (n: number): number => n * type.bytes
  f.get(copy).i32(0).i32(element(size)).memoryFill()
  // The position, in the padded and dilated input, of the first output's window …
  f.get(first).i32(axis.stride).op('i32.mul').set(start)
  // … and the input indices from there on: ⌈(start − padLow) / dilation⌉, or 0.
  f.get(start)
    .i32(axis.padLow - axis.inputDilation + 1)
    .op('i32.sub')
    .set(at)
  f.i32(0).get(at).i32(axis.inputDilation).op('i32.div_s')
  f.get(at).i32(0).op('i32.le_s').op('select').set(at)
  // Up to the last position that any of the outputs reads.
  f.get(count).i32(1).op('i32.sub').i32(axis.stride).op('i32.mul').get(start).op('i32.add')
  f.i32(reachOf(axis, 1) - 1 - axis.padLow)
    .op('i32.add')
    .set(end)
  f.i32(0).get(end).i32(axis.inputDilation).op('i32.div_s').i32(1).op('i32.add')
  f.get(end).i32(0).op('i32.lt_s').op('select').set(end)
  f.get(end).i32(axis.input).get(end).i32(axis.input).op('i32.lt_s').op('select').set(end)
  f.get(at).i32(element(strides[0])).op('i32.mul').i32(element(from)).op('i32.add')
  f.get(source).op('i32.add').set(input)
  f.get(at).i32(axis.inputDilation).op('i32.mul').i32(axis.padLow).op('i32.add')
  f.get(start).op('i32.sub').i32(element(strides[1])).op('i32.mul').i32(element(to)).op('i32.add')
  f.get(copy).op('i32.add').set(target)
  f.while(
    () => f.get(at).get(end).op('i32.lt_s'),
    () => {
      emitStrided(f, type, 'copy', input, target, line)
      f.increment(input, element(strides[0]))
        .increment(target, element(strides[1] * axis.inputDilation))
        .increment(at, 1)
    }
  )
}
