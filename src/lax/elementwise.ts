/** Elementwise operations: operands of equal shape and type, scalars and numbers repeated. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import type { RoundingMethod } from '../primitives/rounding.ts'
import * as arithmetic from '../primitives/arithmetic.ts'
import * as bitwise from '../primitives/bitwise.ts'
import * as clampModule from '../primitives/clamp.ts'
import * as compare from '../primitives/compare.ts'
import * as parts from '../primitives/complex.ts'
import * as elementary from '../primitives/elementary.ts'
import * as elementwise from '../primitives/elementwise.ts'
import * as errorFunction from '../primitives/error-function.ts'
import * as hyperbolic from '../primitives/hyperbolic.ts'
import * as identity from '../primitives/identity.ts'
import * as incompleteBeta from '../primitives/incomplete-beta.ts'
import * as negation from '../primitives/negation.ts'
import * as roots from '../primitives/roots.ts'
import * as rounding from '../primitives/rounding.ts'
import * as special from '../primitives/special.ts'
import * as trigonometry from '../primitives/trigonometry.ts'
import { leafArray } from '../trace/flat.ts'
import { agree, lift1, lift2, lift3 } from './lift.ts'

export const neg = lift1(negation.neg)
export const abs = lift1(arithmetic.abs)
export const sign = lift1(arithmetic.sign)
export const square = lift1(arithmetic.square)
export const reciprocal = lift1(arithmetic.reciprocal)
export const sqrt = lift1(roots.sqrt)
export const rsqrt = lift1(roots.rsqrt)
export const cbrt = lift1(roots.cbrt)
export const floor = lift1(rounding.floor)
export const ceil = lift1(rounding.ceil)
export const isFinite = lift1(rounding.isFinite)
export const exp = lift1(elementary.exp)
export const exp2 = lift1(elementary.exp2)
export const expm1 = lift1(elementary.expm1)
export const log = lift1(elementary.log)
export const log2 = lift1(elementary.log2)
export const log1p = lift1(elementary.log1p)
export const logistic = lift1(elementary.logistic)
export const sin = lift1(trigonometry.sin)
export const cos = lift1(trigonometry.cos)
export const tan = lift1(trigonometry.tan)
export const asin = lift1(trigonometry.asin)
export const acos = lift1(trigonometry.acos)
export const atan = lift1(trigonometry.atan)
export const sinh = lift1(hyperbolic.sinh)
export const cosh = lift1(hyperbolic.cosh)
export const tanh = lift1(hyperbolic.tanh)
export const asinh = lift1(hyperbolic.asinh)
export const acosh = lift1(hyperbolic.acosh)
export const atanh = lift1(hyperbolic.atanh)
export const erf = lift1(errorFunction.erf)
export const erfc = lift1(errorFunction.erfc)
export const erfInv = lift1(errorFunction.erfInv)
export const lgamma = lift1(special.lgamma)
export const digamma = lift1(special.digamma)
export const besselI0e = lift1(special.besselI0e)
export const besselI1e = lift1(special.besselI1e)
export const not = lift1(bitwise.not)
export const clz = lift1(bitwise.clz)
export const populationCount = lift1(bitwise.populationCount)
export const real = lift1(parts.real)
export const imag = lift1(parts.imag)
export const conj = lift1(parts.conj)
export const copy = lift1(identity.copy)
export const stopGradient = lift1(identity.stopGradient)
export const add = lift2(elementwise.add)
export const mul = lift2(elementwise.mul)
export const sub = lift2(negation.sub)
export const div = lift2(arithmetic.div)
export const rem = lift2(arithmetic.rem)
export const max = lift2(arithmetic.max)
export const min = lift2(arithmetic.min)
export const nextafter = lift2(rounding.nextafter)
export const pow = lift2(elementary.pow)
export const atan2 = lift2(trigonometry.atan2)
export const eq = lift2(compare.eq)
export const ne = lift2(compare.ne)
export const lt = lift2(compare.lt)
export const le = lift2(compare.le)
export const gt = lift2(compare.gt)
export const ge = lift2(compare.ge)
export const and = lift2(bitwise.and)
export const or = lift2(bitwise.or)
export const xor = lift2(bitwise.xor)
export const shiftLeft = lift2(bitwise.shiftLeft)
export const shiftRightLogical = lift2(bitwise.shiftRightLogical)
export const shiftRightArithmetic = lift2(bitwise.shiftRightArithmetic)
export const complex = lift2(parts.complex)
export const polygamma = lift2(special.polygamma)
export const zeta = lift2(special.zeta)
export const igamma = lift2(special.igamma)
export const igammac = lift2(special.igammac)
export const igammaGradA = lift2(special.igammaGradA)
export const randomGammaGrad = lift2(special.randomGammaGrad)
export const betainc = lift3(incompleteBeta.regularizedIncompleteBeta)

export const bitwiseAnd = and
export const bitwiseOr = or
export const bitwiseXor = xor
export const bitwiseNot = not

/** x to an integer power known now. */
export const integerPow = (x: ArrayLike, y: number): NdArray =>
  arithmetic.integerPow(leafArray(x), y)

/** Rounds half away from zero, or half to even. */
export const round = (x: ArrayLike, roundingMethod?: RoundingMethod): NdArray =>
  rounding.round(leafArray(x), roundingMethod)

/** onTrue where the predicate holds, else onFalse. The predicate has their shape or is a scalar. */
export const select = (predicate: NdArray, onTrue: ArrayLike, onFalse: ArrayLike): NdArray => {
  const [a, b] = agree([onTrue, onFalse])
  return compare.select(predicate, a, b)
}

/** cases[which], element by element. */
export const selectN = (which: NdArray, ...cases: readonly ArrayLike[]): NdArray =>
  compare.selectN(which, ...agree(cases))

/** max(low, min(x, high)). */
export const clamp = (low: ArrayLike, x: ArrayLike, high: ArrayLike): NdArray => {
  const [a, b, c] = agree([low, x, high])
  return clampModule.clamp(a, b, c)
}
