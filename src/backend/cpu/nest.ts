/** A nest as one function `(table) → ()`, where `table` holds the address of every buffer. */
import type { Expr, ScalarType } from '../../kernel/expr.ts'
import type { Nest, Stage } from '../../kernel/ir.ts'
import { expressionsOf } from '../../kernel/stage.ts'
import { dependsOn, nodes } from '../../kernel/walk.ts'
import { hoist, innerScope, rootScope, type Scope } from './evaluate.ts'
import { machineType } from './expr-scalar.ts'
import type { LaneTarget } from './elementary/lanes.ts'
import { type Access, createCursor, loadsOf } from './loops.ts'
import { planNest, type PlannedNest } from './nest-plan.ts'
import { emitAcross, emitInner, scanType, type StageContext } from './stage-code.ts'
import type { Local } from './wasm/function.ts'

const accessesOf = (s: Stage): readonly Access[] => [
  ...loadsOf(nodes(expressionsOf(s))),
  ...(s._tag === 'reduce'
    ? []
    : s.stores.map(({ buffer, index, value }) => ({ buffer, index, dtype: value.dtype })))
]

const typesOf = (s: Stage): readonly ScalarType[] => [
  ...nodes(expressionsOf(s)).map((e) => e.dtype),
  ...(s._tag === 'scan' ? [scanType(s)] : [])
]

/** Two lanes beside float64, else four. */
const lanesFor = (stages: readonly Stage[]): number =>
  stages.some((s) => typesOf(s).some((t) => machineType(t) === 'f64')) ? 2 : 4

/** Stores to places that depend on the point go one by one. */
const hasMovingBase = (s: Stage): boolean =>
  s._tag !== 'reduce' && s.stores.some((o) => o.base !== null && dependsOn([o.base]).size > 0)

const emitPoint = (c: StageContext, scope: Scope, plan: PlannedNest, vectors: boolean): void =>
  plan.stages.forEach((s, k) => {
    const lanes = lanesFor([s])
    const inner = { ...c, lanes }
    if (vectors && !hasMovingBase(s)) emitInner(inner, scope, k, s)
    else emitAcross(inner, scope, k, s)
  })

/**
 * Vectors of points side by side. Sums down the columns of a matrix read a little of every row on
 * each pass, so where registers allow it is two cache lines, not half of one.
 */
const outerWidth = (c: StageContext, plan: PlannedNest, roots: readonly Expr[]): number => {
  const count = nodes(roots).length
  const reductions = plan.stages.reduce(
    (n, s) => n + (s._tag === 'reduce' ? s.reductions.length : s._tag === 'scan' ? 2 : 0),
    0
  )
  if (reductions === 1 && count <= 8) return 8
  return count <= 24 ? c.profile.interleave : 1
}

/** Loops over the parallel axes, then the stages. */
const emitParallel = (c: StageContext, scope: Scope, plan: PlannedNest, axis: number): void => {
  const { axes, mode } = plan
  const roots = plan.stages.flatMap(expressionsOf)
  hoist(c, scope, roots, axis, c.pinned, false)
  if (axis === axes.length) return emitPoint(c, scope, plan, mode === 'inner')
  const last = axis === axes.length - 1 && mode === 'outer'
  scope.cursor.overAxis(axis, (loop) => {
    const point = (width: number): void => {
      const inner = innerScope(scope, { cursor: loop.cursor, width })
      plan.stages.forEach((s, k) => emitAcross(c, inner, k, s))
      loop.advance(width === 0 ? 1 : width * c.lanes)
    }
    if (!last) {
      loop.until(axes[axis], () => {
        emitParallel(c, innerScope(scope, { cursor: loop.cursor }), plan, axis + 1)
        loop.advance(1)
      })
      return
    }
    const n = axes[axis]
    const width = Math.max(1, Math.min(outerWidth(c, plan, roots), Math.floor(n / c.lanes)))
    const main = n - (n % (width * c.lanes))
    const single = n - (n % c.lanes)
    if (main > 0) loop.until(main, () => point(width))
    if (single > main) loop.until(single, () => point(1))
    if (n > single) loop.until(n, () => point(0))
  })
}

/** Emits the body of the function. */
export const emitNest = (target: LaneTarget, table: Local, nest: Nest): void => {
  if (nest.axes.includes(0)) return
  const planned = planNest(nest)
  const moving = planned.stages.some(hasMovingBase)
  const plan: PlannedNest =
    moving && planned.mode === 'outer' ? { ...planned, mode: 'none' } : planned
  const stored = plan.stages.flatMap((s) => (s._tag === 'reduce' ? [] : s.stores))
  const lanes = lanesFor(plan.stages)
  const c: StageContext = {
    ...target,
    first: plan.axes.length,
    lanes,
    pinned: new Set(stored.map((s) => s.buffer))
  }
  // Stages without parallel axes in common share nothing, pointers included.
  const parts = plan.axes.length === 0 && plan.mode === 'inner' ? perStage(plan) : [plan]
  for (const part of parts) {
    const cursor = createCursor(target.f, table, part.stages.flatMap(accessesOf))
    const axis = plan.mode === 'outer' ? plan.axes.length - 1 : -1
    emitParallel(c, rootScope(cursor, { axis, lanes }), part, 0)
  }
}

/** A nest per stage, where no stage uses another's result. */
const perStage = (plan: PlannedNest): readonly PlannedNest[] =>
  plan.stages.every((s) => s._tag === 'map') && plan.stages.length > 1
    ? plan.stages.map((s) => ({ ...plan, stages: [s] }))
    : [plan]
