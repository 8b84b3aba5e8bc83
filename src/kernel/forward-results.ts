/**
 * What a stage stores once per parallel point, such as the mean of a row, reaches later stages in
 * registers: they need not load it, and see how it came about.
 */
import type { Affine } from './affine.ts'
import type { Expr } from './expr.ts'
import type { Nest, Stage, Store } from './ir.ts'
import { loadsOf, mapExpressions, storesOf } from './stage.ts'
import { nodes, rewriter } from './walk.ts'

/** Values of more nodes than this are not worth computing again for each stage. */
const maxNodes = 8

const sameIndex = (a: Affine, b: Affine): boolean =>
  a.offset === b.offset &&
  a.coefficients.length === b.coefficients.length &&
  a.coefficients.every((c, i) => c === b.coefficients[i])

/** Stores of a stage without extents whose values depend on nothing that the nest stores. */
const known = (s: Stage, stored: ReadonlySet<number>): readonly Store[] =>
  s._tag !== 'map' || s.extents.length > 0
    ? []
    : s.stores.filter(({ base, value }) => {
        const inside = nodes([value])
        return (
          base === null &&
          inside.length <= maxNodes &&
          inside.every((e) => e._tag !== 'load' || !stored.has(e.buffer))
        )
      })

/** The stages of the nest with values instead of loads of what an earlier stage has stored. */
export const forwardResults = ({ stages }: Nest): readonly Stage[] => {
  if (!stages.some((s) => s._tag === 'reduce')) return stages
  const stored = stages.flatMap((s) => storesOf(s).map((o) => o.buffer))
  const once = (buffer: number): boolean => stored.filter((b) => b === buffer).length === 1
  const all = new Set(stored)
  const values = new Map<number, Store>()
  const replaced = (e: Expr): Expr => {
    if (e._tag !== 'load' || e.base !== null) return e
    const store = values.get(e.buffer)
    return store !== undefined && store.value.dtype === e.dtype && sameIndex(store.index, e.index)
      ? store.value
      : e
  }
  return stages.map((s) => {
    const seen = loadsOf(s).some((e) => values.has(e.buffer))
    const forwarded = seen ? mapExpressions(s, rewriter(replaced)) : s
    for (const store of known(forwarded, all))
      if (once(store.buffer)) values.set(store.buffer, store)
    return forwarded
  })
}
