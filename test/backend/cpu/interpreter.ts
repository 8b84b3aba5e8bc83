/** Scalar expressions evaluated point by point in plain JavaScript: the oracle of generated code. */
import { bitsOf, integerRange, isFloat, kindOf } from '../../../src/core/dtype.ts'
import type { HostData } from '../../../src/core/dtype.ts'
import { rem, sign } from '../../../src/core/scalar/elementary.ts'
import { evaluateAffine } from '../../../src/kernel/affine.ts'
import type { BinaryOp, Expr, ScalarType, UnaryOp } from '../../../src/kernel/expr.ts'
import { foldCast, foldCompare } from '../../../src/kernel/fold.ts'

const wrap = (x: bigint, dtype: ScalarType): number => {
  if (dtype === 'bool') return Number(x & 1n)
  const bits = bitsOf(dtype)
  return Number(kindOf(dtype) === 'unsigned' ? BigInt.asUintN(bits, x) : BigInt.asIntN(bits, x))
}

const unaryInteger = (op: UnaryOp, x: number, dtype: ScalarType): number => {
  const bits = BigInt.asUintN(bitsOf(dtype), BigInt(x))
  const digits = bits.toString(2)
  switch (op) {
    case 'neg':
      return wrap(-BigInt(x), dtype)
    case 'abs':
      return wrap(BigInt(Math.abs(x)), dtype)
    case 'sign':
      return Math.sign(x)
    case 'not':
      return dtype === 'bool' ? 1 - x : wrap(~BigInt(x), dtype)
    case 'clz':
      return bits === 0n ? bitsOf(dtype) : bitsOf(dtype) - digits.length
    case 'populationCount':
      return digits.split('1').length - 1
    default:
      return x
  }
}

/** Half to even, the sign of zero kept. */
const roundEven = (x: number): number => {
  const whole = Math.trunc(x)
  const rest = Math.abs(x - whole)
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0)
  return up ? whole + Math.sign(x) : whole
}

const unaryFloat = (op: UnaryOp, x: number): number => {
  switch (op) {
    case 'neg':
      return -x
    case 'abs':
      return Math.abs(x)
    case 'sign':
      return sign(x)
    case 'floor':
      return Math.floor(x)
    case 'ceil':
      return Math.ceil(x)
    case 'trunc':
      return Math.trunc(x)
    case 'round': {
      const whole = Math.trunc(x)
      return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole
    }
    case 'roundEven':
      return roundEven(x)
    case 'sqrt':
      return Math.sqrt(x)
    case 'isFinite':
      return Number.isFinite(x) ? 1 : 0
    default:
      throw new TypeError(`no oracle for ${op}`)
  }
}

const binaryFloat = (op: BinaryOp, x: number, y: number): number => {
  switch (op) {
    case 'add':
      return x + y
    case 'sub':
      return x - y
    case 'mul':
      return x * y
    case 'div':
      return x / y
    case 'rem':
      return rem(x, y)
    case 'max':
      return Math.max(x, y)
    case 'min':
      return Math.min(x, y)
    default:
      throw new TypeError(`no oracle for ${op}`)
  }
}

const binaryInteger = (op: BinaryOp, x: number, y: number, dtype: ScalarType): number => {
  const [a, b] = [BigInt(x), BigInt(y)]
  const width = bitsOf(dtype)
  const amount = BigInt.asUintN(width, b)
  const beyond = amount >= BigInt(width)
  switch (op) {
    case 'add':
      return wrap(a + b, dtype)
    case 'sub':
      return wrap(a - b, dtype)
    case 'mul':
      return wrap(a * b, dtype)
    case 'div':
      return y === 0 ? wrap(-1n, dtype) : wrap(a / b, dtype)
    case 'rem':
      return y === 0 ? x : wrap(a % b, dtype)
    case 'max':
      return Math.max(x, y)
    case 'min':
      return Math.min(x, y)
    case 'and':
      return wrap(a & b, dtype)
    case 'or':
      return wrap(a | b, dtype)
    case 'xor':
      return wrap(a ^ b, dtype)
    case 'shiftLeft':
      return beyond ? 0 : wrap(a << amount, dtype)
    case 'shiftRightLogical':
      return beyond ? 0 : wrap(BigInt.asUintN(width, a) >> amount, dtype)
    case 'shiftRightArithmetic': {
      const signed = BigInt.asIntN(width, a)
      return wrap(beyond ? (signed < 0n ? -1n : 0n) : signed >> amount, dtype)
    }
    default:
      throw new TypeError(`no oracle for ${op}`)
  }
}

/** Truncates and saturates from a float, wraps from an integer. */
const convert = (x: number, from: ScalarType, to: ScalarType): number => {
  if (isFloat(to) || to === 'bool') return foldCast(x, to)
  if (!isFloat(from)) return wrap(BigInt(x), to)
  const [lowest, highest] = integerRange(to)
  return Number.isNaN(x) ? 0 : Math.min(highest, Math.max(lowest, Math.trunc(x))) + 0
}

/** The value of a real expression at a point of its space. */
export const interpret = (
  e: Expr,
  point: readonly number[],
  buffers: readonly HostData[]
): number => {
  const at = (x: Expr): number => interpret(x, point, buffers)
  switch (e._tag) {
    case 'const':
      return e.value
    case 'load':
      return buffers[e.buffer][evaluateAffine(e.index, point) + (e.base === null ? 0 : at(e.base))]
    case 'iota':
      return foldCast(evaluateAffine(e.index, point), e.dtype)
    case 'unary': {
      const { dtype } = e.x
      if (!isFloat(dtype)) return e.op === 'isFinite' ? 1 : unaryInteger(e.op, at(e.x), dtype)
      const y = unaryFloat(e.op, at(e.x))
      return e.op === 'isFinite' ? y : foldCast(y, dtype)
    }
    case 'binary':
      return isFloat(e.dtype)
        ? foldCast(binaryFloat(e.op, at(e.x), at(e.y)), e.dtype)
        : binaryInteger(e.op, at(e.x), at(e.y), e.dtype)
    case 'compare':
      return foldCompare(e.op, at(e.x), at(e.y))
    case 'select':
      return at(e.condition) !== 0 ? at(e.x) : at(e.y)
    case 'cast':
      return convert(at(e.x), e.x.dtype, e.dtype)
    case 'guard': {
      const inside = e.bounds.every(({ index, lower, upper }) => {
        const i = evaluateAffine(index, point)
        return i >= lower && i < upper
      })
      return at(inside ? e.value : e.otherwise)
    }
    default:
      throw new TypeError(`no oracle for ${e._tag}`)
  }
}
