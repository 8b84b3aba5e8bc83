/** Operations that move elements without changing them. */
import { broadcastInDim, reshape, transpose } from '../../../src/primitives/movement.ts'
import { concatenate, split } from '../../../src/primitives/concatenate-split.ts'
import { dynamicSlice, dynamicUpdateSlice } from '../../../src/primitives/dynamic.ts'
import { rev } from '../../../src/primitives/reversal.ts'
import { pad, slice, sliceInDim } from '../../../src/primitives/slicing.ts'
import type { NdArray } from '../../../src/core/array.ts'
import type { Converter, Converters } from '../replay.ts'

const without = (shape: readonly number[], axis: number): readonly number[] =>
  shape.filter((_, a) => a !== axis)

const insertAxis = (x: NdArray, axis: number): NdArray =>
  reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)])

const unstack: Converter = ([x], { axis }) =>
  Array.from({ length: x.shape[axis] }, (_, i) =>
    reshape(sliceInDim(x, i, i + 1, axis), without(x.shape, axis))
  )

/** Repeats the whole array along each axis: [reps, n] read as one axis. */
const tile: Converter = ([x], { reps }, { outs: [out] }) =>
  reshape(
    broadcastInDim(
      x,
      x.shape.flatMap((n, a) => [reps[a], n]),
      x.shape.map((_, a) => 2 * a + 1)
    ),
    out.shape
  )

const reshaped: Converter = ([x], { dimensions }, { outs: [out] }) =>
  reshape(dimensions === null || dimensions === undefined ? x : transpose(x, dimensions), out.shape)

/** Parameters per axis, with one for the axis of words that arrays of keys have here. */
const withWords = (perAxis: readonly number[], x: NdArray, last: number): readonly number[] =>
  perAxis.length < x.ndim ? [...perAxis, last] : perAxis

export const movement: Converters = {
  broadcast_in_dim: ([x], { broadcast_dimensions: dimensions }, { outs: [out] }) =>
    broadcastInDim(x, out.shape, withWords(dimensions, x, out.shape.length - 1)),
  concatenate: (xs, { dimension }) => concatenate(xs, dimension),
  dynamic_slice: ([x, ...starts], { slice_sizes: sizes }) => dynamicSlice(x, starts, sizes),
  dynamic_update_slice: ([x, update, ...starts]) => dynamicUpdateSlice(x, update, starts),
  pad: ([x, value], { padding_config: config }) => pad(x, value, config),
  reshape: reshaped,
  rev: ([x], { dimensions }) => rev(x, dimensions),
  slice: ([x], { start_indices: start, limit_indices: limit, strides }) =>
    slice(
      x,
      withWords(start, x, 0),
      withWords(limit, x, 2),
      strides === null ? undefined : withWords(strides, x, 1)
    ),
  split: ([x], { sizes, axis }) => split(x, sizes, axis),
  squeeze: ([x], _params, { outs: [out] }) => reshape(x, out.shape),
  stack: (xs, { axis }) =>
    concatenate(
      xs.map((x) => insertAxis(x, axis)),
      axis
    ),
  tile,
  transpose: ([x], { permutation }) => transpose(x, withWords(permutation, x, x.ndim - 1)),
  unstack
}
