/**
 * Integers of 32 bits in gpu.js kernels, whose only number is the float: a word is a pair of limbs
 * of 16 bits, [low, high], in two's complement where it is signed. Every step is exact in float32.
 */
import type { SourceFunctions } from './function.ts'

/** 2^-16 as text: a product with it is exact, a quotient is not on every driver. */
const shift16 = '0.0000152587890625'

/** GLSL of a function of words: `result` is an expression of the unsigned integers a and b. */
const nativeWord = (name: string, parameters: readonly string[], result: string): string =>
  [
    `vec2 ${name}(${parameters.map((p) => `vec2 ${p}`).join(', ')}) {`,
    ...parameters.map((p, i) => `  uint ${'ab'[i]} = uint(${p}.x) | (uint(${p}.y) << 16u);`),
    `  uint r = ${result};`,
    '  return vec2(float(r & 65535u), float(r >> 16u));',
    '}'
  ].join('\n')

/** A function of two words. */
const binary = (name: string, body: string, result: string): SourceFunctions => ({
  [name]: {
    parameters: ['x', 'y'],
    words: ['x', 'y'],
    returns: 'word',
    body: `\n${body}`,
    native: nativeWord(name, ['x', 'y'], result)
  }
})

/** Bit by bit where there are no integers; what gpu.js makes of the operators is slower still. */
const limbAnd: SourceFunctions = {
  limbAnd: {
    parameters: ['x', 'y'],
    body: `
  let p = x;
  let q = y;
  let unit = 1.0;
  let result = 0.0;
  for (let i = 0; i < 16; i++) {
    const halfP = Math.floor(p * 0.5);
    const halfQ = Math.floor(q * 0.5);
    result = result + (p - halfP * 2.0) * (q - halfQ * 2.0) * unit;
    p = halfP;
    q = halfQ;
    unit = unit * 2.0;
  }
  return result;`
  }
}

/** Both limbs from x, y and what they have in common. */
const bitwise = (name: string, operator: string, limb: (i: number) => string): SourceFunctions =>
  binary(
    name,
    `  const low = limbAnd(x[0], y[0]);
  const high = limbAnd(x[1], y[1]);
  return [${limb(0)}, ${limb(1)}];`,
    `a ${operator} b`
  )

const both = ['low', 'high'] as const

const arithmetic: SourceFunctions = {
  wordOf: {
    parameters: ['x'],
    returns: 'word',
    body: `
  const high = Math.floor(x * ${shift16});
  return [x - high * 65536.0, high - Math.floor(high * ${shift16}) * 65536.0];`
  },
  ...binary(
    'wordAdd',
    `  const low = x[0] + y[0];
  const carry = Math.floor(low * ${shift16});
  const high = x[1] + y[1] + carry;
  return [low - carry * 65536.0, high - Math.floor(high * ${shift16}) * 65536.0];`,
    'a + b'
  ),
  wordNot: {
    parameters: ['x'],
    words: ['x'],
    returns: 'word',
    body: `
  return [65535.0 - x[0], 65535.0 - x[1]];`
  },
  wordNeg: {
    parameters: ['x'],
    words: ['x'],
    returns: 'word',
    body: `
  return wordAdd(wordNot(x), [1.0, 0.0]);`
  },
  ...binary('wordSub', `  return wordAdd(x, wordNeg(y));`, 'a - b'),
  // All 32 bits of a product of limbs; bytes of the second keep the parts below 2^24.
  limbMul: {
    parameters: ['x', 'y'],
    returns: 'word',
    body: `
  const top = Math.floor(y * 0.00390625);
  const upper = x * top;
  const carried = Math.floor(upper * 0.00390625);
  const lower = x * (y - top * 256.0) + (upper - carried * 256.0) * 256.0;
  const carry = Math.floor(lower * ${shift16});
  return [lower - carry * 65536.0, carried + carry];`
  },
  ...binary(
    'wordMul',
    `  const low = limbMul(x[0], y[0]);
  const one = limbMul(x[0], y[1]);
  const other = limbMul(x[1], y[0]);
  const high = low[1] + one[0] + other[0];
  return [low[0], high - Math.floor(high * ${shift16}) * 65536.0];`,
    'a * b'
  ),
  wordAbs: {
    parameters: ['x'],
    words: ['x'],
    returns: 'word',
    body: `
  if (x[1] >= 32768.0) { return wordNeg(x); }
  return [x[0], x[1]];`
  },
  wordSign: {
    parameters: ['x'],
    words: ['x'],
    returns: 'word',
    body: `
  if (x[1] >= 32768.0) { return [65535.0, 65535.0]; }
  if (x[0] + x[1] > 0.0) { return [1.0, 0.0]; }
  return [0.0, 0.0];`
  },
  // Bit by bit, as on paper; without a remainder to stop at, quotients of 0 are all ones.
  ...binary(
    'wordQuotient',
    `  let x0 = x[0];
  let x1 = x[1];
  let q0 = 0.0;
  let q1 = 0.0;
  let r0 = 0.0;
  let r1 = 0.0;
  for (let i = 0; i < 32; i++) {
    const bit = Math.floor(x1 * 0.000030517578125);
    const lower = Math.floor(x0 * 0.000030517578125);
    x1 = (x1 - bit * 32768.0) * 2.0 + lower;
    x0 = (x0 - lower * 32768.0) * 2.0;
    const middle = Math.floor(r0 * 0.000030517578125);
    r1 = r1 * 2.0 + middle;
    r0 = (r0 - middle * 32768.0) * 2.0 + bit;
    const carry = Math.floor(q0 * 0.000030517578125);
    q1 = q1 * 2.0 + carry;
    q0 = (q0 - carry * 32768.0) * 2.0;
    if (r1 > y[1] || (r1 >= y[1] && r0 >= y[0])) {
      q0 = q0 + 1.0;
      r0 = r0 - y[0];
      r1 = r1 - y[1];
      if (r0 < 0.0) { r0 = r0 + 65536.0; r1 = r1 - 1.0; }
    }
  }
  return [q0, q1];`,
    'b == 0u ? 4294967295u : a / b'
  ),
  wordQuotientSigned: {
    parameters: ['x', 'y'],
    words: ['x', 'y'],
    returns: 'word',
    body: `
  if (y[0] + y[1] < 0.5) { return [65535.0, 65535.0]; }
  const q = wordQuotient(wordAbs(x), wordAbs(y));
  const isNegative = x[1] >= 32768.0 ? 1.0 : 0.0;
  const isOther = y[1] >= 32768.0 ? 1.0 : 0.0;
  if (isNegative > isOther || isNegative < isOther) { return wordNeg(q); }
  return [q[0], q[1]];`
  },
  ...binary(
    'wordRemainder',
    `  if (y[0] + y[1] < 0.5) { return [x[0], x[1]]; }
  return wordSub(x, wordMul(wordQuotient(x, y), y));`,
    'b == 0u ? a : a % b'
  ),
  wordRemainderSigned: {
    parameters: ['x', 'y'],
    words: ['x', 'y'],
    returns: 'word',
    body: `
  if (y[0] + y[1] < 0.5) { return [x[0], x[1]]; }
  return wordSub(x, wordMul(wordQuotientSigned(x, y), y));`
  }
}

const bits: SourceFunctions = {
  ...limbAnd,
  ...bitwise('wordAnd', '&', (i) => both[i]),
  ...bitwise('wordOr', '|', (i) => `x[${i}] + y[${i}] - ${both[i]}`),
  ...bitwise('wordXor', '^', (i) => `x[${i}] + y[${i}] - 2.0 * ${both[i]}`),
  ...binary(
    'wordShiftLeft',
    `  if (y[1] > 0.5 || y[0] > 31.5) { return [0.0, 0.0]; }
  if (y[0] > 15.5) {
    const far = x[0] * pow2(y[0] - 16.0);
    return [0.0, far - Math.floor(far * ${shift16}) * 65536.0];
  }
  const size = pow2(y[0]);
  const low = x[0] * size;
  const carry = Math.floor(low * ${shift16});
  const high = x[1] * size;
  return [low - carry * 65536.0, high - Math.floor(high * ${shift16}) * 65536.0 + carry];`,
    'b > 31u ? 0u : a << b'
  ),
  ...binary(
    'wordShiftRight',
    `  if (y[1] > 0.5 || y[0] > 31.5) { return [0.0, 0.0]; }
  if (y[0] > 15.5) { return [Math.floor(x[1] * pow2(16.0 - y[0])), 0.0]; }
  const high = Math.floor(x[1] * pow2(-y[0]));
  const rest = x[1] - high * pow2(y[0]);
  return [Math.floor(x[0] * pow2(-y[0])) + rest * pow2(16.0 - y[0]), high];`,
    'b > 31u ? 0u : a >> b'
  ),
  wordScaleUp: {
    parameters: ['x', 's'],
    words: ['x'],
    returns: 'word',
    body: `
  const low = x[0] * s;
  const carry = Math.floor(low * ${shift16});
  const high = x[1] * s;
  return [low - carry * 65536.0, high - Math.floor(high * ${shift16}) * 65536.0 + carry];`
  },
  wordScaleUpFar: {
    parameters: ['x', 's'],
    words: ['x'],
    returns: 'word',
    body: `
  const far = x[0] * s;
  return [0.0, far - Math.floor(far * ${shift16}) * 65536.0];`
  },
  wordScaleDown: {
    parameters: ['x', 'r', 's'],
    words: ['x'],
    returns: 'word',
    body: `
  const high = Math.floor(x[1] * r);
  return [Math.floor(x[0] * r) + (x[1] - high * s) * r * 65536.0, high];`
  },
  wordScaleDownFar: {
    parameters: ['x', 'r'],
    words: ['x'],
    returns: 'word',
    body: `
  return [Math.floor(x[1] * r), 0.0];`
  },
  wordShiftRightSigned: {
    parameters: ['x', 'n'],
    words: ['x', 'n'],
    returns: 'word',
    body: `
  if (x[1] < 32768.0) { return wordShiftRight(x, n); }
  return wordNot(wordShiftRight(wordNot(x), n));`
  },
  leadingZeros: {
    parameters: ['x'],
    words: ['x'],
    body: `
  if (x[1] > 0.5) { return 15.0 - exponent(x[1]); }
  if (x[0] > 0.5) { return 31.0 - exponent(x[0]); }
  return 32.0;`
  },
  ones: {
    parameters: ['x'],
    words: ['x'],
    body: `
  let low = x[0];
  let high = x[1];
  let count = 0.0;
  for (let i = 0; i < 16; i++) {
    const restLow = Math.floor(low * 0.5);
    const restHigh = Math.floor(high * 0.5);
    count = count + low - restLow * 2.0 + high - restHigh * 2.0;
    low = restLow;
    high = restHigh;
  }
  return count;`
  }
}

const comparisons: SourceFunctions = {
  wordLess: {
    parameters: ['x', 'y'],
    words: ['x', 'y'],
    body: `
  if (x[1] < y[1]) { return 1.0; }
  if (x[1] > y[1]) { return 0.0; }
  return x[0] < y[0] ? 1.0 : 0.0;`
  },
  wordLessSigned: {
    parameters: ['x', 'y'],
    words: ['x', 'y'],
    body: `
  const p = x[1] < 32768.0 ? x[1] + 65536.0 : x[1];
  const q = y[1] < 32768.0 ? y[1] + 65536.0 : y[1];
  if (p < q) { return 1.0; }
  if (p > q) { return 0.0; }
  return x[0] < y[0] ? 1.0 : 0.0;`
  },
  wordEqual: {
    parameters: ['x', 'y'],
    words: ['x', 'y'],
    body: `
  return Math.abs(x[0] - y[0]) + Math.abs(x[1] - y[1]) < 0.5 ? 1.0 : 0.0;`
  },
  wordChosen: {
    parameters: ['c', 'x', 'y'],
    words: ['x', 'y'],
    returns: 'word',
    body: `
  if (c > 0.5) { return [x[0], x[1]]; }
  return [y[0], y[1]];`
  }
}

const conversions: SourceFunctions = {
  /** What a word is as a number: rounded once, since the upper part is exact. */
  unsignedOf: {
    parameters: ['x'],
    words: ['x'],
    body: `
  return Math.fround(x[1] * 65536.0 + x[0]);`
  },
  signedOf: {
    parameters: ['x'],
    words: ['x'],
    body: `
  let high = x[1];
  if (high >= 32768.0) { high = high - 65536.0; }
  return Math.fround(high * 65536.0 + x[0]);`
  },
  lowOf: {
    parameters: ['x'],
    words: ['x'],
    body: `
  return x[0];`
  },
  toSigned: {
    parameters: ['x'],
    returns: 'word',
    body: `
  if (x >= 2147483648.0) { return [65535.0, 32767.0]; }
  if (x <= -2147483648.0) { return [0.0, 32768.0]; }
  if (isNan(x) > 0.5) { return [0.0, 0.0]; }
  return wordOf(truncated(x));`
  },
  toUnsigned: {
    parameters: ['x'],
    returns: 'word',
    body: `
  if (x >= 4294967296.0) { return [65535.0, 65535.0]; }
  if (x >= 1.0) { return wordOf(Math.floor(x)); }
  return [0.0, 0.0];`
  },
  floatOfBits: {
    parameters: ['x', 'inf'],
    words: ['x'],
    body: `
  const sign = x[1] >= 32768.0 ? -1.0 : 1.0;
  const high = x[1] >= 32768.0 ? x[1] - 32768.0 : x[1];
  const e = Math.floor(high * 0.0078125);
  const m = (high - e * 128.0) * 65536.0 + x[0];
  if (e > 254.5) { if (m > 0.5) { return inf - inf; } return sign * inf; }
  if (e < 0.5) { return sign * (m * 1.1920928955078125e-7 * 1.1754943508222875e-38); }
  return sign * ((1.0 + m * 1.1920928955078125e-7) * pow2(e - 127.0));`
  },
  bitsOfFloat: {
    parameters: ['x', 'inf'],
    returns: 'word',
    body: `
  if (isNan(x) > 0.5) { return [0.0, 32704.0]; }
  const a = Math.abs(x);
  let sign = 0.0;
  if (x < 0.0) { sign = 32768.0; }
  if (a < 1.1754943508222875e-38) {
    if (1.0 / x < 0.0) { sign = 32768.0; }
    const m = a * 8388608.0 * 8.507059173023462e37;
    const high = Math.floor(m * ${shift16});
    return [m - high * 65536.0, sign + high];
  }
  if (!(a < inf)) { return [0.0, sign + 32640.0]; }
  const e = exponent(a);
  let scaled = a * pow2(1.0 - e) * 0.5;
  if (e > 0.0) { scaled = a * 0.5 * pow2(1.0 - e); }
  const m = (scaled - 1.0) * 8388608.0;
  const high = Math.floor(m * ${shift16});
  return [m - high * 65536.0, sign + (e + 127.0) * 128.0 + high];`
  }
}

export const wordFunctions: SourceFunctions = {
  ...arithmetic,
  ...bits,
  ...comparisons,
  ...conversions
}
