/**
 * Arithmetic on constants while kernels are built: exactly what the kernel would compute, or
 * null where that is not certain (transcendental functions stay in the kernel).
 */
import { integerRange, isFloat } from '../core/dtype.ts'
import { roundToBfloat16, roundToFloat16 } from '../core/scalar/rounding.ts'
import type { BinaryOp, CompareOp, ScalarType, UnaryOp } from './expr.ts'

const wrap = (x: number, dtype: ScalarType): number => {
  switch (dtype) {
    case 'int8':
      return (x << 24) >> 24
    case 'int16':
      return (x << 16) >> 16
    case 'uint8':
      return x & 0xff
    case 'uint16':
      return x & 0xffff
    case 'uint32':
      return x >>> 0
    default:
      return x | 0
  }
}

/** `x` as `dtype` holds it: rounded, truncated and saturated, or wrapped when integral. */
export const foldCast = (x: number, dtype: ScalarType): number => {
  switch (dtype) {
    case 'float64':
      return x
    case 'float32':
      return Math.fround(x)
    case 'float16':
      return roundToFloat16(x)
    case 'bfloat16':
      return roundToBfloat16(x)
    case 'bool':
      return x === 0 ? 0 : 1
    default: {
      if (Number.isInteger(x) && Math.abs(x) < 2 ** 53) {
        return wrap(Number(BigInt.asIntN(32, BigInt(x))), dtype) + 0
      }
      const [lowest, highest] = integerRange(dtype)
      return Number.isNaN(x) ? 0 : Math.min(highest, Math.max(lowest, Math.trunc(x))) + 0
    }
  }
}

/** The value, or null when the kernel has to compute it. */
export const foldUnary = (op: UnaryOp, x: number, dtype: ScalarType): number | null => {
  switch (op) {
    case 'neg':
      return isFloat(dtype) ? -x : wrap(-x, dtype)
    case 'abs':
      return isFloat(dtype) ? Math.abs(x) : wrap(Math.abs(x), dtype)
    case 'sign':
      return Math.sign(x)
    case 'floor':
      return Math.floor(x)
    case 'ceil':
      return Math.ceil(x)
    case 'trunc':
      return Math.trunc(x)
    case 'sqrt':
      return dtype === 'float32' || dtype === 'float64' ? foldCast(Math.sqrt(x), dtype) : null
    case 'not':
      return dtype === 'bool' ? 1 - x : wrap(~x, dtype)
    case 'isFinite':
      return Number.isFinite(x) ? 1 : 0
    default:
      return null
  }
}

/** The value, or null when the kernel has to compute it. */
export const foldBinary = (
  op: BinaryOp,
  x: number,
  y: number,
  dtype: ScalarType
): number | null => {
  const float = isFloat(dtype)
  // One float64 operation on narrower floats, rounded once more, rounds correctly.
  const result = (value: number): number => (float ? foldCast(value, dtype) : wrap(value, dtype))
  switch (op) {
    case 'add':
      return result(x + y)
    case 'sub':
      return result(x - y)
    case 'mul':
      return float ? result(x * y) : wrap(Math.imul(x, y), dtype)
    case 'div':
      return float ? result(x / y) : null
    case 'max':
      return Math.max(x, y)
    case 'min':
      return Math.min(x, y)
    case 'and':
      return dtype === 'bool' ? x & y : wrap(x & y, dtype)
    case 'or':
      return dtype === 'bool' ? x | y : wrap(x | y, dtype)
    case 'xor':
      return dtype === 'bool' ? x ^ y : wrap(x ^ y, dtype)
    default:
      return null
  }
}

export const foldCompare = (op: CompareOp, x: number, y: number): number => {
  switch (op) {
    case 'eq':
      return x === y ? 1 : 0
    case 'ne':
      return x === y ? 0 : 1
    case 'lt':
      return x < y ? 1 : 0
    case 'le':
      return x <= y ? 1 : 0
    case 'gt':
      return x > y ? 1 : 0
    case 'ge':
      return x >= y ? 1 : 0
  }
}
