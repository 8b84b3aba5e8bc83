/** A nest as one function `(table) → ()`, where `table` holds the address of every buffer. */
import { sizeOf } from '../../../core/shape.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { Nest, Stage } from '../../../kernel/ir.ts'
import { expressionsOf, loadsOf, nodesOf } from '../../../kernel/stage.ts'
import { dependsOn, nodes } from '../../../kernel/walk.ts'
import { hoist } from '../values/hoist.ts'
import { innerScope, rootScope, type Scope } from '../values/scope.ts'
import type { LaneTarget } from '../values/elementary/lanes.ts'
import { type Access, type AxisLoop, createCursor, type Cursor } from '../values/loops.ts'
import { planNest, type PlannedNest } from './nest-plan.ts'
import { emitColumnBlocks } from './column-blocks.ts'
import { columnUnit, columnWorkspace, hasColumnBlocks } from './column-plan.ts'
import { emitReadAhead, readAheadOf } from './read-ahead.ts'
import { emitRowTurns, rowUnit } from './row-turns.ts'
import { slotsIn } from './slots.ts'
import { type Walk, walksOf } from './fused-stages.ts'
import { emitAcross, scanType } from './stage-across.ts'
import { emitInner, wholeVectors } from './stage-inner.ts'
import { beginOf, endOf, overCut, type StageContext } from './stage-loops.ts'
import {
  chooseCut,
  type Cut,
  cutAxis,
  type CutAxis,
  type TileRange,
  unitsOf
} from '../threads/tile-range.ts'
import type { Local } from '../wasm/function.ts'

const accessesOf = (s: Stage): readonly Access[] => [
  ...loadsOf(s),
  ...(s._tag === 'reduce'
    ? []
    : s.stores.map(({ buffer, index, value }) => ({ buffer, index, dtype: value.dtype })))
]

const hasDoubles = (s: Stage): boolean =>
  nodesOf(s).some((e) => e.dtype === 'float64') || (s._tag === 'scan' && scanType(s) === 'float64')

/** Two lanes beside float64, else four. */
const lanesFor = (stages: readonly Stage[]): number => (stages.some(hasDoubles) ? 2 : 4)

/** Columns of a strip at most, on any engine. */
const widest = 32

/** Along each parallel axis the pieces that a nest can be cut into, on every engine alike. */
const unitsAlong = (nest: Nest): readonly number[] => {
  const plan = planForCode(nest)
  const { axes, mode } = plan
  const unit = hasColumnBlocks(plan) ? columnUnit : widest
  return axes.map((n, a) => (mode === 'outer' && a === axes.length - 1 ? Math.ceil(n / unit) : n))
}

/** Pieces that an axis of a nest can be cut into: its shape decides. */
export const leastUnits = (nest: Nest): number => Math.max(1, ...unitsAlong(nest))

/** Parts of a nest that are walked by themselves, along all axes. */
export const unitsOfNest = (nest: Nest): number => sizeOf(unitsAlong(nest))

/** Bytes of workspace that a thread needs for the nest. */
export const nestWorkspace = (nest: Nest): number => {
  const plan = planForCode(nest)
  return hasColumnBlocks(plan) ? columnWorkspace(plan, lanesFor(plan.stages)) : 0
}

/** Stores to places that depend on the point go one by one. */
const hasMovingBase = (s: Stage): boolean =>
  s._tag !== 'reduce' && s.stores.some((o) => o.base !== null && dependsOn([o.base]).size > 0)

/** All stages at each of some points. */
const emitPoints = (
  c: StageContext,
  points: readonly Scope[],
  plan: PlannedNest,
  vectors: boolean
): void => walksOf(plan.stages).forEach((walk) => emitWalk(c, points, walk, vectors))

const emitWalk = (
  c: StageContext,
  points: readonly Scope[],
  walk: Walk,
  vectors: boolean
): void => {
  const { stage, along } = walk
  const lanes = lanesFor([stage, { _tag: 'map', extents: [], stores: along }])
  const inner = { ...c, lanes }
  if (vectors && !hasMovingBase(stage)) emitInner(inner, points, walk)
  else points.forEach((scope) => emitAcross(inner, scope, walk))
}

/**
 * Vectors of points side by side. Reductions read a little of every row on each pass, so where
 * registers allow it is two cache lines, not half of one.
 */
const outerWidth = (c: Lanes, plan: PlannedNest, roots: readonly Expr[]): number => {
  const count = nodes(roots).length
  const kept = plan.stages.map((s) =>
    s._tag === 'reduce' ? slotsIn(s, plan.axes.length) : s._tag === 'scan' ? 1 : 0
  )
  const running = kept.filter((n) => n > 0)
  if (running.length === 1 && count <= 8) return running[0] === 1 ? 8 : running[0] <= 3 ? 4 : 2
  return count <= 24 ? c.profile.interleave : 1
}

/** Vectors of a cache line: blocks of rows come back for the next line while it is near. */
const lineVectors = 4

/** Loops over the parallel axes, then the stages. */
const emitParallel = (c: StageContext, scope: Scope, plan: PlannedNest, axis: number): void => {
  const { axes, mode } = plan
  const roots = plan.stages.flatMap(expressionsOf)
  hoist(c, scope, roots, axis, c.pinned, false)
  if (axis === axes.length) return emitPoints(c, [scope], plan, mode === 'inner')
  const last = axis === axes.length - 1 && mode === 'outer'
  const walks = walksOf(plan.stages)
  if (last && hasColumnBlocks(plan) && c.workspace !== null)
    return emitColumnBlocks(c, scope, plan, walks, {
      width: Math.min(lineVectors, widthAcross(c, plan)),
      cells: c.workspace
    })
  const begin = beginOf(c, axis)
  const walk = (loop: AxisLoop): void => {
    const point = (width: number): void => {
      const inner = innerScope(scope, { cursor: loop.cursor, width })
      walks.forEach((w) => emitAcross(c, inner, w))
      loop.advance(width === 0 ? 1 : width * c.lanes)
    }
    if (mode === 'inner' && axis === axes.length - 1) return emitRows(c, scope, plan, loop)
    if (!last) {
      const body = (): void => {
        emitParallel(c, innerScope(scope, { cursor: loop.cursor }), plan, axis + 1)
        loop.advance(1)
      }
      loop.to(endOf(c, axis, axes[axis]), body)
      return
    }
    const n = axes[axis]
    const width = widthAcross(c, plan)
    if (begin !== undefined) return overCut(c, loop, endOf(c, axis, n), width, point)
    const main = n - (n % (width * c.lanes))
    const single = n - (n % c.lanes)
    if (main > 0) loop.until(main, () => point(width))
    if (single > main) loop.until(single, () => point(1))
    if (n > single) loop.until(n, () => point(0))
  }
  scope.cursor.overAxis(axis, walk, begin)
}

/** The points of the last parallel axis, vectors lying along the extents of the stages. */
const emitRows = (c: StageContext, scope: Scope, plan: PlannedNest, loop: AxisLoop): void => {
  const { f } = c
  const axis = plan.axes.length - 1
  const end = endOf(c, axis, plan.axes[axis])
  const roots = plan.stages.flatMap(expressionsOf)
  const enter = (row: Scope): void => hoist(c, row, roots, axis + 1, c.pinned, false)
  const rowAt = (cursor: Cursor): Scope => innerScope(scope, { cursor })
  const ahead = readAheadOf(plan)
  if (ahead !== null)
    return emitReadAhead(c, rowAt(loop.cursor), { loop, end }, ahead, {
      enter,
      walk: (row, w) => emitWalk(c, [row], w, true)
    })
  const rows = (cursors: readonly Cursor[]): void => {
    const points = cursors.map(rowAt)
    points.forEach(enter)
    emitPoints(c, points, plan, true)
  }
  emitRowTurns(f, plan, loop, end, rows)
  loop.below(end, () => {
    rows([loop.cursor])
    loop.advance(1)
  })
}

/** Vectors side by side along the last parallel axis. */
const widthAcross = (c: Lanes, plan: PlannedNest): number => {
  const n = plan.axes[plan.axes.length - 1]
  const roots = plan.stages.flatMap(expressionsOf)
  return Math.max(1, Math.min(outerWidth(c, plan, roots), Math.floor(n / c.lanes)))
}

/** What the width of vectors depends on. */
type Lanes = Pick<StageContext, 'profile' | 'lanes'>

/** Points of the last parallel axis that stay together. */
const unitOfLast = (c: Lanes, plan: PlannedNest): number =>
  plan.mode !== 'outer'
    ? rowUnit(plan)
    : hasColumnBlocks(plan)
      ? columnUnit
      : widthAcross(c, plan) * c.lanes

/** Axes along which points are independent, and how many of them vectors take at a time. */
const cutsOf = (c: Lanes, plan: PlannedNest): readonly Cut[] => {
  const { axes, mode, stages } = plan
  if (axes.length > 0)
    return axes.map((extent, axis) => ({
      axis,
      extent,
      unit: axis < axes.length - 1 ? 1 : unitOfLast(c, plan)
    }))
  const [stage] = stages
  if (stages.length !== 1 || stage._tag !== 'map') return []
  const last = stage.extents.length - 1
  return stage.extents.map((extent, axis) => ({
    axis,
    extent,
    unit: axis === last && mode === 'inner' ? c.lanes * wholeVectors : 1
  }))
}

/** Parts of a nest that share nothing, each with loops of its own. */
const partsOf = (plan: PlannedNest): readonly PlannedNest[] =>
  plan.axes.length === 0 && plan.mode === 'inner' ? perStage(plan) : [plan]

/** How many tiles the nest falls into when `wanted` would be good; 1 where it cannot be cut. */
export const tilesOfNest = (
  { profile }: Pick<LaneTarget, 'profile'>,
  nest: Nest,
  wanted: number
): number => {
  if (nest.axes.includes(0)) return 1
  const parts = partsOf(planForCode(nest))
  const units = parts.map((part) => {
    const cut = chooseCut(cutsOf({ profile, lanes: lanesFor(part.stages) }, part), wanted)
    return cut === null ? 1 : unitsOf(cut)
  })
  return Math.min(wanted, Math.max(...units))
}

const plans = new WeakMap<Nest, PlannedNest>()

/** Stores to places that depend on the point go one by one, so no vectors lie across points. */
const planForCode = (nest: Nest): PlannedNest => {
  const known = plans.get(nest)
  if (known !== undefined) return known
  const planned = planNest(nest)
  const moving = planned.stages.some(hasMovingBase)
  const plan: PlannedNest =
    moving && planned.mode === 'outer' ? { ...planned, mode: 'none' } : planned
  plans.set(nest, plan)
  return plan
}

/** Emits the body of the function: all of the nest, or some tiles of it. */
export const emitNest = (
  target: LaneTarget,
  table: Local,
  workspace: Local,
  nest: Nest,
  range: TileRange | null = null
): void => {
  if (nest.axes.includes(0)) return
  const plan = planForCode(nest)
  const stored = plan.stages.flatMap((s) => (s._tag === 'reduce' ? [] : s.stores))
  const lanes = lanesFor(plan.stages)
  const { f } = target
  const context = {
    ...target,
    first: plan.axes.length,
    lanes,
    cut: null,
    workspace,
    vanishing: plan.vanishing
  }
  // Stages without parallel axes in common share nothing, pointers included.
  for (const part of partsOf(plan)) {
    const c: StageContext = { ...context, pinned: new Set(stored.map((s) => s.buffer)) }
    const emit = (cut: CutAxis | null): void => {
      const ahead = readAheadOf(part)
      const walked = ahead === null ? part.stages : [...part.stages, ahead.joined.stage]
      const cursor = createCursor(f, table, walked.flatMap(accessesOf))
      const axis = plan.mode === 'outer' ? plan.axes.length - 1 : -1
      emitParallel({ ...c, cut }, rootScope(cursor, { axis, lanes }), part, 0)
    }
    const cut = range === null ? null : chooseCut(cutsOf(c, part), range.count)
    if (range === null) emit(null)
    else if (cut === null) {
      // Too small to cut: the first tile has all of it.
      f.get(range.from).op('i32.eqz')
      f.if(() => emit(null))
    } else {
      const walked = cutAxis(f, cut, range)
      f.get(walked.begin).get(walked.end).op('i32.lt_s')
      f.if(() => emit(walked))
    }
  }
}

/** A nest per stage, where no stage uses another's result. */
const perStage = (plan: PlannedNest): readonly PlannedNest[] =>
  plan.stages.every((s) => s._tag === 'map') && plan.stages.length > 1
    ? plan.stages.map((s) => ({ ...plan, stages: [s] }))
    : [plan]
