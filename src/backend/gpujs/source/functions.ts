/** Functions of gpu.js kernels; a kernel is given those that it needs. All take and give floats. */
import { elementaryFunctions } from '../elementary.ts'

interface SourceFunction {
  readonly parameters: readonly string[]
  readonly body: string
}

const powers = [64, 32, 16, 8, 4, 2, 1]
const power = (k: number): string => {
  const text = `${2 ** k}`
  return text.includes('.') || text.includes('e') ? text : `${text}.0`
}

const own: Readonly<Record<string, SourceFunction>> = {
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
  maximum: {
    parameters: ['x', 'y'],
    body: `
  if (x > y) { return x; }
  if (x < y) { return y; }
  if (x <= y) { if (x == 0.0) { return x + y; } return x; }
  return x + y;`
  },
  minimum: {
    parameters: ['x', 'y'],
    body: `
  if (x > y) { return y; }
  if (x < y) { return x; }
  if (x <= y) { if (x == 0.0) { return -(-x - y); } return x; }
  return x + y;`
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
  exact: {
    parameters: ['x', 'inf'],
    body: `
  if (x > 16777216.0) { return inf - inf; }
  if (x < -16777216.0) { return inf - inf; }
  return x;`
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

const all: Readonly<Record<string, SourceFunction>> = { ...own, ...elementaryFunctions }

/** A function as gpu.js takes it. */
export interface GpuJsFunction {
  readonly name: string
  readonly source: string
  readonly argumentTypes: Readonly<Record<string, 'Number'>>
  readonly returnType: 'Number'
}

const calledIn = (body: string): readonly string[] =>
  [...body.matchAll(/\b[a-z]\w*(?=\()/gi)]
    .map(([name]) => name)
    .filter((name) => Object.hasOwn(all, name))

/** The functions of these names and what they call, callees first. */
export const sourceFunctions = (names: Iterable<string>): readonly GpuJsFunction[] => {
  const order: string[] = []
  const visit = (name: string): void => {
    if (order.includes(name)) return
    for (const called of calledIn(all[name].body)) if (called !== name) visit(called)
    order.push(name)
  }
  for (const name of names) visit(name)
  return order.map((name) => {
    const { parameters, body } = all[name]
    return {
      name,
      source: `function ${name}(${parameters.join(', ')}) {${body}\n}`,
      argumentTypes: Object.fromEntries(parameters.map((p) => [p, 'Number' as const])),
      returnType: 'Number'
    }
  })
}
