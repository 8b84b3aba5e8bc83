/** Scatter as loops that combine one update after the other, in row-major order. */
import type { Scatter } from '../../kernel/ir.ts'
import type { Expr } from '../../kernel/expr.ts'
import { binary, load } from '../../kernel/make.ts'
import { nodes } from '../../kernel/walk.ts'
import type { LaneTarget } from './elementary/lanes.ts'
import { emitStores, hoist, innerScope, rootScope, type Scope, scalarOf } from './evaluate.ts'
import { createCursor, loadsOf } from './loops.ts'
import type { Local } from './wasm/function.ts'

/** The value that the place holds afterwards. */
const combined = ({ kind, place, value }: Scatter): Expr => {
  if (kind === 'set') return value
  return binary(kind, load(value.dtype, place.buffer, place.index, place.base), value)
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
  const at = (scope: Scope, axis: number): void => {
    // Values may read what a guard of theirs protects, so only the parts outside are hoisted.
    hoist(c, scope, kernel.valid === null ? roots : [kernel.valid], axis, pinned, false)
    if (axis < kernel.axes.length) {
      scope.cursor.overAxis(axis, (loop) =>
        loop.until(kernel.axes[axis], () => {
          at(innerScope(scope, { cursor: loop.cursor }), axis + 1)
          loop.advance(1)
        })
      )
      return
    }
    const write = (): void => emitStores(c, innerScope(scope), [store])
    if (kernel.valid === null) return write()
    c.f.get(scalarOf(c, scope, kernel.valid))
    c.f.if(write)
  }
  const cursor = createCursor(c.f, table, accesses)
  at(rootScope(cursor, { axis: -1, lanes: 4 }), 0)
}
