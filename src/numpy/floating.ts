/** The anatomy of floating-point numbers: signs, exponents and neighbours. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isComplex, isInexact, isInteger } from '../core/dtype.ts'
import { DTypeError, checkOptions } from '../core/errors.ts'
import { abs } from '../primitives/arithmetic.ts'
import { or, shiftRightArithmetic } from '../primitives/bitwise.ts'
import { eq, ge, gt, lt, ne } from '../primitives/compare.ts'
import { complex, imag, real } from '../primitives/complex.ts'
import { convertElementType } from '../primitives/convert.ts'
import { log2, pow } from '../primitives/elementary.ts'
import { add, constant, mul } from '../primitives/elementwise.ts'
import { stopGradient } from '../primitives/identity.ts'
import { neg, sub } from '../primitives/negation.ts'
import * as ops from '../primitives/rounding.ts'
import { finfo } from './dtypes.ts'
import { signbit } from './comparison.ts'
import { inexactBinary, inexactUnary } from './lift.ts'
import { asArray, asInexact, asType, broadcastAll } from './promotion.ts'
import { selectOf } from './selection.ts'

/** |x| with the sign of y; −0 has one. */
export const copysign = inexactBinary('copysign', (x, y) => {
  const size = abs(x)
  return selectOf(signbit(y), neg(size), size)
})

/** 0 below 0, y at 0, 1 above; NaN beside NaN. */
export const heaviside = inexactBinary('heaviside', (x, y) => {
  const zero = constant(x, 0)
  const step = selectOf(lt(x, zero), zero, selectOf(gt(x, zero), constant(x, 1), x))
  return selectOf(eq(x, zero), y, step)
})

/** The number after x on the way to y. */
export const nextafter = inexactBinary('nextafter', ops.nextafter)

/** Distance from x to the next number away from zero, with the sign of x. */
export const spacing = inexactUnary('spacing', (x) => {
  const outwards = selectOf(signbit(x), constant(x, -Infinity), constant(x, Infinity))
  const step = sub(ops.nextafter(x, outwards), x)
  return selectOf(ops.isFinite(x), step, constant(x, NaN))
})

/** 2^n for integers n, in two factors so that neither overflows before the product does. */
const scaleBy = (x: NdArray, n: NdArray): NdArray => {
  const half = shiftRightArithmetic(n, constant(n, 1))
  const two = constant(x, 2)
  return mul(mul(x, pow(two, half)), pow(two, sub(n, half)))
}

/** x · 2^n for integers n. */
export const ldexp = (x: ArrayLike, n: ArrayLike): NdArray => {
  const exponent = asArray(n, 'np.ldexp')
  if (!isInteger(exponent.dtype) && typeof n !== 'number')
    throw new DTypeError('np.ldexp', {
      problem: 'the exponents are no integers',
      got: exponent.dtype,
      expected: 'an integer type',
      hint: "convert with astype('int32'), or multiply by np.exp2(n)"
    })
  const [a, b] = broadcastAll('np.ldexp', [asInexact(x, 'np.ldexp'), asType(exponent, 'int32')])
  return scaleBy(a, b)
}

/**
 * Mantissa m in ±[½, 1) and integer exponent e with x = m · 2^e; 0, ∞ and NaN are their own
 * mantissa, with exponent 0.
 */
export const frexp = (x: ArrayLike): readonly [mantissa: NdArray, exponent: NdArray] => {
  const y = asInexact(x, 'np.frexp')
  const special = or(eq(y, constant(y, 0)), ne(sub(y, y), constant(y, 0)))
  const size = stopGradient(selectOf(special, constant(y, 1), abs(y)))
  // Subnormal numbers are lifted first: their logarithm may be taken as that of 0.
  const { nmant, tiny } = finfo(y.dtype)
  const small = lt(size, constant(size, tiny))
  const lift = selectOf(small, constant(size, 2 ** (nmant + 1)), constant(size, 1))
  const lifted = mul(size, lift)
  const guess = convertElementType(ops.floor(log2(lifted)), 'int32')
  const first = scaleBy(lifted, neg(guess)) // in [1, 2), or just outside where log₂ rounded
  const one = constant(size, 1)
  const over = asType(ge(first, constant(size, 2)), 'int32')
  const under = asType(lt(first, one), 'int32')
  const inLifted = add(sub(add(guess, over), under), constant(guess, 1))
  const back = selectOf(small, constant(guess, -(nmant + 1)), constant(guess, 0))
  const exponent = add(inLifted, back)
  const zero = constant(exponent, 0)
  // Two steps again: the mantissa of a subnormal number needs a factor above the largest number.
  const mantissa = scaleBy(mul(y, stopGradient(lift)), neg(inLifted))
  return [selectOf(special, y, mantissa), selectOf(special, zero, exponent)]
}

export interface NanToNumOptions {
  /** What NaN becomes; 0. */
  readonly nan?: number
  /** What ∞ becomes; the largest number of the type. */
  readonly posinf?: number
  readonly neginf?: number
}

const finiteReal = (x: NdArray, { nan = 0, posinf, neginf }: NanToNumOptions): NdArray => {
  const { max: largest } = finfo(x.dtype)
  const numbers = selectOf(ne(x, x), constant(x, nan), x)
  const below = selectOf(eq(x, constant(x, Infinity)), constant(x, posinf ?? largest), numbers)
  return selectOf(eq(x, constant(x, -Infinity)), constant(x, neginf ?? -largest), below)
}

/** `x` with NaN and infinities replaced by numbers. Shape: kept. */
export const nanToNum = (x: ArrayLike, options: NanToNumOptions = {}): NdArray => {
  checkOptions('np.nanToNum', options, ['nan', 'posinf', 'neginf'])
  const y = asArray(x, 'np.nanToNum')
  if (!isInexact(y.dtype)) return y
  if (!isComplex(y.dtype)) return finiteReal(y, options)
  return complex(finiteReal(real(y), options), finiteReal(imag(y), options))
}
