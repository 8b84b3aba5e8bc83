/** Operations on integers in gpu.js kernels: 32 bits as words (words.ts), fewer as floats. */
import { bitsOf, type DType, integerRange, kindOf } from '../../../core/dtype.ts'
import type { BinaryOp, CompareOp, ScalarType, UnaryOp } from '../../../kernel/expr.ts'
import { floatText } from './float-text.ts'

/** Whether values of the type are words; all others are floats. */
export const isWord = (dtype: DType): boolean => dtype === 'int32' || dtype === 'uint32'

/** The text of a word. */
export const wordText = (value: number): string => {
  const bits = value >>> 0
  return `[${floatText(bits & 0xffff)}, ${floatText(bits >>> 16)}]`
}

/** Writes a call, and notes what is called. */
export type Call = (name: string, ...args: readonly string[]) => string

const zero = wordText(0)

const sameInBothSigns: Partial<Record<BinaryOp, string>> = {
  add: 'wordAdd', sub: 'wordSub', mul: 'wordMul', and: 'wordAnd', or: 'wordOr', xor: 'wordXor',
  shiftLeft: 'wordShiftLeft', shiftRightLogical: 'wordShiftRight',
  shiftRightArithmetic: 'wordShiftRightSigned'
} // prettier-ignore

const ending = (dtype: ScalarType): string => (kindOf(dtype) === 'signed' ? 'Signed' : '')

export interface WordLanguage {
  readonly unary: (op: UnaryOp, dtype: ScalarType, x: string) => string
  readonly binary: (op: BinaryOp, dtype: ScalarType, x: string, y: string) => string
  readonly compare: (op: CompareOp, dtype: ScalarType, x: string, y: string) => string
  readonly select: (condition: string, x: string, y: string) => string
  /** The number that a word stands for. */
  readonly toNumber: (dtype: ScalarType, x: string) => string
}

/** The value of a constant below 2^16, or null. */
const constantOf = (word: string): number | null => {
  const found = /^\[(\d+)\.0, 0\.0\]$/.exec(word)
  return found === null ? null : Number(found[1])
}

/** A logical shift by an amount that is known: products with powers of two, no branches. */
const shiftBy = (call: Call, op: BinaryOp, x: string, n: number): string => {
  const far = n >= 16
  const name = op === 'shiftLeft' ? 'wordScaleUp' : 'wordScaleDown'
  const scale = 2 ** (far ? n - 16 : n)
  return op === 'shiftLeft'
    ? call(far ? `${name}Far` : name, x, floatText(scale))
    : call(far ? `${name}Far` : name, x, floatText(1 / scale), ...(far ? [] : [floatText(scale)]))
}

export const wordLanguage = (call: Call, hasIntegers: boolean): WordLanguage => {
  const less = (dtype: ScalarType, x: string, y: string): string =>
    call(`wordLess${ending(dtype)}`, x, y)
  const select = (condition: string, x: string, y: string): string =>
    call('wordChosen', condition, x, y)

  const unary = (op: UnaryOp, dtype: ScalarType, x: string): string => {
    switch (op) {
      case 'neg':
        return call('wordNeg', x)
      case 'not':
        return call('wordNot', x)
      case 'abs':
        return kindOf(dtype) === 'signed' ? call('wordAbs', x) : x
      case 'sign':
        return kindOf(dtype) === 'signed'
          ? call('wordSign', x)
          : select(call('wordEqual', x, zero), zero, wordText(1))
      case 'clz':
        return call('wordOf', call('leadingZeros', x))
      case 'populationCount':
        return call('wordOf', call('ones', x))
      case 'isFinite':
        return '1.0'
      default:
        return x
    }
  }

  const binary = (op: BinaryOp, dtype: ScalarType, x: string, y: string): string => {
    const amount =
      !hasIntegers && (op === 'shiftLeft' || op === 'shiftRightLogical') ? constantOf(y) : null
    if (amount !== null && amount < 32) return shiftBy(call, op, x, amount)
    const name = sameInBothSigns[op]
    if (name !== undefined) return call(name, x, y)
    switch (op) {
      case 'div':
        return call(`wordQuotient${ending(dtype)}`, x, y)
      case 'rem':
        return call(`wordRemainder${ending(dtype)}`, x, y)
      case 'max':
        return select(less(dtype, x, y), y, x)
      case 'min':
        return select(less(dtype, x, y), x, y)
      default:
        throw new RangeError(`no gpu.js source for ${op} of integers`)
    }
  }

  const compare = (op: CompareOp, dtype: ScalarType, x: string, y: string): string => {
    switch (op) {
      case 'eq':
        return call('wordEqual', x, y)
      case 'ne':
        return `(1.0 - ${call('wordEqual', x, y)})`
      case 'lt':
        return less(dtype, x, y)
      case 'gt':
        return less(dtype, y, x)
      case 'ge':
        return `(1.0 - ${less(dtype, x, y)})`
      case 'le':
        return `(1.0 - ${less(dtype, y, x)})`
    }
  }

  return {
    unary,
    binary,
    compare,
    select,
    toNumber: (dtype, x) => call(kindOf(dtype) === 'signed' ? 'signedOf' : 'unsignedOf', x)
  }
}

/** The integer of fewer than 32 bits that is left of a number when its other bits are cut off. */
export const wrapped = (call: Call, dtype: ScalarType, text: string): string => {
  if (dtype === 'bool') return text
  const [lowest] = integerRange(dtype)
  return call('wrapped', text, floatText(2 ** bitsOf(dtype)), floatText(lowest))
}

const size = (dtype: ScalarType): string => floatText(2 ** bitsOf(dtype))

/** The bits of an integer as a number that is not negative. */
const masked = (call: Call, dtype: ScalarType, x: string): string =>
  kindOf(dtype) === 'signed' ? call('wrapped', x, size(dtype), '0.0') : x

/** What a small integer is where its first bit is a sign. */
const signed = (call: Call, dtype: ScalarType, x: string): string =>
  kindOf(dtype) === 'signed'
    ? x
    : call('wrapped', x, size(dtype), floatText(-(2 ** (bitsOf(dtype) - 1))))

/** Operations of fewer than 32 bits that need more than a float holds: in words, then cut. */
export const narrowBinary = (
  call: Call,
  op: BinaryOp,
  dtype: ScalarType,
  x: string,
  y: string
): string => {
  const name = sameInBothSigns[op]
  if (name === undefined) throw new RangeError(`no gpu.js source for ${op} of ${dtype}`)
  const left =
    op === 'shiftRightLogical'
      ? masked(call, dtype, x)
      : op === 'shiftRightArithmetic'
        ? signed(call, dtype, x)
        : x
  const result = call(name, call('wordOf', left), call('wordOf', y))
  return wrapped(call, dtype, call('lowOf', result))
}

/** Bits of integers of fewer than 32 bits, one by one. */
export const narrowBits = (
  call: Call,
  op: 'not' | 'clz' | 'populationCount',
  dtype: ScalarType,
  x: string
): string => {
  if (op === 'not')
    return dtype === 'bool'
      ? `(1.0 - ${x})`
      : `(${kindOf(dtype) === 'signed' ? '-1.0' : floatText(2 ** bitsOf(dtype) - 1)} - ${x})`
  const word = call('wordOf', masked(call, dtype, x))
  return op === 'clz'
    ? `(${call('leadingZeros', word)} - ${floatText(32 - bitsOf(dtype))})`
    : call('ones', word)
}
