/**
 * A nest as passes: each stage is one, and what a reduction found goes through memory to the
 * stages that need it. Maps without extents that follow a reduction join it.
 */
import { sizeOf } from '../../../core/shape.ts'
import { affine, axisIndex, type Bound, rowMajor } from '../../../kernel/affine.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type { Monoid, Nest, ScanStage, Stage, Store } from '../../../kernel/ir.ts'
import { constant, load, stageResult } from '../../../kernel/make.ts'
import { combine, neutral } from '../../../kernel/monoid.ts'
import { nodes, reindexer, rewriter } from '../../../kernel/walk.ts'
import { joinMaps } from './join-maps.ts'
import type { MapPass, Pass, ReducePass } from './pass.ts'
import { widen } from './widen.ts'

/** Makes a temporary buffer and returns its number. */
export type Allocate = (dtype: ScalarType, size: number) => number

const storesWith = (stores: readonly Store[], f: (e: Expr) => Expr): readonly Store[] =>
  stores.map((s) => ({ ...s, value: f(s.value), base: s.base === null ? null : f(s.base) }))

const rootsOfStage = (s: Stage): readonly (Expr | null)[] => [
  ...(s._tag === 'reduce' ? [] : s.stores.flatMap((o) => [o.value, o.base])),
  ...(s._tag === 'scan' ? [s.value] : []),
  ...(s._tag === 'reduce' ? s.reductions.flatMap((r) => [r.value, r.position]) : [])
]

const resultKey = (stage: number, reduction: number, part: string): string =>
  `${stage}.${reduction}.${part}`

/** Results of reductions that some stage of `stages` reads, by key. */
const resultsRead = (stages: readonly Stage[]): ReadonlySet<string> =>
  new Set(
    nodes(stages.flatMap(rootsOfStage).filter((e) => e !== null)).flatMap((e) =>
      e._tag === 'stage' ? [resultKey(e.stage, e.reduction, e.part)] : []
    )
  )

/** Running combinations by doubling: after pass d every element holds the last 2^d up to itself. */
const scanPasses = (
  axes: readonly number[],
  s: ScanStage,
  allocate: Allocate
): readonly MapPass[] => {
  const space = [...axes, ...s.extents]
  const [length] = s.extents
  const last = axes.length
  const { dtype } = s.value
  const size = sizeOf(space)
  const whole = rowMajor(space)
  const step = s.reverse ? 1 : -1
  let current = allocate(dtype, size)
  const store = (buffer: number, value: Expr): Store => ({
    buffer,
    index: whole,
    base: null,
    value
  })
  const passes: MapPass[] = [{ _tag: 'map', space, stores: [store(current, s.value)] }]
  for (let distance = 1; distance < length; distance *= 2) {
    const next = allocate(dtype, size)
    const position = axisIndex(last)
    const bound = s.reverse
      ? { index: position, lower: 0, upper: length - distance }
      : { index: position, lower: distance, upper: length }
    const here = load(dtype, current, whole)
    const there = load(dtype, current, affine(whole.offset + step * distance, whole.coefficients))
    const value: Expr = {
      _tag: 'guard',
      dtype,
      bounds: [bound],
      value: combine(s.monoid, there, here),
      otherwise: here
    }
    passes.push({ _tag: 'map', space, stores: [store(next, value)] })
    current = next
  }
  const running = load(dtype, current, whole)
  const put = rewriter((e) => (e._tag === 'accumulator' ? running : e))
  passes.push({ _tag: 'map', space, stores: storesWith(s.stores, put) })
  return passes
}

/** Elements that one group of threads reduces before a second pass joins the groups' results. */
const chunkLength = 2048
/** Groups that keep a GPU busy. */
const enoughGroups = 512

/**
 * A reduction of few points over many elements in two passes: chunks first, then their results.
 * The chunk is one more parallel axis; the flat position in it is split into the extents again
 * where they allow, by taking the chunk from the outermost extent.
 */
export const inChunks = (p: ReducePass, allocate: Allocate): readonly ReducePass[] => {
  const points = sizeOf(p.axes)
  const length = sizeOf(p.extents)
  if (points >= enoughGroups || length < 2 * chunkLength) return [p]
  const wanted = Math.min(
    Math.ceil(enoughGroups / Math.max(1, points)),
    Math.ceil(length / chunkLength)
  )
  // A piece of the first extent with more than one element: [n] becomes [chunks, ceil(n / chunks)].
  const at = p.extents.findIndex((n) => n > 1)
  const extent = p.extents[at]
  const each = Math.ceil(extent / Math.min(wanted, extent))
  const chunks = Math.ceil(extent / each)
  if (chunks < 2) return [p]
  const rank = p.axes.length
  const axes = [...p.axes, chunks]
  const extents = p.extents.map((n, a) => (a === at ? each : n))
  const moved = [
    ...p.axes.map((_, a) => axisIndex(a)),
    ...p.extents.map((_, a) => {
      const own = axisIndex(rank + 1 + a)
      return a === at
        ? affine(
            0,
            own.coefficients.map((c, i) => (i === rank ? each : c))
          )
        : own
    })
  ]
  const move = reindexer(moved)
  const inside = { index: moved[rank + at], lower: 0, upper: extent }
  const ragged = each * chunks !== extent
  const first: Store[] = []
  const second = p.reductions.map((r, i) => {
    const { dtype } = r.value
    const value = allocate(dtype, points * chunks)
    first.push({
      buffer: value,
      index: rowMajor(axes),
      base: null,
      value: stageResult(dtype, 0, i)
    })
    const found = load(dtype, value, rowMajor(axes))
    if (r.position === null) return { monoid: r.monoid, value: found, position: null }
    const position = allocate('int32', points * chunks)
    first.push({
      buffer: position,
      index: rowMajor(axes),
      base: null,
      value: stageResult('int32', 0, i, 'position')
    })
    return { monoid: r.monoid, value: found, position: load('int32', position, rowMajor(axes)) }
  })
  const partial: ReducePass = {
    _tag: 'reduce',
    axes,
    extents,
    reductions: p.reductions.map((r) => ({
      monoid: r.monoid,
      value: ragged ? outsideIsNothing(r.monoid, move(r.value), inside) : move(r.value),
      position:
        r.position === null
          ? null
          : ragged
            ? {
                _tag: 'guard' as const,
                dtype: 'int32' as const,
                bounds: [inside],
                value: move(r.position),
                otherwise: constant('int32', 0x7fffffff)
              }
            : move(r.position)
    })),
    stores: first
  }
  return [
    partial,
    { _tag: 'reduce', axes: p.axes, extents: [chunks], reductions: second, stores: p.stores }
  ]
}

const outsideIsNothing = (monoid: Monoid, value: Expr, inside: Bound): Expr => ({
  _tag: 'guard',
  dtype: value.dtype,
  bounds: [inside],
  value,
  otherwise: constant(value.dtype, neutral(monoid, value.dtype))
})

/** The nest as passes, in order. */
export const splitNest = (nest: Nest, allocate: Allocate): readonly Pass[] => {
  const { axes, stages } = nest
  const rows = rowMajor(axes)
  const places = new Map<string, Expr>()
  /** Reads results from where they are stored; those of stage `own` are at hand. */
  const resolver = (own: number | null): ((e: Expr) => Expr) =>
    rewriter((e) => {
      if (e._tag !== 'stage') return e
      if (e.stage === own) return stageResult(e.dtype, 0, e.reduction, e.part)
      return places.get(resultKey(e.stage, e.reduction, e.part)) ?? e
    })
  const passes: Pass[] = []
  let k = 0
  while (k < stages.length) {
    const s = stages[k]
    const put = resolver(null)
    if (s._tag === 'map') {
      const { stores, count } = joinMaps(axes, stages.slice(k))
      passes.push({
        _tag: 'map',
        space: [...axes, ...s.extents],
        stores: storesWith(stores, put)
      })
      k += count - 1
    } else if (s._tag === 'scan') {
      const ready: ScanStage = { ...s, value: put(s.value), stores: storesWith(s.stores, put) }
      passes.push(...scanPasses(axes, ready, allocate))
    } else {
      const next = stages[k + 1]
      const joined =
        next?._tag === 'map' && next.extents.length === 0
          ? joinMaps(axes, stages.slice(k + 1))
          : { stores: [], count: 0 }
      const wanted = resultsRead(stages.slice(k + 1 + joined.count))
      const stores = [...storesWith(joined.stores, resolver(k))]
      const reductions = s.reductions.map((r) => ({
        ...r,
        value: put(r.value),
        position: r.position === null ? null : put(r.position)
      }))
      s.reductions.forEach((r, i) => {
        for (const part of ['value', 'position'] as const) {
          const key = resultKey(k, i, part)
          if (!wanted.has(key)) continue
          const dtype = part === 'value' ? r.value.dtype : 'int32'
          const buffer = allocate(dtype, Math.max(1, sizeOf(axes)))
          stores.push({ buffer, index: rows, base: null, value: stageResult(dtype, 0, i, part) })
          places.set(key, load(dtype, buffer, rows))
        }
      })
      const pass = widen({ _tag: 'reduce', axes, extents: s.extents, reductions, stores })
      passes.push(...inChunks(pass, allocate))
      k += joined.count
    }
    k++
  }
  return passes
}
