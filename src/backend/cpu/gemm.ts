/**
 * Matrix products C (+)= A·B as one WebAssembly function, blocked for the caches.
 *
 * Transposes and slices cost nothing: both operands have any row and column stride, and packing
 * reads through them. Three paths, chosen by the sizes and strides of a call: packed panels, small
 * products read in place, and dot products for matrix–vector.
 *
 * Source: Goto and van de Geijn 2008 (the loop nest and packing); Van Zee and van de Geijn, BLIS,
 * ACM TOMS 41 (2015).
 */

import {
  blockColumns,
  blockedWorkspace,
  emitBlocked,
  forColumns,
  forDepthBlocks,
  setDepth
} from './gemm-blocked.ts'
import type { PackBlock } from './gemm-blocked.ts'
import { defineDirect, defineDot } from './gemm-direct.ts'
import { defineMacro, emitFinish, epilogueParams, i32s, tileColumns } from './gemm-micro.ts'
import type { Epilogue, GemmContext } from './gemm-micro.ts'
import { definePackMatrix } from './gemm-pack.ts'
import { defineRow } from './gemm-row.ts'
import type { EngineProfile } from './engine.ts'
import { VECTOR } from './vector.ts'
import type { FloatType } from './vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from './wasm/function.ts'
import type { ModuleBuilder } from './wasm/module.ts'

export interface GemmOptions {
  readonly dtype: FloatType
  readonly profile: EngineProfile
  readonly epilogue?: Epilogue | undefined
}

/** Below this many multiplications packing costs more than it saves. */
const DIRECT_LIMIT = 64 ** 3
/** Up to this many rows B is read so few times that packing it never pays … */
const DIRECT_ROWS = 3
/** … and up to this many where all of B stays in the caches. */
const DIRECT_ROWS_CACHED = 8
const CACHED_ELEMENTS = 2 ** 20
/** From this size and width on a matrix that is multiplied by one row is read row by row. */
const ROWWISE_ELEMENTS = 2 ** 14
const ROWWISE_COLUMNS = 128

/** Bytes of workspace that a product of these sizes needs. Aligned to 64 it runs fastest. */
export const gemmWorkspace = (
  m: number,
  n: number,
  k: number,
  { dtype, profile }: GemmOptions
): number => {
  const context: GemmContext = { type: VECTOR[dtype], profile, epilogue: undefined }
  // The sums of one row, where there is only one.
  const sums = Math.min(Math.max(m, n), blockColumns(context)) * context.type.bytes
  return Math.max(blockedWorkspace(context, m, n, k), Math.min(m, n) === 1 ? sums : 0)
}

/**
 * Splits `rows` into at most `parts` ranges that give the bits of the whole: every range is a
 * multiple of the tile but for the last, which is never a single row unless the whole is.
 */
export const splitRows = (
  rows: number,
  parts: number,
  { tile }: EngineProfile
): readonly (readonly [from: number, to: number])[] => {
  const size = Math.max(1, Math.ceil(rows / parts / tile.rows)) * tile.rows
  const count = Math.max(1, Math.floor((rows - 2) / size) + 1)
  return Array.from({ length: count }, (_, i) => [
    i * size,
    i === count - 1 ? rows : (i + 1) * size
  ])
}

/** Pushes whether every pair is equal. */
const pushAllEqual = (f: FunctionBuilder, ...pairs: readonly (readonly [Local, number])[]): void =>
  pairs.forEach(([local, value], i) => {
    f.get(local).i32(value).op('i32.eq')
    if (i > 0) f.op('i32.and')
  })

const defineGemm = (module: ModuleBuilder, context: GemmContext): FunctionRef => {
  const { type } = context
  const direct = module.shared(`direct ${type.scalar}`, () => defineDirect(module, context))
  const row = module.shared(`row ${type.scalar}`, () => defineRow(module, context))
  const dot = module.shared(`dot ${type.scalar}`, () => defineDot(module, context))
  const macro = defineMacro(module, context)
  const panelA = definePackMatrix(module, type, context.profile.tile.rows)
  const panelB = definePackMatrix(module, type, tileColumns(context))
  const signature = { params: [...i32s(13), ...epilogueParams(context)], results: [] }
  return module.define(
    signature,
    (f, m, n, k, a, rsA, csA, b, rsB, csB, c, rsC, workspace, accumulate, ...params) => {
      const [one, element, depth] = f.locals('i32', 3)
      const unit = type.bytes
      f.i32(1).set(one).i32(unit).set(element)
      for (const stride of [rsA, csA, rsB, csB, rsC])
        f.get(stride).i32(type.shift).op('i32.shl').set(stride)
      const at = (base: Local, index: Local, stride: Local): FunctionBuilder =>
        f.get(base).get(index).get(stride).op('i32.mul').op('i32.add')
      const finish = (): void => {
        const none = (): FunctionBuilder => f.i32(0)
        emitFinish(f, context, [none, () => f.get(m), none, () => f.get(n)], params)
      }

      /** C_i (+)= row i · x, both contiguous along k. */
      const dots = (
        count: Local,
        [rows, stride]: readonly [Local, Local],
        x: Local,
        strideC: Local
      ): void => {
        setDepth(f, k, depth)
        f.get(count).get(k).get(depth).get(rows).get(stride).get(x).get(c).get(strideC)
        f.get(accumulate).call(dot)
      }
      const unpacked = (
        [height, width]: readonly [Local, Local],
        [left, rowsOfLeft, columnsOfLeft]: readonly [Local, Local, Local],
        [right, rowsOfRight]: readonly [Local, Local]
      ): void =>
        forDepthBlocks(f, k, accumulate, ({ first, count: kc, flags }) => {
          f.get(height).get(width).get(kc)
          at(left, first, columnsOfLeft).get(rowsOfLeft).get(columnsOfLeft)
          at(right, first, rowsOfRight).get(rowsOfRight).get(c).get(rsC).get(flags).call(direct)
        })
      /** One row of C: a · right. The workspace of packed blocks has room for the sums. */
      const rowwise = (
        width: Local,
        [left, columnsOfLeft]: readonly [Local, Local],
        [right, rowsOfRight]: readonly [Local, Local]
      ): void =>
        forColumns(f, width, blockColumns(context), (column, count) =>
          forDepthBlocks(f, k, accumulate, ({ first, count: kc, flags }) => {
            f.get(count).get(kc)
            at(left, first, columnsOfLeft).get(columnsOfLeft)
            at(right, first, rowsOfRight).get(column).i32(type.shift).op('i32.shl').op('i32.add')
            f.get(rowsOfRight).get(c).get(column).i32(type.shift).op('i32.shl').op('i32.add')
            f.get(workspace).get(flags).call(row)
          })
        )
      const pushIsLarge = (width: Local): void => {
        f.get(width).op('f32.convert_i32_u').get(k).op('f32.convert_i32_u').op('f32.mul')
        f.f32(ROWWISE_ELEMENTS).op('f32.ge').get(width).i32(ROWWISE_COLUMNS).op('i32.ge_u')
        f.op('i32.and')
      }
      const packed = (): void => {
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
        emitBlocked(f, context, {
          macro,
          m,
          n,
          k,
          packA: (block) => pack(panelA, [a, rsA, csA], block),
          packB: (block) => pack(panelB, [b, csB, rsB], block),
          c,
          rowStride: rsC,
          workspace,
          accumulate,
          params
        })
      }

      f.block((done) => {
        const choose = (path: () => void): void => {
          f.if(() => {
            path()
            finish()
            f.br(done)
          })
        }
        pushAllEqual(f, [n, 1], [csA, unit], [rsB, unit])
        choose(() => dots(m, [a, rsA], b, rsC))
        pushAllEqual(f, [m, 1], [csA, unit], [rsB, unit])
        choose(() => dots(n, [b, csB], a, element))
        // Aᵀ·x is xᵀ·A.
        pushAllEqual(f, [n, 1], [rsA, unit], [rsC, unit])
        f.if(() => {
          pushIsLarge(m)
          choose(() => rowwise(m, [b, rsB], [a, csA]))
          f.i32(1)
          choose(() => unpacked([one, m], [b, csB, rsB], [a, csA]))
        })
        pushAllEqual(f, [m, 1], [csB, unit])
        pushIsLarge(n)
        f.op('i32.and')
        choose(() => rowwise(n, [a, csA], [b, rsB]))
        f.get(m).op('f32.convert_i32_u').get(n).op('f32.convert_i32_u').op('f32.mul')
        f.get(k).op('f32.convert_i32_u').op('f32.mul').f32(DIRECT_LIMIT).op('f32.le')
        f.get(n).op('f32.convert_i32_u').get(k).op('f32.convert_i32_u').op('f32.mul')
        f.f32(CACHED_ELEMENTS).op('f32.le').get(m).i32(DIRECT_ROWS_CACHED).op('i32.le_u')
        f.op('i32.and').get(m).i32(DIRECT_ROWS).op('i32.le_u').op('i32.or').op('i32.or')
        pushAllEqual(f, [csB, unit])
        f.op('i32.and')
        choose(() => unpacked([m, n], [a, rsA, csA], [b, rsB]))
        packed()
      })
    }
  )
}

/**
 * Emits `gemm(M, N, K, A, rsA, csA, B, rsB, csB, C, rsC, workspace, accumulate, …epilogue)`.
 *
 * A [M, K], B [K, N] and C [M, N] are byte addresses; strides are in elements, those of A and B any
 * (also zero or negative), columns of C contiguous. With `accumulate` C is added to. The parameters
 * of the epilogue follow. The sum's order depends on the shape and the strides alone.
 */
export const emitGemm = (
  module: ModuleBuilder,
  { dtype, profile, epilogue }: GemmOptions
): FunctionRef => {
  const context: GemmContext = { type: VECTOR[dtype], profile, epilogue }
  const make = (): FunctionRef => defineGemm(module, context)
  // A product with an epilogue is the caller's own; plain ones are shared within the module.
  return epilogue === undefined ? module.shared(`gemm ${dtype}`, make) : make()
}
