/** What both forms of channelwise convolutions share: their loops, and products along a row. */
import type { SpatialDimension } from '../../../kernel/ir.ts'
import { spatialOrder } from '../../../kernel/channelwise.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import type { EngineProfile } from '../engine/engine.ts'
import { loadLanes } from '../product/gemm-micro.ts'
import { multiplyAdd } from '../values/vector.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** One spatial dimension with its strides in elements. */
export interface ChannelAxis {
  readonly size: SpatialDimension
  readonly lhs: number
  readonly rhs: number
  readonly out: number
}

/** The spatial dimensions, the one that is walked along a row last. */
export const channelAxes = (
  { spatial, lhs, rhs, out }: ConvolutionShape,
  operand: 'lhs' | 'out'
): { readonly outer: readonly ChannelAxis[]; readonly inner: ChannelAxis } => {
  const strides = operand === 'lhs' ? lhs : out
  const axes = spatialOrder({ spatial }, (s) => strides[3 + s]).map((s) => ({
    size: spatial[s],
    lhs: lhs[3 + s],
    rhs: rhs[3 + s],
    out: out[3 + s]
  }))
  return { outer: axes.slice(0, -1), inner: axes[axes.length - 1] }
}

/** Indices i of `extent` for which every position i·step + 0 … i·step + reach − low is an input. */
export const interior = (
  { input, padLow }: SpatialDimension,
  extent: number,
  step: number,
  reach: number
): { readonly from: number; readonly to: number } => {
  const from = Math.min(extent, Math.max(0, Math.ceil(padLow / step)))
  const last = Math.floor((input - 1 + padLow - reach) / step)
  return { from, to: Math.max(from, Math.min(extent, last + 1)) }
}

/** Registers that walk side by side: `base` moves by whole vectors, `offsets` are bytes from it. */
export interface Walked {
  readonly base: Local
  readonly offsets: readonly number[]
}

/**
 * Offsets of several elements from the one that lies lowest, and the bytes from the first element
 * to that one: immediates cannot be negative.
 */
export const fromLowest = (
  offsets: readonly number[]
): { readonly shift: number; readonly offsets: readonly number[] } => {
  const shift = Math.min(...offsets)
  return { shift, offsets: offsets.map((o) => o - shift) }
}

/** A product to be added: sum `sum` gets `x` (an offset) times `factor` (a vector). */
export interface Term {
  readonly sum: Local
  readonly x: number
  readonly factor: Local
}

/** Adds all terms; each vector at an offset is loaded once. */
export const addTerms = (
  f: FunctionBuilder,
  type: VectorType,
  profile: EngineProfile,
  lanes: number,
  x: Local,
  terms: readonly Term[]
): void => {
  const value = f.local('v128')
  for (const offset of new Set(terms.map((t) => t.x))) {
    f.get(x)
    loadLanes(f, type, lanes, offset)
    f.set(value)
    for (const term of terms)
      if (term.x === offset) multiplyAdd(f, type, profile, value, term.factor, term.sum)
  }
}

/** Runs `body` for vectors of channels, then for single ones; `left` counts down to zero. */
export const overChannels = (
  f: FunctionBuilder,
  type: VectorType,
  left: Local,
  pointers: readonly Local[],
  body: (lanes: number) => void
): void => {
  for (const lanes of [type.lanes, 1])
    f.while(
      () => f.get(left).i32(lanes).op('i32.ge_s'),
      () => {
        body(lanes)
        for (const pointer of pointers) f.increment(pointer, lanes * type.bytes)
        f.increment(left, -lanes)
      }
    )
}

/** Stores a vector, or its first lane. */
export const storeLanes = (
  f: FunctionBuilder,
  type: VectorType,
  lanes: number,
  address: Local,
  value: Local,
  at: number
): void => {
  f.get(address).get(value)
  if (lanes > 1) f.memory('v128.store', at)
  else f.laneMemory(type.storeLane, 0, at)
}

/** Sets `first` and `count` to the window positions of output `o` that lie inside of the input. */
export const emitWindow = (
  f: FunctionBuilder,
  { input, window, stride, padLow, windowDilation }: SpatialDimension,
  o: Local,
  first: Local,
  count: Local
): void => {
  const [low, last] = f.locals('i32', 2)
  // ⌈(padLow − o·stride) / dilation⌉, at least 0.
  f.i32(padLow).get(o).i32(stride).op('i32.mul').op('i32.sub').set(low)
  f.get(low)
    .i32(windowDilation - 1)
    .op('i32.add')
    .i32(windowDilation)
    .op('i32.div_s')
  f.i32(0).get(low).i32(0).op('i32.gt_s').op('select').set(first)
  // ⌊(input − 1 + padLow − o·stride) / dilation⌋, at most the last position.
  f.get(low)
    .i32(input - 1)
    .op('i32.add')
    .tee(last)
    .i32(windowDilation)
    .op('i32.div_s')
  f.i32(-1).get(last).i32(0).op('i32.ge_s').op('select').set(last)
  f.get(last)
    .i32(window - 1)
    .get(last)
    .i32(window - 1)
    .op('i32.lt_s')
    .op('select')
  f.get(first).op('i32.sub').i32(1).op('i32.add').tee(count)
  f.i32(0).get(count).i32(0).op('i32.gt_s').op('select').set(count)
}

/** Emits a body for every `size` columns from where `column` stands, while they end by the limit. */
export const stepping =
  (f: FunctionBuilder, column: Local) =>
  (limit: number, size: number, body: () => void): void =>
    void f.while(
      () =>
        f
          .get(column)
          .i32(limit - size)
          .op('i32.le_s'),
      () => {
        body()
        f.increment(column, size)
      }
    )
