/** Exponentials and logarithms. */
import { f, type Functions, nan, polynomial } from './text.ts'

const expTail = polynomial(
  'r',
  1.987569150e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1
) // prettier-ignore

/** (log(1 + f) − f + f² / 2) / f³. */
export const logTail = polynomial(
  'f',
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1
) // prettier-ignore

/** x = m 2^e with m from 1/√2 to √2, for finite x > 0. */
export const splitPositive = `let m = x;
  let e = 0.0;
  if (x < 1.1754943508222875e-38) { m = x * 16777216.0; e = 0.0 - 24.0; }
  const k = exponent(m);
  m = m * pow2(0.0 - Math.max(k - 1.0, 0.0 - 126.0)) * 0.5;
  if (k < -125.0) { m = m * pow2(Math.max(k - 1.0, 0.0 - 126.0) - (k - 1.0)); }
  e = e + k;
  if (m > 1.4142135623730951) { m = m * 0.5; e = e + 1.0; }`

/** The same for every x; what has no logarithm returns. */
const mantissa = `if (x < 0.0) { return ${nan}; }
  if (x == 0.0) { return 0.0 - inf; }
  if (!(x < inf)) { return x; }
  ${splitPositive}`

export const exponentialFunctions: Functions = {
  // y · 2^k without overflow on the way
  scale2: f(
    'y k',
    `
  if (k > 127.0) { return y * pow2(k - 1.0) * 2.0; }
  if (k < -126.0) { return y * pow2(k + 64.0) * 5.421010862427522e-20; }
  return y * pow2(k);`
  ),
  exp1: f(
    'x inf',
    `
  if (x > 88.8) { return inf; }
  if (x < -104.0) { return 0.0; }
  if (!(x <= 88.8)) { return x; }
  const k = Math.floor(x * 1.4426950408889634 + 0.5);
  const r = (x - k * 0.693359375) + k * 2.1219444005469058e-4;
  return scale2(${expTail} * r * r + r + 1.0, k);`
  ),
  expm11: f(
    'x inf',
    `
  if (Math.abs(x) < 0.35) {
    const r = x;
    return ${expTail} * r * r + r;
  }
  return exp1(x, inf) - 1.0;`
  ),
  exp21: f(
    'x inf',
    `
  if (x >= 128.0) { return inf; }
  if (x < -150.0) { return 0.0; }
  if (!(x < 128.0)) { return x; }
  const k = Math.floor(x + 0.5);
  const r = x - k;
  return scale2(${polynomial('r', 1.5353362e-4, 1.3398874e-3, 9.6184374e-3, 5.550332471e-2, 2.40226479e-1, 6.931472028e-1, 1)}, k);`
  ),
  // log(1 + f) for −0.3 < f < 0.42
  logNear: f(
    'f',
    `
  const z = f * f;
  return f + (${logTail} * f * z - 0.5 * z);`
  ),
  log1: f(
    'x inf',
    `
  ${mantissa}
  const f = m - 1.0;
  const z = f * f;
  const y = ${logTail} * f * z - e * 2.1219444005469058e-4 - 0.5 * z;
  return (f + y) + e * 0.693359375;`
  ),
  log21: f(
    'x inf',
    `
  ${mantissa}
  return logNear(m - 1.0) * 1.4426950408889634 + e;`
  ),
  log1p1: f(
    'x inf',
    `
  if (x > -0.29) { if (x < 0.41) { return logNear(x); } }
  return log1(1.0 + x, inf);`
  )
}
