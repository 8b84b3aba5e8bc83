/** Structural sharing: equal expressions become one node, so that code evaluates them once. */
import type { Affine } from './affine.ts'
import { type Expr, operands } from './expr.ts'
import { mapOperands } from './walk.ts'

/** Equal exactly for equal indices. */
export const indexKey = (a: Affine): string => `${a.offset};${a.coefficients.join()}`

/** Everything of a node but its operands. -0 and 0 differ, NaN is NaN. */
export const headOf = (e: Expr): string => {
  switch (e._tag) {
    case 'const':
      return Object.is(e.value, -0) ? '-0' : `${e.value}`
    case 'load':
      return `${e.buffer}[${indexKey(e.index)}`
    case 'iota':
      return indexKey(e.index)
    case 'stage':
      return `${e.stage}.${e.reduction}.${e.part}`
    case 'unary':
    case 'binary':
    case 'compare':
      return e.op
    case 'guard':
      return e.bounds.map((b) => `${indexKey(b.index)};${b.lower};${b.upper}`).join('&')
    case 'call':
      return e.name
    case 'accumulator':
    case 'select':
    case 'cast':
    case 'bitcast':
      return ''
  }
}

/** Maps equal expressions to one representative; use one interner per kernel. */
export const interner = (): ((e: Expr) => Expr) => {
  const byKey = new Map<string, Expr>()
  const ids = new Map<Expr, number>()
  const done = new Map<Expr, Expr>()
  const visit = (e: Expr): Expr => {
    const known = done.get(e)
    if (known !== undefined) return known
    const node = mapOperands(e, visit)
    const key = `${node._tag}:${node.dtype}:${headOf(node)}(${operands(node)
      .map((o) => ids.get(visit(o)))
      .join()})`
    const same = byKey.get(key) ?? node
    if (same === node) {
      byKey.set(key, node)
      ids.set(node, ids.size)
    }
    done.set(e, same)
    done.set(node, same)
    return same
  }
  return visit
}
