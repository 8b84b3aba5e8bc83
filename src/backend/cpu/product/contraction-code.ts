/** Contractions as matrix products: their strides, their tiles, their code. */
import { coefficient } from '../../../kernel/affine.ts'
import type { Contraction, Place } from '../../../kernel/ir.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import type { LaneTarget } from '../values/elementary/lanes.ts'
import type { Scope } from '../values/scope.ts'
import { emitGemm, gemmPath, type GemmShape } from './gemm.ts'
import { byteSize } from '../values/memory-access.ts'
import { defineFinish, finishingOf } from './product-finish.ts'
import { floatType, operandsOf } from './product-operands.ts'
import { chooseCut, type Cut, cutAxis, type TileRange } from '../threads/tile-range.ts'
import type { Local } from '../wasm/function.ts'

/** A contraction as a product of matrices. */
interface Matrix extends GemmShape {
  /** Axes of the contraction that are the rows and columns of the result. */
  readonly row: number
  readonly column: number
  /** Operands of the contraction that are A and B. */
  readonly left: number
  readonly right: number
}

/** Strides (rows, columns) of the three matrices, exchanged where only the result's rows are contiguous. */
export const matrixOf = (k: Contraction): Matrix | null => {
  const b = k.batch.length
  const stride = (p: Place, axis: number): number => coefficient(p.index, b + axis)
  const columnsContiguous = k.n === 1 || stride(k.out, 1) === 1
  if (columnsContiguous) {
    return {
      row: b,
      column: b + 1,
      left: 0,
      right: 1,
      m: k.m,
      n: k.n,
      k: k.k,
      a: [stride(k.lhs, 0), stride(k.lhs, 2)],
      b: [stride(k.rhs, 2), stride(k.rhs, 1)],
      rowStride: stride(k.out, 0)
    }
  }
  // Cᵀ = Bᵀ Aᵀ: the rows of C become the columns of the product.
  return k.m === 1 || stride(k.out, 0) === 1
    ? {
        row: b + 1,
        column: b,
        left: 1,
        right: 0,
        m: k.n,
        n: k.m,
        k: k.k,
        a: [stride(k.rhs, 1), stride(k.rhs, 2)],
        b: [stride(k.lhs, 2), stride(k.lhs, 0)],
        rowStride: stride(k.out, 1)
      }
    : null
}

/** Rows of a tile for which the packing of the other operand, done by every tile, costs little. */
const rowsPerTile = 128

interface MatrixCut extends Cut {
  /** `batch`: `axis` is one of the batch axes. */
  readonly of: 'batch' | 'rows' | 'columns'
}

/** Axes along which a product can be cut: sums stay whole, and so do rows and columns of tiles. */
export const matrixCuts = (
  { profile }: Pick<LaneTarget, 'profile'>,
  k: Contraction,
  shape: GemmShape
): readonly MatrixCut[] => {
  const { m, n } = shape
  const columns = 4 * profile.tile.vectors
  // Single rows and columns take another path, which sums in another order.
  const lengthwise = (of: 'rows' | 'columns', extent: number, unit: number): MatrixCut[] =>
    extent >= 2 * unit && extent % unit !== 1 ? [{ axis: -1, of, extent, unit }] : []
  const least = (extent: number, unit: number): number =>
    Math.max(1, Math.ceil(Math.min(rowsPerTile, extent / 4) / unit)) * unit
  return [
    ...k.batch.map((extent, axis): MatrixCut => ({ axis, of: 'batch', extent, unit: 1 })),
    // Where few rows share B in place, each part of them would read all of B.
    ...(['sumsOfRows', 'dots'].includes(gemmPath(shape, profile))
      ? []
      : lengthwise('rows', m, least(m, profile.tile.rows))),
    ...lengthwise('columns', n, least(n, columns))
  ]
}

/** Emits the product, or some tiles of it; false where it has no contiguous rows or columns. */
export const emitContraction = (
  c: LaneTarget,
  table: Local,
  workspace: Local,
  k: Contraction,
  range: TileRange | null
): boolean => {
  const dtype = floatType(k.dtype)
  const matrix = matrixOf(k)
  if (dtype === null || matrix === null) return false
  const finishing = finishingOf(k, productSpace(k), dtype)
  const outer = k.batch.map((_, axis) => axis)
  const epilogue =
    finishing === null
      ? undefined
      : defineFinish(c, finishing, { outer, row: matrix.row, column: matrix.column })
  const path = gemmPath(matrix, c.profile)
  const { kept } = k
  const keptColumns = kept === undefined ? undefined : matrix.n
  const gemm = emitGemm(c.module, { dtype, profile: c.profile, path, epilogue, keptColumns })
  const { f } = c
  const cut = range === null ? null : chooseCut(matrixCuts(c, k, matrix), range.count)
  const part = range === null || cut === null ? null : cutAxis(f, cut, range)
  const bytes = byteSize(dtype)
  const product = (at: Scope, pushAddress: (at: Scope, operand: number) => void): void => {
    // Where a range of rows or columns begins, on the operands that move with them.
    const pushFrom = (operand: number, of: MatrixCut['of'], stride: number): void => {
      pushAddress(at, operand)
      if (part !== null && cut?.of === of)
        f.get(part.begin)
          .i32(stride * bytes)
          .op('i32.mul')
          .op('i32.add')
    }
    const pushLength = (of: MatrixCut['of'], whole: number): void => {
      if (part !== null && cut?.of === of) f.get(part.end).get(part.begin).op('i32.sub')
      else f.i32(whole)
    }
    const pushBegin = (of: MatrixCut['of']): void => {
      if (part !== null && cut?.of === of) f.get(part.begin)
      else f.i32(0)
    }
    pushLength('rows', matrix.m)
    pushLength('columns', matrix.n)
    f.i32(k.k)
    const [rowsOfA, columnsOfA] = matrix.a
    const [rowsOfB, columnsOfB] = matrix.b
    pushFrom(matrix.left, 'rows', rowsOfA)
    f.i32(rowsOfA).i32(columnsOfA)
    pushFrom(matrix.right, 'columns', columnsOfB)
    f.i32(rowsOfB).i32(columnsOfB)
    if (cut?.of === 'columns') pushFrom(2, 'columns', 1)
    else pushFrom(2, 'rows', matrix.rowStride)
    f.i32(matrix.rowStride).get(workspace).i32(0)
    if (kept !== undefined) {
      f.get(table).memory('i32.load', 4 * kept.buffer)
      pushBegin('columns')
    }
    if (epilogue !== undefined) {
      f.get(table)
      pushBegin('rows')
      pushBegin('columns')
      // Every batch axis is being walked, so each has a counter.
      for (const axis of outer) f.get(at.cursor.counters.get(axis) as Local)
    }
    f.call(gemm)
  }
  const emit = (): void => {
    const { scope, pushAddress } = operandsOf(c, table, k, dtype)
    const overBatch = (at: Scope, axis: number): void => {
      if (axis === k.batch.length) return product(at, pushAddress)
      const walked = part !== null && cut?.of === 'batch' && cut.axis === axis ? part : null
      at.cursor.overAxis(
        axis,
        (loop) => {
          const body = (): void => {
            overBatch({ ...at, cursor: loop.cursor }, axis + 1)
            loop.advance(1)
          }
          if (walked === null) loop.until(k.batch[axis], body)
          else loop.to(walked.end, body)
        },
        walked?.begin
      )
    }
    overBatch(scope, 0)
  }
  if (part === null) emit()
  else {
    f.get(part.begin).get(part.end).op('i32.lt_s')
    f.if(emit)
  }
  return true
}
