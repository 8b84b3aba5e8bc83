/** Contractions and convolutions through the packed products, or as nests where those do not fit. */
import type { Contraction, Convolution, Nest } from '../../../kernel/ir.ts'
import { contractionAsNest, convolutionAsNest } from '../../../kernel/as-nest.ts'
import { emitContraction, matrixCuts, matrixOf } from './contraction-code.ts'
import type { LaneTarget } from '../values/elementary/lanes.ts'
import { gemmPath, gemmWorkspace } from './gemm.ts'
import { emitNest, nestWorkspace, tilesOfNest } from '../nest/nest.ts'
import { packedFor } from './packed-convolutions.ts'
import { finishingNest } from './product-finish.ts'
import { floatType } from './product-operands.ts'
import { chooseCut, type TileRange, unitsOf } from '../threads/tile-range.ts'
import type { Local } from '../wasm/function.ts'

/** Tiles of a product, when `wanted` would be good; 1 where it is not cut. */
export const tilesOfProduct = (
  target: Pick<LaneTarget, 'profile'>,
  k: Contraction | Convolution,
  wanted: number
): number => {
  if (k._tag === 'convolution') {
    const [dtype, packed] = [floatType(k.dtype), packedFor(k)]
    return dtype === null || packed === null
      ? tilesOfNest(target, convolutionAsNest(k), wanted)
      : Math.min(wanted, unitsOf(packed.cut(k, dtype)))
  }
  const matrix = floatType(k.dtype) === null ? null : matrixOf(k)
  if (matrix === null) return tilesOfNest(target, contractionAsNest(k), wanted)
  const cut = chooseCut(matrixCuts(target, k, matrix), wanted)
  return cut === null ? 1 : Math.min(wanted, unitsOf(cut))
}

/** The product, and what of its epilogue does not happen on the way: a barrier may stand between. */
export const productPieces = (
  k: Contraction | Convolution
): readonly (Contraction | Convolution | Nest)[] => {
  const wide = floatType(k.dtype)
  const rest = k._tag === 'convolution' ? (packedFor(k)?.leftToFinish(k) ?? null) : null
  return rest === null || wide === null
    ? [k]
    : [{ ...k, dtype: wide, epilogue: null }, finishingNest(rest)]
}

/** Bytes of workspace that a product needs. */
export const productWorkspace = (
  profile: LaneTarget['profile'],
  k: Contraction | Convolution
): number => {
  const dtype = floatType(k.dtype)
  if (k._tag === 'convolution') {
    const packed = packedFor(k)
    return dtype === null || packed === null
      ? nestWorkspace(convolutionAsNest(k))
      : packed.bytes(k, dtype, profile)
  }
  const matrix = dtype === null ? null : matrixOf(k)
  return matrix === null || dtype === null
    ? nestWorkspace(contractionAsNest(k))
    : gemmWorkspace(matrix, { dtype, profile, path: gemmPath(matrix, profile) })
}

/** Emits the product, or some tiles of it, with its epilogue. */
export const emitProduct = (
  c: LaneTarget,
  table: Local,
  workspace: Local,
  k: Contraction | Convolution,
  range: TileRange | null
): void => {
  if (k._tag === 'contraction') {
    if (!emitContraction(c, table, workspace, k, range))
      emitNest(c, table, workspace, contractionAsNest(k), range)
    return
  }
  const [dtype, packed] = [floatType(k.dtype), packedFor(k)]
  if (dtype === null || packed === null)
    return emitNest(c, table, workspace, convolutionAsNest(k), range)
  packed.emit(c, table, workspace, k, dtype, range)
  const rest = packed.leftToFinish(k)
  if (rest !== null) emitNest(c, table, workspace, finishingNest(rest))
}
