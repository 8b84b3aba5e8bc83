/**
 * Matrix products C (+)= A·B as one WebAssembly function, blocked for the caches.
 *
 * Transposes and slices cost nothing: both operands have any row and column stride, and packing
 * reads through them. Sizes and strides decide before code is made which of several paths it takes:
 * packed panels, operands read in place, dot products or sums of rows.
 *
 * Source: Goto and van de Geijn 2008 (the loop nest and packing); Van Zee and van de Geijn, BLIS,
 * ACM TOMS 41 (2015).
 */

import {
  blockedWorkspace,
  DEPTH,
  emitBlocked,
  forColumns,
  forDepthBlocks,
  keptElements,
  setDepth
} from './gemm-blocked.ts'
import type { PackBlock } from './gemm-blocked.ts'
import { defineDirect, defineDot } from './gemm-direct.ts'
import { defineMacro, emitFinish, epilogueParams, i32s, tileColumns } from './gemm-micro.ts'
import type { Epilogue, GemmContext } from './gemm-micro.ts'
import { definePackMatrix } from './gemm-pack.ts'
import { defineFactors, defineRows, rowsWorkspace, stripColumns } from './gemm-rows.ts'
import type { EngineProfile } from '../engine/engine.ts'
import { VECTOR } from '../values/vector.ts'
import type { FloatType } from '../values/vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** How a product is computed, which its sizes and strides decide. */
export type GemmPath =
  /** One column: dot products with rows of A; and one row, with columns of B. */
  | 'dotsOfRows'
  | 'dotsOfColumns'
  /** Few rows by columns that are contiguous too: dot products, a few columns at a time. */
  | 'dots'
  /** Few columns, which are made contiguous if they are not: as many rows at a time. */
  | 'dotsOfFew'
  /** Few rows, or one, that add up rows of B; one column, Aᵀ·x, as xᵀ·A. */
  | 'sumsOfRows'
  | 'sumOfRows'
  | 'sumOfColumns'
  /** Register tiles that read both operands in place; the second for Aᵀ·x, as xᵀ·A. */
  | 'direct'
  | 'directColumn'
  | 'packed'

/** Sizes and strides, in elements. Columns of C are contiguous. */
export interface GemmShape {
  readonly m: number
  readonly n: number
  readonly k: number
  /** Of rows and columns. */
  readonly a: readonly [rowStride: number, columnStride: number]
  readonly b: readonly [rowStride: number, columnStride: number]
  readonly rowStride: number
}

export interface GemmOptions {
  readonly dtype: FloatType
  readonly profile: EngineProfile
  readonly path: GemmPath
  readonly epilogue?: Epilogue | undefined
  /** Columns of a B that may have been packed before, in all: two parameters more. */
  readonly keptColumns?: number | undefined
}

/** Below this many multiplications packing costs more than it saves … */
const DIRECT_LIMIT = 64 ** 3
/** … and where a block of B has so few elements: they stay in the first-level cache … */
const NEAR_ELEMENTS = 2 ** 13
/** … or in the second, if the tiles that read it there are as large as those of packed panels. */
const SECOND_ELEMENTS = 2 ** 16

/** Rows that are multiplied by all of B before the next ones: read to their ends, in few pages. */
const ROWS_AT_ONCE = 24

/** Up to this many rows tiles read all of B in place where it stays in a second-level cache … */
const DIRECT_ROWS = 8
const CACHED_ELEMENTS = 2 ** 18
/** … and up to so many a larger one is read row by row, of such a width. */
const SUMMED_ROWS = 16
const SUMMED_COLUMNS = 128
/** Columns that a tile has, where it reads B in place: others are computed one by one. */
const WHOLE_TILE = 8
/** From this size on a matrix that is multiplied by one row is read row by row. */
const ROWWISE_ELEMENTS = 2 ** 14

/** Columns that are multiplied by all rows before the next ones are read. */
const DOTS = 4
/** Dot products are this many times as long as there are rows where they are worth their ends. */
const DOT_LENGTH = 8

/** The path of a product. Parts of it have to take the same one, as it decides the bits. */
export const gemmPath = (
  { m, n, k, a, b, rowStride }: GemmShape,
  { compiler }: Pick<EngineProfile, 'compiler'>
): GemmPath => {
  const alongRows = a[1] === 1 && b[0] === 1
  if (n === 1 && alongRows) return 'dotsOfRows'
  if (m === 1 && alongRows) return 'dotsOfColumns'
  if (m <= SUMMED_ROWS && alongRows && k >= DOT_LENGTH * m) return 'dots'
  const isFew = n <= SUMMED_ROWS && k >= DOT_LENGTH * n && (b[0] === 1 || n % WHOLE_TILE !== 0)
  if (isFew && m > 1 && a[1] === 1) return 'dotsOfFew'
  const rowwise = (width: number): boolean =>
    width >= SUMMED_COLUMNS && width * k >= ROWWISE_ELEMENTS
  if (n === 1 && a[0] === 1 && rowStride === 1) return rowwise(m) ? 'sumOfColumns' : 'directColumn'
  if (b[1] !== 1) return 'packed'
  if (m === 1 && rowwise(n)) return 'sumOfRows'
  const near = compiler === 'turbofan' ? NEAR_ELEMENTS : SECOND_ELEMENTS
  if (m * n * k <= DIRECT_LIMIT || Math.abs(b[0]) * Math.min(k, DEPTH) <= near) return 'direct'
  if (m <= DIRECT_ROWS && n * k <= CACHED_ELEMENTS) return 'direct'
  if (m <= SUMMED_ROWS && rowwise(n)) return 'sumsOfRows'
  return m <= 3 ? 'direct' : 'packed'
}

/** Bytes of workspace that a product of these sizes needs. Aligned to 64 it runs fastest. */
export const gemmWorkspace = (
  { m, n, k }: Pick<GemmShape, 'm' | 'n' | 'k'>,
  { dtype, profile, path }: GemmOptions
): number => {
  const context: GemmContext = { type: VECTOR[dtype], profile, epilogue: undefined }
  switch (path) {
    case 'packed':
      return blockedWorkspace(context, m, n, k)
    case 'sumsOfRows':
    case 'sumOfRows':
      return rowsWorkspace(m, n, Math.min(k, DEPTH), context.type)
    case 'dotsOfFew':
      return n * k * context.type.bytes
    case 'sumOfColumns':
      return rowsWorkspace(1, m, Math.min(k, DEPTH), context.type)
    default:
      return 0
  }
}

const defineGemm = (
  module: ModuleBuilder,
  context: GemmContext,
  path: GemmPath,
  keptColumns: number | undefined
): FunctionRef => {
  const { type } = context
  const shared = (
    name: string,
    define: (module: ModuleBuilder, context: GemmContext) => FunctionRef
  ): FunctionRef => module.shared(`${name} ${type.scalar}`, () => define(module, context))
  const keptParams = keptColumns === undefined ? 0 : 2
  const signature = { params: [...i32s(13 + keptParams), ...epilogueParams(context)], results: [] }
  return module.define(
    signature,
    (f, m, n, k, a, rsA, csA, b, rsB, csB, c, rsC, workspace, accumulate, ...rest) => {
      const params = rest.slice(keptParams)
      const unit = type.bytes
      for (const stride of [rsA, csA, rsB, csB, rsC])
        f.get(stride).i32(type.shift).op('i32.shl').set(stride)
      const at = (base: Local, index: Local, stride: Local): FunctionBuilder =>
        f.get(base).get(index).get(stride).op('i32.mul').op('i32.add')
      const constant = (value: number): Local => {
        const local = f.local('i32')
        f.i32(value).set(local)
        return local
      }

      /** C_i (+)= row i · x, both contiguous along k. */
      const dots = (
        count: Local,
        [rows, stride]: readonly [Local, Local],
        x: Local,
        strideC: Local
      ): void => {
        const dot = shared('dot', defineDot)
        const depth = f.local('i32')
        setDepth(f, k, depth)
        f.get(count).get(k).get(depth).get(rows).get(stride).get(x).get(c).get(strideC)
        f.get(accumulate).i32(0).i32(0).call(dot)
      }
      /** All rows of C, two at a time, for a few columns, which stay in the first cache. */
      const blocksOfDots = (
        [height, left, rowsOfLeft, rowsOfC]: readonly [Local, Local, Local, Local],
        [width, right, columnsOfRight, columnsOfC]: readonly [Local, Local, Local, Local]
      ): void => {
        const one = shared('dot', defineDot)
        const two = module.shared(`dots ${type.scalar}`, () => defineDot(module, context, 2))
        const [depth, row, line, target, turns, between, step] = f.locals('i32', 7)
        setDepth(f, k, depth)
        const block = (columns: Local, stride: Local, strideC: Local): void => {
          const rows = (dot: FunctionRef, count: number): FunctionBuilder =>
            f.while(
              () => f.get(line).i32(count).op('i32.ge_s'),
              () => {
                f.get(columns).get(k).get(depth).get(right).get(stride).get(row).get(target)
                f.get(strideC).get(accumulate).get(rowsOfLeft).get(rowsOfC).call(dot)
                for (let i = 0; i < count; i++) f.advance(row, rowsOfLeft).advance(target, rowsOfC)
                f.increment(line, -count)
              }
            )
          f.get(height).set(line).get(left).set(row).get(c).set(target)
          rows(two, 2)
          rows(one, 1)
        }
        // Columns far apart are fetched ahead side by side, neighbours one after the other.
        const four = constant(DOTS)
        f.get(width).i32(DOTS).op('i32.div_u').tee(turns)
        f.get(columnsOfRight).op('i32.mul').set(between)
        f.get(turns).get(columnsOfC).op('i32.mul').set(step)
        f.while(
          () => f.get(turns),
          () => {
            block(four, between, step)
            f.advance(right, columnsOfRight).advance(c, columnsOfC).increment(turns, -1)
          }
        )
        for (let i = 1; i < DOTS; i++) f.advance(right, between).advance(c, step)
        f.get(width).i32(DOTS).op('i32.rem_u').set(turns)
        block(turns, columnsOfRight, columnsOfC)
      }
      /** A·B as Bᵀ·Aᵀ: the columns of B are the few rows, from a contiguous copy if need be. */
      const dotsOfFew = (): void => {
        const column = f.local('i32')
        f.get(rsB).i32(unit).op('i32.ne')
        f.if(() => {
          f.get(b).get(csB).get(rsB).get(n).i32(1).get(k).get(workspace)
          f.call(definePackMatrix(module, type, 1))
          f.get(workspace).set(b).get(k).i32(type.shift).op('i32.shl').set(csB)
        })
        f.i32(unit).set(column)
        blocksOfDots([n, b, csB, column], [m, a, rsA, rsC])
      }
      const unpacked = (
        [height, width]: readonly [Local, Local],
        [left, rowsOfLeft, columnsOfLeft]: readonly [Local, Local, Local],
        [right, rowsOfRight]: readonly [Local, Local]
      ): void => {
        const direct = shared('direct', defineDirect)
        const [rest, rows] = f.locals('i32', 2)
        f.get(height).set(rest)
        const onward = (address: Local, stride: Local): FunctionBuilder =>
          f.get(rows).get(stride).op('i32.mul').get(address).op('i32.add').set(address)
        f.doWhile(
          () => {
            f.get(rest).i32(ROWS_AT_ONCE).get(rest)
            f.i32(ROWS_AT_ONCE).op('i32.lt_u').op('select').set(rows)
            forDepthBlocks(f, k, accumulate, ({ first, count: kc, flags }) => {
              f.get(rows).get(width).get(kc)
              at(left, first, columnsOfLeft).get(rowsOfLeft).get(columnsOfLeft)
              at(right, first, rowsOfRight).get(rowsOfRight).get(c).get(rsC).get(flags).call(direct)
            })
            onward(left, rowsOfLeft)
            onward(c, rsC)
            f.get(rest).get(rows).op('i32.sub').set(rest)
          },
          () => f.get(rest)
        )
      }
      /** Few rows of C; behind their factors the workspace has room for the sums of a strip. */
      const rowwise = (
        [height, width]: readonly [Local, Local],
        [left, rowsOfLeft, columnsOfLeft]: readonly [Local, Local, Local],
        [right, rowsOfRight]: readonly [Local, Local],
        isSingle: boolean
      ): void => {
        const factors = shared('factors', defineFactors)
        const add = module.shared(`rows ${type.scalar} ${isSingle}`, () =>
          defineRows(module, context, isSingle)
        )
        const sums = f.local('i32')
        f.get(height)
          .i32(DEPTH * unit)
          .op('i32.mul')
          .get(workspace)
          .op('i32.add')
          .set(sums)
        forDepthBlocks(f, k, accumulate, ({ first, count: kc, flags }) => {
          f.get(height).get(kc)
          at(left, first, columnsOfLeft).get(rowsOfLeft).get(columnsOfLeft).get(workspace)
          f.call(factors)
          forColumns(f, width, stripColumns(type), (column, count) => {
            f.get(height).get(count).get(kc).get(workspace)
            at(right, first, rowsOfRight).get(column).i32(type.shift).op('i32.shl').op('i32.add')
            f.get(rowsOfRight).get(c).get(column).i32(type.shift).op('i32.shl').op('i32.add')
            f.get(rsC).get(sums).get(flags).call(add)
          })
        })
      }
      const packed = (): void => {
        const macro = defineMacro(module, context)
        const panelA = definePackMatrix(module, type, context.profile.tile.rows)
        const panelB = definePackMatrix(module, type, tileColumns(context))
        const pack = (
          target: FunctionRef,
          [base, rowStride, columnStride]: readonly [Local, Local, Local],
          block: PackBlock
        ): void => {
          at(base, block.row, rowStride)
          f.get(block.first).get(columnStride).op('i32.mul').op('i32.add')
          f.get(rowStride).get(columnStride).get(block.rows).get(block.step)
          f.get(block.count).get(block.target).call(target)
        }
        const packB = (block: PackBlock): void => pack(panelB, [b, csB, rsB], block)
        /** All of B as {@link keptElements} says, or the block packed now. */
        const findB = (
          columns: number,
          [kept, column]: readonly Local[],
          block: PackBlock
        ): void => {
          f.get(kept)
          f.if(
            () => {
              f.get(block.first)
                .i32(keptElements(context, columns, 1))
                .op('i32.mul')
              f.get(column).get(block.row).op('i32.add').get(block.count).op('i32.mul')
              f.op('i32.add').i32(type.shift).op('i32.shl').get(kept).op('i32.add')
              f.set(block.target)
            },
            () => packB(block)
          )
        }
        emitBlocked(f, context, {
          macro,
          m,
          n,
          k,
          packA: (block) => pack(panelA, [a, rsA, csA], block),
          packB: (block) =>
            keptColumns === undefined ? packB(block) : findB(keptColumns, rest, block),
          c,
          rowStride: rsC,
          workspace,
          accumulate,
          params
        })
      }
      const emit: Readonly<Record<GemmPath, () => void>> = {
        dotsOfRows: () => dots(m, [a, rsA], b, rsC),
        dotsOfColumns: () => dots(n, [b, csB], a, constant(unit)),
        dots: () => blocksOfDots([m, a, rsA, rsC], [n, b, csB, constant(unit)]),
        dotsOfFew,
        // Aᵀ·x is xᵀ·A.
        sumOfColumns: () => rowwise([constant(1), m], [b, csB, rsB], [a, csA], true),
        directColumn: () => unpacked([constant(1), m], [b, csB, rsB], [a, csA]),
        sumOfRows: () => rowwise([m, n], [a, rsA, csA], [b, rsB], true),
        sumsOfRows: () => rowwise([m, n], [a, rsA, csA], [b, rsB], false),
        direct: () => unpacked([m, n], [a, rsA, csA], [b, rsB]),
        packed
      }
      emit[path]()
      if (path === 'packed') return // its tiles have had the epilogue
      const none = (): FunctionBuilder => f.i32(0)
      emitFinish(f, context, [none, () => f.get(m), none, () => f.get(n)], params)
    }
  )
}

/**
 * Emits `gemm(M, N, K, A, rsA, csA, B, rsB, csB, C, rsC, workspace, accumulate, …epilogue)`.
 *
 * A [M, K], B [K, N] and C [M, N] are byte addresses; strides are in elements, those of A and B any
 * (also zero or negative) that the path allows, columns of C contiguous. With `accumulate` C is
 * added to. Where B may have been packed before, its address (or 0) and the first column at hand
 * follow, then the parameters of the epilogue. The sum's order depends on K and the path alone.
 */
export const emitGemm = (
  module: ModuleBuilder,
  { dtype, profile, path, epilogue, keptColumns }: GemmOptions
): FunctionRef => {
  const context: GemmContext = { type: VECTOR[dtype], profile, epilogue }
  const make = (): FunctionRef => defineGemm(module, context, path, keptColumns)
  // A product with an epilogue is the caller's own; plain ones are shared within the module.
  return epilogue === undefined && keptColumns === undefined
    ? module.shared(`gemm ${dtype} ${path}`, make)
    : make()
}
