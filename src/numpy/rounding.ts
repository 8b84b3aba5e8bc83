/** Rounding. Integers and bools are their own, unless a function says otherwise. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isComplex, isInexact, isInteger } from '../core/dtype.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import { div } from '../primitives/arithmetic.ts'
import { lt } from '../primitives/compare.ts'
import { complex, imag, real } from '../primitives/complex.ts'
import { constant, mul } from '../primitives/elementwise.ts'
import * as ops from '../primitives/rounding.ts'
import { add, floorDivide, multiply, remainder, subtract } from './arithmetic.ts'
import { equal, greater, logicalAnd, logicalOr, notEqual } from './comparison.ts'
import { onInexact } from './lift.ts'
import { asArray, asInexact, asType } from './promotion.ts'
import { selectOf } from './selection.ts'

export const floor = onInexact('floor', ops.floor)
export const ceil = onInexact('ceil', ops.ceil)

/** Towards zero. */
export const trunc = onInexact('trunc', (x) =>
  selectOf(lt(x, constant(x, 0)), ops.ceil(x), ops.floor(x))
)
export const fix = trunc

const even = (x: NdArray): NdArray =>
  isComplex(x.dtype)
    ? complex(ops.round(real(x), 'toNearestEven'), ops.round(imag(x), 'toNearestEven'))
    : ops.round(x, 'toNearestEven')

/** The nearest integer, halves to the even one. Integers and bools give float32. */
export const rint = (x: ArrayLike): NdArray => even(asInexact(x, 'np.rint'))

/**
 * To `decimals` decimals, halves to the even digit; negative decimals round to tens, hundreds …
 *
 * @example
 * np.round(np.array([0.5, 1.5, 2.5])).toNested() // => [0, 2, 2]
 */
export const round = (x: ArrayLike, to: number | { readonly decimals?: number } = 0): NdArray => {
  const y = asArray(x, 'np.round')
  if (typeof to === 'object') checkOptions('np.round', to, ['decimals'])
  const decimals = typeof to === 'object' ? (to.decimals ?? 0) : to
  if (!Number.isInteger(decimals))
    throw new ValueError('np.round', {
      problem: 'the number of decimals is no integer',
      got: String(decimals),
      expected: 'an integer',
      hint: 'decimals 2 rounds to hundredths, −2 to hundreds'
    })
  if (!isInexact(y.dtype)) {
    if (decimals >= 0 || !isInteger(y.dtype)) return y
    return roundIntegers(y, 10 ** -decimals)
  }
  if (decimals === 0) return even(y)
  // Powers of ten are exact, their inverses are not: multiply or divide by the former.
  const factor = constant(y, 10 ** Math.abs(decimals))
  return decimals > 0 ? div(even(mul(y, factor)), factor) : mul(even(div(y, factor)), factor)
}
export const around = round

/** Rounds integers to multiples of `unit` without leaving integers: halves go to even multiples. */
const roundIntegers = (x: NdArray, unit: number): NdArray => {
  const quotient = floorDivide(x, unit)
  const excess = multiply(subtract(x, multiply(quotient, unit)), 2)
  const odd = notEqual(remainder(quotient, 2), 0)
  const up = logicalOr(greater(excess, unit), logicalAnd(equal(excess, unit), odd))
  return multiply(add(quotient, asType(up, x.dtype)), unit)
}
