/**
 * The logarithm of |Γ| and its derivative: polynomials near the zeros at 1, 2 and 1.4616, steps to
 * there, Stirling's series from 8 on, and the reflection for negative numbers.
 *
 * Source: Abramowitz and Stegun 1964, 6.1.17, 6.1.41, 6.3.7 and 6.3.18; polynomials by Chebyshev
 * interpolation of the functions in 40 digits.
 */
import { f, type Functions, nan, polynomial } from './text.ts'

export const gammaFunctions: Functions = {
  // log Γ(2 + z) for |z| ≤ 0.5
  lgammaNear: f(
    'z',
    `
  return z * ${polynomial('z', 1.134728199e-4, -2.538170957e-4, 5.06517143e-4, -1.185860034e-3, 2.890795322e-3, -7.386174156e-3, 2.058079947e-2, -6.735228147e-2, 3.224670335e-1, 4.22784335e-1)};`
  ),
  // log Γ(x) for x > 0
  lgammaPositive: f(
    'x inf',
    `
  if (x < 0.5) { return lgammaNear(x) - log1(x * (1.0 + x), inf); }
  if (x < 1.5) { return lgammaNear(x - 1.0) - log1(x, inf); }
  if (x < 2.5) { return lgammaNear(x - 2.0); }
  if (x < 8.0) {
    let y = x;
    let p = 1.0;
    for (let i = 0; i < 6; i++) {
      if (y >= 2.5) { y = y - 1.0; p = p * y; }
    }
    return lgammaNear(y - 2.0) + log1(p, inf);
  }
  if (x > 1.0e37) { return x * (log1(x, inf) - 1.0); }
  const r = 1.0 / x;
  const z = r * r;
  return (x - 0.5) * (log1(x, inf) - 1.0) + 0.4189385332046727 + r * ${polynomial('z', 7.936507936507937e-4, -2.777777777777778e-3, 8.333333333333333e-2)};`
  ),
  // sin(π r) for 0 < r < 1
  sinOfTurns: f(
    'r inf',
    `
  if (r > 0.5) { return sin1(3.141592653589793 * (1.0 - r), inf); }
  return sin1(3.141592653589793 * r, inf);`
  ),
  lgamma1: f(
    'x inf',
    `
  const a = Math.abs(x);
  if (a >= inf) { return inf; }
  if (x > 0.0) { return lgammaPositive(x, inf); }
  const r = a - Math.floor(a);
  if (r == 0.0) { return inf; }
  if (a < 1.0e-3) { return (a * 0.5772156649015329) - log1(a, inf); }
  if (r > 0.0) { return 1.1447298858494002 - log1(a * sinOfTurns(r, inf), inf) - lgammaPositive(a, inf); }
  return x;`
  ),
  // ψ(x) for x > 0; what the root has behind its 24 bits counts as its slope there times that
  digammaPositive: f(
    'x inf',
    `
  if (x >= 8.0) {
    const r = 1.0 / x;
    const z = r * r;
    return log1(x, inf) - 0.5 * r - z * ${polynomial('z', -4.166666666666667e-3, 3.968253968253968e-3, -8.333333333333333e-3, 8.333333333333333e-2)};
  }
  let y = x;
  let sum = 0.0;
  if (y < 1.0) { sum = -1.0 / y; y = y + 1.0; }
  for (let i = 0; i < 6; i++) {
    if (y > 2.0) { y = y - 1.0; sum = sum + 1.0 / y; }
  }
  const t = y - 1.5;
  return (y - 1.4616321325302124) * ${polynomial('t', 1.090258867e-2, -1.637362026e-2, 1.7114989e-2, -2.578688363e-2, 4.085002674e-2, -6.205598039e-2, 9.498468507e-2, -1.483988614e-1, 2.40542535e-1, -4.236274975e-1, 9.51055876e-1)} + (sum - 1.20360524806e-8);`
  ),
  digamma1: f(
    'x inf',
    `
  if (x > 0.0) { if (x < inf) { return digammaPositive(x, inf); } return x; }
  const a = Math.abs(x);
  if (!(a < inf)) { return ${nan}; }
  const r = a - Math.floor(a);
  if (r == 0.0) { return ${nan}; }
  let near = r;
  if (r > 0.5) { near = 1.0 - r; }
  const angle = 3.141592653589793 * near;
  const cot = 3.141592653589793 * cos1(angle, inf) / sin1(angle, inf);
  if (r > 0.5) { return digammaPositive(a, inf) + 1.0 / a - cot; }
  return digammaPositive(a, inf) + 1.0 / a + cot;`
  )
}
