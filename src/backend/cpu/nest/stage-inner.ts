/** Code of the stages of a nest at one parallel point: the innermost extent is walked in vectors. */
import type { Expr } from '../../../kernel/expr.ts'
import type { MapStage, ReduceStage } from '../../../kernel/ir.ts'
import { expressionsOf } from '../../../kernel/stage.ts'
import { nodes } from '../../../kernel/walk.ts'
import * as slots from './accumulate.ts'
import type { Walk } from './fused-stages.ts'
import { hoist } from '../values/hoist.ts'
import { type Binding, innerScope, isVarying, type Scope } from '../values/scope.ts'
import { hasTotal, scalarSlots, type SlotGroup, slotsIn, vectorSlots } from './slots.ts'
import { skippedWidth, startBar, takeBlock } from './skip-blocks.ts'
import { bindResult, emitAcross, rootsOf } from './stage-across.ts'
import { overExtents, overVectors, type StageContext } from './stage-loops.ts'
import { scanInner } from './stage-scan.ts'
import { emitStores } from './stores.ts'

/** Operations of one or a few instructions, of which many fit between two that wait. */
const isLight = (e: Expr): boolean =>
  e._tag !== 'call' && (e._tag !== 'unary' || e.op === 'neg' || e.op === 'abs' || e.op === 'not')

/**
 * Vectors side by side: enough to hide latency, few enough to stay in registers. Functions and
 * long chains wait for their own results, and gain by each for which what they read, a few values
 * between and two for a function leave room.
 */
const widthFor = (c: StageContext, scope: Scope, roots: readonly Expr[], n: number): number => {
  const moving = nodes(roots).filter((e) => isVarying(scope, e))
  const count = (holds: (e: Expr) => boolean): number => moving.filter(holds).length
  const functions = count((e) => !isLight(e))
  const held = 2 + 2 * functions + count((e) => e._tag === 'load' || e._tag === 'iota')
  const [isShort, isLong] = [moving.length <= 24, moving.length > 60]
  const least = isShort ? c.profile.interleave : isLong ? 1 : 2
  const most = isShort && functions === 0 ? 0 : Math.min(4, Math.floor(15 / held))
  return Math.max(1, Math.min(Math.max(least, most), Math.floor(n / c.lanes)))
}

/**
 * Accumulators side by side, which hide how long one takes. The same on every engine: sums of
 * floats depend on how they are split.
 */
const accumulatorsFor = (
  c: StageContext,
  scope: Scope,
  s: ReduceStage,
  roots: readonly Expr[],
  n: number
): number => {
  const moving = nodes(roots).filter((e) => isVarying(scope, e))
  const slotCount = slotsIn(s, c.first)
  const light = moving.every(isLight)
  const wanted =
    light && moving.length <= 2 && slotCount === 1
      ? 8
      : light && moving.length + 2 * slotCount <= 12 && slotCount <= 2
        ? 4
        : moving.length <= 60
          ? 2
          : 1
  return Math.max(1, Math.min(wanted, Math.floor(n / c.lanes)))
}

/** A map whose innermost extent is walked in vectors. */
const mapInner = (c: StageContext, scope: Scope, s: MapStage): void => {
  const depth = s.extents.length - 1
  const [axis, n] = [c.first + depth, s.extents[depth]]
  const roots = expressionsOf(s)
  overExtents(c, innerScope(scope), roots, s.extents.slice(0, depth), (inner) => {
    hoist(c, inner, roots, axis, c.pinned, true)
    const width = widthFor(c, inner, roots, n)
    const body = (at: Scope): void => emitStores(c, at, s.stores)
    overVectors(c, inner, roots, axis, n, width, {
      vector: body,
      scalar: body,
      flush: null,
      unroll: 1
    })
  })
}

/** Reductions whose innermost extent is walked in vectors; the results are scalars. */
const reduceInner = (
  c: StageContext,
  scope: Scope,
  { number, along }: Walk,
  s: ReduceStage
): void => {
  const depth = s.extents.length - 1
  const [axis, n] = [c.first + depth, s.extents[depth]]
  const roots = rootsOf(s, along)
  const skipped = along.length > 0 ? 0 : skippedWidth(c, scope, s)
  const width = skipped > 0 ? skipped : accumulatorsFor(c, scope, s, roots, n)
  const vectorGroups = s.reductions.map((r) => vectorSlots(r, c.first))
  const scalarGroups = s.reductions.map((r) => scalarSlots(r, c.first))
  const vectors = vectorGroups.map((g) =>
    slots.startSlots(c, innerScope(scope, { width: skipped > 0 ? 1 : width }), g)
  )
  const scalars = scalarGroups.map((g) => slots.startSlots(c, scope, g))
  const bar = skipped > 0 ? startBar(c, s.reductions[0]) : null
  const update = (
    at: Scope,
    groups: readonly SlotGroup[],
    states: readonly (readonly Binding[])[]
  ): void =>
    groups.forEach((g, i) => {
      const inner = innerScope(at)
      const used = states[i].map((b): Binding =>
        b._tag === 'scalar' ? b : { ...b, lanes: b.lanes.slice(0, at.width) }
      )
      slots.bindSlots(inner, g, used)
      slots.updateSlots(
        c,
        inner,
        used,
        g.slots.map((slot) => slot.step)
      )
    })
  const point: typeof update = (at, groups, states) => {
    if (along.length > 0) emitStores(c, at, along)
    update(at, groups, states)
  }
  const sums = s.reductions.flatMap((r, i) => (hasTotal(r) ? [i] : []))
  const flush = (): void =>
    sums.forEach((i) => {
      const [[v], [total]] = [vectors[i], scalars[i]]
      if (v._tag === 'vector' && total._tag === 'scalar') {
        slots.flushSum(c, v.lanes, c.lanes, total.local)
      }
    })
  overExtents(c, innerScope(scope), roots, s.extents.slice(0, depth), (inner) => {
    hoist(c, inner, roots, axis, c.pinned, true)
    overVectors(c, inner, roots, axis, n, width, {
      vector: (at) =>
        bar !== null && at.width === width
          ? takeBlock(c, at, s.reductions[0], vectorGroups[0], vectors[0], bar)
          : point(at, vectorGroups, vectors),
      scalar: (at) => point(at, scalarGroups, scalars),
      flush: sums.length > 0 ? flush : null,
      // Integers take no time to settle, so two vectors side by side are enough; turns cost more.
      unroll:
        bar === null && sums.length === 0 && nodes(roots).length <= 4 ? Math.floor(16 / width) : 1
    })
  })
  s.reductions.forEach((r, i) => {
    if (!hasTotal(r)) {
      const makeScope = (w: number): Scope => innerScope(scope, { width: w })
      const from = [vectorGroups[i], vectors[i]] as const
      slots.mergeLanes(c, makeScope, from, [scalarGroups[i], scalars[i]], c.lanes)
    }
    bindResult(c, scope, number, s, i, scalars[i])
  })
}

/** One stage at one parallel point, vectors lying along its innermost extent. */
export const emitInner = (c: StageContext, scope: Scope, walk: Walk): void => {
  const s = walk.stage
  const n = s.extents.at(-1)
  const axis = c.first + s.extents.length - 1
  const plain = n === undefined || n < 2 * c.lanes || s.extents.includes(0)
  if (plain) return emitAcross(c, scope, walk)
  const along = { ...innerScope(scope), layout: { axis, lanes: c.lanes } }
  if (s._tag === 'map') return mapInner(c, along, s)
  if (s._tag === 'scan') return scanInner(c, along, s)
  reduceInner(c, along, walk, s)
  // Results belong to the parallel point, not to the scope that the stage used.
  along.bindings.forEach((binding, key) => scope.bindings.set(key, binding))
}
