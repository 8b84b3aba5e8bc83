/** Exponentials, logarithms, roots and hyperbolic functions. Integers and bools give float32. */
import type { NdArray } from '../core/array.ts'
import { abs, div, max } from '../primitives/arithmetic.ts'
import { eq } from '../primitives/compare.ts'
import { logaddexp as logaddexpP } from '../primitives/cumulative.ts'
import * as ops from '../primitives/elementary.ts'
import { add, constant, mul } from '../primitives/elementwise.ts'
import * as hyperbolic from '../primitives/hyperbolic.ts'
import * as roots from '../primitives/roots.ts'
import { besselI0e } from '../primitives/special.ts'
import { inexactBinary, inexactUnary } from './lift.ts'
import { selectOf } from './selection.ts'

/** eˣ. */
export const exp = inexactUnary('exp', ops.exp)
/** 2ˣ. */
export const exp2 = inexactUnary('exp2', ops.exp2)
/** eˣ − 1, accurate near 0. */
export const expm1 = inexactUnary('expm1', ops.expm1)
/** Natural logarithm; −∞ at 0, NaN below. */
export const log = inexactUnary('log', ops.log)
export const log2 = inexactUnary('log2', ops.log2)
/** Decimal logarithm. */
export const log10 = inexactUnary('log10', (x) => div(ops.log(x), constant(x, Math.LN10)))
/** log(1 + x), accurate near 0. */
export const log1p = inexactUnary('log1p', ops.log1p)
export const sqrt = inexactUnary('sqrt', roots.sqrt)
/** Cube root, of negative numbers too. */
export const cbrt = inexactUnary('cbrt', roots.cbrt)

export const sinh = inexactUnary('sinh', hyperbolic.sinh)
export const cosh = inexactUnary('cosh', hyperbolic.cosh)
export const tanh = inexactUnary('tanh', hyperbolic.tanh)
export const arcsinh = inexactUnary('arcsinh', hyperbolic.asinh)
export const arccosh = inexactUnary('arccosh', hyperbolic.acosh)
export const arctanh = inexactUnary('arctanh', hyperbolic.atanh)
export const asinh = arcsinh
export const acosh = arccosh
export const atanh = arctanh

/** log(eˣ + eʸ) without overflow. */
export const logaddexp = inexactBinary('logaddexp', logaddexpP)

/** log₂(2ˣ + 2ʸ) without overflow. */
export const logaddexp2 = inexactBinary('logaddexp2', (x, y) =>
  div(
    logaddexpP(mul(x, constant(x, Math.LN2)), mul(y, constant(y, Math.LN2))),
    constant(x, Math.LN2)
  )
)

/** √(x² + y²) without overflow; ∞ beside an infinity, also when the other is NaN. */
export const hypot = inexactBinary('hypot', (x, y) => {
  const [a, b] = [abs(x), abs(y)]
  const greater = max(a, b)
  const zero = constant(x, 0)
  const one = constant(x, 1)
  const infinite = constant(x, Infinity)
  const scale = selectOf(eq(greater, zero), one, greater)
  const [p, q] = [div(a, scale), div(b, scale)]
  const length = mul(scale, roots.sqrt(nonZero(add(mul(p, p), mul(q, q)))))
  const finite = selectOf(eq(greater, zero), greater, length)
  return selectOf(eq(a, infinite), a, selectOf(eq(b, infinite), b, finite))
})

/** 1 where x is 0: the root below is not taken there, and must not give a NaN derivative. */
const nonZero = (x: NdArray): NdArray => selectOf(eq(x, constant(x, 0)), constant(x, 1), x)

/** Modified Bessel function of order 0. */
export const i0 = inexactUnary('i0', (x) => mul(ops.exp(abs(x)), besselI0e(x)))
