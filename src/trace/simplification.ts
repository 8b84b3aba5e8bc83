/** What rules of simplification are asked, and what they may answer. */
import type { Aval } from '../core/array.ts'
import type { Atom, Equation } from './jaxpr.ts'
import type { Primitive } from './primitive.ts'

/** An equation that might be said more simply. */
export interface Simplification {
  readonly inputs: readonly Atom[]
  /** The one result. */
  readonly out: Aval
  /** The number at every place of the value, where that is known. −0 is not 0. */
  readonly uniform: (a: Atom) => number | null
  /** The equation that the value comes from, where that is an operation of this name. */
  readonly made: (a: Atom, primitive: string) => Equation | null
  /** The result of another equation, simplified in its turn. */
  readonly equation: <P>(primitive: Primitive<P>, inputs: readonly Atom[], params: P) => Atom
}

/**
 * The same value, or null where nothing is simpler. The same means every bit: NaN, infinities,
 * signed zeros and subnormal numbers come out as they did.
 */
export type SimplifyRule<P> = (equation: Simplification, params: P) => Atom | null
