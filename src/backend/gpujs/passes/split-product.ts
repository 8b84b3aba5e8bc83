/** Matrix products: a sum over a long axis with few results is split, so that the GPU is busy. */
import { sizeOf } from '../../../core/shape.ts'
import { affine, coefficient, rowMajor } from '../../../kernel/affine.ts'
import type { Contraction, Convolution, Store } from '../../../kernel/ir.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import { cast, load, stageResult } from '../../../kernel/make.ts'
import { rewriter } from '../../../kernel/walk.ts'
import type { Pass } from './pass.ts'
import { asReduction } from './product-factors.ts'
import { type Allocate, inChunks } from './split-nest.ts'
import { isHalf } from './widen.ts'

/** The matrices of a product: `batch` of them, m × k times k × n. */
export interface ProductSize {
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
}

export const sizeOfProduct = (p: Contraction | Convolution): ProductSize =>
  p._tag === 'contraction'
    ? { batch: sizeOf(p.batch), m: p.m, n: p.n, k: p.k }
    : {
        batch: p.groups,
        m: p.batch * sizeOf(p.spatial.map((d) => d.output)),
        n: p.outFeatures,
        k: p.inFeatures * sizeOf(p.spatial.map((d) => d.window))
      }

/** Side of the tile that a group of threads computes: large where there are enough tiles. */
export const tileOf = ({ batch, m, n }: ProductSize): 32 | 64 | 128 => {
  const tiles = (side: number): number => batch * Math.ceil(m / side) * Math.ceil(n / side)
  if (m >= 128 && n >= 128 && tiles(128) >= 200) return 128
  return m >= 64 && n >= 64 && tiles(64) >= 64 ? 64 : 32
}

const enoughTiles = 256
const leastSplit = 128

const splitsOf = (size: ProductSize): number => {
  const side = tileOf(size)
  const tiles = size.batch * Math.ceil(size.m / side) * Math.ceil(size.n / side)
  if (tiles * 2 > enoughTiles || size.k < 4 * leastSplit) return 1
  return Math.min(Math.ceil(enoughTiles / tiles), Math.floor(size.k / leastSplit), 256)
}

/** Groups along one dimension of a launch. */
const mostGroups = 65535

/** Multiplications that a thread per result does faster than tiles. */
const fewProducts = 2 ** 18
const narrow = 8

const isPlain = (p: Contraction | Convolution): boolean => {
  const size = sizeOfProduct(p)
  const { batch, m, n, k } = size
  const isSmall = batch * m * n * k <= fewProducts || Math.min(m, n) < narrow
  return isSmall || batch > mostGroups || Math.max(m, n) / tileOf(size) > mostGroups
}

export const splitProduct = (
  kernel: Contraction | Convolution,
  allocate: Allocate
): readonly Pass[] => {
  // A small or narrow product would leave a tile mostly empty.
  if (isPlain(kernel)) return inChunks(asReduction(kernel), allocate)
  const splits = splitsOf(sizeOfProduct(kernel))
  if (splits === 1) return [{ _tag: 'product', kernel, splits, partial: null }]
  const space = productSpace(kernel)
  const size = sizeOf(space)
  const dtype = isHalf(kernel.dtype) ? 'float32' : kernel.dtype
  const partial = allocate(dtype, size * splits)
  const whole = rowMajor(space)
  // [...space, split]: the split is the outermost axis of the buffer.
  const at = affine(0, [...space.map((_, a) => coefficient(whole, a)), size])
  const sum = cast(stageResult(dtype, 0), kernel.dtype)
  const put = rewriter((e) => (e._tag === 'accumulator' ? sum : e))
  const { out, epilogue } = kernel
  const store: Store = { ...out, value: epilogue === null ? sum : put(epilogue) }
  return [
    { _tag: 'product', kernel, splits, partial },
    {
      _tag: 'reduce',
      axes: space,
      extents: [splits],
      reductions: [{ monoid: 'add', value: load(dtype, partial, at), position: null }],
      stores: [store]
    }
  ]
}
