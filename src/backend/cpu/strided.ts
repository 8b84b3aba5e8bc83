/** Index spaces walked with constant strides: merging of dimensions, offsets and copies. */

import type { VectorType } from './vector.ts'
import type { FunctionBuilder, Local } from './wasm/function.ts'

/** One dimension of an index space, with a stride (in elements) in each of `N` arrays. */
export interface Dimension<N extends readonly number[] = readonly number[]> {
  readonly extent: number
  readonly strides: N
}

/**
 * The same walk with fewer dimensions: extents of one vanish, and a dimension joins the one inside
 * it where all its strides continue the inner walk. Outermost first; never empty.
 */
export const mergeDimensions = <N extends readonly number[]>(
  dimensions: readonly Dimension<N>[]
): readonly Dimension<N>[] => {
  const merged: Dimension<N>[] = []
  for (const dimension of dimensions) {
    if (dimension.extent === 1) continue
    const outer = merged.at(-1)
    const { extent, strides } = dimension
    if (outer !== undefined && outer.strides.every((stride, i) => stride === extent * strides[i]))
      merged[merged.length - 1] = { extent: outer.extent * extent, strides }
    else merged.push(dimension)
  }
  if (merged.length > 0) return merged
  const [first] = dimensions
  // A space of one element: its strides are never taken.
  return [{ extent: 1, strides: first.strides.map(() => 0) as unknown as N }]
}

/** Row-major offset of `index` in elements: pushes Σ digit · stride, times `scale`. */
export const pushOffset = (
  f: FunctionBuilder,
  index: Local,
  dimensions: readonly Dimension<readonly [number]>[],
  scale: number
): void => {
  const rest = f.local('i32')
  const digits = [...dimensions.slice(1)].reverse()
  f.get(index).set(rest)
  for (const { extent, strides } of digits) {
    f.get(rest)
      .i32(extent)
      .op('i32.rem_u')
      .i32(strides[0] * scale)
      .op('i32.mul')
    f.get(rest).i32(extent).op('i32.div_u').set(rest)
  }
  f.get(rest)
    .i32(dimensions[0].strides[0] * scale)
    .op('i32.mul')
  for (let i = 0; i < digits.length; i++) f.op('i32.add')
}

/** Above this many bytes one bulk copy is faster than a loop of vectors. */
const BULK = 512

/** Copies `count` contiguous elements; moves neither pointer. */
const copyRun = (
  f: FunctionBuilder,
  type: VectorType,
  source: Local,
  target: Local,
  count: number
): void => {
  const bytes = count * type.bytes
  if (bytes > BULK) {
    f.get(target).get(source).i32(bytes).memoryCopy()
    return
  }
  let at = 0
  for (; at + 16 <= bytes; at += 16)
    f.get(target).get(source).memory('v128.load', at).memory('v128.store', at)
  for (; at < bytes; at += type.bytes)
    f.get(target).get(source).memory(type.load, at).memory(type.store, at)
}

/**
 * Copies from `source` to `target` over an index space with strides [source, target]; both
 * pointers come back unchanged.
 */
export const emitCopy = (
  f: FunctionBuilder,
  type: VectorType,
  source: Local,
  target: Local,
  dimensions: readonly Dimension<readonly [number, number]>[]
): void => {
  const walk = ([first, ...rest]: readonly Dimension<readonly [number, number]>[]): void => {
    if (first === undefined) {
      copyRun(f, type, source, target, 1)
      return
    }
    const [from, to] = first.strides
    if (rest.length === 0 && from === 1 && to === 1) {
      copyRun(f, type, source, target, first.extent)
      return
    }
    const left = f.local('i32')
    f.i32(first.extent).set(left)
    f.while(
      () => f.get(left),
      () => {
        walk(rest)
        f.increment(source, from * type.bytes).increment(target, to * type.bytes)
        f.increment(left, -1)
      }
    )
    f.increment(source, -first.extent * from * type.bytes)
    f.increment(target, -first.extent * to * type.bytes)
  }
  const byTarget = [...dimensions].sort((a, b) => Math.abs(b.strides[1]) - Math.abs(a.strides[1]))
  if (byTarget.length === 0 || byTarget.every(({ extent }) => extent > 0))
    walk(mergeDimensions(byTarget))
}
