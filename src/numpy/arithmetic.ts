/** Sums, products, quotients, remainders and powers. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { bitsOf, isBool, isComplex, isInexact, isInteger, kindOf } from '../core/dtype.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as ops from '../primitives/arithmetic.ts'
import { and, or, wrappingPow } from '../primitives/bitwise.ts'
import { eq, lt, ne } from '../primitives/compare.ts'
import { convertElementType } from '../primitives/convert.ts'
import { pow } from '../primitives/elementary.ts'
import { add as addP, constant, mul } from '../primitives/elementwise.ts'
import { neg, sub } from '../primitives/negation.ts'
import { ceil, floor, round as roundP } from '../primitives/rounding.ts'
import { binary, countingBinary, inexactBinary, unary, type Binary } from './lift.ts'
import { asArray, asInexact, broadcastAll, promotePair } from './promotion.ts'
import { selectOf } from './selection.ts'

/** x + y; of two bools, whether either holds. */
export const add = binary('add', (x, y) => (isBool(x.dtype) ? or(x, y) : addP(x, y)))

/** x − y. Errors: DTypeError for bools, as in NumPy. */
export const subtract = binary('subtract', sub)

/** x · y; of two bools, whether both hold. */
export const multiply = binary('multiply', (x, y) => (isBool(x.dtype) ? and(x, y) : mul(x, y)))

/** x / y. Integers and bools give float32. */
export const divide = inexactBinary('divide', ops.div)
export const trueDivide = divide

/** −x. */
export const negative = unary('negative', neg)

/** x itself. */
export const positive = unary('positive', (x) => x)

/** |x|; real for complex x. Bools and unsigned integers are their own. */
export const abs = unary('abs', (x) =>
  isBool(x.dtype) || kindOf(x.dtype) === 'unsigned' ? x : ops.abs(x)
)
export const absolute = abs

/** |x| as a float. */
export const fabs = (x: ArrayLike): NdArray => ops.abs(asInexact(x, 'np.fabs'))

/** −1, 0 or 1; NaN stays. z/|z| of a complex number. Bools are their own. */
export const sign = unary('sign', (x) => (isBool(x.dtype) ? x : ops.sign(x)))

/** x². */
export const square = unary('square', (x) => (isBool(x.dtype) ? x : ops.square(x)))

/** 1/x. Integers and bools give float32. */
export const reciprocal = (x: ArrayLike): NdArray => ops.reciprocal(asInexact(x, 'np.reciprocal'))

/** The remainder with the sign of x: C's fmod. */
export const fmod = countingBinary('fmod', ops.rem)

const differInSign = (x: NdArray, y: NdArray): NdArray => {
  const zero = constant(x, 0)
  return ne(lt(x, zero), lt(y, zero))
}

/** Whether a truncated remainder must move by one divisor to take the divisor's sign. */
const mustMove = (r: NdArray, y: NdArray): NdArray => and(ne(r, constant(r, 0)), differInSign(r, y))

const floorMod = (x: NdArray, y: NdArray): NdArray => {
  const r = ops.rem(x, y)
  return kindOf(x.dtype) === 'unsigned' ? r : selectOf(mustMove(r, y), addP(r, y), r)
}

/** The remainder with the sign of y: x − y ⌊x/y⌋. */
export const remainder = countingBinary('remainder', floorMod)
export const mod = remainder

const floorQuotient = (x: NdArray, y: NdArray): NdArray => {
  if (kindOf(x.dtype) === 'unsigned') return ops.div(x, y)
  const r = ops.rem(x, y)
  const moved = mustMove(r, y)
  if (isInteger(x.dtype)) {
    const q = ops.div(x, y)
    return selectOf(moved, sub(q, constant(q, 1)), q)
  }
  // x − r is a multiple of y, so the quotient is an integer up to rounding.
  const q = ops.div(sub(x, r), y)
  return roundP(selectOf(moved, sub(q, constant(q, 1)), q), 'toNearestEven')
}

/** ⌊x / y⌋; integers stay integers, and x / 0 is −1 or −2 by XLA's integer division. */
export const floorDivide = countingBinary('floorDivide', floorQuotient)

/** Quotient and remainder of `floorDivide` and `mod`. */
export const divmod = (
  x: ArrayLike,
  y: ArrayLike
): readonly [quotient: NdArray, remainder: NdArray] => [floorDivide(x, y), remainder(x, y)]

const powerOf = (x: NdArray, y: NdArray): NdArray => {
  if (isInexact(x.dtype)) return pow(x, y)
  return isBool(x.dtype)
    ? wrappingPow(convertElementType(x, 'int32'), convertElementType(y, 'int32'))
    : wrappingPow(x, y)
}

const negativeExponent = (x: NdArray, y: number): ValueError =>
  new ValueError('np.power', {
    problem: 'integers have no negative integer power',
    got: `${x.dtype} to the power ${y}`,
    expected: 'an exponent of at least 0, or a base of floats',
    hint: "np.power(x.astype('float32'), y), or np.floatPower(x, y)"
  })

const literalPower = (x: NdArray, y: number): NdArray => {
  const base = isBool(x.dtype) ? convertElementType(x, 'int32') : x
  if (!isInexact(base.dtype) && y < 0) throw negativeExponent(base, y)
  return ops.integerPow(base, y)
}

/**
 * x^y. An integral number as exponent is the integer power, repeated multiplication; an integer
 * array keeps a floating base's type; integers to integers stay integers (0 for negative
 * exponents in an array).
 */
export const power: Binary = (x, y) => {
  if (isArray(x)) {
    if (typeof y === 'number' && Number.isInteger(y)) return literalPower(x, y)
    if (isArray(y) && isInexact(x.dtype) && isInteger(y.dtype) && bitsOf(y.dtype) <= 32) {
      const [a, b] = broadcastAll('np.power', [x, y])
      return pow(a, b)
    }
  }
  const [a, b] = promotePair('np.power', x, y)
  return powerOf(a, b)
}
export { power as pow }

/** x^y in floats, whatever the arguments are. */
export const floatPower = inexactBinary('floatPower', pow)

/** Whole and fractional part of each element, both with its sign. */
export const modf = (x: ArrayLike): readonly [fraction: NdArray, whole: NdArray] => {
  const y = asInexact(x, 'np.modf')
  const whole = selectOf(lt(y, constant(y, 0)), ceil(y), floor(y))
  const endless = eq(ops.abs(y), constant(y, Infinity))
  // An infinity is all whole; what is left is 0 with its sign.
  return [selectOf(endless, mul(constant(y, 0), ops.sign(y)), sub(y, whole)), whole]
}

/** The greater one; NaN beside NaN. Equal operands share the derivative. */
export const maximum = binary('maximum', ops.max)

/** The lesser one; NaN beside NaN. Equal operands share the derivative. */
export const minimum = binary('minimum', ops.min)

const ignoring = (name: string, f: (x: NdArray, y: NdArray) => NdArray): Binary =>
  binary(name, (x, y) => {
    if (!isInexact(x.dtype)) return f(x, y)
    return selectOf(ne(x, x), y, selectOf(ne(y, y), x, f(x, y)))
  })

/** The greater one; beside NaN the other. */
export const fmax = ignoring('fmax', ops.max)

/** The lesser one; beside NaN the other. */
export const fmin = ignoring('fmin', ops.min)

/** Bounds by name, either of which may be left out. */
export interface ClipBounds {
  readonly min?: ArrayLike | null
  readonly max?: ArrayLike | null
}

/** `x` moved into [min, max], given in order or as { min, max }; one left out does not bind. */
export const clip = (
  x: ArrayLike,
  lower: ArrayLike | ClipBounds | null = null,
  upper: ArrayLike | null = null
): NdArray => {
  const y = asArray(x, 'np.clip')
  const isNamed = typeof lower === 'object' && lower !== null && !isArray(lower)
  if (isNamed) checkOptions('np.clip', lower, ['min', 'max'])
  const { min = null, max = null } = isNamed ? lower : { min: lower, max: upper }
  if (isComplex(y.dtype))
    throw new ValueError('np.clip', {
      problem: 'complex numbers have no order',
      got: y.dtype,
      expected: 'real numbers',
      hint: 'clip np.real(x) and np.imag(x)'
    })
  const low = min === null ? y : maximum(y, min)
  return max === null ? low : minimum(low, max)
}
