/**
 * The loop nest of a blocked matrix product, for operands that anything may pack.
 *
 * A plain product packs from strided matrices, a convolution from windows of an image; both give
 * two pieces of code that pack a block, and share everything else.
 */

import { ACCUMULATE, FINISH, tileColumns } from './gemm-micro.ts'
import type { GemmContext } from './gemm-micro.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'

/**
 * Terms summed before a partial sum is added to C. The same on every engine: it decides the bits.
 */
export const DEPTH = 256
/** Bytes of packed B: every panel of A sweeps over it, so it has to stay in a second-level cache. */
const BYTES_OF_B = 1024 * 1024
/** Bytes of packed A: its panels are read once for each block of B, soon after they were packed. */
const BYTES_OF_A = 64 * 1024

/** Panels of A packed at a time. */
const blockPanels = ({ type, profile }: GemmContext): number =>
  Math.floor(BYTES_OF_A / (DEPTH * type.bytes * profile.tile.rows))

/** Columns of B packed at a time: whole panels. */
export const blockColumns = (context: GemmContext): number => {
  const columns = BYTES_OF_B / (DEPTH * context.type.bytes)
  return columns - (columns % tileColumns(context))
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple

/** Bytes of one tile, where edges are computed before they are cut. */
const spareBytes = (context: GemmContext): number =>
  roundUp(context.profile.tile.rows * tileColumns(context) * context.type.bytes, 64)

/** Panels of m rows: see {@link forRows}. */
const panelsOf = (m: number, height: number): number => {
  const lower = (height - (m % height)) % height
  const rest = m - lower * (height - 1)
  return rest < 0 ? Math.ceil(m / (height - 1)) : lower + rest / height
}

/** Bytes of workspace for a product of these sizes. */
export const blockedWorkspace = (context: GemmContext, m: number, n: number, k: number): number => {
  const { type, profile } = context
  const depth = Math.min(k, DEPTH) * type.bytes
  const panels = Math.min(panelsOf(m, profile.tile.rows), blockPanels(context))
  const rows = panels * profile.tile.rows
  const columns = Math.min(roundUp(n, tileColumns(context)), blockColumns(context))
  return spareBytes(context) + roundUp(rows * depth, 64) + roundUp(columns * depth, 64)
}

/** A block of k: locals with its first index, its length and the flags of its store. */
export interface DepthBlock {
  readonly first: Local
  readonly count: Local
  readonly flags: Local
}

/** Sets `depth` to the length of the blocks of k: equal, at most {@link DEPTH}. */
export const setDepth = (f: FunctionBuilder, k: Local, depth: Local): void => {
  const count = f.local('i32')
  f.get(k)
    .i32(DEPTH - 1)
    .op('i32.add')
    .i32(DEPTH)
    .op('i32.div_u')
    .tee(count)
  f.get(k).op('i32.eqz').op('i32.or').set(count)
  f.get(k).get(count).op('i32.add').i32(1).op('i32.sub').get(count).op('i32.div_u').set(depth)
}

/**
 * Runs `body` for blocks of k of equal length, at most {@link DEPTH}; once, for an empty block, when
 * k is zero, so that C is written even then.
 */
export const forDepthBlocks = (
  f: FunctionBuilder,
  k: Local,
  accumulate: Local,
  body: (block: DepthBlock) => void
): void => {
  const [depth, first, count, flags] = f.locals('i32', 4)
  setDepth(f, k, depth)
  f.i32(0).set(first)
  f.doWhile(
    () => {
      f.get(k).get(first).op('i32.sub').tee(count).get(depth)
      f.get(count).get(depth).op('i32.lt_u').op('select').set(count)
      f.i32(ACCUMULATE).get(accumulate).get(first).op('select').i32(FINISH).i32(0)
      f.get(first).get(count).op('i32.add').get(k).op('i32.ge_u').op('select')
      f.op('i32.or').set(flags)
      body({ first, count, flags })
      f.advance(first, count)
    },
    () => f.get(first).get(k).op('i32.lt_u')
  )
}

/**
 * A block of an operand to pack: `rows` from `row`, of which every panel begins `step` after the
 * one before it, and `count` steps of k from `first`.
 */
export interface PackBlock {
  readonly row: Local
  readonly rows: Local
  readonly step: Local
  readonly first: Local
  readonly count: Local
  readonly target: Local
}

export interface BlockedProduct {
  readonly macro: FunctionRef
  readonly m: Local
  readonly n: Local
  readonly k: Local
  readonly packA: (block: PackBlock) => void
  /** Rows of this block are columns of B. It may point the target to where it has the block. */
  readonly packB: (block: PackBlock) => void
  readonly c: Local
  /** Bytes between rows of C. */
  readonly rowStride: Local
  readonly workspace: Local
  readonly accumulate: Local
  readonly params: readonly Local[]
}

/** The product whose result is read the other way round: rows of A become columns. */
export const exchanged = (product: BlockedProduct): BlockedProduct => {
  const { m, n, packA, packB } = product
  return { ...product, m: n, n: m, packA: packB, packB: packA }
}

/** Runs `body` for blocks of at most `size` of the columns. */
export const forColumns = (
  f: FunctionBuilder,
  total: Local,
  size: number,
  body: (first: Local, count: Local) => void
): void => {
  const first = f.local('i32')
  const count = f.local('i32')
  f.i32(0).set(first)
  f.while(
    () => f.get(first).get(total).op('i32.lt_s'),
    () => {
      f.get(total).get(first).op('i32.sub').tee(count).i32(size)
      f.get(count).i32(size).op('i32.lt_s').op('select').set(count)
      body(first, count)
      f.increment(first, size)
    }
  )
}

/**
 * Runs `body` for blocks of rows. Tiles one row lower end a matrix whose rows do not divide by the
 * tile's: of m = R·a + (R − 1)·b rows none is computed in vain.
 */
const forRows = (
  f: FunctionBuilder,
  context: GemmContext,
  m: Local,
  body: (block: Pick<PackBlock, 'row' | 'rows' | 'step'>) => void
): void => {
  const height = context.profile.tile.rows
  const [row, rows, step, whole, end] = f.locals('i32', 5)
  f.i32(height).get(m).i32(height).op('i32.rem_u').op('i32.sub').i32(height).op('i32.rem_u')
  f.i32(height - 1)
    .op('i32.mul')
    .set(end)
  f.get(m).get(end).op('i32.sub').i32(0).get(m).get(end).op('i32.ge_u').op('select').set(whole)
  f.i32(0).set(row)
  f.while(
    () => f.get(row).get(m).op('i32.lt_u'),
    () => {
      f.i32(height)
        .i32(height - 1)
        .get(row)
        .get(whole)
        .op('i32.lt_u')
        .op('select')
        .set(step)
      f.get(whole).get(m).get(row).get(whole).op('i32.lt_u').op('select').set(end)
      f.get(end).get(row).op('i32.sub').tee(rows)
      f.get(step).i32(blockPanels(context)).op('i32.mul').tee(end)
      f.get(rows).get(end).op('i32.lt_u').op('select').set(rows)
      body({ row, rows, step })
      f.advance(row, rows)
    }
  )
}

/** Elements of all of B when it is packed: blocks of k, one after the other, of whole panels each. */
export const keptElements = (context: GemmContext, n: number, k: number): number =>
  roundUp(n, tileColumns(context)) * k

/** Emits C (+)= A·B, packing both operands block by block. */
export const emitBlocked = (
  f: FunctionBuilder,
  context: GemmContext,
  { macro, m, n, k, packA, packB, c, rowStride, workspace, accumulate, params }: BlockedProduct
): void => {
  const { type } = context
  const [packedA, packedB, width] = f.locals('i32', 3)
  f.i32(tileColumns(context)).set(width)
  forColumns(f, n, blockColumns(context), (column, columns) => {
    forDepthBlocks(f, k, accumulate, ({ first, count, flags }) => {
      f.get(workspace).i32(spareBytes(context)).op('i32.add').set(packedB)
      // Packed A follows packed B, on the next cache line.
      f.get(columns)
        .i32(tileColumns(context) - 1)
        .op('i32.add')
        .i32(tileColumns(context))
      f.op('i32.div_u')
        .i32(tileColumns(context) * type.bytes)
        .op('i32.mul')
      f.get(count).op('i32.mul').get(packedB).op('i32.add').i32(63).op('i32.add').i32(-64)
      f.op('i32.and').set(packedA)
      packB({ row: column, rows: columns, step: width, first, count, target: packedB })
      forRows(f, context, m, ({ row, rows, step }) => {
        packA({ row, rows, step, first, count, target: packedA })
        f.get(rows).get(columns).get(count).get(packedA).get(packedB)
        f.get(row).get(rowStride).op('i32.mul').get(column).i32(type.shift).op('i32.shl')
        f.op('i32.add').get(c).op('i32.add').get(rowStride).get(flags).get(row).get(column)
        f.get(workspace).get(step)
        for (const param of params) f.get(param)
        f.call(macro)
      })
    })
  })
}
