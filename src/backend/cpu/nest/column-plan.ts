/**
 * How nests are walked whose vectors lie across their rows, as in a sum over the leading axis of a
 * matrix. Strips as wide as the registers would visit a page of memory for two lines of it and
 * come back for the next two when it has been forgotten. So a chunk of columns goes through the
 * rows at once, in blocks of rows, and what is kept for each column lies in the workspace.
 */
import { sizeOf } from '../../../core/shape.ts'
import type { Reduction, Stage } from '../../../kernel/ir.ts'
import { expressionsOf } from '../../../kernel/stage.ts'
import { nodes } from '../../../kernel/walk.ts'
import type { PlannedNest } from './nest-plan.ts'
import { run } from './stage-loops.ts'
import { vectorSlots } from './slots.ts'

/**
 * Rows of a block: as many streams, each as long as the chunk is wide, which processors fetch ahead;
 * they follow no more of them. A float32 accumulator takes a whole number of blocks.
 */
export const blockRows = 8

/** Columns that stay together when threads share them: eight lines of float32. */
export const columnUnit = 128

/** Four pages of float32: long streams, and a sum for each of them stays in the first-level cache. */
const mostColumns = 4096

/** Elements of a chunk that is walked more than once: what a second-level cache holds. */
const cachedElements = 1 << 17

/** Narrower chunks would be strips. */
const leastColumns = 64

/** Narrower rows are a strip, which needs no blocks. */
const leastWidth = 33

/** Whether a stage of the nest walks enough rows for blocks of them. */
export const hasColumnBlocks = ({ axes, stages, mode }: PlannedNest): boolean =>
  mode === 'outer' &&
  axes[axes.length - 1] >= leastWidth &&
  !stages.some((s) => s.extents.includes(0)) &&
  stages.some((s) => s._tag !== 'map' && (s.extents.at(-1) ?? 1) > 2 * run)

/** Columns of a chunk: fewer where later stages find it in the cache then. */
export const chunkColumns = ({ stages }: PlannedNest): number => {
  const walking = stages.filter((s) => s.extents.length > 0)
  const rows = Math.max(...walking.map((s) => sizeOf(s.extents)))
  const cached = Math.floor(cachedElements / rows / 32) * 32
  return walking.length === 1 || cached < leastColumns ? mostColumns : Math.min(cached, mostColumns)
}

/** Vectors that a reduction keeps for a vector of columns, beside the totals of sums. */
const keptByReduction = (r: Reduction, axes: number): number => vectorSlots(r, axes).slots.length

const keptBy = (s: Stage, axes: number): number =>
  s._tag === 'map'
    ? 0
    : s._tag === 'scan'
      ? 1
      : s.reductions.reduce((n, r) => n + keptByReduction(r, axes), 0)

/** Where in a cell a reduction of a stage, or a scan, keeps what it accumulates and then its results. */
export const cellOffset = (
  { axes, stages }: PlannedNest,
  stage: number,
  reduction: number
): number => {
  const s = stages[stage]
  const own = s._tag === 'reduce' ? s.reductions.slice(0, reduction) : []
  return (
    16 *
    (stages.slice(0, stage).reduce((n, e) => n + keptBy(e, axes.length), 0) +
      own.reduce((n, r) => n + keptByReduction(r, axes.length), 0))
  )
}

/** Bytes that are kept for a vector of columns. */
export const cellBytes = (plan: PlannedNest): number =>
  16 * plan.stages.reduce((n, s) => n + keptBy(s, plan.axes.length), 0)

/** Bytes of all cells: one for each vector of a chunk, and for each column left over. */
export const cellsBytes = (plan: PlannedNest, lanes: number): number =>
  (Math.ceil(Math.min(chunkColumns(plan), plan.axes[plan.axes.length - 1]) / lanes) + lanes) *
  cellBytes(plan)

/** Bytes of workspace: the cells, and behind them twice as much for totals, which are wider. */
export const columnWorkspace = (plan: PlannedNest, lanes: number): number =>
  3 * cellsBytes(plan, lanes)

/** Rows in one turn of the loop over a block: more where the loop would cost as much as its body. */
export const rowsPerTurn = (s: Stage): number => (nodes(expressionsOf(s)).length <= 8 ? 4 : 1)
