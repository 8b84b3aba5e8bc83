/** Bits of words (words.ts): logic, shifts and counts. */
import type { SourceFunctions } from './function.ts'
import { binary, shift16 } from './word-text.ts'

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

export const bits: SourceFunctions = {
  ...limbAnd,
  ...bitwise('wordAnd', '&', (i) => both[i]),
  ...bitwise('wordOr', '|', (i) => `x[${i}] + y[${i}] - ${both[i]}`),
  ...bitwise('wordXor', '^', (i) => `x[${i}] + y[${i}] - 2.0 * ${both[i]}`),
  ...binary(
    'wordShiftLeft',
    `  if (y[1] > 0.5 || y[0] > 31.5) { return [0.0, 0.0]; }
  if (y[0] > 15.5) {
    const far = x[0] * pow2(y[0] - 32.0);
    return [0.0, (far - Math.floor(far)) * 65536.0];
  }
  const size = pow2(y[0] - 16.0);
  const low = x[0] * size;
  const carry = Math.floor(low);
  const high = x[1] * size;
  return [(low - carry) * 65536.0, (high - Math.floor(high)) * 65536.0 + carry];`,
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
  const low = x[0] * s * ${shift16};
  const carry = Math.floor(low);
  const high = x[1] * s * ${shift16};
  return [(low - carry) * 65536.0, (high - Math.floor(high)) * 65536.0 + carry];`
  },
  wordScaleUpFar: {
    parameters: ['x', 's'],
    words: ['x'],
    returns: 'word',
    body: `
  const far = x[0] * s * ${shift16};
  return [0.0, (far - Math.floor(far)) * 65536.0];`
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
