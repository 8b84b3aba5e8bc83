/** Walks over expression graphs. Every walk visits a shared node once. */
import { type Affine, compose } from './affine.ts'
import { type Expr, someOperand } from './expr.ts'
import { binary, bitcast, cast, compare, iota, load, select, unary } from './make.ts'

/** Every node reachable from the roots, operands before what uses them. */
export const nodes = (roots: readonly Expr[]): readonly Expr[] => {
  const seen = new Set<Expr>()
  const order: Expr[] = []
  const visit = (e: Expr): false => {
    if (seen.has(e)) return false
    seen.add(e)
    someOperand(e, visit)
    order.push(e)
    return false
  }
  for (const e of roots) visit(e)
  return order
}

/** Whether `holds` is true of a node reachable from the roots; looks no further then. */
export const someNode = (roots: readonly Expr[], holds: (e: Expr) => boolean): boolean => {
  const seen = new Set<Expr>()
  const visit = (e: Expr): boolean => {
    if (seen.has(e)) return false
    seen.add(e)
    return holds(e) || someOperand(e, visit)
  }
  return roots.some(visit)
}

/** Buffers that the expressions read. */
export const buffersRead = (roots: readonly Expr[]): ReadonlySet<number> => {
  const buffers = new Set<number>()
  for (const e of nodes(roots)) if (e._tag === 'load') buffers.add(e.buffer)
  return buffers
}

/** The node with its operands replaced by what `f` makes of them. */
export const mapOperands = (e: Expr, f: (operand: Expr) => Expr): Expr => {
  switch (e._tag) {
    case 'const':
    case 'iota':
    case 'stage':
    case 'accumulator':
      return e
    case 'load': {
      if (e.base === null) return e
      const base = f(e.base)
      return base === e.base ? e : load(e.dtype, e.buffer, e.index, base)
    }
    case 'unary': {
      const x = f(e.x)
      return x === e.x ? e : unary(e.op, x)
    }
    case 'cast': {
      const x = f(e.x)
      return x === e.x ? e : cast(x, e.dtype)
    }
    case 'bitcast': {
      const x = f(e.x)
      return x === e.x ? e : bitcast(x, e.dtype)
    }
    case 'binary': {
      const [x, y] = [f(e.x), f(e.y)]
      return x === e.x && y === e.y ? e : binary(e.op, x, y)
    }
    case 'compare': {
      const [x, y] = [f(e.x), f(e.y)]
      return x === e.x && y === e.y ? e : compare(e.op, x, y)
    }
    case 'select': {
      const [c, x, y] = [f(e.condition), f(e.x), f(e.y)]
      return c === e.condition && x === e.x && y === e.y ? e : select(c, x, y)
    }
    case 'guard': {
      const [value, otherwise] = [f(e.value), f(e.otherwise)]
      return value === e.value && otherwise === e.otherwise ? e : { ...e, value, otherwise }
    }
    case 'call': {
      const args = e.args.map(f)
      return args.every((a, i) => a === e.args[i]) ? e : { ...e, args }
    }
  }
}

/** Rebuilds the graph bottom-up; `replace` sees each node after its operands were replaced. */
export const rewriter = (replace: (e: Expr) => Expr): ((e: Expr) => Expr) => {
  const done = new Map<Expr, Expr>()
  const visit = (e: Expr): Expr => {
    const known = done.get(e)
    if (known !== undefined) return known
    const result = replace(mapOperands(e, visit))
    done.set(e, result)
    return result
  }
  return visit
}

/**
 * The expression seen from another space: axis `a` of its own space becomes `axes[a]`. Transpose,
 * slice, flip, broadcast and split of axes are this one substitution.
 */
export const reindexer = (axes: readonly Affine[]): ((e: Expr) => Expr) =>
  rewriter((e) => {
    switch (e._tag) {
      case 'load':
        return load(e.dtype, e.buffer, compose(e.index, axes), e.base)
      case 'iota':
        return iota(e.dtype, compose(e.index, axes))
      case 'guard':
        return { ...e, bounds: e.bounds.map((b) => ({ ...b, index: compose(b.index, axes) })) }
      default:
        return e
    }
  })

export const reindex = (e: Expr, axes: readonly Affine[]): Expr => reindexer(axes)(e)

/** Axes that the expression depends on, directly or through a base or bound. */
export const dependsOn = (roots: readonly Expr[]): ReadonlySet<number> => {
  const axes = new Set<number>()
  const add = (index: Affine): void =>
    index.coefficients.forEach((c, a) => {
      if (c !== 0) axes.add(a)
    })
  for (const e of nodes(roots)) {
    if (e._tag === 'load' || e._tag === 'iota') add(e.index)
    if (e._tag === 'guard') e.bounds.forEach((b) => add(b.index))
  }
  return axes
}
