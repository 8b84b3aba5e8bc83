/** Entropies of single probabilities, convex functions extended by +Infinity as in scipy. */

import { log1pmx } from './gamma-kernel.ts'
import * as math from './math.ts'

/** −x ln x; 0 at 0, −Infinity for x < 0. */
export const entr = (x: number): number => {
  if (x > 0) return -x * math.log(x)
  return x === 0 ? 0 : x < 0 ? -Infinity : NaN
}

/** ln(x/y) for x, y > 0, accurate at x ≈ y and where the quotient over- or underflows. */
const logQuotient = (x: number, y: number): number => {
  const d = (x - y) / y
  if (Math.abs(d) < 0.5) return math.log1p(d)
  const q = x / y
  return q > 1e-300 && q < Infinity ? math.log(q) : math.log(x) - math.log(y)
}

/** x ln(x/y); 0 at x = 0 ≤ y, +Infinity elsewhere outside x, y > 0. */
export const relEntr = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  if (x > 0 && y > 0) return x * logQuotient(x, y)
  return x === 0 && y >= 0 ? 0 : Infinity
}

/** x ln(x/y) − x + y ≥ 0, without cancellation at x ≈ y; domain as {@link relEntr}, y at x = 0. */
export const klDiv = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  if (x > 0 && y > 0) {
    const d = (y - x) / x
    return Math.abs(d) < 0.6 ? x * (0 - log1pmx(d)) : x * logQuotient(x, y) - x + y
  }
  return x === 0 && y >= 0 ? y : Infinity
}
