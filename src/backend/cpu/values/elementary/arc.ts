/** asin and acos. */
import { halfPiOf } from './inverse-trigonometric.ts'
import type { LaneFunction, LaneMath, Lanes } from './lanes.ts'
import { identityNearZero } from './trigonometric.ts'

/** (asin t − t)/t³ as P/Q in t². Source: fdlibm, e_asin.c (pS5 … pS0, qS4 … qS1, 1). */
const ASIN_P = [
  3.4793310759602116757e-5, 7.91534994289814532176e-4, -4.00555345006794114027e-2,
  2.01212532134862925881e-1, -3.25565818622400915405e-1, 1.66666666666666657415e-1
]
const ASIN_Q = [
  7.70381505559019352791e-2, -6.8828397160545329303e-1, 2.02094576023350569471,
  -2.40339491173441421878, 1
]

/** (asin(t)/t − 1)/t² in t² for t ≤ 0.5625, highest first; relative error of asin t 2^-28. */
const ASIN32 = [
  4.751142859458923e-2, 6.714818067848682e-3, 3.402138501405716e-2, 4.423029348254204e-2,
  7.502113282680511e-2, 0.16666631400585175
]

/**
 * asin|x| up to a bound, and of √((1 − x)/2) beyond: π/2 − asin x is twice that. In float32 the
 * bound is where the doubled angle has fallen below 1, so that its error counts once.
 */
const arc = (m: LaneMath, x: Lanes): { readonly outer: Lanes; readonly angle: Lanes } => {
  const narrow = m.type.bytes === 4
  const a = m.abs(x)
  const outer = m.gt(a, narrow ? 0.5625 : 0.5)
  const square = m.select(outer, m.mul(m.sub(1, a), 0.5), m.mul(a, a))
  const t = m.select(outer, m.sqrt(square), a)
  if (narrow) return { outer, angle: m.madd(m.mul(t, square), m.polynomial(square, ASIN32), t) }
  const series = m.div(m.mul(m.polynomial(square, ASIN_P), square), m.polynomial(square, ASIN_Q))
  return { outer, angle: m.madd(t, series, t) }
}

/** asin x; NaN beyond ±1 by the square root. */
export const asin: LaneFunction = (m, x) => {
  const [high, low] = halfPiOf(m)
  const { outer, angle } = arc(m, x)
  const far = m.sub(high, m.sub(m.add(angle, angle), low))
  return identityNearZero(m, x, m.or(m.select(outer, far, angle), m.signBit(x)))
}

/** acos x; NaN beyond ±1 by the square root. */
export const acos: LaneFunction = (m, x) => {
  const [high, low] = halfPiOf(m)
  const { outer, angle } = arc(m, x)
  const signed = m.or(angle, m.signBit(x))
  const near = m.sub(high, m.sub(signed, low))
  const double = m.add(angle, angle)
  const far = m.select(m.lt(x, 0), m.sub(2 * high, m.sub(double, 2 * low)), double)
  return m.select(outer, far, near)
}
