/** Powers and roots: pow, cbrt, rsqrt. */

import { exp } from './exponential.ts'
import { hostFunction, throughDouble } from './lanes.ts'
import type { LaneFunction, LaneMath, Lanes } from './lanes.ts'
import { log } from './logarithm.ts'

/**
 * |x|^y = e^(y log|x|) in float64, accurate enough for float32 results: the exponent is below 104,
 * so its error stays below 2^-44. Signs and corners are IEEE 754's pow.
 */
const powNarrow = (m: LaneMath, x: Lanes, y: Lanes): Lanes => {
  const a = m.abs(x)
  const size = exp(m, m.mul(log(m, a), y))
  const half = m.mul(y, 0.5)
  const integral = m.eq(m.trunc(y), y)
  const even = m.eq(m.trunc(half), half)
  const signed = m.select(even, size, m.or(size, m.signBit(x)))
  const negative = m.and(m.lt(x, 0), m.gt(x, -Infinity))
  const power = m.select(
    negative,
    m.select(integral, signed, NaN),
    m.select(integral, signed, size)
  )
  // (±1)^±∞ is 1 and so are 1^NaN and NaN^0, where y log|x| is NaN.
  const unit = m.and(m.eq(a, 1), m.select(m.lt(x, 0), m.eq(m.abs(y), Infinity), m.eq(x, 1)))
  return m.select(m.or(unit, m.eq(y, 0)), 1, power)
}

export const pow: LaneFunction = (m, x, y) =>
  m.type.bytes === 4
    ? throughDouble(powNarrow)(m, x, y)
    : m.callScalar(hostFunction(m, 'pow', 2), x, y)

/** ∛x = e^(log|x|/3), then one Newton step: y − (y³ − x)/(3y²). */
export const cbrt: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(cbrt)(m, x)
  const a = m.abs(x)
  const y = exp(m, m.mul(log(m, a), 1 / 3))
  const square = m.mul(y, y)
  const better = m.sub(y, m.div(m.sub(m.mul(square, y), a), m.mul(square, 3)))
  const regular = m.and(m.gt(a, 0), m.lt(a, Infinity))
  return m.or(m.select(regular, better, a), m.signBit(x))
}

/** 1/√x: ±∞ at ±0. */
export const rsqrt: LaneFunction = (m, x) => m.div(1, m.sqrt(x))
