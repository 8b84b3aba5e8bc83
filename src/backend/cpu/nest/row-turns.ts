/**
 * Rows that take turns. A processor fetches ahead in a stream until a page of it ends and waits for
 * memory where the next one begins, so several streams that lie pages apart bring more than one. A
 * reduction of an array that no cache holds walks a few rows together, a little of each in turn.
 * Every row is added up as it would be by itself.
 */
import { sizeOf } from '../../../core/shape.ts'
import { coefficient } from '../../../kernel/affine.ts'
import { loadsOf, nodesOf } from '../../../kernel/stage.ts'
import type { AxisLoop, Cursor } from '../values/loops.ts'
import { byteSize } from '../values/memory-access.ts'
import type { PlannedNest } from './nest-plan.ts'
import { overAxisTogether } from './stage-loops.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** Rows that are walked together: more gave no more. */
const together = 4

/** Bytes from one to the next: from 64 KB on it does not matter how many. */
const distance = 1 << 16

/** Elements of an array of which not much is in a cache from before. */
const leastSize = 1 << 20

/** Elements of a row that last for a few turns. */
const leastRow = 512

/** Larger bodies do not wait for memory. */
const maxNodes = 12

/** How many rows of the last parallel axis lie between those that take turns; 0 where none do. */
const rowsApart = ({ axes, stages }: PlannedNest): number => {
  const s = stages.find(({ extents }) => extents.length > 0)
  if (s?._tag !== 'reduce') return 0
  const last = axes.length - 1
  if (sizeOf([...axes, ...s.extents]) < leastSize || (s.extents.at(-1) ?? 0) < leastRow) return 0
  const all = nodesOf(s)
  if (all.length > maxNodes || all.some((e) => e._tag === 'guard')) return 0
  const strides = loadsOf(s).map((e) => coefficient(e.index, last) * byteSize(e.dtype))
  const stride = Math.max(1, ...strides)
  return Math.min(Math.ceil(distance / stride), Math.floor(axes[last] / together))
}

/** With fewer groups threads would wait for the last one. */
const leastGroups = 8

/** Rows that stay together where threads share them. */
export const rowUnit = (plan: PlannedNest): number => {
  const unit = rowsApart(plan) * together
  return unit > 0 && plan.axes[plan.axes.length - 1] >= leastGroups * unit ? unit : 1
}

/** Walks rows that take turns, from where the loop stands; a few before `end` may be left over. */
export const emitRowTurns = (
  f: FunctionBuilder,
  plan: PlannedNest,
  loop: AxisLoop,
  end: Local,
  body: (rows: readonly Cursor[]) => void
): void => {
  const apart = rowsApart(plan)
  if (apart === 0) return
  const [limit, stop] = f.locals('i32', 2)
  f.get(end).get(end).get(loop.counter).op('i32.sub')
  f.i32(together * apart)
    .op('i32.rem_s')
    .op('i32.sub')
    .set(limit)
  const places = new Array<AxisLoop>(together).fill(loop)
  loop.below(limit, () => {
    overAxisTogether(places, plan.axes.length - 1, (rows) => {
      rows.forEach((row, i) => row.advance(i * apart))
      f.get(loop.counter).i32(apart).op('i32.add').set(stop)
      rows[0].to(stop, () => {
        body(rows.map(({ cursor }) => cursor))
        rows.forEach((row) => row.advance(1))
      })
    })
    loop.advance(together * apart)
  })
}
