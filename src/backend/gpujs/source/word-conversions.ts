/** Words (words.ts) as numbers, numbers as words, and what the bits of a float are. */
import { nan } from '../elementary/text.ts'
import type { SourceFunctions } from './function.ts'

export const conversions: SourceFunctions = {
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
  if (e > 254.5) { if (m > 0.5) { return ${nan}; } return sign * inf; }
  if (e < 0.5) { return sign * (m * 1.1920928955078125e-7 * 1.1754943508222875e-38); }
  return sign * ((1.0 + m * 1.1920928955078125e-7) * pow2(e - 127.0));`
  },
  // Subnormal numbers count as 0, as they do on most GPUs.
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
    return [0.0, sign];
  }
  if (!(a < inf)) { return [0.0, sign + 32640.0]; }
  const e = exponent(a);
  let scaled = a * pow2(1.0 - e) * 0.5;
  if (e > 0.0) { scaled = a * 0.5 * pow2(1.0 - e); }
  const m = (scaled - 1.0) * 128.0;
  return [(m - Math.floor(m)) * 65536.0, sign + (e + 127.0) * 128.0 + Math.floor(m)];`
  }
}
