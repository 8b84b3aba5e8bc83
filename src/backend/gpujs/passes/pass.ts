/**
 * Passes: what a GPU does in one launch. Every kernel becomes a list of them (legalize.ts).
 *
 * They are kernel IR narrowed to one parallel space each, so that a thread has one point of it and
 * no thread reads what another one of the same pass writes.
 */
import type { Expr } from '../../../kernel/expr.ts'
import type {
  Buffer,
  Contraction,
  Convolution,
  Reduction,
  Scatter,
  Store
} from '../../../kernel/ir.ts'

/** A thread per point of `space`. */
export interface MapPass {
  readonly _tag: 'map'
  readonly space: readonly number[]
  readonly stores: readonly Store[]
}

/** Reductions per point of `axes`; stores are over `axes` and read results as stage 0. */
export interface ReducePass {
  readonly _tag: 'reduce'
  readonly axes: readonly number[]
  readonly extents: readonly number[]
  readonly reductions: readonly Reduction[]
  readonly stores: readonly Store[]
}

/**
 * A matrix product. With more than one split, split s sums its part of k into `partial`
 * [splits, ...out space] and no epilogue runs; a reduction follows.
 */
export interface ProductPass {
  readonly _tag: 'product'
  readonly kernel: Contraction | Convolution
  readonly splits: number
  readonly partial: number | null
}

/**
 * A matrix product by threads that have four results each, neighbours along the axis `along` of
 * `space`. `out` has the space row by row with `along` innermost, filled up to whole fours.
 */
export interface FoursPass {
  readonly _tag: 'fours'
  readonly space: readonly number[]
  readonly along: number
  readonly extents: readonly number[]
  /** Factors over [...space, ...extents]; the left one does not depend on `along`. */
  readonly lhs: Expr
  readonly rhs: Expr
  readonly out: number
}

/** A buffer of a program, and how a pass stores it. */
export interface PassBuffer extends Buffer {
  /** Elements are stored as vectors of four, each by one thread. */
  readonly isFours?: boolean
  /** The buffer in which it lies beside others. */
  readonly pack?: number
  /** The buffers that lie in it, each from its offset on. */
  readonly parts?: readonly Part[]
}

export interface Part {
  readonly buffer: number
  readonly offset: number // in elements
}

/**
 * A scatter. `gather`: a thread per element of the buffer looks for its updates, in their order.
 * `atomic`: a thread per update, in any order. `claim` and `write` are a set with coinciding
 * places: the last update writes its number into `claims`, then alone its value.
 */
export interface ScatterPass {
  readonly _tag: 'scatter'
  readonly kernel: Scatter
  readonly way: 'gather' | 'atomic' | 'claim' | 'write'
  readonly size: number // of the buffer
  readonly claims: number | null
}

export type Pass = MapPass | ReducePass | ProductPass | FoursPass | ScatterPass

/** Every expression of a pass. */
export const rootsOf = (p: Pass): readonly Expr[] => {
  const some = (es: readonly (Expr | null)[]): readonly Expr[] => es.filter((e) => e !== null)
  const ofStores = (stores: readonly Store[]): readonly Expr[] =>
    some(stores.flatMap((s) => [s.value, s.base]))
  switch (p._tag) {
    case 'map':
      return ofStores(p.stores)
    case 'reduce':
      return [...ofStores(p.stores), ...some(p.reductions.flatMap((r) => [r.value, r.position]))]
    case 'product':
      return some([p.kernel.lhs.base, p.kernel.rhs.base, p.kernel.out.base, p.kernel.epilogue])
    case 'fours':
      return [p.lhs, p.rhs]
    case 'scatter':
      return some([p.kernel.value, p.kernel.valid, p.kernel.place.base])
  }
}
