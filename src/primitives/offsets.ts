/** Flat positions of sub-arrays, as the inner loops of reference rules walk them. */
import { sizeOf, stridesOf, type Shape } from '../core/shape.ts'

/** Offsets of every multi-index of `shape` under `strides`, in row-major order. */
export const offsetsOf = (shape: Shape, strides: readonly number[]): Int32Array => {
  const out = new Int32Array(sizeOf(shape))
  const index = shape.map(() => 0)
  let at = 0
  for (let i = 0; i < out.length; i++) {
    out[i] = at
    for (let a = shape.length - 1; a >= 0; a--) {
      at += strides[a]
      index[a] = index[a] + 1
      if (index[a] < shape[a]) break
      at -= strides[a] * shape[a]
      index[a] = 0
    }
  }
  return out
}

/** Offsets in an array of `shape` of the sub-array that only `axes` (in this order) span. */
export const offsetsAlong = (shape: Shape, axes: readonly number[]): Int32Array => {
  const strides = stridesOf(shape)
  return offsetsOf(
    axes.map((a) => shape[a]),
    axes.map((a) => strides[a])
  )
}

/** The axes of a rank that are not in any of the lists, increasing. */
export const otherAxes = (
  rank: number,
  ...taken: readonly (readonly number[])[]
): readonly number[] =>
  Array.from({ length: rank }, (_, a) => a).filter((a) => !taken.some((list) => list.includes(a)))
