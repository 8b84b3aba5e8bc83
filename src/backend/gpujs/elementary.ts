/**
 * Elementary functions in float32, as text that both shading languages are made from.
 *
 * Drivers' own functions are too coarse (exp by 160 ulp near 80) or wrong in the corners, so these
 * are ours: at most 1e-6 relative error or 4 ulp, sin and cos 1e-6 absolute. The text is
 * the part of JavaScript that gpu.js takes: scalars are floats, `Math.` is followed by floor, abs
 * or sqrt, which every driver rounds well. `inf` is an argument wherever it is needed, because
 * literals of it do not survive. `pow2` (2^k, −126 ≤ k ≤ 127) and `exponent` (⌊log2 x⌋ of a normal
 * positive x) are the two functions that each language brings itself.
 *
 * Source: argument reductions after Cody and Waite 1980; minimax polynomials after Moshier's
 * Cephes (single precision); erfInv after Giles 2010.
 */

interface ElementaryFunction {
  readonly parameters: readonly string[]
  readonly body: string
}

const f = (parameters: string, body: string): ElementaryFunction => ({
  parameters: parameters.split(' '),
  body
})

/** Σ coefficients·x^k by Horner, highest power first. */
const polynomial = (x: string, ...coefficients: readonly number[]): string =>
  coefficients
    .slice(1)
    .reduce((sum, c) => `(${sum} * ${x} + ${literal(c)})`, literal(coefficients[0]))

const literal = (x: number): string => {
  const text = `${x}`
  const decimal = /[.e]/.test(text) ? text : `${text}.0`
  const plain =
    decimal.includes('e') && !decimal.includes('.') ? decimal.replace('e', '.0e') : decimal
  return x < 0 ? `(${plain})` : plain
}

const expTail = polynomial(
  'r',
  1.987569150e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1
) // prettier-ignore

const logTail = polynomial(
  'f',
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1
) // prettier-ignore

const atanTail = polynomial(
  'z',
  8.05374449538e-2,
  -1.38776856032e-1,
  1.99777106478e-1,
  -3.33329491539e-1
)
const asinTail = polynomial(
  'z',
  4.2163199048e-2,
  2.4181311049e-2,
  4.5470025998e-2,
  7.4953002686e-2,
  1.6666752422e-1
)

const nan = 'inf - inf'

/** x = m 2^e with m from 1/√2 to √2; what has no logarithm returns. */
const mantissa = `if (x < 0.0) { return ${nan}; }
  if (x == 0.0) { return 0.0 - inf; }
  if (!(x < inf)) { return x; }
  let m = x;
  let e = 0.0;
  if (x < 1.1754943508222875e-38) { m = x * 16777216.0; e = 0.0 - 24.0; }
  const k = exponent(m);
  m = m * pow2(0.0 - Math.max(k - 1.0, 0.0 - 126.0)) * 0.5;
  if (k < -125.0) { m = m * pow2(Math.max(k - 1.0, 0.0 - 126.0) - (k - 1.0)); }
  e = e + k;
  if (m > 1.4142135623730951) { m = m * 0.5; e = e + 1.0; }`

/** Digits of 2/π to the base 4096: enough for the largest float. */
// prettier-ignore
export const twoOverPi = [
  2607, 2435, 1764, 3652, 338, 2556, 629, 2001, 3923, 1245, 3085, 2914, 2393, 2364, 1081, 65, 4069, 355
]

/** By name; what a body calls is found by name. */
export const elementaryFunctions: Readonly<Record<string, ElementaryFunction>> = {
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
  ),
  tanh1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (a < 0.625) {
    const z = x * x;
    return ${polynomial('z', -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)} * z * x + x;
  }
  if (!(a >= 0.0)) { return x; }
  let y = 1.0;
  if (a < 9.2) { y = 1.0 - 2.0 / (exp1(2.0 * a, inf) + 1.0); }
  if (x < 0.0) { return 0.0 - y; }
  return y;`
  ),
  logistic1: f('x inf', `return 1.0 / (1.0 + exp1(0.0 - x, inf));`),
  sinh1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (a < 1.0) {
    const z = x * x;
    return ${polynomial('z', 2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1)} * z * x + x;
  }
  if (!(a >= 0.0)) { return x; }
  const t = exp1(0.5 * a, inf);
  const y = 0.5 * t * t - 0.5 / (t * t);
  if (x < 0.0) { return 0.0 - y; }
  return y;`
  ),
  cosh1: f(
    'x inf',
    `
  const t = exp1(0.5 * Math.abs(x), inf);
  return 0.5 * t * t + 0.5 / (t * t);`
  ),
  // x − k π/2 with k in the fourth quarter turn; sin and cos of it by their polynomials
  sinNear: f(
    'r',
    `
  const z = r * r;
  return ${polynomial('z', -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)} * z * r + r;`
  ),
  cosNear: f(
    'r',
    `
  const z = r * r;
  return ${polynomial('z', 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)} * z * z - 0.5 * z + 1.0;`
  ),
  // Digits of 2/π to the base 4096, counted from 1.
  twoOverPi: f(
    'j',
    `
${twoOverPi.map((digit, j) => `  if (j == ${j + 1}.0) { return ${digit}.0; }`).join('\n')}
  return 0.0;`
  ),
  // For 10^5 ≤ |x| < ∞: part 0 are the quarter turns modulo 4, part 1 is the rest (Payne and Hanek
  // 1983). |x| = m 4096^s, and m has three digits; multiples of four quarter turns are left out.
  farAngle: f(
    'x part',
    `
  const a = Math.abs(x);
  const e = exponent(a);
  const s = Math.floor((e - 22.5) / 12.0);
  const w = a * pow2(1.0 - e) * 4194304.0 * pow2(e - 23.0 - 12.0 * s);
  const m2 = Math.floor(w / 16777216.0);
  const m1 = Math.floor((w - m2 * 16777216.0) / 4096.0);
  const m0 = w - m2 * 16777216.0 - m1 * 4096.0;
  let n = 6.0;
  let above = 0.0;
  let rest = 0.0;
  let digit = 0.0;
  for (let i = 0; i < 7; i++) {
    const p0 = m0 * twoOverPi(s + n);
    const p1 = m1 * twoOverPi(s + n + 1.0);
    const p2 = m2 * twoOverPi(s + n + 2.0);
    const h0 = Math.floor(p0 / 4096.0);
    const h1 = Math.floor(p1 / 4096.0);
    const h2 = Math.floor(p2 / 4096.0);
    const sum = (p0 - h0 * 4096.0) + (p1 - h1 * 4096.0) + (p2 - h2 * 4096.0) + above;
    const carry = Math.floor(sum / 4096.0);
    digit = sum - carry * 4096.0;
    above = h0 + h1 + h2 + carry;
    if (n > 0.5) { rest = (rest + digit) / 4096.0; }
    n = n - 1.0;
  }
  let turns = digit - 4.0 * Math.floor(digit / 4.0);
  if (rest >= 0.5) { rest = rest - 1.0; turns = turns + 1.0; }
  if (x < 0.0) { rest = -rest; turns = -turns; }
  if (part < 0.5) { return turns; }
  return rest * 1.5707963267948966;`
  ),
  quarterTurns: f(
    'x',
    `
  if (Math.abs(x) < 100000.0) { return Math.floor(x * 0.6366197723675814 + 0.5); }
  return farAngle(x, 0.0);`
  ),
  reduced: f(
    'x k',
    `
  if (Math.abs(x) < 100000.0) {
    return ((x - k * 1.5703125) - k * 4.837512969970703e-4) - k * 7.54978995489188e-8;
  }
  return farAngle(x, 1.0);`
  ),
  sin1: f(
    'x inf',
    `
  if (!(Math.abs(x) < inf)) { return ${nan}; }
  const k = quarterTurns(x);
  const r = reduced(x, k);
  const q = k - 4.0 * Math.floor(k * 0.25);
  if (q < 0.5) { return sinNear(r); }
  if (q < 1.5) { return cosNear(r); }
  if (q < 2.5) { return 0.0 - sinNear(r); }
  return 0.0 - cosNear(r);`
  ),
  cos1: f(
    'x inf',
    `
  if (!(Math.abs(x) < inf)) { return ${nan}; }
  const k = quarterTurns(x);
  const r = reduced(x, k);
  const q = k - 4.0 * Math.floor(k * 0.25);
  if (q < 0.5) { return cosNear(r); }
  if (q < 1.5) { return 0.0 - sinNear(r); }
  if (q < 2.5) { return 0.0 - cosNear(r); }
  return sinNear(r);`
  ),
  tan1: f(
    'x inf',
    `
  if (!(Math.abs(x) < inf)) { return ${nan}; }
  const k = quarterTurns(x);
  const r = reduced(x, k);
  const q = k - 2.0 * Math.floor(k * 0.5);
  if (q < 0.5) { return sinNear(r) / cosNear(r); }
  return 0.0 - cosNear(r) / sinNear(r);`
  ),
  // asin for 0 ≤ x ≤ 1/2
  asinNear: f(
    'x',
    `
  const z = x * x;
  return ${asinTail} * z * x + x;`
  ),
  asin1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (!(a <= 1.0)) { return ${nan}; }
  if (a <= 0.5) { return asinNear(x); }
  const y = 1.5707963267948966 - 2.0 * asinNear(Math.sqrt(0.5 * (1.0 - a)));
  if (x < 0.0) { return 0.0 - y; }
  return y;`
  ),
  acos1: f(
    'x inf',
    `
  if (!(Math.abs(x) <= 1.0)) { return ${nan}; }
  if (x > 0.5) { return 2.0 * asinNear(Math.sqrt(0.5 * (1.0 - x))); }
  if (x < -0.5) { return 3.141592653589793 - 2.0 * asinNear(Math.sqrt(0.5 * (1.0 + x))); }
  return 1.5707963267948966 - asinNear(x);`
  ),
  atan1: f(
    'x',
    `
  const a = Math.abs(x);
  if (!(a >= 0.0)) { return x; }
  let t = x;
  let y = 0.0;
  if (a > 2.414213562373095) { y = 1.5707963267948966; t = 0.0 - 1.0 / a; }
  else { if (a > 0.4142135623730951) { y = 0.7853981633974483; t = (a - 1.0) / (a + 1.0); } }
  const z = t * t;
  const s = ${atanTail} * z * t + t;
  if (a <= 0.4142135623730951) { return s; }
  if (x < 0.0) { return 0.0 - (y + s); }
  return y + s;`
  ),
  // signX and signY are 1 where the argument has its sign bit, which −0 has too
  atan21: f(
    'y x signY signX inf',
    `
  const a = Math.abs(y);
  const b = Math.abs(x);
  if (!(a >= 0.0)) { return y; }
  if (!(b >= 0.0)) { return x; }
  let t = 0.0;
  if (b == inf) { if (a == inf) { t = 0.7853981633974483; } }
  else { if (a > 0.0) { if (b == 0.0) { t = 1.5707963267948966; } else { t = atan1(a / b); } } }
  if (signX > 0.5) { t = 3.141592653589793 - t; }
  if (signY > 0.5) { return -t; }
  return t;`
  ),
  asinh1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (a < 0.5) {
    const z = x * x;
    return ${polynomial('z', 2.0122003309e-2, -4.2699340972e-2, 7.4847586088e-2, -1.6666288134e-1)} * z * x + x;
  }
  if (!(a < inf)) { return x; }
  let y = 0.0;
  if (a > 1500.0) { y = log1(a, inf) + 0.6931471805599453; }
  else { y = log1(a + Math.sqrt(a * a + 1.0), inf); }
  if (x < 0.0) { return 0.0 - y; }
  return y;`
  ),
  acosh1: f(
    'x inf',
    `
  if (!(x >= 1.0)) { return ${nan}; }
  if (x > 1500.0) { if (x < inf) { return log1(x, inf) + 0.6931471805599453; } return x; }
  const z = x - 1.0;
  if (z < 0.5) {
    return ${polynomial('z', 1.7596881071e-3, -7.5272886713e-3, 2.6454905019e-2, -1.1784741703e-1, 1.4142135263)} * Math.sqrt(z);
  }
  return log1(x + Math.sqrt(z * (x + 1.0)), inf);`
  ),
  atanh1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (a < 0.5) {
    const z = x * x;
    return ${polynomial('z', 1.81740078349e-1, 8.2437030106e-2, 1.4669143173e-1, 1.997821645e-1, 3.33337300303e-1)} * z * x + x;
  }
  if (!(a <= 1.0)) { return ${nan}; }
  let y = inf;
  if (a < 1.0) { y = 0.5 * log1p1(2.0 * a / (1.0 - a), inf); }
  if (x < 0.0) { return 0.0 - y; }
  return y;`
  ),
  // exp(−a²) with a split so that the square is exact
  expMinusSquare: f(
    'a inf',
    `
  const h = Math.floor(a * 16.0) * 0.0625;
  return exp1(0.0 - h * h, inf) * exp1(0.0 - (a - h) * (a + h), inf);`
  ),
  // erfc for a ≥ 1
  erfcTail: f(
    'a inf',
    `
  if (a > 10.1) { return 0.0; }
  const q = 1.0 / a;
  const y = q * q;
  let p = 0.0;
  if (a < 2.0) { p = ${polynomial('y', 2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1, 6.210004621745983e-1, -4.944515323274145e-1, 3.404879937665872e-1, -2.741127028184656e-1, 5.638259427386472e-1)}; }
  else { p = ${polynomial('y', -1.047766399936249e1, 1.297719955372516e1, -7.495518717768503, 2.921019019210786, -1.0152652792027, 4.218463358204948e-1, -2.820767439740514e-1, 5.641895067754075e-1)}; }
  return expMinusSquare(a, inf) * q * p;`
  ),
  erfNear: f(
    'x',
    `
  const z = x * x;
  return x * ${polynomial('z', 7.853861353153693e-5, -8.010193625184903e-4, 5.188327685732524e-3, -2.685381193529856e-2, 1.128358514861418e-1, -3.7612625824233e-1, 1.12837916572671)};`
  ),
  erf1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (a < 1.0) { return erfNear(x); }
  if (!(a >= 0.0)) { return x; }
  const y = 1.0 - erfcTail(a, inf);
  if (x < 0.0) { return 0.0 - y; }
  return y;`
  ),
  erfc1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (a < 1.0) { return 1.0 - erfNear(x); }
  if (!(a >= 0.0)) { return x; }
  const y = erfcTail(a, inf);
  if (x < 0.0) { return 2.0 - y; }
  return y;`
  ),
  erfInv1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (!(a <= 1.0)) { return ${nan}; }
  if (a == 1.0) { return x * inf; }
  const w = 0.0 - log1p1(0.0 - x * x, inf);
  if (w < 5.0) {
    const v = w - 2.5;
    return ${polynomial('v', 2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3, 2.46640727e-1, 1.50140941)} * x;
  }
  const u = Math.sqrt(0.0 - log1((1.0 - a) * (1.0 + a), inf)) - 3.0;
  return ${polynomial('u', -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3, 1.00167406, 2.83297682)} * x;`
  ),
  cbrt1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (a == 0.0) { return x; }
  if (!(a < inf)) { return x; }
  let m = a;
  let e = 0.0;
  if (a < 1.1754943508222875e-38) { m = a * 16777216.0; e = 0.0 - 8.0; }
  const k = Math.floor((exponent(m) + 0.5) / 3.0);
  m = m * pow2(0.0 - k) * pow2(0.0 - k) * pow2(0.0 - k);
  let y = 0.65 + 0.35 * m;
  if (m > 2.0) { y = 0.95 + 0.15 * m; }
  y = y - (y * y * y - m) / (3.0 * y * y);
  y = y - (y * y * y - m) / (3.0 * y * y);
  y = y - (y * y * y - m) / (3.0 * y * y);
  y = y - (y * y * y - m) / (3.0 * y * y);
  y = scale2(y, k + e);
  if (x < 0.0) { return 0.0 - y; }
  return y;`
  ),
  // |x|^y for finite x > 0 and y, the logarithm in two parts so that its product keeps its digits
  powPositive: f(
    'x y inf',
    `
  let m = x;
  let e = 0.0;
  if (x < 1.1754943508222875e-38) { m = x * 16777216.0; e = 0.0 - 24.0; }
  const k = exponent(m);
  m = m * pow2(0.0 - Math.max(k - 1.0, 0.0 - 126.0)) * 0.5;
  if (k < -125.0) { m = m * pow2(Math.max(k - 1.0, 0.0 - 126.0) - (k - 1.0)); }
  e = e + k;
  if (m > 1.4142135623730951) { m = m * 0.5; e = e + 1.0; }
  const f = m - 1.0;
  const fh = Math.floor(f * 4096.0 + 0.5) * 2.44140625e-4;
  const fl = f - fh;
  const exact = fh - 0.5 * fh * fh;
  const h = exact + fl;
  const lost = (exact - h) + fl;
  const l = lost - (fh + 0.5 * fl) * fl + ${logTail} * f * f * f;
  let unitH = 1.0;
  if (h != 0.0) { unitH = pow2(exponent(Math.abs(h)) - 10.0); }
  const hh = Math.floor(h / unitH + 0.5) * unitH;
  const c = hh * 1.4423828125;
  const ch = Math.floor(c / unitH + 0.5) * unitH;
  const rest = (c - ch) + (h - hh) * 1.4423828125 + h * 3.122283889634074e-4 + l * 1.4426950408889634;
  if (y > 1.0e10) { const far = y * (e + ch + rest); if (far > 0.0) { return inf; } if (far < 0.0) { return 0.0; } return 1.0; }
  if (y < -1.0e10) { const far = y * (e + ch + rest); if (far > 0.0) { return inf; } if (far < 0.0) { return 0.0; } return 1.0; }
  if (Math.abs(y) < 1.0e-30) { return 1.0; }
  const unit = pow2(exponent(Math.abs(y)) - 11.0);
  const yh = Math.floor(y / unit) * unit;
  const yl = y - yh;
  const a = yh * e;
  const b = yh * ch;
  const rough = a + b;
  if (rough > 400.0) { return inf; }
  if (rough < -400.0) { return 0.0; }
  const ka = Math.floor(a + 0.5);
  const kb = Math.floor(b + 0.5);
  const r = (a - ka) + (b - kb) + (yl * (e + ch) + y * rest);
  const kr = Math.floor(r + 0.5);
  const n = ka + kb + kr;
  if (n > 128.5) { return inf; }
  if (n < -160.0) { return 0.0; }
  return scale2(exp21(r - kr, inf), n);`
  ),
  pow1: f(
    'x y inf',
    `
  if (y == 0.0) { return 1.0; }
  if (x == 1.0) { return 1.0; }
  if (!(x >= 0.0)) { if (!(x < 0.0)) { return x; } }
  if (!(y > 0.0)) { if (!(y < 0.0)) { return y; } }
  const a = Math.abs(x);
  if (Math.abs(y) == inf) {
    if (a == 1.0) { return 1.0; }
    if (a > 1.0) { if (y > 0.0) { return inf; } return 0.0; }
    if (y > 0.0) { return 0.0; }
    return inf;
  }
  let whole = 0.0;
  if (Math.floor(y) == y) { whole = 1.0; }
  let odd = 0.0;
  if (whole > 0.5) { if (Math.abs(y) < 16777216.0) { if (Math.floor(y * 0.5) * 2.0 != y) { odd = 1.0; } } }
  let r = 0.0;
  if (a == 0.0) { if (y < 0.0) { r = inf; } }
  else {
    if (a == inf) { if (y > 0.0) { r = inf; } }
    else {
      if (x < 0.0) { if (whole < 0.5) { return ${nan}; } }
      r = powPositive(a, y, inf);
    }
  }
  if (x < 0.0) { if (odd > 0.5) { return 0.0 - r; } }
  if (a == 0.0) { if (odd > 0.5) { if (y > 0.0) { return x; } return 1.0 / x; } }
  return r;`
  ),
  // the remainder of a / b with the sign of a, exactly: shifted multiples of b are taken away
  rem1: f(
    'x y inf',
    `
  const b = Math.abs(y);
  let a = Math.abs(x);
  if (!(a < inf)) { return ${nan}; }
  if (!(b > 0.0)) { return ${nan}; }
  if (b == inf) { return x; }
  for (let i = 0; i < 280; i++) {
    if (a < b) { break; }
    const d = Math.max(exponent(a) - exponent(b), 0.0);
    let t = b * pow2(Math.min(d, 126.0)) * pow2(Math.max(d - 126.0, 0.0));
    if (t > a) { t = t * 0.5; }
    if (t < b) { t = b; }
    a = a - t;
  }
  if (x < 0.0) { return 0.0 - a; }
  if (a == 0.0) { return x * 0.0; }
  return a;`
  )
}

/** The functions that the named ones need, themselves included, callees first. */
export const withCallees = (names: Iterable<string>): readonly string[] => {
  const order: string[] = []
  const visit = (name: string): void => {
    if (order.includes(name)) return
    for (const [called] of elementaryFunctions[name].body.matchAll(/\b[a-z]\w*(?=\()/gi))
      if (called !== name && Object.hasOwn(elementaryFunctions, called)) visit(called)
    order.push(name)
  }
  for (const name of names) visit(name)
  return order
}
