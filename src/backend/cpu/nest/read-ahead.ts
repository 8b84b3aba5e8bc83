/**
 * Rows that are read ahead. A softmax begins a row with its maximum and ends it with a division:
 * the one waits for memory and integers, the other for the divider. So the map that ends a row is
 * walked together with the reduction that begins the next one.
 */
import { equals } from '../../../core/shape.ts'
import { axisIndex } from '../../../kernel/affine.ts'
import type { ReduceStage, Stage } from '../../../kernel/ir.ts'
import { expressionsOf, nodesOf, readsOf, reindexStage, storesOf } from '../../../kernel/stage.ts'
import { nodes } from '../../../kernel/walk.ts'
import { type Walk, walksOf } from './fused-stages.ts'
import type { AxisLoop } from '../values/loops.ts'
import type { PlannedNest } from './nest-plan.ts'
import { innerScope, type Scope, stageKey } from '../values/scope.ts'
import type { StageContext } from './stage-loops.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** The walks of a row whose first one can be made beside the last one of the row before. */
export interface ReadAhead {
  readonly first: Walk
  readonly middle: readonly Walk[]
  readonly last: Walk
  /** The last walk of a row with the first of the next, under a number that no stage has. */
  readonly joined: Walk
}

/** Together they stay in the registers. */
const maxNodes = 16

/** With fewer rows there is little to gain from the code. */
const leastRows = 4

/** Shorter rows are over before anything has waited. */
const leastRow = 64

/** The same bits however the elements are shared among accumulators. */
const isOrderless = (s: ReduceStage): boolean =>
  s.reductions.every(({ monoid }) => monoid === 'max' || monoid === 'min')

const readsOther = (s: Stage, stages: readonly Stage[]): boolean =>
  nodesOf(s).some((e) => e._tag === 'stage') ||
  stages.some((other) => storesOf(other).some((o) => readsOf(s).has(o.buffer)))

const found = new WeakMap<PlannedNest, ReadAhead | null>()

/** How the rows along the last parallel axis can be read ahead; null where they cannot. */
export const readAheadOf = (plan: PlannedNest): ReadAhead | null => {
  const known = found.get(plan)
  if (known !== undefined) return known
  const ahead = findReadAhead(plan)
  found.set(plan, ahead)
  return ahead
}

const findReadAhead = ({ axes, stages, mode }: PlannedNest): ReadAhead | null => {
  const axis = axes.length - 1
  if (mode !== 'inner' || axis < 0 || axes[axis] < leastRows) return null
  const walks = walksOf(stages)
  const [first, last] = [walks[0], walks[walks.length - 1]]
  const [a, b] = [first.stage, last.stage]
  if (walks.length < 3 || a._tag !== 'reduce' || b._tag !== 'map') return null
  if (first.along.length > 0 || last.along.length > 0 || !isOrderless(a)) return null
  if (!equals(a.extents, b.extents) || (a.extents.at(-1) ?? 0) < leastRow) return null
  if (b.stores.some((o) => o.base !== null) || readsOther(a, stages)) return null
  const next = reindexStage(
    a,
    [
      ...axes.map((_, i) => ({ ...axisIndex(i), offset: i === axis ? 1 : 0 })),
      ...a.extents.map((_, i) => axisIndex(axes.length + i))
    ],
    a.extents
  )
  if (next._tag !== 'reduce') return null
  if (nodes([...expressionsOf(next), ...expressionsOf(b)]).length > maxNodes) return null
  const joined: Walk = { number: stages.length, stage: next, along: b.stores }
  return { first, middle: walks.slice(1, -1), last, joined }
}

/** The results of the next row take the place of this row's. */
const keepResults = (
  f: FunctionBuilder,
  scope: Scope,
  next: Scope,
  { joined, first }: ReadAhead
): void => {
  if (first.stage._tag !== 'reduce') return
  first.stage.reductions.forEach((_, i) => {
    const from = next.bindings.get(stageKey(joined.number, i, 'value'))
    const to = scope.bindings.get(stageKey(first.number, i, 'value'))
    if (from?._tag === 'scalar' && to?._tag === 'scalar') f.get(from.local).set(to.local)
  })
}

/** A walk over rows, and where it ends. */
export interface Rows {
  readonly loop: AxisLoop
  readonly end: Local
}

/** What a row computes before its stages, and one of its walks. */
export interface RowCode {
  readonly enter: (row: Scope) => void
  readonly walk: (row: Scope, walk: Walk) => void
}

/** All rows, of which there is one at least; `scope` is that of the loop. */
export const emitReadAhead = (
  { f }: StageContext,
  scope: Scope,
  { loop, end }: Rows,
  ahead: ReadAhead,
  { enter, walk }: RowCode
): void => {
  walk(scope, ahead.first)
  loop.to(end, () => {
    const row = innerScope(scope)
    enter(row)
    ahead.middle.forEach((w) => walk(row, w))
    f.get(loop.counter).i32(1).op('i32.add').get(end).op('i32.lt_s')
    f.if(
      () => {
        const next = innerScope(row)
        walk(next, ahead.joined)
        keepResults(f, scope, next, ahead)
      },
      () => walk(innerScope(row), ahead.last)
    )
    loop.advance(1)
  })
}
