/**
 * Prepares a nest for code: fewest axes, stores and loads as contiguous as they can be, and the
 * axis along which vectors lie.
 */
import { type Affine, axisIndex, coefficient, constantIndex } from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import { interner } from '../../../kernel/intern.ts'
import type { Nest, Stage } from '../../../kernel/ir.ts'
import { isMerged } from '../../../kernel/layout.ts'
import { loadsOf, mapExpressions, nodesOf, reindexStage, storesOf } from '../../../kernel/stage.ts'
import { isAtMostZero } from '../../../kernel/sign.ts'
import { forwardResults } from '../../../kernel/forward-results.ts'
import { tiled } from './tiling.ts'

/** Where vectors lie: along the innermost extent of each stage, or along the last parallel axis. */
export type VectorMode = 'inner' | 'outer' | 'none'

export interface PlannedNest extends Nest {
  readonly mode: VectorMode
  /** Powers of e with an exponent that is at most zero, or NaN, wherever they stand. */
  readonly vanishing: ReadonlySet<Expr>
}

const indicesOf = (s: Stage): readonly Affine[] => [
  ...storesOf(s).map((o) => o.index),
  ...nodesOf(s).flatMap((e) =>
    e._tag === 'load' || e._tag === 'iota'
      ? [e.index]
      : e._tag === 'guard'
        ? e.bounds.map((b) => b.index)
        : []
  )
]

/** For each old axis its index in the new axes, and the new extents: merged and unit axes go. */
const collapse = (
  extents: readonly number[],
  first: number,
  indices: readonly Affine[],
  fixed: boolean
): { readonly axes: readonly Affine[]; readonly extents: readonly number[] } => {
  const space = [...new Array<number>(first).fill(1), ...extents]
  const kept: number[] = [] // new extents
  const axes: Affine[] = []
  extents.forEach((n, i) => {
    const axis = first + i
    const previous = i - 1
    if (n === 1 && !fixed) {
      axes.push(constantIndex(0))
      return
    }
    const joins =
      !fixed &&
      previous >= 0 &&
      extents[previous] !== 1 &&
      indices.every((index) => isMerged(index, [axis - 1, axis], space))
    if (joins) {
      // All indices see the pair through its inner stride, which now runs over both.
      axes[previous] = constantIndex(0)
      axes.push(axisIndex(kept.length - 1))
      kept[kept.length - 1] *= n
    } else {
      axes.push(axisIndex(kept.length))
      kept.push(n)
    }
  })
  return { axes, extents: kept }
}

const shift = (index: Affine, by: number): Affine => ({
  offset: index.offset,
  coefficients:
    index.coefficients.length === 0 ? [] : [...new Array<number>(by).fill(0), ...index.coefficients]
})

/** Extents sorted so that the fastest moving index comes last. */
const reorder = (s: Stage, first: number): Stage => {
  if (s._tag === 'scan' || s.extents.length < 2) return s
  const leader =
    s._tag === 'map'
      ? s.stores[0].index
      : indicesOf(s).find((i) => s.extents.some((_, a) => coefficient(i, first + a) !== 0))
  if (leader === undefined) return s
  const stride = (a: number): number => Math.abs(coefficient(leader, first + a))
  const order = s.extents.map((_, a) => a)
  // Axes that the leader does not see stay outside, in their own order.
  order.sort((a, b) =>
    (stride(a) === 0 ? Infinity : stride(a)) < (stride(b) === 0 ? Infinity : stride(b))
      ? 1
      : stride(a) === stride(b)
        ? a - b
        : -1
  )
  if (order.every((a, i) => a === i)) return s
  const axes = [
    ...Array.from({ length: first }, (_, a) => axisIndex(a)),
    ...s.extents.map((_, a) => axisIndex(first + order.indexOf(a)))
  ]
  return reindexStage(
    s,
    axes,
    order.map((a) => s.extents[a])
  )
}

/** A scan against its axis is a scan along the flipped axis. */
const forward = (s: Stage, first: number): Stage => {
  if (s._tag !== 'scan' || !s.reverse) return s
  const [n] = s.extents
  const axes = [
    ...Array.from({ length: first }, (_, a) => axisIndex(a)),
    { offset: n - 1, coefficients: [...new Array<number>(first).fill(0), -1] }
  ]
  return { ...(reindexStage(s, axes, s.extents) as typeof s), reverse: false }
}

/** Loads and stores that move along the axis by something else than one element. */
const strided = (s: Stage, axis: number): number =>
  [...storesOf(s).map((o) => o.index), ...loadsOf(s).map((e) => e.index)].filter(
    (i) => coefficient(i, axis) !== 0 && coefficient(i, axis) !== 1
  ).length

const guardsMove = (s: Stage, axis: number): boolean =>
  nodesOf(s).some(
    (e) => e._tag === 'guard' && e.bounds.some((b) => coefficient(b.index, axis) !== 0)
  )

/** Below this extent vectors along the last parallel axis do not pay. */
const leastOuter = 4

const chooseMode = (axes: readonly number[], stages: readonly Stage[]): VectorMode => {
  const last = axes.length - 1
  const innerCost = stages.reduce(
    (n, s) =>
      n +
      (s.extents.length === 0
        ? 0
        : s._tag === 'scan'
          ? 2
          : strided(s, last + s.extents.length) * 2 + ((s.extents.at(-1) as number) < 8 ? 4 : 0)),
    0
  )
  const outer = last >= 0 && axes[last] >= leastOuter && !stages.some((s) => guardsMove(s, last))
  const outerCost = outer ? stages.reduce((n, s) => n + strided(s, last) * 2, 0) : Infinity
  if (outerCost < innerCost) return 'outer'
  return 'inner'
}

/** Maps without stage results run one after the other over the whole of their space. */
const asSequence = (nest: Nest): Nest =>
  nest.stages.every((s) => s._tag === 'map' && s.extents.length === 0)
    ? {
        ...nest,
        axes: [],
        stages: nest.stages.map((s) => ({ ...s, extents: nest.axes }) as Stage)
      }
    : nest

const vanishingIn = (stages: readonly Stage[]): ReadonlySet<Expr> => {
  const found = new Map<Expr, boolean>()
  for (const s of stages)
    for (const e of nodesOf(s))
      if (e._tag === 'unary' && e.op === 'exp')
        found.set(e, found.get(e) !== false && isAtMostZero(e.x, { extents: s.extents, stages }))
  return new Set([...found].flatMap(([e, holds]) => (holds ? [e] : [])))
}

export const planNest = (nest: Nest): PlannedNest => {
  const sequence = asSequence({ ...nest, stages: forwardResults(nest) })
  const outer = collapse(sequence.axes, 0, sequence.stages.flatMap(indicesOf), false)
  const first = outer.extents.length
  const onlyMaps = sequence.axes.length === 0 && sequence.stages.every((s) => s._tag === 'map')
  const intern = interner()
  const stages = sequence.stages.flatMap((stage) => {
    // Parallel axes first, in their new form; then the stage's own extents, collapsed.
    const moved = reindexStage(
      stage,
      [...outer.axes, ...stage.extents.map((_, a) => axisIndex(first + a))],
      stage.extents
    )
    const straight = forward(moved, first)
    const sorted = reorder(straight, first)
    const inner = collapse(sorted.extents, first, indicesOf(sorted), sorted._tag === 'scan')
    const collapsed = reindexStage(
      sorted,
      [
        ...outer.extents.map((_, a) => axisIndex(a)),
        ...inner.axes.map((index) => shift(index, first))
      ],
      inner.extents
    )
    // A stage's number is how later stages name its results; maps have none.
    const parts = onlyMaps ? tiled(collapsed, first) : [collapsed]
    return parts.map((part) => mapExpressions(part, intern))
  })
  const mode = chooseMode(outer.extents, stages)
  return { _tag: 'nest', axes: outer.extents, stages, mode, vanishing: vanishingIn(stages) }
}
