/** Functions of gpu.js kernels; a kernel is given those that it needs. */
import { elementaryFunctions } from '../elementary.ts'
import type { SourceFunctions } from './function.ts'
import { wordFunctions } from './words.ts'

const powers = [64, 32, 16, 8, 4, 2, 1]
const power = (k: number): string => {
  const text = `${2 ** k}`
  return text.includes('.') || text.includes('e') ? text : `${text}.0`
}

const own: SourceFunctions = {
  pow2: {
    parameters: ['k'],
    body: `
  let e = k;
  let s = 1.0;
${powers.map((p) => `  if (e >= ${p}.0) { s = s * ${power(p)}; e = e - ${p}.0; }`).join('\n')}
${powers.map((p) => `  if (e <= -${p}.0) { s = s * ${power(-p)}; e = e + ${p}.0; }`).join('\n')}
  return s;`
  },
  exponent: {
    parameters: ['x'],
    body: `
  let m = x;
  let e = 0.0;
${powers.map((p) => `  if (m >= ${power(p)}) { m = m * ${power(-p)}; e = e + ${p}.0; }`).join('\n')}
${powers.map((p) => `  if (m < ${power(1 - p)}) { m = m * ${power(p)}; e = e - ${p}.0; }`).join('\n')}
  return e;`
  },
  isNan: {
    parameters: ['x'],
    body: `
  if (x < 0.0) { return 0.0; }
  if (x >= 0.0) { return 0.0; }
  return 1.0;`
  },
  // A NaN is returned as it is: compilers take (a - b) + b for a.
  maximum: {
    parameters: ['x', 'y'],
    body: `
  if (x > y) { return x; }
  if (x < y) { return y; }
  if (x <= y) { if (x == 0.0) { return x + y; } return x; }
  if (x < 0.0 || x >= 0.0) { return y; }
  return x;`
  },
  minimum: {
    parameters: ['x', 'y'],
    body: `
  if (x > y) { return y; }
  if (x < y) { return x; }
  if (x <= y) { if (x == 0.0) { return -(-x - y); } return x; }
  if (x < 0.0 || x >= 0.0) { return y; }
  return x;`
  },
  signOf: {
    parameters: ['x'],
    body: `
  if (x > 0.0) { return 1.0; }
  if (x < 0.0) { return -1.0; }
  return x;`
  },
  truncated: {
    parameters: ['x'],
    body: `
  if (x < 0.0) { return -Math.floor(-x); }
  return Math.floor(x);`
  },
  roundAway: {
    parameters: ['x'],
    body: `
  if (x < 0.0) { return -Math.floor(-x + 0.5); }
  if (x > 0.0) { return Math.floor(x + 0.5); }
  return x;`
  },
  roundedEven: {
    parameters: ['x'],
    body: `
  const whole = Math.floor(x);
  const rest = x - whole;
  if (rest < 0.5) { return whole; }
  if (rest > 0.5) { return whole + 1.0; }
  if (rest == 0.5) { return Math.floor(whole * 0.5 + 0.5) * 2.0; }
  return x;`
  },
  toFloat16: {
    parameters: ['x', 'inf'],
    body: `
  const a = Math.abs(x);
  if (!(a < inf)) { return x; }
  if (a == 0.0) { return x; }
  let unit = 5.960464477539063e-8;
  if (a >= 6.103515625e-5) { unit = pow2(exponent(a) - 10.0); }
  let r = roundedEven(a / unit) * unit;
  if (r > 65504.0) { r = inf; }
  if (x < 0.0) { return -r; }
  return r;`
  },
  toBfloat16: {
    parameters: ['x', 'inf'],
    body: `
  const a = Math.abs(x);
  if (!(a < inf)) { return x; }
  if (a < 1.1754943508222875e-38) { return x; }
  const e = exponent(a);
  const r = roundedEven(a * pow2(-e) * 128.0) * 0.0078125 * pow2(e);
  if (x < 0.0) { return -r; }
  return r;`
  },
  // Whole numbers below 2^24.
  quotient: {
    parameters: ['x', 'y'],
    body: `
  if (y == 0.0) { return -1.0; }
  const q = Math.floor((Math.abs(x) + 0.5) / Math.abs(y));
  if (x < 0.0) { if (y > 0.0) { return -q; } return q; }
  if (y < 0.0) { return -q; }
  return q;`
  },
  remainder: {
    parameters: ['x', 'y'],
    body: `
  if (y == 0.0) { return x; }
  return x - quotient(x, y) * y;`
  },
  // The element of four neighbours that has this position in the buffer.
  lane: {
    parameters: ['v', 'position'],
    fours: 'v',
    body: `
  const i = position - Math.floor(position * 0.25) * 4.0;
  if (i < 0.5) { return v[0]; }
  if (i < 1.5) { return v[1]; }
  if (i < 2.5) { return v[2]; }
  return v[3];`
  },
  wrapped: {
    parameters: ['x', 'size', 'lowest'],
    body: `
  return x - Math.floor((x - lowest) / size) * size;`
  },
  saturated: {
    parameters: ['x', 'lowest', 'highest'],
    body: `
  if (x >= highest) { return highest; }
  if (x <= lowest) { return lowest; }
  if (isNan(x) > 0.5) { return 0.0; }
  return truncated(x);`
  }
}

const all: SourceFunctions = { ...own, ...wordFunctions, ...elementaryFunctions }

/** How gpu.js calls the types. */
export type GpuJsType = 'Number' | 'Array(2)' | 'Array(4)'

/** A function as gpu.js takes it. */
export interface KernelFunction {
  readonly name: string
  readonly source: string
  /** Whether the source is GLSL. */
  readonly isNative: boolean
  readonly argumentTypes: Readonly<Record<string, GpuJsType>>
  readonly returnType: GpuJsType
}

const calledIn = (body: string): readonly string[] =>
  [...body.matchAll(/\b[a-z]\w*(?=\()/gi)]
    .map(([name]) => name)
    .filter((name) => Object.hasOwn(all, name))

/** The functions of these names and what they call, callees first; in GLSL where that is asked for. */
export const sourceFunctions = (
  names: Iterable<string>,
  isNative = false
): readonly KernelFunction[] => {
  const order: string[] = []
  const visit = (name: string): void => {
    if (order.includes(name)) return
    const { body, native } = all[name]
    if (!isNative || native === undefined)
      for (const called of calledIn(body)) if (called !== name) visit(called)
    order.push(name)
  }
  for (const name of names) visit(name)
  return order.map((name) => {
    const { parameters, words = [], fours, returns, body, native } = all[name]
    const typeOf = (p: string): GpuJsType =>
      words.includes(p) ? 'Array(2)' : p === fours ? 'Array(4)' : 'Number'
    return {
      name,
      ...(isNative && native !== undefined
        ? { source: native, isNative }
        : { source: `function ${name}(${parameters.join(', ')}) {${body}\n}`, isNative: false }),
      argumentTypes: Object.fromEntries(parameters.map((p) => [p, typeOf(p)])),
      returnType: returns === undefined ? 'Number' : 'Array(2)'
    }
  })
}
