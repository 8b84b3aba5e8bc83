/**
 * What follows the sums of a product, over a part of it at a time: its epilogue, and the rounding
 * of narrow floats. The parts are panels that have just been stored, so this reads them from the
 * caches, in vectors along the contiguous axis; what does not move with the rows, such as a bias,
 * is loaded once per panel.
 */
import { type Affine, axisIndex, coefficient, compose } from '../../../kernel/affine.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type { Contraction, Convolution, Nest, Store } from '../../../kernel/ir.ts'
import { cast, load } from '../../../kernel/make.ts'
import { nodes, reindexer, rewriter } from '../../../kernel/walk.ts'
import { hoist } from '../values/hoist.ts'
import { innerScope, rootScope, type Scope } from '../values/scope.ts'
import { emitStores } from '../nest/stores.ts'
import { machineType } from '../values/expr-scalar.ts'
import type { Epilogue } from './gemm-micro.ts'
import { i32s } from './gemm-micro.ts'
import type { LaneTarget } from '../values/elementary/lanes.ts'
import { type Access, createCursor, loadsOf } from '../values/loops.ts'
import type { Local } from '../wasm/function.ts'

/** A value to store at every point of the product's index space. */
export interface Finishing {
  readonly space: readonly number[]
  readonly store: Store
}

/** The axes of the space that the product's code walks; the others are counted outside of it. */
export interface FinishAxes {
  readonly outer: readonly number[]
  /** As seen by the product: exchanged where it computes the transpose. */
  readonly row: number
  readonly column: number
}

/** The finishing of sums made in `wide`; null where they are the result. */
export const finishingOf = (
  k: Contraction | Convolution,
  space: readonly number[],
  wide: ScalarType
): Finishing | null => {
  if (k.epilogue === null && wide === k.dtype) return null
  const sum = cast(load(wide, k.out.buffer, k.out.index, k.out.base), k.dtype)
  const value =
    k.epilogue === null ? sum : rewriter((e) => (e._tag === 'accumulator' ? sum : e))(k.epilogue)
  return { space, store: { ...k.out, value } }
}

/** All of it, as a map over the result in place. */
export const finishingNest = ({ space, store }: Finishing): Nest => ({
  _tag: 'nest',
  axes: space,
  stages: [{ _tag: 'map', extents: [], stores: [store] }]
})

/** Indices of places and values, by which axes can be merged. */
export const finishingIndices = ({ store }: Finishing): readonly Affine[] => [
  store.index,
  ...nodes([store.value]).flatMap((e) => (e._tag === 'load' || e._tag === 'iota' ? [e.index] : []))
]

/** The same over other axes: `axes[a]` replaces axis `a`. */
export const reindexFinishing = (
  { store }: Finishing,
  axes: readonly Affine[],
  space: readonly number[]
): Finishing => {
  const visit = reindexer(axes)
  return {
    space,
    store: { ...store, index: compose(store.index, axes), value: visit(store.value) }
  }
}

/** Lanes of a vector: two beside float64. */
const lanesOf = (value: Expr): number =>
  nodes([value]).some((e) => machineType(e.dtype) === 'f64') ? 2 : 4

/**
 * Defines the code, whose parameters are `(table, firstRow, firstColumn, …outer)`: where buffers
 * lie, the place of the product's first row and column, and the counters of the outer axes.
 */
export const defineFinish = (
  c: Omit<LaneTarget, 'f'>,
  finishing: Finishing,
  { outer, row, column }: FinishAxes
): Epilogue => {
  // Rows are the innermost loop, so that what they have in common is computed before it.
  const order = [...outer, column, row]
  const { store } = reindexFinishing(
    finishing,
    finishing.space.map((_, a) => axisIndex(order.indexOf(a))),
    order.map((a) => finishing.space[a])
  )
  const [columnAxis, rowAxis] = [outer.length, outer.length + 1]
  const lanes = lanesOf(store.value)
  const roots = [store.value]
  const accesses: readonly Access[] = [
    ...loadsOf(nodes(store.base === null ? roots : [...roots, store.base])),
    { buffer: store.buffer, index: store.index, dtype: store.value.dtype }
  ]
  const vectors = coefficient(store.index, columnAxis) === 1 ? c.profile.tile.vectors : 0
  const params = 3 + outer.length
  const finish = c.module.define(
    { params: i32s(4 + params), results: [] },
    (f, firstRow, rows, firstColumn, columns, table, rowsBefore, columnsBefore, ...counters) => {
      const target = { ...c, f }
      const limitOf = (first: Local, before: Local, count: Local): Local => {
        const limit = f.local('i32')
        f.advance(first, before).get(first).get(count).op('i32.add').set(limit)
        return limit
      }
      const rowLimit = limitOf(firstRow, rowsBefore, rows)
      const columnLimit = limitOf(firstColumn, columnsBefore, columns)
      const overRows = (scope: Scope): void => {
        hoist(target, scope, roots, rowAxis, new Set([store.buffer]), scope.width > 0)
        scope.cursor.overAxis(
          rowAxis,
          (loop) =>
            loop.below(rowLimit, () => {
              emitStores(target, innerScope(scope, { cursor: loop.cursor }), [store])
              loop.advance(1)
            }),
          firstRow
        )
      }
      const overColumns = (scope: Scope): void =>
        scope.cursor.overAxis(
          columnAxis,
          (loop) => {
            const blocks = (width: number): void => {
              const size = Math.max(1, width * lanes)
              f.while(
                () => f.get(loop.counter).i32(size).op('i32.add').get(columnLimit).op('i32.le_s'),
                () => {
                  overRows(innerScope(scope, { cursor: loop.cursor, width }))
                  loop.advance(size)
                }
              )
            }
            for (const width of new Set([vectors, Math.min(vectors, 1), 0])) blocks(width)
          },
          firstColumn
        )
      const overOuter = (scope: Scope, axis: number): void => {
        if (axis === outer.length) return overColumns(scope)
        scope.cursor.overAxis(
          axis,
          (loop) => overOuter(innerScope(scope, { cursor: loop.cursor }), axis + 1),
          counters[axis]
        )
      }
      overOuter(rootScope(createCursor(f, table, accesses), { axis: columnAxis, lanes }), 0)
    }
  )
  return { params, finish }
}
