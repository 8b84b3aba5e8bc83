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
import type { Local } from '../wasm/function.ts'

/** Operations of one or a few instructions, of which many fit between two that wait. */
const isLight = (e: Expr): boolean =>
  e._tag !== 'call' && (e._tag !== 'unary' || e.op === 'neg' || e.op === 'abs' || e.op === 'not')

/** Vectors that lie side by side at most, and the least that all such numbers of them divide. */
const mostVectors = 4
export const wholeVectors = 12

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
  const most = isShort && functions === 0 ? 0 : Math.min(mostVectors, Math.floor(15 / held))
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
  overExtents(c, [innerScope(scope)], roots, s.extents.slice(0, depth), ([inner]) => {
    hoist(c, inner, roots, axis, c.pinned, true)
    const width = widthFor(c, inner, roots, n)
    const body = (at: Scope): void => emitStores(c, at, s.stores)
    overVectors(c, [inner], roots, axis, n, width, {
      vector: body,
      scalar: body,
      flush: null,
      unroll: 1
    })
  })
}

/** A point whose reductions are walked, and what they have come to: vectors of slots, and scalars. */
interface Running {
  readonly scope: Scope
  readonly vectors: readonly (readonly Binding[])[]
  readonly scalars: readonly (readonly Binding[])[]
  /** What a block has to beat where blocks can be skipped. */
  readonly bar: Local | null
}

/** Reductions whose innermost extent is walked in vectors, at each of the points; results are scalars. */
const reduceInner = (
  c: StageContext,
  points: readonly Scope[],
  { number, along }: Walk,
  s: ReduceStage
): void => {
  const depth = s.extents.length - 1
  const [axis, n] = [c.first + depth, s.extents[depth]]
  const roots = rootsOf(s, along)
  const [one] = points
  const skipped = along.length > 0 ? 0 : skippedWidth(c, one, s)
  const width = skipped > 0 ? skipped : accumulatorsFor(c, one, s, roots, n)
  const vectorGroups = s.reductions.map((r) => vectorSlots(r, c.first))
  const scalarGroups = s.reductions.map((r) => scalarSlots(r, c.first))
  const running = points.map((scope): Running => {
    const wide = innerScope(scope, { width: skipped > 0 ? 1 : width })
    return {
      scope,
      vectors: vectorGroups.map((g) => slots.startSlots(c, wide, g)),
      scalars: scalarGroups.map((g) => slots.startSlots(c, scope, g)),
      bar: skipped > 0 ? startBar(c, s.reductions[0]) : null
    }
  })
  const point = (
    at: Scope,
    groups: readonly SlotGroup[],
    states: readonly (readonly Binding[])[]
  ): void => {
    if (along.length > 0) emitStores(c, at, along)
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
  }
  const sums = s.reductions.flatMap((r, i) => (hasTotal(r) ? [i] : []))
  const flush = (): void =>
    running.forEach(({ vectors, scalars }) =>
      sums.forEach((i) => {
        const [[v], [total]] = [vectors[i], scalars[i]]
        if (v._tag === 'vector' && total._tag === 'scalar') {
          slots.flushSum(c, v.lanes, c.lanes, total.local)
        }
      })
    )
  const outer = points.map((scope) => innerScope(scope))
  overExtents(c, outer, roots, s.extents.slice(0, depth), (inner) => {
    inner.forEach((scope) => hoist(c, scope, roots, axis, c.pinned, true))
    overVectors(c, inner, roots, axis, n, width, {
      vector: (at, i) => {
        const { vectors, bar } = running[i]
        if (bar !== null && at.width === width)
          takeBlock(c, at, s.reductions[0], vectorGroups[0], vectors[0], bar)
        else point(at, vectorGroups, vectors)
      },
      scalar: (at, i) => point(at, scalarGroups, running[i].scalars),
      flush: sums.length > 0 ? flush : null,
      // Integers take no time to settle, so two vectors side by side are enough; turns cost more.
      unroll:
        skipped === 0 && sums.length === 0 && nodes(roots).length <= 4 ? Math.floor(16 / width) : 1
    })
  })
  running.forEach(({ scope, vectors, scalars }) =>
    s.reductions.forEach((r, i) => {
      if (!hasTotal(r)) {
        const makeScope = (w: number): Scope => innerScope(scope, { width: w })
        const from = [vectorGroups[i], vectors[i]] as const
        slots.mergeLanes(c, makeScope, from, [scalarGroups[i], scalars[i]], c.lanes)
      }
      bindResult(c, scope, number, s, i, scalars[i])
    })
  )
}

/** One stage at each of some parallel points, vectors lying along its innermost extent. */
export const emitInner = (c: StageContext, points: readonly Scope[], walk: Walk): void => {
  const s = walk.stage
  const n = s.extents.at(-1)
  const axis = c.first + s.extents.length - 1
  const plain = n === undefined || n < 2 * c.lanes || s.extents.includes(0)
  if (plain) return points.forEach((scope) => emitAcross(c, scope, walk))
  const along = points.map((scope) => ({
    ...innerScope(scope),
    layout: { axis, lanes: c.lanes }
  }))
  if (s._tag === 'map') return along.forEach((scope) => mapInner(c, scope, s))
  if (s._tag === 'scan') return along.forEach((scope) => scanInner(c, scope, s))
  reduceInner(c, along, walk, s)
  // Results belong to the parallel points, not to the scopes that the stage used.
  along.forEach(({ bindings }, i) =>
    bindings.forEach((binding, key) => points[i].bindings.set(key, binding))
  )
}
