/** Operations on the bits of integers; on bools they are logical. */
import type { NdArray } from '../core/array.ts'
import { isBool, kindOf } from '../core/dtype.ts'
import { abs } from '../primitives/arithmetic.ts'
import * as ops from '../primitives/bitwise.ts'
import { convertElementType } from '../primitives/convert.ts'
import { binary, countingBinary, unary } from './lift.ts'

export const bitwiseAnd = binary('bitwiseAnd', ops.and)
export const bitwiseOr = binary('bitwiseOr', ops.or)
export const bitwiseXor = binary('bitwiseXor', ops.xor)

/** All bits flipped; of a bool its opposite. */
export const invert = unary('invert', ops.not)
export const bitwiseNot = invert
export const bitwiseInvert = invert

/** x · 2^y; bits that leave are lost. */
export const leftShift = countingBinary('leftShift', ops.shiftLeft)
export const bitwiseLeftShift = leftShift

/** ⌊x / 2^y⌋: the sign enters at the top of signed integers, zeros at that of unsigned ones. */
export const rightShift = countingBinary('rightShift', (x, y) =>
  kindOf(x.dtype) === 'unsigned' ? ops.shiftRightLogical(x, y) : ops.shiftRightArithmetic(x, y)
)
export const bitwiseRightShift = rightShift

const count = (x: NdArray): NdArray => {
  if (isBool(x.dtype)) return convertElementType(x, 'uint8')
  const size = kindOf(x.dtype) === 'signed' ? abs(x) : x
  return convertElementType(ops.populationCount(size), 'uint8')
}

/** Number of one bits of |x|, as uint8. */
export const bitwiseCount = unary('bitwiseCount', count)
