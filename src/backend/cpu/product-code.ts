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
import { emitNest } from './nest.ts'
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

const emitContraction = (
  c: LaneTarget,
  table: Local,
  workspace: Local,
  k: Contraction
): boolean => {
  const dtype = floatType(k.dtype)
  const matrix = matrixOf(k)
  if (dtype === null || matrix === null) return false
  const gemm = emitGemm(c.module, { dtype, profile: c.profile })
  const { scope, pushAddress } = operandsOf(c, table, k, dtype)
  const { f } = c
  const product = (at: Scope): void => {
    f.i32(matrix.m).i32(matrix.n).i32(k.k)
    for (const [operand, row, column] of [matrix.a, matrix.b]) {
      pushAddress(at, operand)
      f.i32(row).i32(column)
    }
    pushAddress(at, 2)
    f.i32(matrix.rows).get(workspace).i32(0).call(gemm)
  }
  const overBatch = (at: Scope, axis: number): void => {
    if (axis === k.batch.length) return product(at)
    at.cursor.overAxis(axis, (loop) =>
      loop.until(k.batch[axis], () => {
        overBatch({ ...at, cursor: loop.cursor }, axis + 1)
        loop.advance(1)
      })
    )
  }
  overBatch(scope, 0)
  return true
}

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

/** Emits the product, then its epilogue as a map over the result. */
export const emitProduct = (
  c: LaneTarget,
  table: Local,
  workspace: Local,
  k: Contraction | Convolution
): void => {
  if (k._tag === 'contraction') {
    if (!emitContraction(c, table, workspace, k)) return emitNest(c, table, contractionAsNest(k))
    const rest = finishing(k, [...k.batch, k.m, k.n])
    if (rest !== null) emitNest(c, table, rest)
    return
  }
  const dtype = floatType(k.dtype)
  if (dtype === null) return emitNest(c, table, convolutionAsNest(k))
  const convolution = emitConvolution(c.module, shapeOf(k), { dtype, profile: c.profile })
  const { scope, pushAddress } = operandsOf(c, table, k, dtype)
  for (const operand of [0, 1, 2]) pushAddress(scope, operand)
  c.f.get(workspace).call(convolution)
  const axes = [k.groups, k.batch, k.outFeatures, ...k.spatial.map((d) => d.output)]
  const rest = finishing(k, axes)
  if (rest !== null) emitNest(c, table, rest)
}
