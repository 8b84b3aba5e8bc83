/** Stages seen as a whole: their expressions, their places, and both changed at once. */
import { type Affine, compose } from './affine.ts'
import type { Expr, Load } from './expr.ts'
import type { Place, Stage, Store } from './ir.ts'
import { nodes, reindexer, rewriter } from './walk.ts'

export const storesOf = (s: Stage): readonly Store[] => (s._tag === 'reduce' ? [] : s.stores)

/** Every expression of a stage, bases of stores included. */
export const expressionsOf = (s: Stage): readonly Expr[] => [
  ...storesOf(s).flatMap((o) => (o.base === null ? [o.value] : [o.value, o.base])),
  ...(s._tag === 'scan' ? [s.value] : []),
  ...(s._tag === 'reduce'
    ? s.reductions.flatMap((r) => (r.position === null ? [r.value] : [r.value, r.position]))
    : [])
]

const known = new WeakMap<Stage, readonly Load[]>()

/** Every load of a stage, in expressions and in the bases of places. */
export const loadsOf = (s: Stage): readonly Load[] => {
  const before = known.get(s)
  if (before !== undefined) return before
  const loads = nodes(expressionsOf(s)).filter((e) => e._tag === 'load')
  known.set(s, loads)
  return loads
}

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

/** The stage over other axes: `axes[a]` replaces axis `a` of [...parallel, ...extents]. */
export const reindexStage = (
  s: Stage,
  axes: readonly Affine[],
  extents: readonly number[]
): Stage => {
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
