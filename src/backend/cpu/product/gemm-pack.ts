/**
 * Packing: copies a panel of `width` rows of an operand so that the micro-kernel reads it in one
 * sweep. Element (row, k) of the operand lands at `k * width + row` of the panel.
 *
 * The code works on one *run*: `count` steps of k along which every row advances by the same
 * stride. A plain matrix is one run per panel; a convolution packs one run per kernel position.
 * Rows past the edge repeat the last one (the caller points them at it): their products are never
 * stored, and real values keep the arithmetic free of stray NaNs and subnormals.
 *
 * Source: the packing of Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication,
 * ACM TOMS 34 (2008).
 */

import type { VectorType } from '../values/vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'
import type { ValueType } from '../wasm/opcodes.ts'

const PACK_PARAMS: readonly ValueType[] = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']

/** Locals of a function that packs panels; made once, used by every run it emits. */
export interface PackLocals {
  /** Address of the next element of each row of the panel. */
  readonly rows: readonly Local[]
  /** Where the next column of the panel goes. */
  readonly target: Local
  readonly counter: Local
  readonly vectors: readonly Local[]
}

export const packLocals = (f: FunctionBuilder, width: number): PackLocals => ({
  rows: f.locals('i32', width),
  target: f.local('i32'),
  counter: f.local('i32'),
  vectors: f.locals('v128', 8)
})

const countDown = (f: FunctionBuilder, counter: Local, body: () => void): void => {
  f.while(
    () => f.get(counter),
    () => {
      body()
      f.increment(counter, -1)
    }
  )
}

/** One element of each row; `advance` moves a row to its next element, whatever the strides. */
const packColumn = (
  f: FunctionBuilder,
  type: VectorType,
  { rows, target }: PackLocals,
  advance: (row: Local) => FunctionBuilder
): void => {
  rows.forEach((row, r) => {
    f.get(target)
      .get(row)
      .memory(type.load)
      .memory(type.store, r * type.bytes)
    advance(row)
  })
  f.increment(target, rows.length * type.bytes)
}

/** A run of `count` columns with any stride: element by element. */
export const packStrided = (
  f: FunctionBuilder,
  type: VectorType,
  locals: PackLocals,
  count: Local,
  advance: (row: Local) => FunctionBuilder
): void => {
  f.get(count).set(locals.counter)
  countDown(f, locals.counter, () => packColumn(f, type, locals, advance))
}

/** Bytes from where the rows of a panel point, and from its target. */
interface Shift {
  readonly from: number
  readonly to: number
}

const here: Shift = { from: 0, to: 0 }

/** Transposes 4×4 floats: loads 4 steps of 4 rows, stores 4 columns. */
const transpose4 = (
  f: FunctionBuilder,
  { rows, target, vectors: v }: PackLocals,
  first: number,
  { from, to }: Shift
): void => {
  const at = (column: number): number => to + (column * rows.length + first) * 4
  for (let i = 0; i < 4; i++)
    f.get(rows[first + i])
      .memory('v128.load', from)
      .set(v[i])
  f.get(v[0]).get(v[1]).shuffle([0, 4, 1, 5]).set(v[4])
  f.get(v[0]).get(v[1]).shuffle([2, 6, 3, 7]).set(v[5])
  f.get(v[2]).get(v[3]).shuffle([0, 4, 1, 5]).set(v[6])
  f.get(v[2]).get(v[3]).shuffle([2, 6, 3, 7]).set(v[7])
  f.get(target).get(v[4]).get(v[6]).shuffle([0, 1, 4, 5]).memory('v128.store', at(0))
  f.get(target).get(v[4]).get(v[6]).shuffle([2, 3, 6, 7]).memory('v128.store', at(1))
  f.get(target).get(v[5]).get(v[7]).shuffle([0, 1, 4, 5]).memory('v128.store', at(2))
  f.get(target).get(v[5]).get(v[7]).shuffle([2, 3, 6, 7]).memory('v128.store', at(3))
}

/** Transposes one vector of each of two rows; element size 4 or 8. */
const transposePair = (
  f: FunctionBuilder,
  type: VectorType,
  { rows, target, vectors: v }: PackLocals,
  first: number,
  { from, to }: Shift
): void => {
  f.get(rows[first]).memory('v128.load', from).set(v[0])
  f.get(rows[first + 1])
    .memory('v128.load', from)
    .set(v[1])
  const at = (column: number): number => to + (column * rows.length + first) * type.bytes
  if (type.bytes === 8) {
    f.get(target).get(v[0]).get(v[1]).shuffle([0, 2]).memory('v128.store', at(0))
    f.get(target).get(v[0]).get(v[1]).shuffle([1, 3]).memory('v128.store', at(1))
    return
  }
  f.get(v[0]).get(v[1]).shuffle([0, 4, 1, 5]).set(v[4])
  f.get(v[0]).get(v[1]).shuffle([2, 6, 3, 7]).set(v[5])
  for (let i = 0; i < 4; i++)
    f.get(target)
      .get(v[4 + (i >> 1)])
      .laneMemory('v128.store64_lane', i & 1, at(i))
}

/** As many columns as a vector has lanes, of rows that are contiguous along k. */
const packLanes = (
  f: FunctionBuilder,
  type: VectorType,
  locals: PackLocals,
  shift: Shift = here
): void => {
  const { rows, target } = locals
  const width = rows.length
  let r = 0
  if (type.bytes === 4) for (; r + 4 <= width; r += 4) transpose4(f, locals, r, shift)
  for (; r + 2 <= width; r += 2) transposePair(f, type, locals, r, shift)
  if (r === width) return
  f.get(rows[r]).memory('v128.load', shift.from).set(locals.vectors[0])
  for (let i = 0; i < type.lanes; i++)
    f.get(target)
      .get(locals.vectors[0])
      .laneMemory(type.storeLane, i, shift.to + (i * width + r) * type.bytes)
}

/**
 * Columns at known places: `offsets` are elements from where the rows point, none of them negative.
 * No loop is left, and columns that follow each other in memory are transposed by vectors.
 */
export const packUnrolled = (
  f: FunctionBuilder,
  type: VectorType,
  locals: PackLocals,
  offsets: readonly number[]
): void => {
  const { rows, target } = locals
  const column = rows.length * type.bytes
  const follow = (k: number): boolean =>
    k + type.lanes <= offsets.length &&
    offsets.slice(k, k + type.lanes).every((o, i) => o === offsets[k] + i)
  let k = 0
  while (k < offsets.length) {
    const from = offsets[k] * type.bytes
    if (follow(k)) {
      packLanes(f, type, locals, { from, to: k * column })
      k += type.lanes
      continue
    }
    rows.forEach((row, r) => {
      f.get(target)
        .get(row)
        .memory(type.load, from)
        .memory(type.store, k * column + r * type.bytes)
    })
    k++
  }
  f.increment(target, offsets.length * column)
}

/** A run of `count` columns whose rows are contiguous along k: transposed by vectors. */
export const packAlongColumns = (
  f: FunctionBuilder,
  type: VectorType,
  locals: PackLocals,
  count: Local
): void => {
  const { rows, target, counter } = locals
  const width = rows.length
  f.get(count).i32(Math.log2(type.lanes)).op('i32.shr_u').set(counter)
  countDown(f, counter, () => {
    packLanes(f, type, locals)
    for (const row of rows) f.increment(row, 16)
    f.increment(target, 16 * width)
  })
  f.get(count)
    .i32(type.lanes - 1)
    .op('i32.and')
    .set(counter)
  countDown(f, counter, () => packColumn(f, type, locals, (row) => f.increment(row, type.bytes)))
}

/** Bytes read of each column at a time: a cache line, which is then hardly needed any more. */
const SWEEP = 64

/** Panels that one sweep fills. */
const panelsPerSweep = (type: VectorType, width: number): number =>
  Math.max(1, Math.floor(SWEEP / (width * type.bytes)))

/**
 * A run of `count` columns whose rows lie side by side: each column is copied, as one or several
 * panels: with a panel at a time a line would be fetched for every panel that has a part in it.
 * Uses `rows[0]`; moves the target to its end.
 */
export const packAlongRows = (
  f: FunctionBuilder,
  type: VectorType,
  { rows, target, counter }: PackLocals,
  count: Local,
  advance: (row: Local) => FunctionBuilder,
  panels = 1
): void => {
  const bytes = rows.length * type.bytes
  const targets = [target, ...f.locals('i32', panels - 1)]
  targets.slice(1).forEach((next, p) => {
    f.get(targets[p]).get(count).i32(bytes).op('i32.mul').op('i32.add').set(next)
  })
  f.get(count).set(counter)
  countDown(f, counter, () => {
    targets.forEach((to, p) => {
      let at = 0
      for (; at + 16 <= bytes; at += 16)
        f.get(to)
          .get(rows[0])
          .memory('v128.load', p * bytes + at)
          .memory('v128.store', at)
      for (; at < bytes; at += type.bytes)
        f.get(to)
          .get(rows[0])
          .memory(type.load, p * bytes + at)
          .memory(type.store, at)
    })
    advance(rows[0])
    for (const to of targets) f.increment(to, bytes)
  })
  f.get(targets[targets.length - 1]).set(target)
}

/**
 * `pack(source, rowStride, columnStride, rows, step, count, target)`: packs all panels of a matrix
 * of `rows` × `count`, with strides in bytes. A panel begins `step` rows after the one before it,
 * which is its width or less: then panels overlap.
 */
export const definePackMatrix = (
  module: ModuleBuilder,
  type: VectorType,
  width: number
): FunctionRef =>
  module.shared(`pack ${type.scalar} ${width}`, () =>
    module.define({ params: PACK_PARAMS, results: [] }, (f, ...params) => {
      const [source, rowStride, columnStride, rows, step, count, target] = params
      const locals = packLocals(f, width)
      const panel = f.local('i32')
      const next = (row: Local): FunctionBuilder => f.advance(row, columnStride)
      const along = panelsPerSweep(type, width) * width
      f.get(target).set(locals.target)
      if (along > width)
        f.while(
          () => {
            f.get(rowStride).i32(type.bytes).op('i32.eq')
            f.get(columnStride).i32(type.bytes).op('i32.ne').op('i32.and')
            f.get(rows).i32(along).op('i32.ge_s').op('i32.and')
            f.get(step).i32(width).op('i32.eq').op('i32.and')
          },
          () => {
            f.get(source).set(locals.rows[0])
            packAlongRows(f, type, locals, count, next, panelsPerSweep(type, width))
            f.increment(source, along * type.bytes).increment(rows, -along)
          }
        )
      f.while(
        () => f.get(rows).i32(0).op('i32.gt_s'),
        () => {
          f.get(source).set(panel)
          locals.rows.forEach((row, r) => {
            f.get(panel).set(row)
            // The next row, or this one again past the edge.
            f.get(panel).get(rowStride).op('i32.add').get(panel).get(rows)
            f.i32(r + 1)
              .op('i32.gt_s')
              .op('select')
              .set(panel)
          })
          f.get(columnStride).i32(type.bytes).op('i32.eq')
          f.if(
            () => packAlongColumns(f, type, locals, count),
            () => {
              f.get(rowStride).i32(type.bytes).op('i32.eq')
              f.get(rows).i32(width).op('i32.ge_s').op('i32.and')
              f.if(
                () => packAlongRows(f, type, locals, count, next),
                () => packStrided(f, type, locals, count, next)
              )
            }
          )
          f.get(rowStride).get(step).op('i32.mul').get(source).op('i32.add').set(source)
          f.get(rows).get(step).op('i32.sub').set(rows)
        }
      )
    })
  )
