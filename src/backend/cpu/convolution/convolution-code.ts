/** Convolutions as kernels of a program: their strides, their code, their epilogues. */
import { axisIndex, coefficient, constantIndex } from '../../../kernel/affine.ts'
import {
  type ChannelwiseForm,
  channelwiseForm,
  planeOrder,
  spatialOrder
} from '../../../kernel/channelwise.ts'
import type { Convolution, Place } from '../../../kernel/ir.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import { isMerged } from '../../../kernel/layout.ts'
import { emitChannelwise, channelwiseRows } from './channelwise.ts'
import { channelwiseLines, channelwiseWorkspace, emitChannelwiseSums } from './channelwise-sums.ts'
import { convolutionUnits, convolutionWorkspace, emitConvolution } from './convolution.ts'
import { planConvolution } from './convolution-plan.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import { planScatter } from './convolution-scatter.ts'
import type { LaneTarget } from '../values/elementary/lanes.ts'
import {
  defineFinish,
  type Finishing,
  finishingIndices,
  finishingOf,
  reindexFinishing
} from '../product/product-finish.ts'
import { emitPlaneSums, planeSumUnits, planeSumWorkspace } from './plane-sums.ts'
import { emitPlanes, planeUnits, planeWorkspace } from './planes.ts'
import { floatType, operandsOf } from '../product/product-operands.ts'
import { type Cut, cutAxis, type TileRange } from '../threads/tile-range.ts'
import type { Epilogue, GemmContext } from '../product/gemm-micro.ts'
import { type FloatType, VECTOR, type VectorType } from '../values/vector.ts'
import type { FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

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

/** The finishing over `[group, image, feature, position]`, to be done as planes are complete. */
const overPlanes = (shape: ConvolutionShape, finishing: Finishing): Finishing | null => {
  const { space } = finishing
  const order = planeOrder(shape.spatial, (s) => shape.out[3 + s])
  const positions = order.map((s) => OUTPUT + s)
  const isWalked = finishingIndices(finishing).every((index) => isMerged(index, positions, space))
  if (!isWalked) return null
  const last = positions.filter((axis) => space[axis] !== 1).at(-1)
  const to = new Map([
    [GROUP, GROUP],
    [BATCH, IMAGE],
    [FEATURE, ROW],
    [last ?? -1, COLUMN]
  ])
  const axes = space.map((_, axis) => {
    const target = to.get(axis)
    return target === undefined ? constantIndex(0) : axisIndex(target)
  })
  const count = positions.reduce((n, axis) => n * space[axis], 1)
  return reindexFinishing(finishing, axes, [shape.groups, shape.batch, shape.outFeatures, count])
}

/** What is done on the way, over the axes that the convolution's code walks. */
const onTheWay = (k: Convolution, finishing: Finishing): Finishing | null => {
  const shape = shapeOf(k)
  switch (channelwiseForm(k)) {
    case 'few outputs':
    case 'plane sums':
      return null
    case 'small windows':
      return overRows(shape, finishing)
    case 'planes':
      return overPlanes(shape, finishing)
    case null:
      return overProducts(shape, finishing)
  }
}

/** The code of a form: its units, its workspace, itself. */
interface FormCode {
  readonly units: (shape: ConvolutionShape, type: VectorType) => number
  readonly bytes: (shape: ConvolutionShape, type: VectorType) => number
  readonly define: (
    module: ModuleBuilder,
    shape: ConvolutionShape,
    context: GemmContext
  ) => FunctionRef
}

const codeOf: Readonly<Record<ChannelwiseForm, FormCode>> = {
  'small windows': { units: channelwiseRows, bytes: () => 0, define: emitChannelwise },
  'few outputs': {
    units: channelwiseLines,
    bytes: channelwiseWorkspace,
    define: emitChannelwiseSums
  },
  planes: { units: planeUnits, bytes: planeWorkspace, define: emitPlanes },
  'plane sums': { units: planeSumUnits, bytes: planeSumWorkspace, define: emitPlaneSums }
}

/** What has to be done after the convolution, as it does not happen on the way; null if nothing. */
export const leftToFinish = (k: Convolution): Finishing | null => {
  const finishing = finishingOf(k, productSpace(k), floatType(k.dtype) ?? k.dtype)
  return finishing === null || onTheWay(k, finishing) !== null ? null : finishing
}

/** The units of a convolution as an axis that threads cut. */
export const convolutionCut = (k: Convolution, dtype: FloatType): Cut => {
  const [shape, form] = [shapeOf(k), channelwiseForm(k)]
  const extent = form === null ? convolutionUnits(shape) : codeOf[form].units(shape, VECTOR[dtype])
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
    : codeOf[form].bytes(shape, VECTOR[dtype])
}

/** The code of the convolution's shape. */
const define = (
  { module, profile }: Pick<LaneTarget, 'module' | 'profile'>,
  k: Convolution,
  dtype: FloatType,
  epilogue: Epilogue | undefined
): FunctionRef => {
  const [shape, form] = [shapeOf(k), channelwiseForm(k)]
  return form === null
    ? emitConvolution(module, shape, { dtype, profile, epilogue })
    : codeOf[form].define(module, shape, { type: VECTOR[dtype], profile, epilogue })
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
    channelwiseForm(k) === 'small windows'
      ? { outer: [], row: 0, column: 1 }
      : { outer: [GROUP, IMAGE], row: ROW, column: COLUMN }
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
