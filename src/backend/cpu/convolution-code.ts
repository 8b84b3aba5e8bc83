/** Convolutions as kernels of a program: their strides, their code, their epilogues. */
import { axisIndex, coefficient, constantIndex } from '../../kernel/affine.ts'
import type { Convolution, Place } from '../../kernel/ir.ts'
import { productSpace } from '../../kernel/join-epilogues.ts'
import { isMerged } from '../../kernel/layout.ts'
import { convolutionUnits, emitConvolution } from './convolution.ts'
import { planConvolution } from './convolution-plan.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import { planScatter } from './convolution-scatter.ts'
import type { LaneTarget } from './elementary/lanes.ts'
import {
  defineFinish,
  type Finishing,
  finishingIndices,
  finishingOf,
  reindexFinishing
} from './product-finish.ts'
import { floatType, operandsOf } from './product-operands.ts'
import { type Cut, cutAxis, type TileRange } from './tile-range.ts'
import type { FloatType } from './vector.ts'
import type { Local } from './wasm/function.ts'

export const shapeOf = (k: Convolution): ConvolutionShape => {
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

/** Axes of the result; the output positions follow. */
const [GROUP, BATCH, FEATURE, OUTPUT] = [0, 1, 2, 3]

/** Axes of the products. */
const [IMAGE, ROW, COLUMN] = [1, 2, 3]

/**
 * The finishing over `[group, image, row, column]`, to be done as panels are stored; null where the
 * products are not stored in place, or something the finishing reads does not walk along with the
 * positions.
 */
const overProducts = (shape: ConvolutionShape, finishing: Finishing): Finishing | null => {
  const { positionOrder, rowStride, featuresFirst, images, m, n } = planConvolution(shape)
  if (rowStride === undefined || planScatter(shape) !== undefined) return null
  const { space } = finishing
  const positions = positionOrder.map((index) => (index === 0 ? BATCH : OUTPUT + index - 1))
  const isWalked = finishingIndices(finishing).every((index) => isMerged(index, positions, space))
  if (!isWalked) return null
  // Merged axes are seen through the stride of the innermost one that moves.
  const last = positions.filter((axis) => space[axis] !== 1).at(-1)
  const [feature, position] = featuresFirst ? [ROW, COLUMN] : [COLUMN, ROW]
  const axes = space.map((_, axis) =>
    axis === GROUP
      ? axisIndex(GROUP)
      : axis === FEATURE
        ? axisIndex(feature)
        : axis === last
          ? axisIndex(position)
          : axis === BATCH && featuresFirst
            ? axisIndex(IMAGE)
            : constantIndex(0)
  )
  return reindexFinishing(finishing, axes, [shape.groups, images, m, n])
}

/** What has to be done after the convolution, as it does not happen on the way; null if nothing. */
export const leftToFinish = (k: Convolution): Finishing | null => {
  const finishing = finishingOf(k, productSpace(k), floatType(k.dtype) ?? k.dtype)
  return finishing === null || overProducts(shapeOf(k), finishing) !== null ? null : finishing
}

/** The units of a convolution as an axis that threads cut. */
export const convolutionCut = (k: Convolution): Cut => ({
  axis: -1,
  extent: convolutionUnits(shapeOf(k)),
  unit: 1
})

/** Emits the convolution, or some tiles of it, with its epilogue where {@link leftToFinish} has none. */
export const emitConvolutionKernel = (
  c: LaneTarget,
  table: Local,
  workspace: Local,
  k: Convolution,
  dtype: FloatType,
  range: TileRange | null
): void => {
  const { f } = c
  const shape = shapeOf(k)
  const finishing = finishingOf(k, productSpace(k), dtype)
  const rows = finishing === null ? null : overProducts(shape, finishing)
  const epilogue =
    rows === null
      ? undefined
      : defineFinish(c, rows, { outer: [GROUP, IMAGE], row: ROW, column: COLUMN })
  const convolution = emitConvolution(c.module, shape, { dtype, profile: c.profile, epilogue })
  const cut = convolutionCut(k)
  const part = range === null ? null : cutAxis(f, cut, range)
  const emit = (): void => {
    const { scope, pushAddress } = operandsOf(c, table, k, dtype)
    for (const operand of [0, 1, 2]) pushAddress(scope, operand)
    f.get(workspace)
    if (part === null) f.i32(0).i32(cut.extent)
    else f.get(part.begin).get(part.end)
    if (epilogue !== undefined) f.get(table)
    f.call(convolution)
  }
  if (part === null) emit()
  else {
    f.get(part.begin).get(part.end).op('i32.lt_s')
    f.if(emit)
  }
}
