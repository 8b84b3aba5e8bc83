/** The factors of a product as expressions, and the product as a plain sum of them. */
import {
  addAffine,
  axisIndex,
  coefficient,
  compose,
  constantIndex,
  scaleAffine
} from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { Contraction, Convolution, Place } from '../../../kernel/ir.ts'
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
import type { ReducePass } from './pass.ts'
import { widened } from './widen.ts'

/** Both over the space of the results and then `extents`, along which products are summed. */
export interface Factors {
  readonly extents: readonly number[]
  readonly lhs: Expr
  readonly rhs: Expr
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

export const factorsOf = (p: Contraction | Convolution): Factors =>
  p._tag === 'contraction' ? contractionFactors(p) : convolutionFactors(p)

/** A product as a plain reduction over k. */
export const asReduction = (p: Contraction | Convolution): ReducePass => {
  const space = productSpace(p)
  const { extents, lhs, rhs } = factorsOf(p)
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
