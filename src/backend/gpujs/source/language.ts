/**
 * Scalar expressions in the JavaScript that gpu.js compiles. Integers of 32 bits are words
 * (words.ts), everything else is a float, bools are 0.0 and 1.0. Infinity is an argument of the
 * kernel.
 */
import { bitsOf, type DType, integerRange, isFloat, isInteger } from '../../../core/dtype.ts'
import type { BinaryOp, CompareOp, ScalarType, UnaryOp } from '../../../kernel/expr.ts'
import type { Language } from '../code.ts'
import { nan } from '../elementary/text.ts'
import { floatText } from './float-text.ts'
import {
  type Call,
  isWord,
  narrowBinary,
  narrowBits,
  wordLanguage,
  wordText,
  wrapped
} from './word-language.ts'

const withInfinity: Partial<Record<UnaryOp, string>> = {
  cbrt: 'cbrt1', exp: 'exp1', exp2: 'exp21', expm1: 'expm11', log: 'log1', log2: 'log21',
  log1p: 'log1p1', sin: 'sin1', cos: 'cos1', tan: 'tan1', asin: 'asin1', acos: 'acos1',
  sinh: 'sinh1', cosh: 'cosh1', tanh: 'tanh1', asinh: 'asinh1', acosh: 'acosh1', atanh: 'atanh1',
  logistic: 'logistic1', erf: 'erf1', erfc: 'erfc1', erfInv: 'erfInv1',
  lgamma: 'lgamma1', digamma: 'digamma1'
} // prettier-ignore

const plain: Partial<Record<UnaryOp, string>> = {
  atan: 'atan1', round: 'roundAway', roundEven: 'roundedEven', trunc: 'truncated'
} // prettier-ignore

const comparisons: Readonly<Record<Exclude<CompareOp, 'eq' | 'ne'>, string>> = {
  lt: '<', le: '<=', gt: '>', ge: '>='
} // prettier-ignore

/** The text of nothing: a word or a number. */
export const zeroText = (dtype: DType): string => (isWord(dtype) ? wordText(0) : '0.0')

const truth = (condition: string): string => `(${condition} ? 1.0 : 0.0)`

export interface LanguageOptions {
  readonly hasIntegers: boolean
  /** Whether the elements of a buffer lie in vectors of four. */
  readonly isFours: (buffer: number) => boolean
}

/** The language; names of functions that it calls are added to `functions`. */
export const gpuJsLanguage = (
  buffers: (buffer: number) => string,
  functions: Set<string>,
  { hasIntegers, isFours }: LanguageOptions
): Language<string> => {
  const call: Call = (name, ...args) => {
    functions.add(name)
    return `${name}(${args.join(', ')})`
  }
  const words = wordLanguage(call, hasIntegers)
  const rounded = (dtype: ScalarType, text: string): string =>
    dtype === 'float16'
      ? call('toFloat16', text, 'inf')
      : dtype === 'bfloat16'
        ? call('toBfloat16', text, 'inf')
        : text
  const fit = (dtype: ScalarType, text: string): string =>
    isFloat(dtype) ? rounded(dtype, text) : wrapped(call, dtype, text)

  const unary = (op: UnaryOp, dtype: ScalarType, x: string): string => {
    if (isWord(dtype)) return words.unary(op, dtype, x)
    if (op === 'not' || op === 'clz' || op === 'populationCount')
      return narrowBits(call, op, dtype, x)
    if (op === 'isFinite') return isFloat(dtype) ? truth(`Math.abs(${x}) < inf`) : '1.0'
    if (op === 'neg') return fit(dtype, `(-${x})`)
    if (op === 'abs') return fit(dtype, `Math.abs(${x})`)
    if (op === 'sign') return call('signOf', x)
    if (!isFloat(dtype)) return x
    const own = withInfinity[op]
    if (own !== undefined) return rounded(dtype, call(own, x, 'inf'))
    const other = plain[op]
    if (other !== undefined) return rounded(dtype, call(other, x))
    switch (op) {
      case 'floor':
        return `Math.floor(${x})`
      case 'ceil':
        return `(-Math.floor(-${x}))`
      case 'sqrt':
        return rounded(dtype, `Math.sqrt(${x})`)
      case 'rsqrt':
        return rounded(dtype, `(1.0 / Math.sqrt(${x}))`)
      default:
        throw new RangeError(`no gpu.js source for ${op}`)
    }
  }

  /** A factor of 0 that no compiler sees: they take x * 0 for 0, which of an infinity it is not. */
  const factor = (x: string): string => (x === '0.0' ? '(1.0 / inf)' : x)

  const binary = (op: BinaryOp, dtype: ScalarType, x: string, y: string): string => {
    if (isWord(dtype)) return words.binary(op, dtype, x, y)
    const float = isFloat(dtype)
    if (op === 'mul' && isInteger(dtype) && bitsOf(dtype) === 16)
      return narrowBinary(call, op, dtype, x, y)
    switch (op) {
      case 'add':
        return fit(dtype, `(${x} + ${y})`)
      case 'sub':
        return fit(dtype, `(${x} - ${y})`)
      case 'mul':
        return fit(dtype, float ? `(${factor(x)} * ${factor(y)})` : `(${x} * ${y})`)
      case 'div':
        return float
          ? rounded(dtype, `(${x} / ${y})`)
          : wrapped(call, dtype, call('quotient', x, y))
      case 'rem':
        return float ? rounded(dtype, call('rem1', x, y, 'inf')) : call('remainder', x, y)
      case 'max':
        return call('maximum', x, y)
      case 'min':
        return call('minimum', x, y)
      case 'pow':
        return rounded(dtype, call('pow1', x, y, 'inf'))
      case 'atan2': {
        const isNegative = (z: string): string =>
          truth(`(${z} < 0.0 || (${z} == 0.0 && 1.0 / ${z} < 0.0))`)
        return rounded(dtype, call('atan21', x, y, isNegative(x), isNegative(y), 'inf'))
      }
      case 'and':
        return dtype === 'bool' ? `(${x} * ${y})` : narrowBinary(call, op, dtype, x, y)
      case 'or':
        return dtype === 'bool' ? call('maximum', x, y) : narrowBinary(call, op, dtype, x, y)
      case 'xor':
        return dtype === 'bool' ? `Math.abs(${x} - ${y})` : narrowBinary(call, op, dtype, x, y)
      case 'shiftLeft':
      case 'shiftRightLogical':
      case 'shiftRightArithmetic':
        return narrowBinary(call, op, dtype, x, y)
      default:
        throw new RangeError(`no gpu.js source for ${op}`)
    }
  }

  const toWord = (from: ScalarType, to: ScalarType, x: string): string => {
    if (isWord(from)) return x
    if (!isFloat(from)) return call('wordOf', x)
    return call(to === 'int32' ? 'toSigned' : 'toUnsigned', x)
  }

  const cast = (from: ScalarType, to: ScalarType, x: string): string => {
    if (isWord(to)) return toWord(from, to, x)
    if (isWord(from)) {
      if (to === 'bool') return words.compare('ne', from, x, wordText(0))
      return isFloat(to)
        ? rounded(to, words.toNumber(from, x))
        : wrapped(call, to, call('lowOf', x))
    }
    if (to === 'bool') return truth(`!(${x} >= 0.0 && ${x} <= 0.0)`)
    if (isFloat(to)) return from === 'bool' ? x : rounded(to, x)
    if (from === 'bool') return x
    if (!isFloat(from)) return wrapped(call, to, x)
    const [lowest, highest] = integerRange(to)
    return call('saturated', x, floatText(lowest), floatText(highest))
  }

  const bitcast = (from: ScalarType, to: ScalarType, x: string): string => {
    if (isFloat(from) && isWord(to)) return call('bitsOfFloat', x, 'inf')
    if (isWord(from) && isFloat(to)) return call('floatOfBits', x, 'inf')
    return isWord(to) || isFloat(to) ? x : wrapped(call, to, x)
  }

  return {
    constant: (dtype, value) => {
      if (isWord(dtype)) return wordText(value)
      if (Number.isNaN(value)) return nan
      if (Number.isFinite(Math.fround(value))) return floatText(value)
      return value < 0 ? '(-inf)' : 'inf'
    },
    load: (_dtype, buffer, index) =>
      isFours(buffer)
        ? call('lane', `${buffers(buffer)}[Math.floor((${index}) * 0.25)]`, index)
        : `${buffers(buffer)}[${index}]`,
    iota: (dtype, index) => {
      const position = `((${index}) * 1.0)`
      if (isWord(dtype)) return call('wordOf', position)
      return isInteger(dtype) ? wrapped(call, dtype, position) : cast('float32', dtype, position)
    },
    unary,
    binary,
    compare: (op, dtype, x, y) => {
      if (isWord(dtype)) return words.compare(op, dtype, x, y)
      // Comparisons by order alone are right for NaN in every mode.
      if (op === 'eq') return truth(`(${x} <= ${y} && ${x} >= ${y})`)
      if (op === 'ne') return truth(`!(${x} <= ${y} && ${x} >= ${y})`)
      return truth(`${x} ${comparisons[op]} ${y}`)
    },
    select: (dtype, condition, x, y) =>
      isWord(dtype) ? words.select(condition, x, y) : `(${condition} > 0.5 ? ${x} : ${y})`,
    cast,
    bitcast,
    name: (_dtype, name, value) => [[`const ${name} = ${value};`], name],
    variable: (dtype, name) => [[`let ${name} = ${zeroText(dtype)};`], name],
    assign: (_dtype, variable, value) => [`${variable} = ${value};`],
    index: (x) => words.toNumber('int32', x),
    whole: floatText
  }
}
