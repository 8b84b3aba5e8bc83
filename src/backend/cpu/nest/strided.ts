/** Index spaces walked with constant strides: merging of dimensions, offsets and copies. */

import type { VectorType } from '../values/vector.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

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
  const digits = dimensions.slice(1).reverse()
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

/** What is done with an element of the target: overwritten, added to, or cleared. */
export type StridedAction = 'copy' | 'add' | 'clear'

/** Above this many bytes bulk instructions are faster than unrolled vectors. */
const BULK = 512

/** Acts on `bytes` contiguous bytes from `at`, unrolled. */
const emitVectors = (
  f: FunctionBuilder,
  type: VectorType,
  action: StridedAction,
  source: Local,
  target: Local,
  bytes: number
): void => {
  const one = (at: number, size: number): void => {
    const whole = size === 16
    const load = whole ? 'v128.load' : type.load
    f.get(target)
    if (action === 'clear') {
      if (whole) f.i32x4(0)
      else if (type.bytes === 4) f.f32(0)
      else f.f64(0)
    } else {
      if (action === 'add') f.get(target).memory(load, at)
      f.get(source).memory(load, at)
      if (action === 'add') f.op(`${whole ? type.shape : type.scalar}.add`)
    }
    f.memory(whole ? 'v128.store' : type.store, at)
  }
  let at = 0
  for (; at + 16 <= bytes; at += 16) one(at, 16)
  for (; at < bytes; at += type.bytes) one(at, type.bytes)
}

/** Acts on `count` contiguous elements; the pointers come back unchanged. */
const emitRun = (
  f: FunctionBuilder,
  type: VectorType,
  action: StridedAction,
  source: Local,
  target: Local,
  count: number
): void => {
  const bytes = count * type.bytes
  if (bytes <= BULK) emitVectors(f, type, action, source, target, bytes)
  else if (action === 'copy') f.get(target).get(source).i32(bytes).memoryCopy()
  else if (action === 'clear') f.get(target).i32(0).i32(bytes).memoryFill()
  else {
    const chunk = 64
    const whole = bytes - (bytes % chunk)
    const end = f.local('i32')
    f.get(target).i32(whole).op('i32.add').set(end)
    f.doWhile(
      () => {
        emitVectors(f, type, action, source, target, chunk)
        f.increment(source, chunk).increment(target, chunk)
      },
      () => f.get(target).get(end).op('i32.lt_u')
    )
    emitVectors(f, type, action, source, target, bytes - whole)
    f.increment(source, -whole).increment(target, -whole)
  }
}

/**
 * Acts on every element of `target` over an index space with strides [source, target]; both
 * pointers come back unchanged.
 */
export const emitStrided = (
  f: FunctionBuilder,
  type: VectorType,
  action: StridedAction,
  source: Local,
  target: Local,
  dimensions: readonly Dimension<readonly [number, number]>[]
): void => {
  const walk = ([first, ...rest]: readonly Dimension<readonly [number, number]>[]): void => {
    if (first === undefined) return emitRun(f, type, action, source, target, 1)
    const [from, to] = first.strides
    if (rest.length === 0 && (from === 1 || action === 'clear') && to === 1)
      return emitRun(f, type, action, source, target, first.extent)
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
  if (dimensions.some(({ extent }) => extent === 0)) return
  const byTarget = [...dimensions].sort((a, b) => Math.abs(b.strides[1]) - Math.abs(a.strides[1]))
  walk(mergeDimensions(byTarget))
}
