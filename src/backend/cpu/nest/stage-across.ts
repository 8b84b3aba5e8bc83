/**
 * Code of the stages of a nest at one parallel point, or at a few vectors of points: all extents
 * are walked one by one.
 */
import { sizeOf } from '../../../core/shape.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { ReduceStage, ScanStage, Store } from '../../../kernel/ir.ts'
import { accumulator, cast } from '../../../kernel/make.ts'
import { expressionsOf } from '../../../kernel/stage.ts'
import * as slots from './accumulate.ts'
import { scalarOf, vectorOf } from '../values/evaluate.ts'
import type { Walk } from './fused-stages.ts'
import { type Binding, innerScope, type Scope, stageKey } from '../values/scope.ts'
import {
  accumulatorType,
  hasTotal,
  runningSlot,
  scalarSlots,
  type SlotGroup,
  vectorSlots
} from './slots.ts'
import { overExtents, run, type StageContext } from './stage-loops.ts'
import { emitStores } from './stores.ts'

/** Every expression that a reduction and what rides along compute. */
export const rootsOf = (s: ReduceStage, along: readonly Store[]): readonly Expr[] => [
  ...expressionsOf(s),
  ...along.map((o) => o.value) // they have no bases
]

/** Binds the result of a reduction as its dtype, rounding narrow floats and wrapping integers. */
export const bindResult = (
  c: StageContext,
  scope: Scope,
  stage: number,
  s: ReduceStage,
  reduction: number,
  bindings: readonly Binding[]
): void => {
  const r = s.reductions[reduction]
  bindings.forEach((binding, i) => {
    const part = i === 0 ? 'value' : 'position'
    const inner = innerScope(scope)
    const wide = accumulator(
      i === 1
        ? 'int32'
        : hasTotal(r) && binding._tag === 'scalar'
          ? 'float64'
          : accumulatorType(r.value.dtype)
    )
    inner.bindings.set(wide, binding)
    const result = cast(wide, i === 1 ? 'int32' : r.value.dtype)
    scope.bindings.set(
      stageKey(stage, reduction, part),
      result === wide
        ? binding
        : binding._tag === 'scalar'
          ? { _tag: 'scalar', local: scalarOf(c, inner, result) }
          : { _tag: 'vector', lanes: vectorOf(c, inner, result) }
    )
  })
}

/** Reductions over all extents, one element after the other, in scalars or vectors of points. */
const reduceAcross = (
  c: StageContext,
  scope: Scope,
  { number, along }: Walk,
  s: ReduceStage
): void => {
  const { width } = scope
  const count = sizeOf(s.extents)
  const long = count > 2 * run
  const groups = s.reductions.map((r) => (width === 0 ? scalarSlots : vectorSlots)(r, c.first))
  const states = groups.map((g) => slots.startSlots(c, scope, g))
  const totals = s.reductions.map((r) =>
    width > 0 && long && hasTotal(r) ? slots.laneTotals(c, width) : null
  )
  const flush = (): void =>
    totals.forEach((t, i) => {
      const [state] = states[i]
      if (t !== null && state._tag === 'vector') slots.flushLanes(c, state.lanes, t)
    })
  const steps = c.f.local('i32')
  c.f.i32(0).set(steps)
  if (count > 0) {
    const outer = innerScope(scope)
    groups.forEach((g, i) => slots.bindSlots(outer, g, states[i]))
    overExtents(c, [outer], rootsOf(s, along), s.extents, ([inner]) => {
      if (along.length > 0) emitStores(c, inner, along)
      groups.forEach((g, i) =>
        slots.updateSlots(
          c,
          innerScope(inner),
          states[i],
          g.slots.map((slot) => slot.step)
        )
      )
      if (totals.some((t) => t !== null)) {
        c.f.increment(steps, 1).get(steps).i32(run).op('i32.eq')
        c.f.if(() => {
          flush()
          c.f.i32(0).set(steps)
        })
      }
    })
  }
  flush()
  states.forEach((state, i) => {
    const t = totals[i]
    const result: readonly Binding[] =
      t === null
        ? slots.resultsOf(c, innerScope(scope), groups[i], state)
        : [{ _tag: 'vector', lanes: slots.totalsAsFloat32(c, t) }]
    bindResult(c, scope, number, s, i, result)
  })
}

/** One point of a scan: the running combination takes in its element, and is stored. */
export const stepScan = (
  c: StageContext,
  scope: Scope,
  s: ScanStage,
  { slots: [{ leaf, step }] }: SlotGroup,
  state: readonly Binding[]
): void => {
  slots.updateSlots(c, innerScope(scope), state, [step])
  const after = innerScope(scope)
  const shown = cast(leaf, s.value.dtype)
  const binding: Binding =
    shown === leaf
      ? state[0]
      : scope.width > 0
        ? { _tag: 'vector', lanes: vectorOf(c, after, shown) }
        : { _tag: 'scalar', local: scalarOf(c, after, shown) }
  after.bindings.set('accumulator', binding)
  emitStores(c, after, s.stores)
}

/** A running combination along one axis. */
const scanAcross = (c: StageContext, scope: Scope, s: ScanStage): void => {
  if (s.extents[0] === 0) return
  const group = runningSlot(s.monoid, s.value, scanType(s))
  const state = slots.startSlots(c, scope, group)
  const outer = innerScope(scope)
  slots.bindSlots(outer, group, state)
  overExtents(c, [outer], [s.value], s.extents, ([inner]) => stepScan(c, inner, s, group, state))
}

/** What a scan accumulates in: float64 for sums and products of float32. */
export const scanType = (s: ScanStage): 'float64' | ReturnType<typeof accumulatorType> => {
  const type = accumulatorType(s.value.dtype)
  return type === 'float32' && (s.monoid === 'add' || s.monoid === 'mul') ? 'float64' : type
}

/** One stage at a point or at vectors of points. */
export const emitAcross = (c: StageContext, scope: Scope, walk: Walk): void => {
  const s = walk.stage
  switch (s._tag) {
    case 'map':
      if (s.extents.includes(0)) return
      return overExtents(c, [innerScope(scope)], expressionsOf(s), s.extents, ([inner]) =>
        emitStores(c, inner, s.stores)
      )
    case 'reduce':
      return reduceAcross(c, scope, walk, s)
    case 'scan':
      return scanAcross(c, scope, s)
  }
}
