/**
 * What is known at one place of a loop nest: values that have been computed, and the locals of
 * stage results and accumulators. Inner scopes see outer ones.
 */
import { type Affine, coefficient } from '../../../kernel/affine.ts'
import { type Expr, someOperand } from '../../../kernel/expr.ts'
import type { Lanes } from './elementary/lanes.ts'
import type { Cursor } from './loops.ts'
import type { Local } from '../wasm/function.ts'

/** A leaf whose value is kept in locals: a stage result or an accumulator. */
export type Binding =
  | { readonly _tag: 'scalar'; readonly local: Local }
  | { readonly _tag: 'vector'; readonly lanes: Lanes }

/** How vectors lie: `lanes` per vector, along `axis`. */
export interface VectorLayout {
  readonly axis: number
  readonly lanes: number
}

/** Values known at one place. */
export interface Scope {
  readonly cursor: Cursor
  readonly layout: VectorLayout
  /** Vectors side by side; 0 in scalar code. */
  readonly width: number
  readonly bindings: Map<string | Expr, Binding>
  readonly scalars: Map<Expr, Local>
  readonly splats: Map<Expr, Local>
  readonly vectors: Map<Expr, Lanes>
  /** Whether lanes differ, for nodes that were asked about. */
  readonly varying: Map<Expr, boolean>
  readonly parent: Scope | null
}

/** A scope inside of another; what it computes is forgotten at its end. */
export const innerScope = (
  parent: Scope,
  changes: { readonly cursor?: Cursor; readonly width?: number } = {}
): Scope => ({
  ...parent,
  ...changes,
  bindings: new Map(),
  scalars: new Map(),
  splats: new Map(),
  vectors: new Map(),
  varying: new Map(),
  parent
})

export const rootScope = (cursor: Cursor, layout: VectorLayout): Scope => ({
  cursor,
  layout,
  width: 0,
  bindings: new Map(),
  scalars: new Map(),
  splats: new Map(),
  vectors: new Map(),
  varying: new Map(),
  parent: null
})

export const find = <T>(scope: Scope | null, get: (s: Scope) => T | undefined): T | undefined => {
  for (let s = scope; s !== null; s = s.parent) {
    const found = get(s)
    if (found !== undefined) return found
  }
  return undefined
}

export const stageKey = (stage: number, reduction: number, part: string): string =>
  `${stage}.${reduction}.${part}`

export const bindingOf = (scope: Scope, e: Expr): Binding | undefined => {
  if (e._tag !== 'stage' && e._tag !== 'accumulator') return undefined
  const key = e._tag === 'stage' ? stageKey(e.stage, e.reduction, e.part) : e
  return find(scope, (s) => s.bindings.get(key)) ?? find(scope, (s) => s.bindings.get(e._tag))
}

/** Whether lanes of a vector differ in this node. */
export const isVarying = (scope: Scope, e: Expr): boolean => {
  const known = scope.varying.get(e)
  if (known !== undefined) return known
  const { axis } = scope.layout
  const moves = (i: Affine): boolean => coefficient(i, axis) !== 0
  const own =
    e._tag === 'load' || e._tag === 'iota'
      ? moves(e.index)
      : e._tag === 'guard'
        ? e.bounds.some((b) => moves(b.index))
        : bindingOf(scope, e)?._tag === 'vector'
  const varying = own || someOperand(e, (o) => isVarying(scope, o))
  scope.varying.set(e, varying)
  return varying
}
