/**
 * Convolutions of any rank, layout, stride, dilation and grouping, by implicit matrix product: the
 * patches of the input are never written out, packing reads them through their windows.
 *
 * Source: the implicit precomputed GEMM of Chetlur et al., cuDNN: Efficient Primitives for Deep
 * Learning, 2014, with the packing of `gemm-pack.ts`.
 */

import { definePackDigits, pushPackBlock } from './convolution-pack.ts'
import { emitPadding } from './convolution-padding.ts'
import { planConvolution } from './convolution-plan.ts'
import type { ConvolutionPlan, ConvolutionShape } from './convolution-plan.ts'
import { emitScatter, planScatter, scatterUnits, scatterWorkspace } from './convolution-scatter.ts'
import {
  type BlockedProduct,
  blockedWorkspace,
  emitBlocked,
  exchanged
} from '../product/gemm-blocked.ts'
import type { PackBlock } from '../product/gemm-blocked.ts'
import { defineMacro, epilogueParams, i32s, tileColumns } from '../product/gemm-micro.ts'
import type { Epilogue, GemmContext } from '../product/gemm-micro.ts'
import type { EngineProfile } from '../engine/engine.ts'
import { emitStrided } from '../nest/strided.ts'
import { VECTOR } from '../values/vector.ts'
import type { FloatType } from '../values/vector.ts'
import type { FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

export interface ConvolutionOptions {
  readonly dtype: FloatType
  readonly profile: EngineProfile
  /**
   * Its rows and columns are those of the products of `planConvolution(shape)`; its last parameters,
   * which the convolution passes itself, are the first row and column of a piece, the group and the
   * image. Only for shapes whose products are stored where they belong.
   */
  readonly epilogue?: Epilogue | undefined
}

/** Parameters of an epilogue that the convolution passes itself. */
const OWN_PARAMS = 4

const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64

/** Rows and columns of the product of one piece, or of several that are computed as one. */
const largest = ({ pieces, m, n, featuresFirst }: ConvolutionPlan) => {
  if (pieces.of !== 'axis') return { m, n }
  const count = pieces.size * pieces.step
  return featuresFirst ? { m, n: count } : { m: count, n }
}

/** Where the padded input and the dense output lie in the workspace, after the packed blocks. */
const layout = (context: GemmContext, plan: ConvolutionPlan) => {
  const { bytes } = context.type
  const { m, n } = largest(plan)
  const padded = roundUp(blockedWorkspace(context, m, n, plan.k))
  const dense = padded + roundUp((plan.padded?.size ?? 0) * bytes)
  const size = dense + (plan.rowStride === undefined ? roundUp(m * n * bytes) : 0)
  return { padded, dense, size }
}

/** Bytes of workspace that the convolution needs. */
export const convolutionWorkspace = (
  shape: ConvolutionShape,
  { dtype, profile }: ConvolutionOptions
): number => {
  const context: GemmContext = { type: VECTOR[dtype], profile, epilogue: undefined }
  const scattered = planScatter(shape)
  return scattered === undefined
    ? layout(context, planConvolution(shape)).size
    : scatterWorkspace(context, scattered)
}

/** Units in which the convolution can be computed. */
export const convolutionUnits = (shape: ConvolutionShape): number => {
  const scattered = planScatter(shape)
  if (scattered !== undefined) return scatterUnits(shape, scattered)
  const { images, pieces } = planConvolution(shape)
  return shape.groups * images * pieces.count
}

/**
 * Emits `convolution(lhs, rhs, out, workspace, from, to, …epilogue)` for one shape: units `from` to
 * `to` of it, with byte addresses of the elements at index zero. The sum's order depends on the
 * shape alone.
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
  const { padded, rowStride, pieces, images } = plan
  const places = layout(context, plan)
  const macro = defineMacro(module, context)
  const [rowWidth, columnWidth] = [profile.tile.rows, tileColumns(context)]
  const [lhsWidth, rhsWidth] = plan.featuresFirst
    ? [columnWidth, rowWidth]
    : [rowWidth, columnWidth]
  const packLhs = definePackDigits(module, type, lhsWidth, plan.positions, plan.lhsSteps)
  const packRhs = definePackDigits(module, type, rhsWidth, plan.features, plan.rhsSteps)
  const own = epilogueParams(context).slice(OWN_PARAMS)
  const signature = { params: [...i32s(6), ...own], results: [] }
  return module.define(signature, (f, lhs, rhs, out, workspace, from, to, ...params) => {
    const [k, accumulate, group, image, piece, count] = f.locals('i32', 6)
    const [first, length, position, positions, feature, features] = f.locals('i32', 6)
    const [source, input, output, between] = f.locals('i32', 4)
    f.i32(plan.k).set(k)
    const element = (n: number): number => n * type.bytes

    /** Sets `unit` to its digits: which piece of which image of which group. */
    const decode = (): void => {
      f.get(from).i32(pieces.count).op('i32.rem_u').set(piece)
      f.get(from).i32(pieces.count).op('i32.div_u').tee(group)
      f.i32(images).op('i32.rem_u').set(image)
      f.get(group).i32(images).op('i32.div_u').set(group)
      // Pieces in sequence are one product where nothing is copied for each of them.
      if (pieces.of === 'axis') f.i32(1).set(count)
      else {
        const [all, left] = f.locals('i32', 2)
        f.i32(pieces.count).get(piece).op('i32.sub').tee(all)
        f.get(to).get(from).op('i32.sub').tee(left)
        f.get(all).get(left).op('i32.lt_s').op('select').set(count)
      }
      f.get(piece).i32(pieces.size).op('i32.mul').set(first)
      const left = f.local('i32')
      f.get(count).i32(pieces.size).op('i32.mul').tee(length)
      f.i32(pieces.extent).get(first).op('i32.sub').tee(left)
      f.get(length).get(left).op('i32.lt_s').op('select').set(length)
    }
    /** What of the product the piece is. */
    const place = (): void => {
      const [whole, part] = pieces.of === 'features' ? [positions, features] : [features, positions]
      const [zero, begin] = pieces.of === 'features' ? [position, feature] : [feature, position]
      const other = pieces.of === 'features' ? plan.m * plan.n : shape.outFeatures
      f.i32(pieces.of === 'features' ? other / shape.outFeatures : other).set(whole)
      f.i32(0).set(zero)
      f.get(first).i32(pieces.step).op('i32.mul').set(begin)
      f.get(length).i32(pieces.step).op('i32.mul').set(part)
    }
    const pushFrom = (base: Local, ...steps: readonly (readonly [Local, number])[]): void => {
      f.get(base)
      for (const [index, step] of steps) f.get(index).i32(element(step)).op('i32.mul').op('i32.add')
    }
    const packer =
      (operand: Local, pack: FunctionRef, before: Local) =>
      (block: PackBlock): void => {
        if (plan.k === 0) return
        pushPackBlock(f, operand, block, before).call(pack)
      }

    f.while(
      () => f.get(from).get(to).op('i32.lt_s'),
      () => {
        decode()
        place()
        const [inputStep, outStep] = plan.imageStep
        pushFrom(lhs, [group, shape.lhs[0]], [image, images === 1 ? 0 : inputStep])
        f.set(source)
        const start = f.local('i32')
        if (padded !== undefined) {
          f.get(workspace).i32(places.padded).op('i32.add').set(input)
          emitPadding(f, type, padded, { source, copy: input, first, count: length })
        } else {
          f.get(source).i32(element(plan.origin)).op('i32.add').set(input)
          f.get(position).set(start)
        }
        const weights = f.local('i32')
        pushFrom(rhs, [group, shape.rhs[0]])
        f.set(weights)
        const target = f.local('i32')
        pushFrom(out, [group, shape.out[0]], [image, images === 1 ? 0 : outStep])
        f.set(target)
        if (rowStride === undefined) {
          f.get(workspace).i32(places.dense).op('i32.add').set(output)
        } else {
          const steps = plan.featuresFirst ? ([1, rowStride] as const) : ([rowStride, 1] as const)
          pushFrom(target, [position, steps[0]], [feature, steps[1]])
          f.set(output)
        }
        f.i32(element(rowStride ?? plan.n)).set(between)
        const [rows, columns] = plan.featuresFirst
          ? ([feature, position] as const)
          : ([position, feature] as const)
        const byPosition: BlockedProduct = {
          macro,
          m: positions,
          n: features,
          k,
          packA: packer(input, packLhs, start),
          packB: packer(weights, packRhs, feature),
          c: output,
          rowStride: between,
          workspace,
          accumulate,
          params: epilogue === undefined ? [] : [...params, rows, columns, group, image]
        }
        emitBlocked(f, context, plan.featuresFirst ? exchanged(byPosition) : byPosition)
        if (rowStride === undefined) {
          const [dense, step] = plan.scatterStep
          pushFrom(target, [first, step])
          f.set(target)
          f.while(
            () => f.get(length),
            () => {
              emitStrided(f, type, 'copy', output, target, plan.scatter)
              f.increment(output, element(dense)).increment(target, element(step))
              f.increment(length, -1)
            }
          )
        }
        f.advance(from, count)
      }
    )
  })
}
