/** The error function, its complement and its inverse. */
import { f, type Functions, nan, polynomial } from './text.ts'

export const errorFunctions: Functions = {
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
  )
}
