/**
 * Algebra that keeps every bit. x · 1 is x and x + (−0) is x; x + 0 and x · 0 stay as they are,
 * since −0 + 0 is 0 and ∞ · 0 is NaN.
 */
import { isComplex, isFloat } from '../core/dtype.ts'
import { equals } from '../core/shape.ts'
import type { Atom } from '../trace/jaxpr.ts'
import type { Simplification, SimplifyRule } from '../trace/simplification.ts'

/** A rule for any parameters. */
type Rule = SimplifyRule<unknown>

const isNumber = (e: Simplification, a: Atom, value: number): boolean =>
  !isComplex(e.out.dtype) && Object.is(e.uniform(a), value)

/** x · 1 = 1 · x = x. Complex products mix parts, and ∞ · 0 would be among them. */
export const productWithOne: Rule = (e) => {
  const [x, y] = e.inputs
  return isNumber(e, y, 1) ? x : isNumber(e, x, 1) ? y : null
}

/** x / 1 = x. */
export const quotientByOne: Rule = (e) => (isNumber(e, e.inputs[1], 1) ? e.inputs[0] : null)

/** x + (−0) = x; of integers, x + 0 = x. */
export const sumWithZero: Rule = (e) => {
  const [x, y] = e.inputs
  const zero = isFloat(e.out.dtype) ? -0 : 0
  return isNumber(e, y, zero) ? x : isNumber(e, x, zero) ? y : null
}

/** x − 0 = x: −0 − 0 is −0. */
export const differenceFromZero: Rule = (e) => (isNumber(e, e.inputs[1], 0) ? e.inputs[0] : null)

/** f(f(x)) = x. */
export const involution =
  (name: string): Rule =>
  (e) =>
    e.made(e.inputs[0], name)?.inputs[0] ?? null

/** f(x, x) = x. */
export const idempotent: Rule = (e) => (e.inputs[0] === e.inputs[1] ? e.inputs[0] : null)

/** The operand where the operation leaves it as it is. */
export const unchanged = (e: Simplification, holds: boolean): Atom | null =>
  holds && equals(e.inputs[0].aval.shape, e.out.shape) && e.inputs[0].aval.dtype === e.out.dtype
    ? e.inputs[0]
    : null
