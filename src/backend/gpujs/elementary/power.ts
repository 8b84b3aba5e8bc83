/** Roots, powers and remainders. */
import { logTail, splitPositive } from './exponential.ts'
import { f, type Functions, nan } from './text.ts'

export const powerFunctions: Functions = {
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
  ${splitPositive}
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
