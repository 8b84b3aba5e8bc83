/** Reductions of windows as nests. They come with the primitives that need them. */
import { type Affine, affine, rowMajorStrides } from './affine.ts'
import { type Emitter, store } from './emit.ts'
import type { Expr } from './expr.ts'
import type { LoweredValue, WindowParams } from './fuse.ts'
import type { ReduceStage } from './ir.ts'
import { pad } from './lower-movement.ts'
import { emitReduce } from './lower-reduce.ts'
import { constant, guard, iota, stageResult } from './make.ts'
import { neutral } from './monoid.ts'
import { sumsBetweenHoles } from './separable-windows.ts'
import { spreadWindows } from './spread-windows.ts'
import { full, only, partType, view } from './views.ts'

/** Windows along each axis. */
const countsOf = (shape: readonly number[], p: WindowParams): readonly number[] =>
  shape.map((extent, a) => {
    const n = extent === 0 ? 0 : (extent - 1) * p.baseDilation[a] + 1
    const reach =
      p.windowDimensions[a] === 0 ? 0 : (p.windowDimensions[a] - 1) * p.windowDilation[a] + 1
    const room = n + p.padding[a][0] + p.padding[a][1] - reach
    return room < 0 ? 0 : Math.floor(room / p.windowStrides[a]) + 1
  })

/** The operand over [...windows, ...window], with what lies outside replaced by `outside`. */
const windowed = (
  c: Emitter,
  v: LoweredValue,
  p: WindowParams,
  outside: number
): {
  readonly shape: readonly number[]
  readonly extents: readonly number[]
  readonly at: readonly Affine[]
  readonly value: Expr
} => {
  const dtype = partType(v.dtype)
  const dense = p.baseDilation.every((d) => d === 1)
    ? v
    : pad(
        c,
        v,
        full([], v.dtype, outside),
        p.baseDilation.map((d) => [0, 0, d - 1])
      )
  const shape = countsOf(v.shape, p)
  // Axes of window 1 would only lengthen the loops.
  const rank = shape.length
  const looped = p.windowDimensions.flatMap((w, a) => (w === 1 ? [] : [a]))
  const at = shape.map((_, a) => {
    const coefficients = new Array<number>(rank + looped.length).fill(0)
    coefficients[a] = p.windowStrides[a]
    if (looped.includes(a)) coefficients[rank + looped.indexOf(a)] = p.windowDilation[a]
    return affine(-p.padding[a][0], coefficients)
  })
  const extents = looped.map((a) => p.windowDimensions[a])
  const space = [...shape, ...extents]
  const bounds = at.map((index, a) => ({ index, lower: 0, upper: dense.shape[a] }))
  const inside = only(view(dense, space, at))
  return { shape, extents, at, value: guard(space, bounds, inside, constant(dtype, outside)) }
}

/** Combines every window; positions outside the operand count as the neutral element. */
export const reduceWindow = (
  c: Emitter,
  v: LoweredValue,
  p: WindowParams,
  monoid: 'add' | 'mul' | 'max' | 'min'
): LoweredValue => {
  const dtype = partType(v.dtype)
  const counts = countsOf(v.shape, p)
  const spread =
    monoid === 'add' ? (spreadWindows(c, v, p, counts) ?? sumsBetweenHoles(c, v, p, counts)) : null
  if (spread !== null) return spread
  const inner = v.shape.findLastIndex((n) => n > 1)
  const isPadded = p.padding.some(([low, high]) => low !== 0 || high !== 0)
  if (isPadded && inner >= 0 && p.windowDimensions[inner] > 1) {
    // Vectors would meet the padding at either end of every row.
    const edges = p.padding.map(
      ([low, high], a) => [low, high, v.shape[a] === 0 ? 0 : p.baseDilation[a] - 1] as const
    )
    const dense = store(c, pad(c, v, full([], v.dtype, neutral(monoid, dtype)), edges))
    return reduceWindow(
      c,
      dense,
      {
        ...p,
        padding: p.padding.map(() => [0, 0] as const),
        baseDilation: p.baseDilation.map(() => 1)
      },
      monoid
    )
  }
  const { shape, extents, value } = windowed(c, v, p, neutral(monoid, dtype))
  const stage: ReduceStage = {
    _tag: 'reduce',
    extents,
    reductions: [{ monoid, value, position: null }]
  }
  return emitReduce(c, shape, stage, { shape, dtype, parts: [stageResult(dtype, 0)] })
}

/**
 * Row-major position in the operand of each window's extreme, int32 in the shape of the windows;
 * −1 when a window covers no element. Ties go to the first.
 */
export const argReduceWindow = (
  c: Emitter,
  v: LoweredValue,
  p: WindowParams,
  monoid: 'argmax' | 'argmin'
): LoweredValue => {
  const dtype = partType(v.dtype)
  const { shape, extents, at, value } = windowed(c, v, p, neutral(monoid, dtype))
  const space = [...shape, ...extents]
  const flat = iota('int32', flatten(at, v.shape))
  const bounds = at.map((index, a) => ({ index, lower: 0, upper: v.shape[a] }))
  const stage: ReduceStage = {
    _tag: 'reduce',
    extents,
    reductions: [
      { monoid, value, position: guard(space, bounds, flat, constant('int32', outsidePosition)) }
    ]
  }
  // A window whose elements all equal the neutral element ties with the padding: inside wins,
  // because positions outside are the largest; only an empty window leaves one.
  const position = stageResult('int32', 0, 0, 'position')
  const parts = [clearOutside(position)]
  return emitReduce(c, shape, stage, { shape, dtype: 'int32', parts })
}

const outsidePosition = 0x7fffffff

const clearOutside = (position: Expr): Expr => ({
  _tag: 'select',
  dtype: 'int32',
  condition: {
    _tag: 'compare',
    op: 'eq',
    dtype: 'bool',
    x: position,
    y: constant('int32', outsidePosition)
  },
  x: constant('int32', -1),
  y: position
})

/** Row-major position of the point at these indices. */
const flatten = (at: readonly Affine[], shape: readonly number[]): Affine => {
  const strides = rowMajorStrides(shape)
  const rank = Math.max(0, ...at.map((i) => i.coefficients.length))
  const offset = at.reduce((sum, index, a) => sum + index.offset * strides[a], 0)
  return affine(
    offset,
    Array.from({ length: rank }, (_, k) =>
      at.reduce((sum, index, a) => sum + (index.coefficients[k] ?? 0) * strides[a], 0)
    )
  )
}
