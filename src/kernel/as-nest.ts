/**
 * Products as plain nests: for element types that the packed code does not take (integers, bools),
 * for convolutions of single channels, and as the oracle of packed code in tests.
 */
import { type Affine, affine, axisIndex, type Bound, coefficient } from './affine.ts'
import type { Expr } from './expr.ts'
import type { Contraction, Convolution, Nest, Place, SpatialDimension } from './ir.ts'
import {
  binary,
  cast,
  compare,
  constant,
  guard,
  iota,
  load,
  select,
  stageResult,
  wideType
} from './make.ts'
import { reindexStage } from './stage.ts'
import { reindex, rewriter } from './walk.ts'

/** Σ over `extents` of x · y, through the epilogue into `out`. */
const sumOfProducts = (
  axes: readonly number[],
  extents: readonly number[],
  [x, y]: readonly [Expr, Expr],
  out: Place,
  epilogue: Expr | null
): Nest => {
  const wide = wideType(x.dtype)
  const value = binary('mul', cast(x, wide), cast(y, wide))
  const sum = cast(stageResult(wide, 0), x.dtype)
  const stored =
    epilogue === null ? sum : rewriter((e) => (e._tag === 'accumulator' ? sum : e))(epilogue)
  return {
    _tag: 'nest',
    axes,
    stages: [
      { _tag: 'reduce', extents, reductions: [{ monoid: 'add', value, position: null }] },
      { _tag: 'map', extents: [], stores: [{ ...out, value: stored }] }
    ]
  }
}

export const contractionAsNest = (k: Contraction): Nest =>
  sumOfProducts(
    [...k.batch, k.m, k.n],
    [k.k],
    [
      load(k.dtype, k.lhs.buffer, k.lhs.index, k.lhs.base),
      load(k.dtype, k.rhs.buffer, k.rhs.index, k.rhs.base)
    ],
    k.out,
    k.epilogue
  )

/** Position in a dilated dimension: an index expression and whether an element is there. */
const undilated = (
  d: SpatialDimension,
  position: Affine
): { readonly index: Expr; readonly exists: Expr } => {
  const at = iota('int32', position)
  const dilation = constant('int32', d.inputDilation)
  const index = binary('div', at, dilation)
  const zero = constant('int32', 0)
  const divides = compare('eq', binary('rem', at, dilation), zero)
  const inside = binary(
    'and',
    compare('ge', at, zero),
    compare('lt', index, constant('int32', d.input))
  )
  return {
    index: binary('max', zero, binary('min', index, constant('int32', d.input - 1))),
    exists: binary('and', divides, inside)
  }
}

export const convolutionAsNest = (k: Convolution): Nest => {
  const rank = k.spatial.length
  const axes = [k.groups, k.batch, k.outFeatures, ...k.spatial.map((d) => d.output)]
  const extents = [k.inFeatures, ...k.spatial.map((d) => d.window)]
  const space = [...axes, ...extents]
  const [feature, window] = [axes.length, axes.length + 1]
  const positions = k.spatial.map((d, s) => {
    const coefficients = new Array<number>(space.length).fill(0)
    coefficients[3 + s] = d.stride
    coefficients[window + s] = d.windowDilation
    return affine(-d.padLow, coefficients)
  })
  const dilated = k.spatial.flatMap((d, s) => (d.inputDilation === 1 ? [] : [s]))
  const spatial = positions.map((p, s) => (dilated.includes(s) ? affine(0, []) : p))
  const dense = reindex(load(k.dtype, k.lhs.buffer, k.lhs.index, k.lhs.base), [
    axisIndex(0),
    axisIndex(1),
    axisIndex(feature),
    ...spatial
  ])
  const spread = dilated.map((s) => undilated(k.spatial[s], positions[s]))
  const withBase =
    dense._tag !== 'load'
      ? dense
      : dilated.reduce<Expr>(
          (e, s, i) =>
            e._tag !== 'load'
              ? e
              : load(
                  e.dtype,
                  e.buffer,
                  e.index,
                  addBase(
                    e.base,
                    binary(
                      'mul',
                      spread[i].index,
                      constant('int32', coefficient(k.lhs.index, 3 + s))
                    )
                  )
                ),
          dense
        )
  const zero = constant(k.dtype, 0)
  const bounds: readonly Bound[] = k.spatial.flatMap((d, s) =>
    d.inputDilation === 1 ? [{ index: positions[s], lower: 0, upper: d.input }] : []
  )
  const inside = spread.reduce<Expr>((e, { exists }) => select(exists, e, zero), withBase)
  const lhs = guard(space, bounds, inside, zero)
  const rhs = reindex(load(k.dtype, k.rhs.buffer, k.rhs.index, k.rhs.base), [
    axisIndex(0),
    axisIndex(2),
    axisIndex(feature),
    ...Array.from({ length: rank }, (_, s) => axisIndex(window + s))
  ])
  return alongMemory(sumOfProducts(axes, extents, [lhs, rhs], k.out, k.epilogue), k.out.index)
}

/** The nest with its axes in the order of the result's memory: neighbours are computed together. */
export const alongMemory = (nest: Nest, out: Affine): Nest => {
  const stride = (a: number): number => Math.abs(coefficient(out, a))
  const order = nest.axes.map((_, a) => a).sort((a, b) => stride(b) - stride(a))
  const first = nest.axes.length
  return {
    ...nest,
    axes: order.map((a) => nest.axes[a]),
    stages: nest.stages.map((s) =>
      reindexStage(
        s,
        [
          ...nest.axes.map((_, a) => axisIndex(order.indexOf(a))),
          ...s.extents.map((_, e) => axisIndex(first + e))
        ],
        s.extents
      )
    )
  }
}

const addBase = (base: Expr | null, more: Expr): Expr =>
  base === null ? more : binary('add', base, more)
