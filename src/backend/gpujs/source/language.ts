/**
 * Scalar expressions in the JavaScript that gpu.js compiles. Everything is a float: integers are
 * exact to 2^24, bools are 0.0 and 1.0. Infinity is an argument of the kernel.
 */
import { bitsOf, integerRange, isFloat } from '../../../core/dtype.ts'
import type { BinaryOp, CompareOp, ScalarType, UnaryOp } from '../../../kernel/expr.ts'
import type { Language } from '../code.ts'

/** A literal that no compiler takes for an integer. */
export const floatText = (x: number): string => {
  const single = Math.fround(x)
  const text = `${Math.abs(single)}`
  const [digits, exponent] = text.split('e')
  const decimal = digits.includes('.') ? digits : `${digits}.0`
  const whole = exponent === undefined ? decimal : `${decimal}e${exponent}`
  return single < 0 || Object.is(single, -0) ? `(-${whole})` : whole
}

const withInfinity: Partial<Record<UnaryOp, string>> = {
  cbrt: 'cbrt1', exp: 'exp1', exp2: 'exp21', expm1: 'expm11', log: 'log1', log2: 'log21',
  log1p: 'log1p1', sin: 'sin1', cos: 'cos1', tan: 'tan1', asin: 'asin1', acos: 'acos1',
  sinh: 'sinh1', cosh: 'cosh1', tanh: 'tanh1', asinh: 'asinh1', acosh: 'acosh1', atanh: 'atanh1',
  logistic: 'logistic1', erf: 'erf1', erfc: 'erfc1', erfInv: 'erfInv1'
} // prettier-ignore

const plain: Partial<Record<UnaryOp, string>> = {
  atan: 'atan1', round: 'roundAway', roundEven: 'roundedEven', trunc: 'truncated'
} // prettier-ignore

const comparisons: Readonly<Record<Exclude<CompareOp, 'eq' | 'ne'>, string>> = {
  lt: '<', le: '<=', gt: '>', ge: '>='
} // prettier-ignore

const truth = (condition: string): string => `(${condition} ? 1.0 : 0.0)`

/** The language; names of functions that it calls are added to `functions`. */
export const gpuJsLanguage = (
  buffers: (buffer: number) => string,
  functions: Set<string>
): Language<string> => {
  const call = (name: string, ...args: readonly string[]): string => {
    functions.add(name)
    return `${name}(${args.join(', ')})`
  }
  const rounded = (dtype: ScalarType, text: string): string =>
    dtype === 'float16'
      ? call('toFloat16', text, 'inf')
      : dtype === 'bfloat16'
        ? call('toBfloat16', text, 'inf')
        : text
  const wrapped = (dtype: ScalarType, text: string): string => {
    if (bitsOf(dtype) === 32 || dtype === 'bool') return text
    const [lowest] = integerRange(dtype)
    return call('wrapped', text, floatText(2 ** bitsOf(dtype)), floatText(lowest))
  }
  /** Of 32 bits, what a float has not held exactly becomes NaN, which reading refuses. */
  const fit = (dtype: ScalarType, text: string): string =>
    isFloat(dtype)
      ? rounded(dtype, text)
      : dtype === 'int32'
        ? call('exact', text, 'inf')
        : wrapped(dtype, text)

  const unary = (op: UnaryOp, dtype: ScalarType, x: string): string => {
    if (op === 'not') return `(1.0 - ${x})`
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

  const binary = (op: BinaryOp, dtype: ScalarType, x: string, y: string): string => {
    const float = isFloat(dtype)
    switch (op) {
      case 'add':
        return fit(dtype, `(${x} + ${y})`)
      case 'sub':
        return fit(dtype, `(${x} - ${y})`)
      case 'mul':
        return fit(dtype, `(${x} * ${y})`)
      case 'div':
        return float ? rounded(dtype, `(${x} / ${y})`) : wrapped(dtype, call('quotient', x, y))
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
        return dtype === 'bool' ? `(${x} * ${y})` : `((${x} & ${y}) * 1.0)`
      case 'or':
        return dtype === 'bool' ? call('maximum', x, y) : `((${x} | ${y}) * 1.0)`
      case 'xor':
        return dtype === 'bool' ? `Math.abs(${x} - ${y})` : `((${x} ^ ${y}) * 1.0)`
      default:
        throw new RangeError(`no gpu.js source for ${op}`)
    }
  }

  const cast = (from: ScalarType, to: ScalarType, x: string): string => {
    if (to === 'bool') return truth(`!(${x} >= 0.0 && ${x} <= 0.0)`)
    if (isFloat(to)) return from === 'bool' ? x : rounded(to, x)
    if (from === 'bool') return x
    if (!isFloat(from)) return bitsOf(to) < 32 ? wrapped(to, x) : x
    const [lowest, highest] = integerRange(to)
    return call('saturated', x, floatText(lowest), floatText(highest))
  }

  return {
    constant: (_dtype, value) => {
      if (Number.isNaN(value)) return '(inf - inf)'
      if (Number.isFinite(Math.fround(value))) return floatText(value)
      return value < 0 ? '(-inf)' : 'inf'
    },
    load: (_dtype, buffer, index) => `${buffers(buffer)}[${index}]`,
    iota: (dtype, index) => cast('int32', dtype, `((${index}) * 1.0)`),
    unary,
    binary,
    compare: (op, _dtype, x, y) => {
      // Comparisons by order alone are right for NaN in every mode.
      if (op === 'eq') return truth(`(${x} <= ${y} && ${x} >= ${y})`)
      if (op === 'ne') return truth(`!(${x} <= ${y} && ${x} >= ${y})`)
      return truth(`${x} ${comparisons[op]} ${y}`)
    },
    select: (_dtype, condition, x, y) => `(${condition} > 0.5 ? ${x} : ${y})`,
    cast,
    bitcast: (_from, to) => {
      throw new RangeError(`no gpu.js source for the bits of ${to}`)
    },
    name: (_dtype, name, value) => [[`const ${name} = ${value};`], name],
    variable: (_dtype, name) => [[`let ${name} = 0.0;`], name],
    assign: (_dtype, variable, value) => [`${variable} = ${value};`],
    index: (x) => x,
    whole: floatText
  }
}
