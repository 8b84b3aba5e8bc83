/** Powers and roots: pow, cbrt, rsqrt. */

import { fastTwoSum, twoProduct } from './double-double.ts'
import { exp, expDouble } from './exponential.ts'
import { throughDouble } from './lanes.ts'
import type { LaneFunction } from './lanes.ts'
import { log, logDouble } from './logarithm.ts'
import { expNarrow, logNarrow } from './narrow.ts'

/** e^(y log|x|) in float64, for float32 results: 2^-29 is lost at most. Beyond 160 they are 0 or ∞. */
const narrowSize: LaneFunction = (m, a, y) => {
  const base = m.select(m.lt(a, Infinity), m.select(m.eq(a, 0), -Infinity, logNarrow(m, a)), a)
  return expNarrow(m, m.max(m.min(m.mul(base, y), 160), -160))
}

/**
 * |x|^y with log|x| and its product with y in twice float64's precision. Beyond 2^65 an exponent
 * gives 0 or ∞ whatever the base, unless that is one.
 */
const wideSize: LaneFunction = (m, a, y) => {
  const base = logDouble(m, a)
  const bounded = m.max(m.min(y, 2 ** 65), -(2 ** 65))
  const product = twoProduct(m, base.high, bounded)
  const power = fastTwoSum(m, product.high, m.madd(bounded, base.low, product.low))
  const regular = m.and(m.and(m.gt(a, 0), m.lt(a, Infinity)), m.lt(m.abs(y), Infinity))
  const corner = m.mul(
    m.select(m.eq(a, 0), -Infinity, m.select(m.lt(a, Infinity), base.high, a)),
    y
  )
  return expDouble(m, {
    high: m.select(regular, power.high, corner),
    low: m.select(m.and(regular, m.lt(m.abs(power.high), 1024)), power.low, 0)
  })
}

/** x^y from |x|^y: the signs and corners of IEEE 754's pow. */
const signedPower =
  (size: LaneFunction): LaneFunction =>
  (m, x, y) => {
    const a = m.abs(x)
    const positive = size(m, a, y)
    const half = m.mul(y, 0.5)
    const integral = m.eq(m.trunc(y), y)
    const even = m.eq(m.trunc(half), half)
    const signed = m.select(even, positive, m.or(positive, m.signBit(x)))
    const negative = m.and(m.lt(x, 0), m.gt(x, -Infinity))
    const power = m.select(
      negative,
      m.select(integral, signed, NaN),
      m.select(integral, signed, positive)
    )
    // (±1)^±∞ is 1 and so are 1^NaN and NaN^0, where y log|x| is NaN.
    const unit = m.and(m.eq(a, 1), m.select(m.lt(x, 0), m.eq(m.abs(y), Infinity), m.eq(x, 1)))
    return m.select(m.or(unit, m.eq(y, 0)), 1, power)
  }

const narrowPower = throughDouble(signedPower(narrowSize))
const widePower = signedPower(wideSize)

export const pow: LaneFunction = (m, x, y) =>
  (m.type.bytes === 4 ? narrowPower : widePower)(m, x, y)

/** ∛x = e^(log|x|/3), then one Newton step: y − (y³ − x)/(3y²). */
export const cbrt: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(cbrt)(m, x)
  // Scaled by 2^54, so that the residual of a subnormal number is none; its root by 2^18.
  const tiny = m.lt(m.abs(x), 2 ** -900)
  const a = m.mul(m.abs(x), m.select(tiny, 2 ** 54, 1))
  const y = exp(m, m.mul(log(m, a), 1 / 3))
  const square = m.mul(y, y)
  const better = m.sub(y, m.div(m.sub(m.mul(square, y), a), m.mul(square, 3)))
  const regular = m.and(m.gt(a, 0), m.lt(a, Infinity))
  const root = m.mul(m.select(regular, better, a), m.select(tiny, 2 ** -18, 1))
  return m.or(root, m.signBit(x))
}

/** 1/√x: ±∞ at ±0. */
export const rsqrt: LaneFunction = (m, x) => m.div(1, m.sqrt(x))
