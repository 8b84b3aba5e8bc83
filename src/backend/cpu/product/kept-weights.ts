/**
 * Products of few rows and an argument: weights, of a network that is not being trained. Packing
 * them takes as long as multiplying some rows, so from the second call with the same array on they
 * are found packed.
 */
import type { Contraction, Program } from '../../../kernel/ir.ts'
import { coefficient } from '../../../kernel/affine.ts'
import { matrixOf } from './contraction-code.ts'
import { forDepthBlocks, keptElements } from './gemm-blocked.ts'
import { type GemmContext, tileColumns } from './gemm-micro.ts'
import { definePackMatrix } from './gemm-pack.ts'
import { gemmPath, type GemmShape } from './gemm.ts'
import type { Keeper, Kept } from './kept-operands.ts'
import { floatType } from './product-operands.ts'
import { splitKernels } from '../threads/split-program.ts'
import { carriedBuffers } from '../memory/carried-buffers.ts'
import { VECTOR } from '../values/vector.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** With more rows packing is less than a twentieth of the product. */
const mostRows = 96

/** Smaller operands stay in the first caches, and packing them takes a microsecond or two. */
const leastElements = 2 ** 14

/** Emits `(table) → ()`: B of the product, which begins so many elements behind its buffer. */
const emitPack = (
  module: ModuleBuilder,
  context: GemmContext,
  { n, k, b }: GemmShape,
  { source, buffer, name }: Pick<Kept, 'source' | 'buffer' | 'name'>,
  offset: number
): void => {
  const { type } = context
  const width = tileColumns(context)
  const pack = definePackMatrix(module, type, width)
  const [rowStride, columnStride] = b.map((stride) => stride * type.bytes)
  const code = module.define({ params: ['i32'], results: [] }, (f, table) => {
    const [depth, no] = f.locals('i32', 2)
    f.i32(k).set(depth)
    forDepthBlocks(f, depth, no, ({ first, count }) => {
      f.get(table).memory('i32.load', 4 * source)
      f.i32(offset * type.bytes).op('i32.add')
      f.get(first).i32(rowStride).op('i32.mul').op('i32.add')
      f.i32(columnStride).i32(rowStride).i32(n).i32(width).get(count)
      f.get(table).memory('i32.load', 4 * buffer)
      f.get(first)
        .i32(keptElements(context, n, 1) * type.bytes)
        .op('i32.mul')
        .op('i32.add')
      f.call(pack)
    })
  })
  module.export(name, code)
}

const keptIn = new WeakMap<Program, readonly Kept[]>()

export const keptOf: Keeper['keptOf'] = (program) => keptIn.get(program) ?? []

export const keepWeights: Keeper['plan'] = (given, profile) => {
  const inputs = new Set(given.inputs)
  for (const id of carriedBuffers(given.kernels)) inputs.delete(id)
  const found = new Map<string, Kept>()
  const program = splitKernels(given, (kernel, allocate) => {
    if (kernel._tag !== 'contraction') return [kernel]
    const [dtype, matrix] = [floatType(kernel.dtype), matrixOf(kernel)]
    if (dtype === null || matrix === null) return [kernel]
    const { m, n, k, b } = matrix
    const { buffer: source, index, base } = matrix.right === 1 ? kernel.rhs : kernel.lhs
    const isShared = kernel.batch.every((_, axis) => coefficient(index, axis) === 0)
    const gains = m <= mostRows && n * k >= leastElements && gemmPath(matrix, profile) === 'packed'
    if (!inputs.has(source) || base !== null || !isShared || !gains) return [kernel]
    const context: GemmContext = { type: VECTOR[dtype], profile, epilogue: undefined }
    const form = [dtype, tileColumns(context), n, k, ...b, index.offset].join()
    const key = `${source}/${form}`
    const make = (): Kept => {
      const layout = { dtype, size: keptElements(context, n, k) }
      const place = { source, buffer: allocate(dtype, layout.size), name: `keep${found.size}` }
      const emit = (module: ModuleBuilder): void =>
        emitPack(module, context, matrix, place, index.offset)
      return { ...place, layout, form, emit }
    }
    const kept = found.get(key) ?? make()
    found.set(key, kept)
    const out: Contraction = { ...kernel, kept: { ...kernel.rhs, buffer: kept.buffer, base: null } }
    return [out]
  })
  keptIn.set(program, [...found.values()])
  return program
}
