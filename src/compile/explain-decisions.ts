/**
 * Lines of `explain` on the cost model: which values are stored and read again, and which are
 * computed again by every kernel that needs them.
 */
import { hostBytes, isComplex } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import { operations } from '../kernel/cost.ts'
import type { Decision } from '../kernel/decision.ts'
import { type Expr, operands } from '../kernel/expr.ts'
import { headOf } from '../kernel/intern.ts'
import type { Kernel } from '../kernel/ir.ts'
import { nodesOf } from '../kernel/stage.ts'
import { nodes } from '../kernel/walk.ts'
import { show as showAval } from '../trace/aval.ts'
import type { Jaxpr, Var } from '../trace/jaxpr.ts'
import { namesOf } from '../trace/show.ts'
import { quantity } from './explain-memory.ts'

export interface DecisionReport {
  /** The value as the jaxpr has it, and the operation that makes it: `c:f32[8] = exp`. */
  readonly value: string
  readonly choice: 'stored' | 'recomputed'
  readonly reason: string
  readonly uses: number
  /** Positions of the kernels that compute it; empty for stored values. */
  readonly kernels: readonly number[]
  /** Bytes of the value: written where it is stored, saved where it is not. */
  readonly bytes: number
  /** Operations saved where it is stored, spent a second time and more where it is not. */
  readonly flops: number
}

const expressionsIn = (k: Kernel): readonly Expr[] => {
  switch (k._tag) {
    case 'nest':
      return k.stages.flatMap(nodesOf)
    case 'contraction':
    case 'convolution':
      return k.epilogue === null ? [] : nodes([k.epilogue])
    case 'scatter':
      return nodes(k.valid === null ? [k.value] : [k.value, k.valid])
    default:
      return []
  }
}

/** Numbers that are equal for equal computations on equal buffers, wherever in them. */
const numbering = (): ((e: Expr) => number) => {
  const byKey = new Map<string, number>()
  const known = new Map<Expr, number>()
  const numberOf = (e: Expr): number => {
    const before = known.get(e)
    if (before !== undefined) return before
    const head = e._tag === 'load' ? e.buffer : e._tag === 'iota' ? '' : headOf(e)
    const key = `${e._tag}:${e.dtype}:${head}(${operands(e).map(numberOf).join()})`
    const number = byKey.get(key) ?? byKey.size
    byKey.set(key, number)
    known.set(e, number)
    return number
  }
  return numberOf
}

/** What came of the decisions in these kernels. Scalars are left out: they cost nothing. */
export const reportDecisions = (
  jaxpr: Jaxpr,
  decisions: readonly Decision[],
  kernels: readonly Kernel[]
): readonly DecisionReport[] => {
  const names = namesOf(jaxpr)
  const numberOf = numbering()
  const computed = kernels.map((k) => new Set(expressionsIn(k).map(numberOf)))
  return decisions.flatMap((d): readonly DecisionReport[] => {
    const { shape, dtype, parts } = d.value
    const size = sizeOf(shape)
    if (size <= 1) return []
    const found = parts.map(numberOf)
    const own =
      d.choice === 'stored'
        ? []
        : computed.flatMap((numbers, i) => (found.every((n) => numbers.has(n)) ? [i] : []))
    // Uses that ended up in one kernel compute the value once.
    if (d.choice === 'recomputed' && own.length < 2) return []
    const again = d.choice === 'stored' ? Math.max(0, d.uses - 1) : own.length - 1
    // The variables that `lowerJaxpr` observes are those of jaxprs.
    const name = names.get(d.variable as Var)
    const aval = showAval({ shape, dtype, weak: false })
    return [
      {
        value: `${name === undefined ? '' : `${name}:`}${aval} = ${d.operation}`,
        choice: d.choice,
        reason: d.reason,
        uses: d.uses,
        kernels: own,
        bytes: size * hostBytes(dtype) * (isComplex(dtype) ? 1 : parts.length),
        flops: size * operations(parts) * again
      }
    ]
  })
}

/** A line per decision. */
export const decisionLines = (decisions: readonly DecisionReport[]): readonly string[] =>
  decisions.map((d) => {
    const cost =
      d.choice === 'stored'
        ? `${quantity(d.bytes, 'B')} written, ${quantity(d.flops, 'FLOP')} saved`
        : `by kernels ${d.kernels.join(', ')}: ${quantity(d.bytes, 'B')} saved, ${quantity(d.flops, 'FLOP')} more`
    return `  ${d.value}  ${d.choice} ${cost}: ${d.reason}`
  })
