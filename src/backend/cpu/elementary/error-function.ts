/** The error function in float32: a rational function, computed in float64 and rounded once. */

import { laneMath, narrow, widen } from './lanes.ts'
import type { LaneMath, Lanes } from './lanes.ts'

/**
 * erf(x)/x = P(x²)/Q(x²) on [0, 3.95], highest first; relative error 2.4e-9.
 *
 * Source: fitted by iteratively reweighted least squares at Chebyshev nodes in 40 digits.
 */
const P = [
  6.652035787948047e-6, 0.000407480863804285, 0.0042055444309026385, 0.055637852415641814,
  0.19261670288799287, 1.1283791697196204
]
const Q = [
  2.5262492026763515e-7, 7.156334395756391e-5, 0.0014120215408532353, 0.016240889460481505,
  0.11731901617009115, 0.5040355324108833, 1
]

/** Beyond this erf rounds to ±1 in float32. */
const LIMIT = 3.95

export const erf32 = (m: LaneMath, x: Lanes): Lanes => {
  const wide = laneMath(m, 'float64')
  const inside = widen(m, m.max(m.min(x, LIMIT), -LIMIT))
  const square = wide.mul(inside, inside)
  const p = wide.polynomial(square, P)
  const q = wide.polynomial(square, Q)
  return narrow(m, wide.div(wide.mul(inside, p), q))
}
