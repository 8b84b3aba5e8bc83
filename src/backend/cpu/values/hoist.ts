/** What does not move in a loop is computed before it. */
import type { Affine } from '../../../kernel/affine.ts'
import { eachOperand, type Expr, someOperand } from '../../../kernel/expr.ts'
import { scalarOf, splatOf, vectorOf } from './evaluate.ts'
import type { CodeContext } from './expr-scalar.ts'
import { bindingOf, isVarying, type Scope } from './scope.ts'

/** Axes below `depth` only: the node can be computed before the loop over axis `depth`. */
const fixedBefore = (scope: Scope, depth: number) => {
  const memo = new Map<Expr, boolean>()
  const still = (i: Affine): boolean => i.coefficients.length <= depth
  const check = (e: Expr): boolean => {
    const known = memo.get(e)
    if (known !== undefined) return known
    const own =
      e._tag === 'load' || e._tag === 'iota'
        ? still(e.index)
        : e._tag === 'guard'
          ? e.bounds.every((b) => still(b.index))
          : e._tag === 'stage'
            ? bindingOf(scope, e) !== undefined // not before the stage has run
            : e._tag !== 'accumulator'
    const fixed = own && !someOperand(e, (o) => !check(o))
    memo.set(e, fixed)
    return fixed
  }
  return check
}

/**
 * Computes in `scope` what the roots need and no axis from `depth` on moves. `pinned` buffers are
 * stored to in the loops, so loads of them stay there.
 */
export const hoist = (
  c: CodeContext,
  scope: Scope,
  roots: readonly Expr[],
  depth: number,
  pinned: ReadonlySet<number>,
  splat: boolean
): void => {
  const isFixed = fixedBefore(scope, depth)
  const seen = new Set<Expr>()
  const inside = scope.cursor.counters.has(scope.layout.axis)
  const pinnedBelow = new Map<Expr, boolean>()
  const readsPinned = (e: Expr): boolean => {
    const known = pinnedBelow.get(e)
    if (known !== undefined) return known
    const found = (e._tag === 'load' && pinned.has(e.buffer)) || someOperand(e, readsPinned)
    pinnedBelow.set(e, found)
    return found
  }
  const visit = (e: Expr): void => {
    if (seen.has(e) || e._tag === 'const') return
    seen.add(e)
    const leaf = e._tag === 'stage' || e._tag === 'accumulator'
    if (isFixed(e) && !(pinned.size > 0 && readsPinned(e))) {
      const bound = leaf ? bindingOf(scope, e) : undefined
      if (!isVarying(scope, e) || (scope.width === 0 && inside)) {
        if (!leaf) scalarOf(c, scope, e)
        if (splat && (!leaf || bound?._tag === 'scalar')) splatOf(c, scope, e)
        return
      }
      if (scope.width > 0) {
        vectorOf(c, scope, e)
        return
      }
    }
    // What a guard protects must not be computed before the guard is asked.
    if (e._tag !== 'guard') eachOperand(e, visit)
  }
  roots.forEach(visit)
}
