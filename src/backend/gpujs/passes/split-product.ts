/** Matrix products: a sum over a long axis with few results is split, so that the GPU is busy. */
import {
  addAffine,
  affine,
  axisIndex,
  coefficient,
  compose,
  constantIndex,
  rowMajor,
  scaleAffine
} from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { Contraction, Convolution, Place, Store } from '../../../kernel/ir.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import {
  binary,
  cast,
  compare,
  constant,
  guard,
  iota,
  load,
  select,
  stageResult
} from '../../../kernel/make.ts'
import { rewriter } from '../../../kernel/walk.ts'
import type { Pass, ReducePass } from './pass.ts'
import { type Allocate, inChunks } from './split-nest.ts'
import { isHalf, widened } from './widen.ts'

const product = (extents: readonly number[]): number => extents.reduce((n, d) => n * d, 1)

/** The matrices of a product: `batch` of them, m × k times k × n. */
export interface ProductSize {
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
}

export const sizeOfProduct = (p: Contraction | Convolution): ProductSize =>
  p._tag === 'contraction'
    ? { batch: product(p.batch), m: p.m, n: p.n, k: p.k }
    : {
        batch: p.groups,
        m: p.batch * product(p.spatial.map((d) => d.output)),
        n: p.outFeatures,
        k: p.inFeatures * product(p.spatial.map((d) => d.window))
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

const contractionFactors = (c: Contraction): Factors => {
  // [...batch, m, n] and k are the space that the operands are written in.
  const at = (place: Place): Expr => load(c.dtype, place.buffer, place.index, place.base)
  return { extents: [c.k], lhs: at(c.lhs), rhs: at(c.rhs) }
}

const convolutionFactors = (c: Convolution): Factors => {
  // Axes: [group, batch, outFeature, ...output, inFeature, ...window].
  const space = productSpace(c)
  const rank = space.length
  const [group, image, outFeature, inFeature] = [0, 1, 2, rank].map(axisIndex)
  const windows = c.spatial.map((_, a) => axisIndex(rank + 1 + a))
  const extents = [c.inFeatures, ...c.spatial.map((d) => d.window)]
  const positions = c.spatial.map((d, a) =>
    addAffine(
      addAffine(scaleAffine(axisIndex(3 + a), d.stride), scaleAffine(windows[a], d.windowDilation)),
      constantIndex(-d.padLow)
    )
  )
  const int = (x: number): Expr => constant('int32', x)
  // Positions of a dilated input are quotients, which go into the base; others stay affine.
  let base = c.lhs.base
  let exists: Expr | null = null
  const affinePositions = positions.map((at, a) => {
    const { inputDilation } = c.spatial[a]
    if (inputDilation === 1) return at
    const x = iota('int32', at)
    const whole = compare('eq', binary('rem', x, int(inputDilation)), int(0))
    exists = exists === null ? whole : binary('and', exists, whole)
    const stride = coefficient(c.lhs.index, 3 + a)
    const term = binary('mul', binary('div', x, int(inputDilation)), int(stride))
    base = base === null ? term : binary('add', base, term)
    return constantIndex(0)
  })
  const read = load(
    c.dtype,
    c.lhs.buffer,
    compose(c.lhs.index, [group, image, inFeature, ...affinePositions]),
    base
  )
  const rhs = load(
    c.dtype,
    c.rhs.buffer,
    compose(c.rhs.index, [group, outFeature, inFeature, ...windows]),
    c.rhs.base
  )
  const nothing = constant(c.dtype, 0)
  const bounds = positions.map((index, a) => ({
    index,
    lower: 0,
    upper: (c.spatial[a].input - 1) * c.spatial[a].inputDilation + 1
  }))
  const present = exists === null ? read : select(exists, read, nothing)
  return { extents, lhs: guard([...space, ...extents], bounds, present, nothing), rhs }
}

/** A product as a plain reduction over k. */
const asReduction = (p: Contraction | Convolution): ReducePass => {
  const space = productSpace(p)
  const { extents, lhs, rhs } =
    p._tag === 'contraction' ? contractionFactors(p) : convolutionFactors(p)
  const value = binary('mul', widened(lhs), widened(rhs))
  const sum = cast(stageResult(value.dtype, 0), p.dtype)
  const put = rewriter((e) => (e._tag === 'accumulator' ? sum : e))
  return {
    _tag: 'reduce',
    axes: space,
    extents,
    reductions: [{ monoid: 'add', value, position: null }],
    stores: [{ ...p.out, value: p.epilogue === null ? sum : put(p.epilogue) }]
  }
}

interface Factors {
  readonly extents: readonly number[]
  readonly lhs: Expr
  readonly rhs: Expr
}

export const splitProduct = (
  kernel: Contraction | Convolution,
  tiles: boolean,
  allocate: Allocate
): readonly Pass[] => {
  // A small or narrow product would leave a tile mostly empty.
  if (!tiles || isPlain(kernel)) return inChunks(asReduction(kernel), allocate)
  const splits = splitsOf(sizeOfProduct(kernel))
  if (splits === 1) return [{ _tag: 'product', kernel, splits, partial: null }]
  const space = productSpace(kernel)
  const size = product(space)
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
