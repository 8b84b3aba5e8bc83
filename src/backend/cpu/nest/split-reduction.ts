/**
 * Nests of few points with long reductions, such as the sum of a whole array, as sequences of nests
 * that can be cut: partial results of pieces side by side, then the reduction of those. The pieces
 * depend on the shape alone.
 */
import { sizeOf } from '../../../core/shape.ts'
import {
  type Affine,
  affine,
  axisIndex,
  coefficient,
  rowMajorStrides
} from '../../../kernel/affine.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type { Nest, ReduceStage, Store } from '../../../kernel/ir.ts'
import { cast, load, stageResult } from '../../../kernel/make.ts'
import { loadsOf, mapExpressions, reindexStage } from '../../../kernel/stage.ts'
import { rewriter } from '../../../kernel/walk.ts'
import type { Allocate } from '../threads/split-program.ts'

/** Narrow floats are summed in float32 and rounded once, so partial results stay wide. */
const partialType = (dtype: ScalarType): ScalarType =>
  dtype === 'float16' || dtype === 'bfloat16' ? 'float32' : dtype

/** Results of reductions in memory: per reduction the buffers of its value and its position. */
interface Stored {
  readonly dtype: ScalarType
  readonly value: number
  readonly position: number | null
}

const allocateFor = (s: ReduceStage, size: number, allocate: Allocate): readonly Stored[] =>
  s.reductions.map((r) => {
    const dtype = partialType(r.value.dtype)
    return {
      dtype,
      value: allocate(dtype, size),
      position: r.position === null ? null : allocate('int32', size)
    }
  })

/** Stores the results of stage 0 at an index. */
const storesAt = (s: ReduceStage, stored: readonly Stored[], index: Affine): readonly Store[] =>
  s.reductions.flatMap((_, i) => {
    const { dtype, value, position } = stored[i]
    const result = { buffer: value, index, base: null, value: stageResult(dtype, 0, i) }
    if (position === null) return [result]
    const at = stageResult('int32', 0, i, 'position')
    return [result, { buffer: position, index, base: null, value: at }]
  })

const widened = (s: ReduceStage): ReduceStage => ({
  ...s,
  reductions: s.reductions.map((r) => ({
    ...r,
    value: cast(r.value, partialType(r.value.dtype))
  }))
})

/** How far apart in memory neighbours along an extent lie, at most. */
const strideAlong = (s: ReduceStage, axis: number): number =>
  Math.max(0, ...loadsOf(s).map((e) => Math.abs(coefficient(e.index, axis))))

/** Of an axis this share may be left over, which is one piece: more would keep others waiting. */
const mostLeftOver = 1 / 8

/**
 * One extent, in `pieces` pieces of equal length and what is left over: the outermost in memory that
 * divides well, so that a piece is walked in rows as long as those of the whole; else the longest.
 */
const pieceOf = (s: ReduceStage, first: number, pieces: number) => {
  const fits = s.extents.flatMap((n, i) =>
    n >= pieces && n % pieces < mostLeftOver * n ? [[i, strideAlong(s, first + i)] as const] : []
  )
  const longest = s.extents.indexOf(Math.max(...s.extents))
  const [axis] = fits.reduce((a, b) => (b[1] > a[1] ? b : a), [longest, 0] as const)
  const length = Math.floor(s.extents[axis] / pieces)
  return { axis, length, rest: s.extents[axis] - length * pieces }
}

/** Index of [...axes] in row-major order, `shift` axes further in. */
const flat = (axes: readonly number[], shift: number, offset: number, outer: number): Affine =>
  affine(offset, [
    ...Array.from({ length: shift }, () => outer),
    ...rowMajorStrides(axes).map((stride, a) => (axes[a] === 1 ? 0 : stride))
  ])

/** Nests that leave the results of a reduction over [...axes] in memory. */
const reduceInPieces = (
  axes: readonly number[],
  given: ReduceStage,
  pieces: number,
  allocate: Allocate
): { readonly nests: readonly Nest[]; readonly stored: readonly Stored[] } => {
  const s = widened(given)
  const rank = axes.length
  const points = sizeOf(axes)
  const { axis, length, rest } = pieceOf(s, rank, pieces)
  const slots = pieces + (rest > 0 ? 1 : 0)
  const partial = allocateFor(s, slots * points, allocate)
  const withLength = (n: number): readonly number[] => s.extents.map((e, i) => (i === axis ? n : e))
  // Pieces come first: along the last axis lie vectors.
  const main = reindexStage(
    s,
    [
      ...axes.map((_, a) => axisIndex(a + 1)),
      ...s.extents.map((_, i) =>
        i === axis
          ? affine(0, [length, ...new Array<number>(rank + i).fill(0), 1])
          : axisIndex(1 + rank + i)
      )
    ],
    withLength(length)
  )
  const tail = reindexStage(
    s,
    [
      ...axes.map((_, a) => axisIndex(a)),
      ...s.extents.map((_, i) =>
        i === axis ? { ...axisIndex(rank + i), offset: length * pieces } : axisIndex(rank + i)
      )
    ],
    withLength(rest)
  )
  const nest = (space: readonly number[], stage: Nest['stages'][number], index: Affine): Nest => ({
    _tag: 'nest',
    axes: space,
    stages: [stage, { _tag: 'map', extents: [], stores: storesAt(s, partial, index) }]
  })
  const stored = allocateFor(s, points, allocate)
  const at = affine(0, [...flat(axes, 0, 0, 0).coefficients, ...padding(axes), points])
  const merged: ReduceStage = {
    ...s,
    extents: [slots],
    reductions: s.reductions.map((r, i) => ({
      ...r,
      value: load(partial[i].dtype, partial[i].value, at, null),
      position: partial[i].position === null ? null : load('int32', partial[i].position, at, null)
    }))
  }
  return {
    stored,
    nests: [
      nest([pieces, ...axes], main, flat(axes, 1, 0, points)),
      ...(rest > 0 ? [nest(axes, tail, flat(axes, 0, pieces * points, 0))] : []),
      {
        _tag: 'nest',
        axes,
        stages: [
          merged,
          { _tag: 'map', extents: [], stores: storesAt(s, stored, flat(axes, 0, 0, 0)) }
        ]
      }
    ]
  }
}

/** Zeros that an index over the axes has dropped at its end. */
const padding = (axes: readonly number[]): readonly number[] =>
  new Array<number>(axes.length - flat(axes, 0, 0, 0).coefficients.length).fill(0)

/** Each stage by itself, reading the results of earlier ones from memory. */
const inSequence = (nest: Nest, pieces: number, allocate: Allocate): readonly Nest[] => {
  const { axes } = nest
  const results = new Map<number, readonly Stored[]>()
  const index = flat(axes, 0, 0, 0)
  const fromMemory = rewriter((e: Expr): Expr => {
    if (e._tag !== 'stage') return e
    const stored = results.get(e.stage)?.[e.reduction]
    if (stored === undefined) return e
    return e.part === 'position' && stored.position !== null
      ? load('int32', stored.position, index, null)
      : cast(load(stored.dtype, stored.value, index, null), e.dtype)
  })
  return nest.stages.flatMap((original, number): readonly Nest[] => {
    const s = mapExpressions(original, fromMemory)
    if (s._tag === 'map')
      return [{ _tag: 'nest', axes: [...axes, ...s.extents], stages: [{ ...s, extents: [] }] }]
    if (s._tag === 'scan') return [{ _tag: 'nest', axes, stages: [s] }]
    const enough = Math.max(...s.extents, 0) >= 4 * pieces
    const { nests, stored } = reduceInPieces(axes, s, enough ? pieces : 1, allocate)
    results.set(number, stored)
    return nests
  })
}

/** The nest as several, where `pieces` is more than one. */
export const splitNest = (nest: Nest, pieces: number, allocate: Allocate): readonly Nest[] =>
  pieces > 1 && nest.stages.some((s) => s._tag === 'reduce')
    ? inSequence(nest, pieces, allocate)
    : [nest]
