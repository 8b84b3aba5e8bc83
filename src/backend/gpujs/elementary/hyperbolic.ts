/** Hyperbolic functions and their inverses, and the logistic one. */
import { f, type Functions, nan, polynomial } from './text.ts'

export const hyperbolicFunctions: Functions = {
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
  )
}
