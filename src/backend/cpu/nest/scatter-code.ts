/**
 * Scatter as loops that combine one update after the other, in row-major order. Updates of a row go
 * to different places, so where rows are contiguous they are vectors, as gradients of embeddings are.
 */
import { coefficient } from '../../../kernel/affine.ts'
import type { MapStage, Scatter } from '../../../kernel/ir.ts'
import type { Expr } from '../../../kernel/expr.ts'
import { binary, load } from '../../../kernel/make.ts'
import { expressionsOf } from '../../../kernel/stage.ts'
import { dependsOn, nodes } from '../../../kernel/walk.ts'
import type { LaneTarget } from '../values/elementary/lanes.ts'
import { scalarOf } from '../values/evaluate.ts'
import { hoist } from '../values/hoist.ts'
import { innerScope, rootScope, type Scope } from '../values/scope.ts'
import { machineType } from '../values/expr-scalar.ts'
import { createCursor, loadsOf } from '../values/loops.ts'
import { emitInner } from './stage-inner.ts'
import type { StageContext } from './stage-loops.ts'
import type { Local } from '../wasm/function.ts'

/** The value that the place holds afterwards. */
const combined = ({ kind, place, value }: Scatter): Expr => {
  if (kind === 'set') return value
  return binary(kind, load(value.dtype, place.buffer, place.index, place.base), value)
}

/** Two lanes beside float64, else four. */
const lanesOf = (s: MapStage): number =>
  nodes(expressionsOf(s)).some((e) => machineType(e.dtype) === 'f64') ? 2 : 4

/** Shorter rows are not worth vectors. */
const leastRow = 8

/** Whether the updates along the last axis lie side by side, at a place that does not depend on it. */
const hasRows = ({ axes, place, valid }: Scatter): boolean => {
  const last = axes.length - 1
  const fixed = [place.base, valid].filter((e) => e !== null)
  return (
    last >= 0 &&
    axes[last] >= leastRow &&
    coefficient(place.index, last) === 1 &&
    !dependsOn(fixed).has(last)
  )
}

export const emitScatter = (c: LaneTarget, table: Local, kernel: Scatter): void => {
  if (kernel.axes.includes(0)) return
  const store = { ...kernel.place, value: combined(kernel) }
  const roots = [store.value, store.base, kernel.valid].filter((e) => e !== null)
  const accesses = [
    ...loadsOf(nodes(roots)),
    { buffer: store.buffer, index: store.index, dtype: store.value.dtype }
  ]
  const pinned = new Set([store.buffer])
  const loops = kernel.axes.length - (hasRows(kernel) ? 1 : 0)
  const row: MapStage = { _tag: 'map', extents: kernel.axes.slice(loops), stores: [store] }
  const context: StageContext = {
    ...c,
    first: loops,
    lanes: lanesOf(row),
    pinned,
    cut: null,
    workspace: null
  }
  const at = (scope: Scope, axis: number): void => {
    // Values may read what a guard of theirs protects, so only the parts outside are hoisted.
    hoist(c, scope, kernel.valid === null ? roots : [kernel.valid], axis, pinned, false)
    if (axis < loops) {
      scope.cursor.overAxis(axis, (loop) =>
        loop.until(kernel.axes[axis], () => {
          at(innerScope(scope, { cursor: loop.cursor }), axis + 1)
          loop.advance(1)
        })
      )
      return
    }
    const write = (): void =>
      emitInner(context, [innerScope(scope)], { number: 0, stage: row, along: [] })
    if (kernel.valid === null) return write()
    c.f.get(scalarOf(c, scope, kernel.valid))
    c.f.if(write)
  }
  const cursor = createCursor(c.f, table, accesses)
  at(rootScope(cursor, { axis: -1, lanes: 4 }), 0)
}
