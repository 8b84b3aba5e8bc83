/** Code of stages over a chunk of columns, in blocks of rows (column-plan.ts says why). */
import type { Expr, StageResult } from '../../../kernel/expr.ts'
import type { MapStage, ReduceStage, ScanStage, Stage } from '../../../kernel/ir.ts'
import { expressionsOf } from '../../../kernel/stage.ts'
import { nodes } from '../../../kernel/walk.ts'
import * as slots from './accumulate.ts'
import {
  blockRows,
  cellBytes,
  cellOffset,
  cellsBytes,
  chunkColumns,
  rowsPerTurn
} from './column-plan.ts'
import { machineType } from '../values/expr-scalar.ts'
import type { Walk } from './fused-stages.ts'
import { hoist } from '../values/hoist.ts'
import type { Cursor } from '../values/loops.ts'
import type { PlannedNest } from './nest-plan.ts'
import { type Binding, innerScope, type Scope, stageKey } from '../values/scope.ts'
import { hasTotal, runningSlot, scalarSlots, type SlotGroup, vectorSlots } from './slots.ts'
import { bindResult, rootsOf, scanType, stepScan } from './stage-across.ts'
import { beginOf, endOf, overCut, run, type StageContext } from './stage-loops.ts'
import { emitStores } from './stores.ts'
import type { Local } from '../wasm/function.ts'

/** The columns that are walked together: from the counter of the cursor up to a limit. */
interface Chunk {
  readonly c: StageContext
  readonly plan: PlannedNest
  readonly scope: Scope
  readonly end: Local
  /** Vectors side by side. */
  readonly width: number
  /** Address of the cells. */
  readonly cells: Local
}

/** A group of columns in scope, and the address of the first of their cells. */
type AtColumns = (scope: Scope, cell: Local) => void

const overColumns = (
  { c, plan, scope, end, width, cells }: Chunk,
  cursor: Cursor,
  body: AtColumns
) => {
  const { f, lanes, first } = c
  const cell = f.local('i32')
  f.get(cells).set(cell)
  cursor.overAxis(first - 1, (loop) => {
    const step = (w: number): void => {
      body(innerScope(scope, { cursor: loop.cursor, width: w }), cell)
      loop.advance(w === 0 ? 1 : w * lanes)
      f.increment(cell, Math.max(1, w) * cellBytes(plan))
    }
    // Chunks begin, and all but the last end, with whole groups.
    if (plan.axes[first - 1] % (width * lanes) === 0) loop.to(end, () => step(width))
    else overCut(c, loop, end, width, step)
  })
}

/** Moves bindings between locals and their cells, or places that are `scale` times as large. */
const moveCells = (
  { c: { f }, plan }: Chunk,
  how: 'load' | 'store',
  cell: Local,
  offset: number,
  bindings: readonly Binding[],
  scale = 1
): void =>
  bindings.forEach((binding, i) => {
    const locals = binding._tag === 'scalar' ? [binding.local] : binding.lanes
    locals.forEach((local, at) => {
      const place = scale * (offset + at * cellBytes(plan)) + 16 * i
      const type = f.typeOf(local)
      if (type === 'i64') return // no value is kept in one
      if (how === 'load') f.get(cell).memory(`${type}.load`, place).set(local)
      else f.get(cell).get(local).memory(`${type}.store`, place)
    })
  })

/** Binds the results of earlier stages that the roots read. */
const bindEarlier = (chunk: Chunk, scope: Scope, cell: Local, roots: readonly Expr[]): void => {
  const { c, plan } = chunk
  const read = nodes(roots).filter((e): e is StageResult => e._tag === 'stage')
  for (const { stage, reduction, part, dtype } of read) {
    const binding: Binding =
      scope.width === 0
        ? { _tag: 'scalar', local: c.f.local(machineType(dtype)) }
        : { _tag: 'vector', lanes: c.f.locals('v128', scope.width) }
    const offset = cellOffset(plan, stage, reduction) + (part === 'value' ? 0 : 16)
    moveCells(chunk, 'load', cell, offset, [binding])
    scope.bindings.set(stageKey(stage, reduction, part), binding)
  }
}

interface RowBody {
  /** Before and after the rows of a block, at each group of columns. */
  readonly before?: AtColumns
  readonly row: (scope: Scope) => void
  /** `isFull` tells whether a float32 accumulator has taken enough, or all there is. */
  readonly after?: (scope: Scope, cell: Local, isFull: Local) => void
}

/** Walks the extents of a stage in blocks of rows, and each block column by column. */
const overRows = (
  chunk: Chunk,
  s: Stage,
  roots: readonly Expr[],
  { before, row, after }: RowBody
): void => {
  const { c, scope } = chunk
  const { f } = c
  const last = s.extents.length - 1
  const axis = c.first + last
  const turn = rowsPerTurn(s)
  const isFull = f.local('i32')
  const block = (cursor: Cursor, limit: Local): void =>
    overColumns(chunk, cursor, (columns, cell) => {
      bindEarlier(chunk, columns, cell, roots)
      before?.(columns, cell)
      hoist(c, columns, roots, axis, c.pinned, true)
      columns.cursor.overAxis(axis, (loop) => {
        const step = (): void => {
          row(innerScope(columns, { cursor: loop.cursor }))
          loop.advance(1)
        }
        if (turn > 1) {
          const whole = f.local('i32')
          f.get(limit).i32(-turn).op('i32.and').set(whole)
          loop.below(whole, () => {
            for (let i = 0; i < turn; i++) step()
          })
        }
        if (turn === 1 || s.extents[last] % turn > 0) loop.below(limit, step)
      })
      after?.(columns, cell, isFull)
    })
  const walk = (cursor: Cursor, depth: number): void =>
    cursor.overAxis(c.first + depth, (loop) => {
      if (depth < last) {
        loop.until(s.extents[depth], () => {
          walk(loop.cursor, depth + 1)
          loop.advance(1)
        })
        return
      }
      const n = s.extents[depth]
      const limit = f.local('i32')
      loop.until(n, () => {
        f.get(loop.counter).i32(blockRows).op('i32.add').tee(limit)
        f.i32(n).get(limit).i32(n).op('i32.lt_s').op('select').set(limit)
        f.get(limit)
          .i32(run - 1)
          .op('i32.and')
          .op('i32.eqz')
        f.get(limit).i32(n).op('i32.eq').op('i32.or').set(isFull)
        block(loop.cursor, limit)
        loop.advance(blockRows)
      })
    })
  walk(scope.cursor, 0)
}

/** A reduction at a group of columns: slots in locals. */
interface Running {
  readonly group: SlotGroup
  readonly state: readonly Binding[]
}

const reduceColumns = (chunk: Chunk, { number, along }: Walk, s: ReduceStage): void => {
  const { c, plan, scope, cells } = chunk
  const { f } = c
  const start = (columns: Scope): readonly Running[] =>
    s.reductions.map((r) => {
      const group = (columns.width === 0 ? scalarSlots : vectorSlots)(r, c.first)
      return { group, state: slots.startSlots(c, columns, group) }
    })
  const move = (how: 'load' | 'store', cell: Local, all: readonly Running[]): void =>
    all.forEach(({ state }, i) => moveCells(chunk, how, cell, cellOffset(plan, number, i), state))
  const sums = s.reductions.flatMap((r, i) => (hasTotal(r) ? [i] : []))
  /** The totals of the sums that vectors keep. */
  const overTotals = (
    columns: Scope,
    cell: Local,
    body: (totals: slots.LaneTotals, i: number, move: (how: 'load' | 'store') => void) => void
  ): void => {
    if (columns.width === 0 || sums.length === 0) return
    const place = f.local('i32')
    f.get(cell).get(cell).op('i32.add').get(cells).op('i32.sub')
    f.i32(cellsBytes(plan, c.lanes)).op('i32.add').set(place)
    sums.forEach((i) => {
      const totals = slots.laneTotals(c, columns.width)
      const kept = [totals.low, totals.high].map((lanes): Binding => ({ _tag: 'vector', lanes }))
      body(totals, i, (how) => moveCells(chunk, how, place, cellOffset(plan, number, i), kept, 2))
    })
  }
  overColumns(chunk, scope.cursor, (columns, cell) => {
    move('store', cell, start(columns))
    overTotals(columns, cell, (_, __, moveTotals) => moveTotals('store'))
  })
  let running: readonly Running[] = []
  overRows(chunk, s, rootsOf(s, along), {
    before: (columns, cell) => {
      running = start(columns)
      move('load', cell, running)
      running.forEach(({ group, state }) => slots.bindSlots(columns, group, state))
    },
    row: (at) => {
      if (along.length > 0) emitStores(c, at, along)
      running.forEach(({ group, state }) =>
        slots.updateSlots(
          c,
          innerScope(at),
          state,
          group.slots.map(({ step }) => step)
        )
      )
    },
    after: (columns, cell, isFull) => {
      f.get(isFull).if(() =>
        overTotals(columns, cell, (totals, i, moveTotals) => {
          const [sum] = running[i].state
          moveTotals('load')
          if (sum._tag === 'vector') slots.flushLanes(c, sum.lanes, totals)
          moveTotals('store')
        })
      )
      move('store', cell, running)
    }
  })
  overColumns(chunk, scope.cursor, (columns, cell) => {
    const done = start(columns)
    move('load', cell, done)
    const found = done.map(({ group, state }) => slots.resultsOf(c, columns, group, state))
    overTotals(columns, cell, (totals, i, moveTotals) => {
      moveTotals('load')
      found[i] = [{ _tag: 'vector', lanes: slots.totalsAsFloat32(c, totals) }]
    })
    found.forEach((bindings, i) => {
      bindResult(c, columns, number, s, i, bindings)
      const results = (['value', 'position'] as const).flatMap(
        (part) => columns.bindings.get(stageKey(number, i, part)) ?? []
      )
      moveCells(chunk, 'store', cell, cellOffset(plan, number, i), results)
    })
  })
}

const scanColumns = (chunk: Chunk, number: number, s: ScanStage): void => {
  const { c, plan, scope } = chunk
  const group = runningSlot(s.monoid, s.value, scanType(s))
  const offset = cellOffset(plan, number, 0)
  overColumns(chunk, scope.cursor, (columns, cell) =>
    moveCells(chunk, 'store', cell, offset, slots.startSlots(c, columns, group))
  )
  let state: readonly Binding[] = []
  overRows(chunk, s, expressionsOf(s), {
    before: (columns, cell) => {
      state = slots.startSlots(c, columns, group)
      moveCells(chunk, 'load', cell, offset, state)
      slots.bindSlots(columns, group, state)
    },
    row: (at) => stepScan(c, at, s, group, state),
    after: (_, cell) => moveCells(chunk, 'store', cell, offset, state)
  })
}

const mapColumns = (chunk: Chunk, s: MapStage): void => {
  const { c, scope } = chunk
  const roots = expressionsOf(s)
  const row = (at: Scope): void => emitStores(c, at, s.stores)
  if (s.extents.length > 0) return overRows(chunk, s, roots, { row })
  overColumns(chunk, scope.cursor, (columns, cell) => {
    bindEarlier(chunk, columns, cell, roots)
    row(columns)
  })
}

/** All stages over the columns of the last parallel axis, or over the part of it that is cut out. */
export const emitColumnBlocks = (
  c: StageContext,
  scope: Scope,
  plan: PlannedNest,
  walks: readonly Walk[],
  { width, cells }: { readonly width: number; readonly cells: Local }
): void => {
  const { f } = c
  const axis = c.first - 1
  const columns = chunkColumns(plan)
  scope.cursor.overAxis(
    axis,
    (loop) => {
      const bound = endOf(c, axis, plan.axes[axis])
      loop.to(bound, () => {
        const end = f.local('i32')
        f.get(loop.counter).i32(columns).op('i32.add').tee(end)
        f.get(bound).get(end).get(bound).op('i32.lt_s').op('select').set(end)
        const inner = innerScope(scope, { cursor: loop.cursor })
        const chunk: Chunk = { c, plan, scope: inner, end, width, cells }
        for (const walk of walks) {
          const s = walk.stage
          if (s._tag === 'map') mapColumns(chunk, s)
          else if (s._tag === 'scan') scanColumns(chunk, walk.number, s)
          else reduceColumns(chunk, walk, s)
        }
        loop.advance(columns)
      })
    },
    beginOf(c, axis)
  )
}
