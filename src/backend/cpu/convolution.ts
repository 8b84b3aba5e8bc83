/**
 * Convolutions of any rank, layout, stride, dilation and grouping, by implicit matrix product: the
 * patches of the input are never written out, packing reads them through their windows.
 *
 * Source: the implicit precomputed GEMM of Chetlur et al., cuDNN: Efficient Primitives for Deep
 * Learning, 2014, with the packing of `gemm-pack.ts`.
 */

import { planConvolution } from './convolution-plan.ts'
import type { ConvolutionPlan, ConvolutionShape } from './convolution-plan.ts'
import { blockedWorkspace, emitBlocked } from './gemm-blocked.ts'
import type { PackBlock } from './gemm-blocked.ts'
import { defineMacro, epilogueParams, i32s, tileColumns } from './gemm-micro.ts'
import type { Epilogue, GemmContext } from './gemm-micro.ts'
import { packAlongColumns, packAlongRows, packLocals, packStrided } from './gemm-pack.ts'
import type { EngineProfile } from './engine.ts'
import { emitCopy, pushOffset } from './strided.ts'
import type { Dimension } from './strided.ts'
import { VECTOR } from './vector.ts'
import type { FloatType, VectorType } from './vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from './wasm/function.ts'
import type { ModuleBuilder } from './wasm/module.ts'

export interface ConvolutionOptions {
  readonly dtype: FloatType
  readonly profile: EngineProfile
  /**
   * Sees output position `row` as a mixed-radix number over `planConvolution(shape).rowOrder`, and
   * `column` as the feature within its group; the group is the last of its parameters (which
   * `params` does not count).
   */
  readonly epilogue?: Epilogue
}

type Digits = readonly Dimension<readonly [number]>[]

/**
 * `pack(source, row, rows, first, count, target)`: the panels of `rows` rows from `row`, `count`
 * terms from `first`, of an operand whose rows and terms are mixed-radix numbers.
 */
const definePackDigits = (
  module: ModuleBuilder,
  type: VectorType,
  width: number,
  rowDigits: Digits,
  termDigits: Digits
): FunctionRef =>
  module.define({ params: i32s(6), results: [] }, (f, source, row, rows, first, count, target) => {
    const locals = packLocals(f, width)
    const bases = f.locals('i32', width)
    const [outer, inner, left, run, index, offset] = f.locals('i32', 6)
    const innerRow = rowDigits[rowDigits.length - 1]
    const innerTerm = termDigits[termDigits.length - 1]
    const step = innerTerm.strides[0] * type.bytes
    const next = (pointer: Local): FunctionBuilder => f.increment(pointer, step)

    /** Runs `pack` for every stretch of terms along which the source advances by one stride. */
    const runs = (used: number, pack: () => void): void => {
      f.get(first).i32(innerTerm.extent).op('i32.div_u').set(outer)
      f.get(first).i32(innerTerm.extent).op('i32.rem_u').set(inner)
      f.get(count).set(left)
      f.while(
        () => f.get(left),
        () => {
          f.i32(innerTerm.extent).get(inner).op('i32.sub').tee(run).get(left)
          f.get(run).get(left).op('i32.lt_u').op('select').set(run)
          f.get(inner).i32(step).op('i32.mul')
          if (termDigits.length > 1) {
            pushOffset(f, outer, termDigits.slice(0, -1), type.bytes)
            f.op('i32.add')
          }
          f.set(offset)
          for (let r = 0; r < used; r++)
            f.get(bases[r]).get(offset).op('i32.add').set(locals.rows[r])
          pack()
          f.i32(0).set(inner).increment(outer, 1)
          f.get(left).get(run).op('i32.sub').set(left)
        }
      )
    }
    const anyRows = (): void => {
      for (let r = 1; r < width; r++) {
        // Past the edge the last row is repeated.
        f.i32(r).get(rows).i32(1).op('i32.sub').get(rows).i32(r).op('i32.gt_s').op('select')
        f.get(row).op('i32.add').set(index)
        pushOffset(f, index, rowDigits, type.bytes)
        f.get(source).op('i32.add').set(bases[r])
      }
      if (innerTerm.strides[0] === 1) runs(width, () => packAlongColumns(f, type, locals, run))
      else runs(width, () => packStrided(f, type, locals, run, next))
    }

    f.get(target).set(locals.target)
    f.while(
      () => f.get(rows).i32(0).op('i32.gt_s'),
      () => {
        pushOffset(f, row, rowDigits, type.bytes)
        f.get(source).op('i32.add').set(bases[0])
        if (innerRow.strides[0] === 1 && innerRow.extent >= width) {
          f.get(row)
            .i32(innerRow.extent)
            .op('i32.rem_u')
            .i32(innerRow.extent - width)
          f.op('i32.le_u').get(rows).i32(width).op('i32.ge_s').op('i32.and')
          f.if(() => runs(1, () => packAlongRows(f, type, locals, run, next)), anyRows)
        } else anyRows()
        f.increment(row, width).increment(rows, -width)
      }
    )
  })

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
  { dtype, profile }: ConvolutionOptions
): number =>
  layout({ type: VECTOR[dtype], profile, epilogue: undefined }, planConvolution(shape)).size

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
  // The macro-kernel hands the group on to the epilogue behind its own parameters.
  const passed = epilogue && { ...epilogue, params: epilogue.params + 1 }
  const context: GemmContext = { type, profile, epilogue: passed }
  const plan = planConvolution(shape)
  const { padded, rowStride } = plan
  const places = layout(context, plan)
  const macro = defineMacro(module, context)
  const packLhs = definePackDigits(module, type, profile.tile.rows, plan.rows, plan.lhsSteps)
  const packRhs = definePackDigits(module, type, tileColumns(context), plan.columns, plan.rhsSteps)
  const own = epilogueParams({ type, profile, epilogue })
  const signature = { params: [...i32s(4), ...own], results: [] }
  return module.define(signature, (f, lhs, rhs, out, workspace, ...params) => {
    const [m, n, k, accumulate, group] = f.locals('i32', 5)
    const [input, output, between, source, target] = f.locals('i32', 5)
    f.i32(plan.m).set(m).i32(plan.n).set(n).i32(plan.k).set(k)
    const element = (count: number): number => count * type.bytes

    const fillInput = ({ size, from, to, dimensions }: NonNullable<typeof padded>): void => {
      f.get(input).i32(0).i32(element(size)).memoryFill()
      f.get(lhs).i32(element(from)).op('i32.add').set(source)
      f.get(input).i32(element(to)).op('i32.add').set(target)
      emitCopy(f, type, source, target, dimensions)
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
        emitBlocked(f, context, {
          macro,
          m,
          n,
          k,
          packA: (block) => pack(input, packLhs, block),
          packB: (block) => pack(rhs, packRhs, block),
          c: output,
          rowStride: between,
          workspace,
          accumulate,
          params: epilogue === undefined ? [] : [...params, group]
        })
        if (rowStride === undefined) emitCopy(f, type, output, out, plan.scatter)
        f.increment(lhs, element(shape.lhs[0])).increment(rhs, element(shape.rhs[0]))
        f.increment(out, element(shape.out[0])).increment(group, 1)
      },
      () => f.get(group).i32(shape.groups).op('i32.lt_u')
    )
  })
}
