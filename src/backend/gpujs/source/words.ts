/**
 * Integers of 32 bits in gpu.js kernels, whose only number is the float: a word is a pair of limbs
 * of 16 bits, [low, high], in two's complement where it is signed. Every step is exact in float32,
 * in whatever order a compiler adds up: what is cut off is the fraction of a scaled number, since
 * differences of large numbers are taken apart and joined to others (Mesa does).
 */
import type { SourceFunctions } from './function.ts'
import { bits } from './word-bits.ts'
import { conversions } from './word-conversions.ts'
import { binary, shift16 } from './word-text.ts'

const arithmetic: SourceFunctions = {
  wordOf: {
    parameters: ['x'],
    returns: 'word',
    body: `
  const all = x * ${shift16};
  const high = Math.floor(all);
  const top = high * ${shift16};
  return [(all - high) * 65536.0, (top - Math.floor(top)) * 65536.0];`
  },
  ...binary(
    'wordAdd',
    `  const low = (x[0] + y[0]) * ${shift16};
  const carry = Math.floor(low);
  const high = (x[1] + y[1] + carry) * ${shift16};
  return [(low - carry) * 65536.0, (high - Math.floor(high)) * 65536.0];`,
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
  const lower = (x * (y - top * 256.0) + (upper - carried * 256.0) * 256.0) * ${shift16};
  const carry = Math.floor(lower);
  return [(lower - carry) * 65536.0, carried + carry];`
  },
  ...binary(
    'wordMul',
    `  const low = limbMul(x[0], y[0]);
  const one = limbMul(x[0], y[1]);
  const other = limbMul(x[1], y[0]);
  const high = (low[1] + one[0] + other[0]) * ${shift16};
  return [low[0], (high - Math.floor(high)) * 65536.0];`,
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

export const wordFunctions: SourceFunctions = {
  ...arithmetic,
  ...bits,
  ...comparisons,
  ...conversions
}
