/**
 * Scalar expressions in WGSL. Every element is one 32-bit word in memory: floats of any width as
 * f32, signed integers as i32, unsigned ones as u32, bools as a u32 that is 0 or 1.
 */
import { bitsOf, integerRange, isFloat, kindOf, type DType } from '../../../core/dtype.ts'
import type { BinaryOp, CompareOp, ScalarType, UnaryOp } from '../../../kernel/expr.ts'
import { type Language, wholeText } from '../code.ts'
import { type Library } from './library.ts'

/** The type of a value in registers. */
export const typeOf = (dtype: ScalarType): 'f32' | 'i32' | 'u32' | 'bool' => {
  const kind = kindOf(dtype)
  return kind === 'bool' ? 'bool' : kind === 'float' ? 'f32' : kind === 'signed' ? 'i32' : 'u32'
}

/** The type of an element in memory. */
export const storageOf = (dtype: DType): 'f32' | 'i32' | 'u32' => {
  const kind = kindOf(dtype)
  if (kind === 'float' || kind === 'complex') return 'f32'
  return kind === 'signed' ? 'i32' : 'u32'
}

/** Text of a finite float32 literal. */
const floatLiteral = (x: number): string => {
  const rounded = Math.fround(x)
  if (Object.is(rounded, -0)) return 'bitcast<f32>(0x80000000u)'
  return rounded < 0 ? `(${rounded}f)` : `${rounded}f`
}

const elementary: Partial<Record<UnaryOp, string>> = {
  cbrt: 'cbrt1', exp: 'exp1', exp2: 'exp21', expm1: 'expm11', log: 'log1', log2: 'log21',
  log1p: 'log1p1', sin: 'sin1', cos: 'cos1', tan: 'tan1', asin: 'asin1', acos: 'acos1',
  sinh: 'sinh1', cosh: 'cosh1', tanh: 'tanh1', asinh: 'asinh1', acosh: 'acosh1', atanh: 'atanh1',
  logistic: 'logistic1', erf: 'erf1', erfc: 'erfc1', erfInv: 'erfInv1',
  lgamma: 'lgamma1', digamma: 'digamma1'
} // prettier-ignore

const plainUnary: Partial<Record<UnaryOp, string>> = {
  abs: 'abs', floor: 'floor', ceil: 'ceil', trunc: 'trunc', roundEven: 'round', sqrt: 'sqrt'
} // prettier-ignore

const comparisons: Readonly<Record<CompareOp, string>> = {
  eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>='
} // prettier-ignore

/** The language, over elements of buffers; what it calls is noted in `library`. */
export const wgsl = (
  element: (buffer: number, index: string) => string,
  library: Library
): Language<string> => {
  const use = (name: string): string => {
    library.use(name)
    return name
  }
  const rounded = (dtype: ScalarType, text: string): string =>
    dtype === 'float16'
      ? `${use('toFloat16')}(${text})`
      : dtype === 'bfloat16'
        ? `${use('toBfloat16')}(${text})`
        : text

  /** An integer of fewer than 32 bits, wrapped. */
  const wrapped = (dtype: ScalarType, text: string): string => {
    const spare = 32 - bitsOf(dtype)
    if (spare === 0 || dtype === 'bool') return text
    return kindOf(dtype) === 'signed'
      ? `((${text}) << ${spare}u) >> ${spare}u`
      : `(${text}) & ${2 ** bitsOf(dtype) - 1}u`
  }

  const constant = (dtype: ScalarType, value: number): string => {
    if (dtype === 'bool') return value === 0 ? 'false' : 'true'
    if (!isFloat(dtype)) return kindOf(dtype) === 'signed' ? `i32(${value})` : `${value}u`
    if (Number.isNaN(value)) return `${use('notANumber')}()`
    const single = Math.fround(value)
    if (Number.isFinite(single)) return floatLiteral(single)
    const infinity = `${use('infinity')}()`
    return single < 0 ? `(-${infinity})` : infinity
  }

  const floatUnary = (op: UnaryOp, x: string): string => {
    const own = elementary[op]
    if (own !== undefined) return `${use(own)}(${x}, ${use('infinity')}())`
    const plain = plainUnary[op]
    if (plain !== undefined) return `${plain}(${x})`
    switch (op) {
      case 'neg':
        return `-${x}`
      case 'rsqrt':
        return `inverseSqrt(${x})`
      case 'atan':
        return `${use('atan1')}(${x})`
      case 'sign':
        return `${use('signOf')}(${x})`
      case 'round':
        return `${use('roundAway')}(${x})`
      case 'isFinite':
        return `(bitcast<u32>(${x}) & 0x7fffffffu) < 0x7f800000u`
      default:
        throw new RangeError(`no WGSL for ${op}`)
    }
  }

  const integerUnary = (op: UnaryOp, dtype: ScalarType, x: string): string => {
    const spare = 32 - bitsOf(dtype)
    const type = typeOf(dtype)
    switch (op) {
      case 'neg':
        return wrapped(dtype, kindOf(dtype) === 'signed' ? `-${x}` : `0u - ${x}`)
      case 'abs':
        return wrapped(dtype, `abs(${x})`)
      case 'sign':
        return type === 'i32' ? `sign(${x})` : `min(${x}, 1u)`
      case 'not':
        return dtype === 'bool' ? `!${x}` : wrapped(dtype, `~${x}`)
      case 'clz':
        return type === 'i32'
          ? `i32(countLeadingZeros(${masked(dtype, x)}) - ${spare}u)`
          : `countLeadingZeros(${x}) - ${spare}u`
      case 'populationCount':
        return type === 'i32' ? `i32(countOneBits(${masked(dtype, x)}))` : `countOneBits(${x})`
      case 'isFinite':
        return 'true'
      default:
        return x
    }
  }
  /** The bits of a signed integer of its width. */
  const masked = (dtype: ScalarType, x: string): string =>
    bitsOf(dtype) === 32
      ? `bitcast<u32>(${x})`
      : `(bitcast<u32>(${x}) & ${2 ** bitsOf(dtype) - 1}u)`

  const product = (x: string, y: string): string => {
    const zero = floatLiteral(0)
    if (x === zero || y === zero) return `${use('timesZero')}(${x === zero ? y : x})`
    return `${x} * ${y}`
  }

  const floatBinary = (op: BinaryOp, x: string, y: string): string => {
    switch (op) {
      case 'add':
        return `${x} + ${y}`
      case 'sub':
        return `${x} - ${y}`
      case 'mul':
        return product(x, y)
      case 'div':
        return `${x} / ${y}`
      case 'max':
        return `${use('maximum')}(${x}, ${y})`
      case 'min':
        return `${use('minimum')}(${x}, ${y})`
      case 'rem':
        return `${use('rem1')}(${x}, ${y}, ${use('infinity')}())`
      case 'pow':
        return `${use('pow1')}(${x}, ${y}, ${use('infinity')}())`
      case 'atan2':
        return `${use('atan21')}(${x}, ${y}, f32(bitcast<u32>(${x}) >> 31u), f32(bitcast<u32>(${y}) >> 31u), ${use('infinity')}())`
      case 'nextafter':
        return `${use('nextAfter')}(${x}, ${y})`
      default:
        throw new RangeError(`no WGSL for ${op}`)
    }
  }

  const integerBinary = (op: BinaryOp, dtype: ScalarType, x: string, y: string): string => {
    const type = typeOf(dtype)
    const suffix = type === 'i32' ? 'I' : 'U'
    const bits = `${bitsOf(dtype)}u`
    const amount = type === 'i32' ? `bitcast<u32>(${y})` : y
    switch (op) {
      case 'add':
        return wrapped(dtype, `${x} + ${y}`)
      case 'sub':
        return wrapped(dtype, `${x} - ${y}`)
      case 'mul':
        return wrapped(dtype, `${x} * ${y}`)
      case 'div':
        return wrapped(dtype, `${use(`quotient${suffix}`)}(${x}, ${y})`)
      case 'rem':
        return `${use(`remainder${suffix}`)}(${x}, ${y})`
      case 'max':
        return `max(${x}, ${y})`
      case 'min':
        return `min(${x}, ${y})`
      case 'and':
        return `${x} & ${y}`
      case 'or':
        return `${x} | ${y}`
      case 'xor':
        return `${x} ^ ${y}`
      case 'shiftLeft':
        return wrapped(dtype, `${use(`shiftLeft${suffix}`)}(${x}, ${amount}, ${bits})`)
      case 'shiftRightLogical':
        return type === 'i32'
          ? wrapped(
              dtype,
              `bitcast<i32>(${use('shiftRightU')}(${masked(dtype, x)}, ${amount}, ${bits}))`
            )
          : `${use('shiftRightU')}(${x}, ${amount}, ${bits})`
      case 'shiftRightArithmetic':
        return type === 'i32'
          ? `${x} >> min(${amount}, 31u)`
          : wrapped(
              dtype,
              `bitcast<u32>((bitcast<i32>(${x}) << ${32 - bitsOf(dtype)}u) >> ${32 - bitsOf(dtype)}u >> min(${amount}, 31u))`
            )
      default:
        throw new RangeError(`no WGSL for ${op} of integers`)
    }
  }

  const cast = (from: ScalarType, to: ScalarType, x: string): string => {
    if (to === 'bool') return isFloat(from) ? `!(${x} == 0.0f)` : `${x} != ${typeOf(from)}(0)`
    if (isFloat(to)) {
      if (from === 'bool') return `select(0.0f, 1.0f, ${x})`
      return isFloat(from) ? rounded(to, x) : rounded(to, `f32(${x})`)
    }
    const type = typeOf(to)
    if (from === 'bool') return `select(${type}(0), ${type}(1), ${x})`
    if (!isFloat(from)) {
      const bits = typeOf(from) === type ? x : `bitcast<${type}>(${x})`
      return bitsOf(to) < bitsOf(from) || kindOf(to) !== kindOf(from) ? wrapped(to, bits) : bits
    }
    const [lowest, highest] = integerRange(to)
    return type === 'i32'
      ? `${use('toSigned')}(${x}, i32(${lowest}), i32(${highest}))`
      : `${use('toUnsigned')}(${x}, ${highest}u)`
  }

  return {
    constant,
    load: (dtype, buffer, index) =>
      dtype === 'bool' ? `(${element(buffer, index)} != 0u)` : element(buffer, index),
    iota: (dtype, index) => cast('int32', dtype, `(${index})`),
    unary: (op, dtype, x) =>
      isFloat(dtype)
        ? op === 'isFinite'
          ? floatUnary(op, x)
          : rounded(dtype, floatUnary(op, x))
        : integerUnary(op, dtype, x),
    binary: (op, dtype, x, y) =>
      isFloat(dtype)
        ? rounded(dtype, floatBinary(op, x, y))
        : dtype === 'bool'
          ? op === 'xor'
            ? `${x} != ${y}`
            : integerBinary(op, dtype, x, y)
          : integerBinary(op, dtype, x, y),
    compare: (op, dtype, x, y) => {
      if (dtype === 'bool' && op !== 'eq' && op !== 'ne')
        return `u32(${x}) ${comparisons[op]} u32(${y})`
      // An unequal test of the hardware is false for NaN.
      return op === 'ne' && isFloat(dtype) ? `!(${x} == ${y})` : `${x} ${comparisons[op]} ${y}`
    },
    select: (_dtype, condition, x, y) => `select(${y}, ${x}, ${condition})`,
    cast,
    bitcast: (from, to, x) => {
      const type = typeOf(to)
      const bits = typeOf(from) === type ? x : `bitcast<${type}>(${x})`
      return isFloat(to) ? bits : wrapped(to, bits)
    },
    name: (_dtype, name, value) => [[`let ${name} = ${value};`], name],
    variable: (dtype, name) => [[`var ${name}: ${typeOf(dtype)};`], name],
    assign: (_dtype, variable, value) => [`${variable} = ${value};`],
    index: (x) => x,
    whole: wholeText
  }
}
