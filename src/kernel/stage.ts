/** Stages seen as a whole: their expressions, their places, and both changed at once. */
import { equals } from '../core/shape.ts'
import { type Affine, compose } from './affine.ts'
import type { Expr, Load } from './expr.ts'
import type { Place, Stage, Store } from './ir.ts'
import { nodes, reindexer, rewriter } from './walk.ts'

export const storesOf = (s: Stage): readonly Store[] => (s._tag === 'reduce' ? [] : s.stores)

/** Every expression of a stage, bases of stores included. */
export const expressionsOf = (s: Stage): readonly Expr[] => {
  const found: Expr[] = []
  for (const o of storesOf(s)) {
    found.push(o.value)
    if (o.base !== null) found.push(o.base)
  }
  if (s._tag === 'scan') found.push(s.value)
  if (s._tag === 'reduce')
    for (const r of s.reductions) {
      found.push(r.value)
      if (r.position !== null) found.push(r.position)
    }
  return found
}

/** What is asked of a stage again and again; a stage is never changed, so it is found once. */
interface Facts {
  readonly nodes: readonly Expr[]
  readonly loads: readonly Load[]
  readonly reads: ReadonlySet<number>
  readonly arrays: ReadonlySet<number>
  readonly writes: ReadonlySet<number>
}

const isArrayLoad = (e: Load): boolean => e.base !== null || e.index.coefficients.length > 0

const known = new WeakMap<Stage, Facts>()

const factsOf = (s: Stage): Facts => {
  const before = known.get(s)
  if (before !== undefined) return before
  const all = nodes(expressionsOf(s))
  const loads: Load[] = []
  const reads = new Set<number>()
  const arrays = new Set<number>()
  for (const e of all)
    if (e._tag === 'load') {
      loads.push(e)
      reads.add(e.buffer)
      if (isArrayLoad(e)) arrays.add(e.buffer)
    }
  const writes = new Set<number>()
  for (const o of storesOf(s)) writes.add(o.buffer)
  const facts = { nodes: all, loads, reads, arrays, writes }
  known.set(s, facts)
  return facts
}

/** Every node of the expressions of a stage, operands before what uses them. */
export const nodesOf = (s: Stage): readonly Expr[] => factsOf(s).nodes

/** Every load of a stage, in expressions and in the bases of places. */
export const loadsOf = (s: Stage): readonly Load[] => factsOf(s).loads

/** Buffers that a stage reads. */
export const readsOf = (s: Stage): ReadonlySet<number> => factsOf(s).reads

/** Buffers that a stage reads at more than one place: a number that all points share is none. */
export const arraysReadBy = (s: Stage): ReadonlySet<number> => factsOf(s).arrays

/** Buffers that a stage writes. */
export const writesOf = (s: Stage): ReadonlySet<number> => factsOf(s).writes

/** What is done with expressions and with places, whose base is an expression too. */
export interface StageVisitor {
  readonly expr: (e: Expr) => Expr
  readonly place: <P extends Place>(p: P) => P
}

export const visitStage = (s: Stage, { expr, place }: StageVisitor): Stage => {
  const store = (o: Store): Store => ({ ...place(o), value: expr(o.value) })
  switch (s._tag) {
    case 'map':
      return { ...s, stores: s.stores.map(store) }
    case 'scan':
      return { ...s, value: expr(s.value), stores: s.stores.map(store) }
    case 'reduce':
      return {
        ...s,
        reductions: s.reductions.map((r) => ({
          ...r,
          value: expr(r.value),
          position: r.position === null ? null : expr(r.position)
        }))
      }
  }
}

/** The stage with its expressions replaced, those of places too. */
export const mapExpressions = (s: Stage, expr: (e: Expr) => Expr): Stage =>
  visitStage(s, {
    expr,
    place: (p) => (p.base === null ? p : { ...p, base: expr(p.base) })
  })

const isSame = (axes: readonly Affine[]): boolean =>
  axes.every(
    ({ offset, coefficients }, a) =>
      offset === 0 &&
      coefficients.length === a + 1 &&
      coefficients.every((c, i) => c === (i === a ? 1 : 0))
  )

/** The stage over other axes: `axes[a]` replaces axis `a` of [...parallel, ...extents]. */
export const reindexStage = (
  s: Stage,
  axes: readonly Affine[],
  extents: readonly number[]
): Stage => {
  if (isSame(axes)) return (equals(extents, s.extents) ? s : { ...s, extents }) as Stage
  const expr = reindexer(axes)
  const moved = visitStage(s, {
    expr,
    place: (p) => ({
      ...p,
      index: compose(p.index, axes),
      base: p.base === null ? null : expr(p.base)
    })
  })
  return { ...moved, extents } as Stage // a scan keeps its one extent: the caller's promise
}

/** The stage with the numbers of the stages it reads moved by `by`. */
export const renumberStage = (s: Stage, by: number): Stage =>
  by === 0
    ? s
    : mapExpressions(
        s,
        rewriter((e) => (e._tag === 'stage' ? { ...e, stage: e.stage + by } : e))
      )
