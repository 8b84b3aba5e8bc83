/** Convolutions as kernels of a program: their strides, their code, their epilogues. */
import { axisIndex, coefficient, constantIndex } from '../../kernel/affine.ts'
import { channelwiseForm, spatialOrder } from '../../kernel/channelwise.ts'
import type { Convolution, Place } from '../../kernel/ir.ts'
import { productSpace } from '../../kernel/join-epilogues.ts'
import { isMerged } from '../../kernel/layout.ts'
import { emitChannelwise, channelwiseRows } from './channelwise.ts'
import { channelwiseLines, channelwiseWorkspace, emitChannelwiseSums } from './channelwise-sums.ts'
import { convolutionUnits, convolutionWorkspace, emitConvolution } from './convolution.ts'
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
import type { Epilogue, GemmContext } from './gemm-micro.ts'
import { type FloatType, VECTOR } from './vector.ts'
import type { FunctionRef, Local } from './wasm/function.ts'

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

/** The finishing over `[position, channel]`, to be done as rows of a channelwise one are stored. */
const overRows = (shape: ConvolutionShape, finishing: Finishing): Finishing | null => {
  const { space } = finishing
  const order = spatialOrder(shape, (s) => shape.out[3 + s])
  const positions = [BATCH, ...order.map((s) => OUTPUT + s)]
  const isWalked = finishingIndices(finishing).every((index) => isMerged(index, positions, space))
  if (!isWalked) return null
  const last = positions.filter((axis) => space[axis] !== 1).at(-1)
  const axes = space.map((_, axis) =>
    axis === last ? axisIndex(0) : axis === GROUP ? axisIndex(1) : constantIndex(0)
  )
  const count = positions.reduce((n, axis) => n * space[axis], 1)
  return reindexFinishing(finishing, axes, [count, shape.groups])
}

/** What is done on the way, over the axes that the convolution's code walks. */
const onTheWay = (k: Convolution, finishing: Finishing): Finishing | null => {
  const form = channelwiseForm(k)
  if (form === 'few outputs') return null
  return form === null ? overProducts(shapeOf(k), finishing) : overRows(shapeOf(k), finishing)
}

/** What has to be done after the convolution, as it does not happen on the way; null if nothing. */
export const leftToFinish = (k: Convolution): Finishing | null => {
  const finishing = finishingOf(k, productSpace(k), floatType(k.dtype) ?? k.dtype)
  return finishing === null || onTheWay(k, finishing) !== null ? null : finishing
}

/** The units of a convolution as an axis that threads cut. */
export const convolutionCut = (k: Convolution, dtype: FloatType): Cut => {
  const [shape, form] = [shapeOf(k), channelwiseForm(k)]
  const extent =
    form === null
      ? convolutionUnits(shape)
      : form === 'few outputs'
        ? channelwiseLines(shape, VECTOR[dtype])
        : channelwiseRows(shape)
  return { axis: -1, extent, unit: 1 }
}

/** Bytes of workspace that the convolution needs. */
export const convolutionBytes = (
  k: Convolution,
  dtype: FloatType,
  profile: LaneTarget['profile']
): number => {
  const [shape, form] = [shapeOf(k), channelwiseForm(k)]
  return form === null
    ? convolutionWorkspace(shape, { dtype, profile })
    : form === 'few outputs'
      ? channelwiseWorkspace(shape)
      : 0
}

/** The code of the convolution's shape. */
const define = (
  { module, profile }: Pick<LaneTarget, 'module' | 'profile'>,
  k: Convolution,
  dtype: FloatType,
  epilogue: Epilogue | undefined
): FunctionRef => {
  const [shape, form] = [shapeOf(k), channelwiseForm(k)]
  const context: GemmContext = { type: VECTOR[dtype], profile, epilogue }
  return form === null
    ? emitConvolution(module, shape, { dtype, profile, epilogue })
    : form === 'few outputs'
      ? emitChannelwiseSums(module, shape, context)
      : emitChannelwise(module, shape, context)
}

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
  const finishing = finishingOf(k, productSpace(k), dtype)
  const rows = finishing === null ? null : onTheWay(k, finishing)
  const walked =
    channelwiseForm(k) === null
      ? { outer: [GROUP, IMAGE], row: ROW, column: COLUMN }
      : { outer: [], row: 0, column: 1 }
  const epilogue = rows === null ? undefined : defineFinish(c, rows, walked)
  const convolution = define(c, k, dtype, epilogue)
  const cut = convolutionCut(k, dtype)
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
