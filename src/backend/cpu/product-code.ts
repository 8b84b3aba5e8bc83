/** Contractions and convolutions through the packed products, or as nests where those do not fit. */
import { coefficient } from '../../kernel/affine.ts'
import type { ScalarType } from '../../kernel/expr.ts'
import type { Contraction, Convolution, Nest, Place } from '../../kernel/ir.ts'
import { cast, load } from '../../kernel/make.ts'
import { nodes, rewriter } from '../../kernel/walk.ts'
import { contractionAsNest, convolutionAsNest } from './as-nest.ts'
import { convolutionWorkspace, emitConvolution } from './convolution.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import type { LaneTarget } from './elementary/lanes.ts'
import { rootScope, type Scope, scalarOf } from './evaluate.ts'
import { emitGemm, gemmWorkspace } from './gemm.ts'
import { type Access, createCursor, loadsOf } from './loops.ts'
import { byteSize } from './memory-access.ts'
import { emitNest, tilesOfNest } from './nest.ts'
import { chooseCut, type Cut, cutAxis, type TileRange, unitsOf } from './tile-range.ts'
import type { FloatType } from './vector.ts'
import type { Local } from './wasm/function.ts'

/** The vector type that sums the products, or null for integers and bools. */
const floatType = (dtype: ScalarType): FloatType | null =>
  dtype === 'float64'
    ? 'float64'
    : dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16'
      ? 'float32'
      : null

/**
 * What remains to be done to the sums in memory: the epilogue, and rounding of narrow floats. A
 * map over the result in place; null when there is nothing to do.
 */
const finishing = (k: Contraction | Convolution, axes: readonly number[]): Nest | null => {
  const wide = floatType(k.dtype) ?? k.dtype
  if (k.epilogue === null && wide === k.dtype) return null
  const sum = cast(load(wide, k.out.buffer, k.out.index, k.out.base), k.dtype)
  const value =
    k.epilogue === null ? sum : rewriter((e) => (e._tag === 'accumulator' ? sum : e))(k.epilogue)
  return {
    _tag: 'nest',
    axes,
    stages: [{ _tag: 'map', extents: [], stores: [{ ...k.out, value }] }]
  }
}

/** A scope to compute bases in, and the addresses of the three operands. */
const operandsOf = (
  c: LaneTarget,
  table: Local,
  k: Contraction | Convolution,
  dtype: FloatType
) => {
  const places = [k.lhs, k.rhs, k.out]
  const accesses: readonly Access[] = places.map(({ buffer, index }) => ({ buffer, index, dtype }))
  const bases = places.flatMap((p) => (p.base === null ? [] : [p.base]))
  const cursor = createCursor(c.f, table, [...accesses, ...loadsOf(nodes(bases))])
  const scope = rootScope(cursor, { axis: -1, lanes: 4 })
  const offsets = places.map((p) => (p.base === null ? null : scalarOf(c, scope, p.base)))
  const pushAddress = (at: Scope, i: number): void => {
    const immediate = at.cursor.address(accesses[i])
    if (immediate !== 0) c.f.i32(immediate).op('i32.add')
    const base = offsets[i]
    if (base !== null) c.f.get(base).i32(byteSize(dtype)).op('i32.mul').op('i32.add')
  }
  return { scope, pushAddress }
}

/** Strides (rows, columns) of the three matrices, exchanged where only the result's rows are contiguous. */
const matrixOf = (k: Contraction) => {
  const b = k.batch.length
  const stride = (p: Place, axis: number): number => coefficient(p.index, b + axis)
  const columnsContiguous = k.n === 1 || stride(k.out, 1) === 1
  if (columnsContiguous) {
    return {
      m: k.m,
      n: k.n,
      a: [0, stride(k.lhs, 0), stride(k.lhs, 2)] as const,
      b: [1, stride(k.rhs, 2), stride(k.rhs, 1)] as const,
      rows: stride(k.out, 0)
    }
  }
  // Cᵀ = Bᵀ Aᵀ: the rows of C become the columns of the product.
  return k.m === 1 || stride(k.out, 0) === 1
    ? {
        m: k.n,
        n: k.m,
        a: [1, stride(k.rhs, 1), stride(k.rhs, 2)] as const,
        b: [0, stride(k.lhs, 2), stride(k.lhs, 0)] as const,
        rows: stride(k.out, 1)
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
const matrixCuts = (
  { profile }: Pick<LaneTarget, 'profile'>,
  k: Contraction,
  { m, n }: { readonly m: number; readonly n: number }
): readonly MatrixCut[] => {
  const columns = 4 * profile.tile.vectors
  // Single rows and columns take another path, which sums in another order.
  const lengthwise = (of: 'rows' | 'columns', extent: number, unit: number): MatrixCut[] =>
    extent >= 2 * unit && extent % unit !== 1 ? [{ axis: -1, of, extent, unit }] : []
  const least = (extent: number, unit: number): number =>
    Math.max(1, Math.ceil(Math.min(rowsPerTile, extent / 4) / unit)) * unit
  return [
    ...k.batch.map((extent, axis): MatrixCut => ({ axis, of: 'batch', extent, unit: 1 })),
    ...lengthwise('rows', m, least(m, profile.tile.rows)),
    ...lengthwise('columns', n, least(n, columns))
  ]
}

const emitContraction = (
  c: LaneTarget,
  table: Local,
  workspace: Local,
  k: Contraction,
  range: TileRange | null
): boolean => {
  const dtype = floatType(k.dtype)
  const matrix = matrixOf(k)
  if (dtype === null || matrix === null) return false
  const gemm = emitGemm(c.module, { dtype, profile: c.profile })
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
    pushLength('rows', matrix.m)
    pushLength('columns', matrix.n)
    f.i32(k.k)
    const [a, rowsOfA, columnsOfA] = matrix.a
    const [b, rowsOfB, columnsOfB] = matrix.b
    pushFrom(a, 'rows', rowsOfA)
    f.i32(rowsOfA).i32(columnsOfA)
    pushFrom(b, 'columns', columnsOfB)
    f.i32(rowsOfB).i32(columnsOfB)
    if (cut?.of === 'columns') pushFrom(2, 'columns', 1)
    else pushFrom(2, 'rows', matrix.rows)
    f.i32(matrix.rows).get(workspace).i32(0).call(gemm)
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

/** Tiles of a product, when `wanted` would be good; 1 where it is not cut. */
export const tilesOfProduct = (
  target: Pick<LaneTarget, 'profile'>,
  k: Contraction | Convolution,
  wanted: number
): number => {
  if (k._tag === 'convolution')
    return floatType(k.dtype) === null ? tilesOfNest(target, convolutionAsNest(k), wanted) : 1
  const matrix = floatType(k.dtype) === null ? null : matrixOf(k)
  if (matrix === null) return tilesOfNest(target, contractionAsNest(k), wanted)
  const cut = chooseCut(matrixCuts(target, k, matrix), wanted)
  return cut === null ? 1 : Math.min(wanted, unitsOf(cut))
}

/** The product without its epilogue, and the epilogue: what a barrier may stand between. */
export const productPieces = (
  k: Contraction | Convolution
): readonly (Contraction | Convolution | Nest)[] => {
  const wide = floatType(k.dtype)
  const isMatrix = k._tag === 'convolution' || matrixOf(k) !== null
  const rest = wide === null || !isMatrix ? null : finishing(k, outAxes(k))
  return rest === null || wide === null ? [k] : [{ ...k, dtype: wide, epilogue: null }, rest]
}

/** Axes of the result. */
const outAxes = (k: Contraction | Convolution): readonly number[] =>
  k._tag === 'contraction'
    ? [...k.batch, k.m, k.n]
    : [k.groups, k.batch, k.outFeatures, ...k.spatial.map((d) => d.output)]

const shapeOf = (k: Convolution): ConvolutionShape => {
  const strides = (p: Place, rank: number): readonly number[] =>
    Array.from({ length: rank }, (_, a) => coefficient(p.index, a))
  const rank = 3 + k.spatial.length
  return {
    groups: k.groups,
    batch: k.batch,
    inFeatures: k.inFeatures,
    outFeatures: k.outFeatures,
    spatial: k.spatial,
    lhs: strides(k.lhs, rank),
    rhs: strides(k.rhs, rank),
    out: strides(k.out, rank)
  }
}

/** Bytes of workspace that a product needs; 0 when it runs as a nest. */
export const productWorkspace = (
  profile: LaneTarget['profile'],
  k: Contraction | Convolution
): number => {
  const dtype = floatType(k.dtype)
  if (dtype === null) return 0
  if (k._tag === 'convolution') return convolutionWorkspace(shapeOf(k), { dtype, profile })
  const matrix = matrixOf(k)
  return matrix === null ? 0 : gemmWorkspace(matrix.m, matrix.n, k.k, { dtype, profile })
}

/** Emits the product, or some tiles of it, then its epilogue as a map over the result. */
export const emitProduct = (
  c: LaneTarget,
  table: Local,
  workspace: Local,
  k: Contraction | Convolution,
  range: TileRange | null
): void => {
  if (k._tag === 'contraction') {
    if (!emitContraction(c, table, workspace, k, range))
      return emitNest(c, table, contractionAsNest(k), range)
  } else {
    const dtype = floatType(k.dtype)
    if (dtype === null) return emitNest(c, table, convolutionAsNest(k), range)
    const convolution = emitConvolution(c.module, shapeOf(k), { dtype, profile: c.profile })
    const { scope, pushAddress } = operandsOf(c, table, k, dtype)
    for (const operand of [0, 1, 2]) pushAddress(scope, operand)
    c.f.get(workspace).call(convolution)
  }
  const rest = finishing(k, outAxes(k))
  if (rest !== null) emitNest(c, table, rest)
}
