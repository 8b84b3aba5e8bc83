/** Products for machines whose threads share nothing: four results a thread reuse what it reads. */
import { affine, rowMajor } from '../../../kernel/affine.ts'
import { isFloat } from '../../../core/dtype.ts'
import type { Contraction, Convolution, Store } from '../../../kernel/ir.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import { cast, load } from '../../../kernel/make.ts'
import { rewriter } from '../../../kernel/walk.ts'
import type { Pass } from './pass.ts'
import { asReduction, factorsOf } from './product-factors.ts'
import { type Allocate, inChunks } from './split-nest.ts'
import { sizeOfProduct } from './split-product.ts'
import { widened } from './widen.ts'

/** Results below which threads of four leave a GPU idle. */
const enoughResults = 2 ** 12
/** Terms of a sum below which storing the fours costs what they save. */
const enoughTerms = 16

export const productInFours = (
  kernel: Contraction | Convolution,
  allocate: Allocate,
  allocateFours: (size: number) => number
): readonly Pass[] => {
  const { batch, m, n, k } = sizeOfProduct(kernel)
  if (!isFloat(kernel.dtype) || batch * m * n < enoughResults || n < 4 || k < enoughTerms)
    return inChunks(asReduction(kernel), allocate)
  const space = productSpace(kernel)
  // The features of a convolution, the columns of a matrix.
  const along = kernel._tag === 'convolution' ? 2 : space.length - 1
  const { extents, lhs, rhs } = factorsOf(kernel)
  const width = 4 * Math.ceil(space[along] / 4)
  const others = space.map((d, a) => (a === along ? 1 : d))
  const rows = rowMajor(others)
  const index = affine(
    0,
    space.map((_, a) => (a === along ? 1 : (rows.coefficients[a] ?? 0) * width))
  )
  const out = allocateFours(others.reduce((size, d) => size * d, width))
  const sum = cast(load('float32', out, index), kernel.dtype)
  const put = rewriter((e) => (e._tag === 'accumulator' ? sum : e))
  const { epilogue } = kernel
  const store: Store = { ...kernel.out, value: epilogue === null ? sum : put(epilogue) }
  return [
    { _tag: 'fours', space, along, extents, lhs: widened(lhs), rhs: widened(rhs), out },
    { _tag: 'map', space, stores: [store] }
  ]
}
