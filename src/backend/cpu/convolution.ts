/**
 * Convolutions of any rank, layout, stride, dilation and grouping, by implicit matrix product: the
 * patches of the input are never written out, packing reads them through their windows.
 *
 * Source: the implicit precomputed GEMM of Chetlur et al., cuDNN: Efficient Primitives for Deep
 * Learning, 2014, with the packing of `gemm-pack.ts`.
 */

import { definePackDigits } from './convolution-pack.ts'
import { planConvolution } from './convolution-plan.ts'
import type { ConvolutionPlan, ConvolutionShape } from './convolution-plan.ts'
import { emitScatter, planScatter, scatterWorkspace } from './convolution-scatter.ts'
import { blockedWorkspace, emitBlocked } from './gemm-blocked.ts'
import type { PackBlock } from './gemm-blocked.ts'
import { defineMacro, epilogueParams, i32s, tileColumns } from './gemm-micro.ts'
import type { Epilogue, GemmContext } from './gemm-micro.ts'
import type { EngineProfile } from './engine.ts'
import { emitStrided } from './strided.ts'
import { VECTOR } from './vector.ts'
import type { FloatType } from './vector.ts'
import type { FunctionRef, Local } from './wasm/function.ts'
import type { ModuleBuilder } from './wasm/module.ts'

export interface ConvolutionOptions {
  readonly dtype: FloatType
  readonly profile: EngineProfile
  /**
   * Its rows and columns are those of the products of `planConvolution(shape)`; its last parameters,
   * which the convolution passes itself, are the group and the image. Only for shapes whose products
   * are stored where they belong.
   */
  readonly epilogue?: Epilogue | undefined
}

const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64

/** Where the padded input and the dense output lie in the workspace, after the packed blocks. */
const layout = (context: GemmContext, plan: ConvolutionPlan) => {
  const { bytes } = context.type
  const padded = roundUp(blockedWorkspace(context, plan.m, plan.n, plan.k))
  const dense = padded + roundUp((plan.padded?.size ?? 0) * bytes)
  const size = dense + (plan.rowStride === undefined ? roundUp(plan.m * plan.n * bytes) : 0)
  return { padded, dense, size }
}

/** Bytes of workspace that the convolution needs. */
export const convolutionWorkspace = (
  shape: ConvolutionShape,
  { dtype, profile, epilogue }: ConvolutionOptions
): number => {
  const context: GemmContext = { type: VECTOR[dtype], profile, epilogue: undefined }
  const scattered = epilogue === undefined ? planScatter(shape) : undefined
  return scattered === undefined
    ? layout(context, planConvolution(shape)).size
    : scatterWorkspace(context, scattered)
}

/**
 * Emits `convolution(lhs, rhs, out, workspace, …epilogue)` for one shape, with byte addresses of
 * the elements at index zero. The sum's order depends on the shape alone.
 */
export const emitConvolution = (
  module: ModuleBuilder,
  shape: ConvolutionShape,
  { dtype, profile, epilogue }: ConvolutionOptions
): FunctionRef => {
  const type = VECTOR[dtype]
  const scattered = epilogue === undefined ? planScatter(shape) : undefined
  if (scattered !== undefined)
    return emitScatter(module, shape, scattered, { type, profile, epilogue: undefined })
  const context: GemmContext = { type, profile, epilogue }
  const plan = planConvolution(shape)
  const { padded, rowStride } = plan
  const places = layout(context, plan)
  const macro = defineMacro(module, context)
  const [rowWidth, columnWidth] = [profile.tile.rows, tileColumns(context)]
  const [lhsWidth, rhsWidth] = plan.featuresFirst
    ? [columnWidth, rowWidth]
    : [rowWidth, columnWidth]
  const packLhs = definePackDigits(module, type, lhsWidth, plan.positions, plan.lhsSteps)
  const packRhs = definePackDigits(module, type, rhsWidth, plan.features, plan.rhsSteps)
  const own = epilogueParams(context).slice(2) // without group and image
  const signature = { params: [...i32s(4), ...own], results: [] }
  return module.define(signature, (f, lhs, rhs, out, workspace, ...params) => {
    const [m, n, k, accumulate, group, image] = f.locals('i32', 6)
    const [input, output, between, source, target] = f.locals('i32', 5)
    f.i32(plan.m).set(m).i32(plan.n).set(n).i32(plan.k).set(k)
    const element = (count: number): number => count * type.bytes

    const fillInput = ({ size, from, to, dimensions }: NonNullable<typeof padded>): void => {
      f.get(input).i32(0).i32(element(size)).memoryFill()
      f.get(lhs).i32(element(from)).op('i32.add').set(source)
      f.get(input).i32(element(to)).op('i32.add').set(target)
      emitStrided(f, type, 'copy', source, target, dimensions)
    }
    const pack = (operand: Local, packer: FunctionRef, block: PackBlock): void => {
      if (plan.k === 0) return
      f.get(operand).get(block.row).get(block.rows).get(block.first).get(block.count)
      f.get(block.target).call(packer)
    }

    f.doWhile(
      () => {
        if (padded !== undefined) {
          f.get(workspace).i32(places.padded).op('i32.add').set(input)
          fillInput(padded)
        } else f.get(lhs).i32(element(plan.origin)).op('i32.add').set(input)
        if (rowStride === undefined) f.get(workspace).i32(places.dense).op('i32.add').set(output)
        else f.get(out).set(output)
        f.i32(element(rowStride ?? plan.n)).set(between)
        const packInput = (block: PackBlock): void => pack(input, packLhs, block)
        const packFeatures = (block: PackBlock): void => pack(rhs, packRhs, block)
        const products = (): void =>
          emitBlocked(f, context, {
            macro,
            m,
            n,
            k,
            packA: plan.featuresFirst ? packFeatures : packInput,
            packB: plan.featuresFirst ? packInput : packFeatures,
            c: output,
            rowStride: between,
            workspace,
            accumulate,
            params: epilogue === undefined ? [] : [...params, group, image]
          })
        if (plan.images === 1) products()
        else {
          const [inputStep, outStep] = plan.imageStep
          f.i32(0).set(image)
          f.while(
            () => f.get(image).i32(plan.images).op('i32.lt_u'),
            () => {
              products()
              f.increment(input, element(inputStep)).increment(output, element(outStep))
              f.increment(image, 1)
            }
          )
        }
        if (rowStride === undefined) emitStrided(f, type, 'copy', output, out, plan.scatter)
        f.increment(lhs, element(shape.lhs[0])).increment(rhs, element(shape.rhs[0]))
        f.increment(out, element(shape.out[0])).increment(group, 1)
      },
      () => f.get(group).i32(shape.groups).op('i32.lt_u')
    )
  })
}
