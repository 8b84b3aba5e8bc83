/** atan and atan2. */

import type { LaneFunction, LaneMath, Lanes, Operand } from './lanes.ts'
import { identityNearZero } from './trigonometric.ts'

/** (1 − atan(t)/t)/t² in t², highest first. Source: fdlibm, s_atan.c (aT[10] … aT[0]). */
const ATAN = [
  1.62858201153657823623e-2, -3.6531572744216915527e-2, 4.97687799461593236017e-2,
  -5.83357013379057348645e-2, 6.66107313738753120669e-2, -7.69187620504482999495e-2,
  9.09088713343650656196e-2, -1.1111110405462355788e-1, 1.42857142725034663711e-1,
  -1.99999999998764832476e-1, 3.33333333333329318027e-1
]

/** (atan(t)/t − 1)/t² in t² for t ≤ 1, highest first; relative error of atan t 2^-25.6. */
const ATAN32 = [
  2.920666476711631e-3, -1.6367824748158455e-2, 4.3211694806814194e-2, -7.552200555801392e-2,
  0.10665997862815857, -0.14211054146289825, 0.19993773102760315, -0.33333152532577515
]

/** float32's π/2 and what it lacks. */
const HALF_PI32 = [1.57079637050628662, -4.37113900018624283e-8] as const

/** atan t for 0 ≤ t ≤ 1, in float32. */
const octant32 = (m: LaneMath, t: Lanes): Lanes => {
  const square = m.mul(t, t)
  return m.madd(m.mul(t, square), m.polynomial(square, ATAN32), t)
}

const atan32 = (m: LaneMath, x: Lanes): Lanes => {
  const a = m.abs(x)
  const steep = m.gt(a, 1)
  const y = octant32(m, m.div(m.select(steep, 1, a), m.select(steep, a, 1)))
  return m.or(m.select(steep, m.sub(HALF_PI32[0], m.sub(y, HALF_PI32[1])), y), m.signBit(x))
}

/** π/2 and π/4 with what their float64 values lack. */
const HALF_PI = [Math.PI / 2, 6.12323399573676603587e-17] as const
const QUARTER_PI = [Math.PI / 4, 3.06161699786838301793e-17] as const

export const halfPiOf = ({ type }: LaneMath): readonly [number, number] =>
  type.bytes === 4 ? HALF_PI32 : HALF_PI

/** atan x = atan(c) + atan((x − c)/(1 + c x)) with c = 0, 1 or ∞: |t| ≤ tan(π/8). */
export const atan: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return atan32(m, x)
  const a = m.abs(x)
  const large = m.gt(a, 1 + Math.SQRT2)
  const middle = m.gt(a, Math.SQRT2 - 1)
  const pick = (far: Operand, mid: Operand, near: Operand): Lanes =>
    m.select(large, far, m.select(middle, mid, near))
  const t = m.div(pick(-1, m.sub(a, 1), a), pick(a, m.add(a, 1), 1))
  const square = m.mul(t, t)
  const series = m.mul(m.mul(m.polynomial(square, ATAN), square), t)
  const low = m.sub(pick(HALF_PI[1], QUARTER_PI[1], 0), series)
  const y = m.add(pick(HALF_PI[0], QUARTER_PI[0], 0), m.add(low, t))
  return identityNearZero(m, x, m.or(y, m.signBit(x)))
}

/** atan2(y, x): the angle of the point (x, y), with C's rules for zeros and infinities. */
export const atan2: LaneFunction = (m, y, x) => {
  const narrow = m.type.bytes === 4
  const [high, low] = halfPiOf(m)
  const [a, b] = [m.abs(y), m.abs(x)]
  const steep = m.gt(a, b)
  const quotient = m.div(m.select(steep, b, a), m.select(steep, a, b))
  // Two zeros, or two infinities, have no quotient.
  const slope = m.select(m.eq(a, b), m.select(m.eq(a, 0), 0, 1), quotient)
  const angle = narrow ? octant32(m, slope) : atan(m, slope)
  const upper = m.select(steep, m.sub(high, m.sub(angle, low)), angle)
  // A negative x, −0 too, mirrors the angle.
  const left = m.bits.eq(m.bits.shiftRight(x, narrow ? 31 : 63), 1n)
  const mirrored = m.sub(2 * high, m.sub(upper, 2 * low))
  return m.or(m.select(left, mirrored, upper), m.signBit(y))
}
