/** Functions of angles, and angles of numbers. */
import { f, type Functions, nan, polynomial } from './text.ts'

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

/** Digits of 2/π to the base 4096: enough for the largest float. */
// prettier-ignore
export const twoOverPi = [
  2607, 2435, 1764, 3652, 338, 2556, 629, 2001, 3923, 1245, 3085, 2914, 2393, 2364, 1081, 65, 4069, 355
]

export const trigonometricFunctions: Functions = {
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
  )
}
