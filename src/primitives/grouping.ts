/** Group and batch factors moved between the axes of a convolution's operands. */
import type { NdArray } from '../core/array.ts'
import { moveAxis, reshape } from './movement.ts'

/** Axis `axis` of `x` as two, the first of extent `outer`. */
const split = (x: NdArray, axis: number, outer: number): NdArray =>
  reshape(x, [
    ...x.shape.slice(0, axis),
    outer,
    outer === 0 ? 0 : x.shape[axis] / outer,
    ...x.shape.slice(axis + 1)
  ])

/** Axes `axis` and `axis + 1` of `x` as one. */
const merge = (x: NdArray, axis: number): NdArray =>
  reshape(x, [
    ...x.shape.slice(0, axis),
    x.shape[axis] * x.shape[axis + 1],
    ...x.shape.slice(axis + 2)
  ])

/**
 * The mapped axis `dim` of `x` goes into axis `axis` of an example, inside each of `groups` equal
 * parts: position (group, example, rest).
 */
export const foldInto = (x: NdArray, dim: number, axis: number, groups: number): NdArray => {
  if (groups === 1) return merge(moveAxis(x, dim, axis), axis)
  const parts = split(moveAxis(x, dim, 0), axis + 1, groups) // [b, …, group, rest, …]
  const inside = moveAxis(parts, 0, axis + 1) // […, group, b, rest, …]
  return merge(merge(inside, axis), axis)
}

/** Undoes `foldInto` on a result; the mapped axis is then axis `axis`. */
export const unfoldFrom = (y: NdArray, axis: number, size: number, groups: number): NdArray => {
  if (groups === 1) return split(y, axis, size)
  const parts = split(split(y, axis, groups), axis + 1, size) // […, group, b, rest, …]
  return merge(moveAxis(parts, axis + 1, axis), axis + 1)
}

/** The outermost factor `groups` of axis `from` becomes the outermost factor of axis `to`. */
export const regroup = (x: NdArray, from: number, to: number, groups: number): NdArray =>
  groups === 1 ? x : merge(moveAxis(split(x, from, groups), from, to), to)
