/**
 * sin, cos, tan and their inverses.
 *
 * x = n π/2 + r with |r| ≤ π/4. Up to 2^20 quarter turns n times each part of π/2 is exact; beyond,
 * and there alone, the host's function is called lane by lane.
 */

import { hostFunction, throughDouble } from './lanes.ts'
import type { LaneFunction, LaneMath, Lanes, Operand } from './lanes.ts'

/** π/2 in three parts, the first two of 33 bits. Source: fdlibm, e_rem_pio2.c. */
const PI_2 = [
  1.57079632673412561417, 6.0771005063039659766e-11, 2.02226624879595063154e-21
] as const
/** The second and third part together, for results in float32. */
const PI_2_LOW = 6.07710050650619224932e-11
/** 1.5·2^52 rounds to an integer and leaves it in the low bits. */
const MAGIC = 1.5 * 2 ** 52
/** Some 2^20 quarter turns. */
const LIMIT = 1.6e6

/** Both functions of the remainder, and the quarter turns in the low bits of a lane. */
interface Quadrant {
  readonly sin: Lanes
  readonly cos: Lanes
  readonly turns: Lanes
}

const quarterTurns = (m: LaneMath, x: Lanes): readonly [n: Lanes, turns: Lanes] => {
  const turns = m.madd(x, 2 / Math.PI, MAGIC)
  return [m.sub(turns, MAGIC), turns]
}

/** (sin r − r)/r³ and (cos r − 1)/r² to 2^-37. Source: FreeBSD msun, k_sinf.c and k_cosf.c. */
const SIN_NARROW = [
  2.7183114939898219064e-6, -1.98393348360966317347e-4, 8.3333293858894631756e-3,
  -1.66666666416265235595e-1
]
const COS_NARROW = [
  2.43904487962774090654e-5, -1.38867637746099294692e-3, 4.16666233237390631894e-2,
  -4.9999999725103100312e-1
]

/** Enough for float32 results: computed in float64 without a compensation. */
const narrowQuadrant = (m: LaneMath, x: Lanes): Quadrant => {
  const [n, turns] = quarterTurns(m, x)
  const r = m.madd(n, -PI_2_LOW, m.madd(n, -PI_2[0], x))
  const square = m.mul(r, r)
  return {
    sin: m.mul(r, m.madd(m.polynomial(square, SIN_NARROW), square, 1)),
    cos: m.madd(m.polynomial(square, COS_NARROW), square, 1),
    turns
  }
}

/** Source: fdlibm, k_sin.c (S6 … S2, S1) and k_cos.c (C6 … C1). */
const SIN_WIDE = [
  1.58969099521155010221e-10, -2.50507602534068634195e-8, 2.75573137070700676789e-6,
  -1.98412698298579493134e-4, 8.33333333332248946124e-3
]
const SIN_FIRST = -1.66666666666666324348e-1
const COS_WIDE = [
  -1.13596475577881948265e-11, 2.0875723212981748279e-9, -2.75573143513906633035e-7,
  2.48015872894767294178e-5, -1.38888888888741095749e-3, 4.16666666666666019037e-2
]

/** The remainder in two parts, r + e, so that it is accurate also next to a multiple of π/2. */
const wideQuadrant = (m: LaneMath, x: Lanes): Quadrant => {
  const [n, turns] = quarterTurns(m, x)
  const first = m.madd(n, -PI_2[0], x)
  const second = m.mul(n, PI_2[1])
  const high = m.sub(first, second)
  const back = m.sub(first, high)
  const error = m.add(m.sub(first, m.add(high, back)), m.sub(back, second))
  const low = m.madd(n, -PI_2[2], error)
  const r = m.add(high, low)
  const e = m.add(m.sub(high, r), low)

  const square = m.mul(r, r)
  const cube = m.mul(square, r)
  const series = m.polynomial(square, SIN_WIDE)
  const inner = m.sub(m.mul(m.sub(m.mul(e, 0.5), m.mul(cube, series)), square), e)
  const sin = m.sub(r, m.sub(inner, m.mul(cube, SIN_FIRST)))

  const half = m.mul(square, 0.5)
  const near = m.sub(1, half)
  const rest = m.mul(m.mul(m.polynomial(square, COS_WIDE), square), square)
  const cos = m.add(near, m.add(m.sub(m.sub(1, near), half), m.sub(rest, m.mul(r, e))))
  return { sin, cos, turns }
}

/** sin, or cos for an offset of one, from its values on the first quadrant. */
const turned = (m: LaneMath, { sin, cos, turns }: Quadrant, offset: 0 | 1): Lanes => {
  const n = offset === 0 ? turns : m.bits.add(turns, 1n)
  const odd = m.bits.eq(m.bits.and(n, 1n), 1n)
  const negative = m.bits.shiftLeft(m.bits.and(n, 2n), 62)
  return m.xor(m.select(odd, cos, sin), negative)
}

/** Computes `compute` in float64 and hands large arguments to the host. */
const periodic =
  (name: string, compute: (m: LaneMath, x: Lanes, quadrant: typeof wideQuadrant) => Lanes) =>
  (m: LaneMath, x: Lanes): Lanes => {
    const fast =
      m.type.bytes === 4
        ? throughDouble((wide, y) => compute(wide, y, narrowQuadrant))(m, x)
        : compute(m, x, wideQuadrant)
    return m.patch(m.gt(m.abs(x), LIMIT), fast, hostFunction(m, name, 1), x)
  }

/** x itself where it is so small that the function is x: keeps −0. */
const identityNearZero = (m: LaneMath, x: Lanes, y: Lanes): Lanes =>
  m.select(m.lt(m.abs(x), 2 ** -27), x, y)

export const sin: LaneFunction = periodic('sin', (m, x, quadrant) =>
  identityNearZero(m, x, turned(m, quadrant(m, x), 0))
)

export const cos: LaneFunction = periodic('cos', (m, x, quadrant) => turned(m, quadrant(m, x), 1))

/** tan = sin / cos, −cos / sin after an odd number of quarter turns. */
export const tan: LaneFunction = periodic('tan', (m, x, quadrant) => {
  const { sin: s, cos: c, turns } = quadrant(m, x)
  const odd = m.bits.eq(m.bits.and(turns, 1n), 1n)
  const y = m.div(m.select(odd, m.neg(c), s), m.select(odd, s, c))
  return identityNearZero(m, x, y)
})

/** (1 − atan(t)/t)/t² in t², highest first. Source: fdlibm, s_atan.c (aT[10] … aT[0]). */
const ATAN = [
  1.62858201153657823623e-2, -3.6531572744216915527e-2, 4.97687799461593236017e-2,
  -5.83357013379057348645e-2, 6.66107313738753120669e-2, -7.69187620504482999495e-2,
  9.09088713343650656196e-2, -1.1111110405462355788e-1, 1.42857142725034663711e-1,
  -1.99999999998764832476e-1, 3.33333333333329318027e-1
]

/** π/2 and π/4 with what their float64 values lack. */
const HALF_PI = [Math.PI / 2, 6.12323399573676603587e-17] as const
const QUARTER_PI = [Math.PI / 4, 3.06161699786838301793e-17] as const

/** atan x = atan(c) + atan((x − c)/(1 + c x)) with c = 0, 1 or ∞: |t| ≤ tan(π/8). */
export const atan: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(atan)(m, x)
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
  if (m.type.bytes === 4) return throughDouble(atan2)(m, y, x)
  const [a, b] = [m.abs(y), m.abs(x)]
  const steep = m.gt(a, b)
  const quotient = m.div(m.select(steep, b, a), m.select(steep, a, b))
  // Two zeros, or two infinities, have no quotient.
  const slope = m.select(m.eq(a, b), m.select(m.eq(a, 0), 0, 1), quotient)
  const angle = atan(m, slope)
  const upper = m.select(steep, m.sub(HALF_PI[0], m.sub(angle, HALF_PI[1])), angle)
  // A negative x, −0 too, mirrors the angle.
  const left = m.bits.eq(m.bits.shiftRight(x, 63), 1n)
  const mirrored = m.sub(2 * HALF_PI[0], m.sub(upper, 2 * HALF_PI[1]))
  return m.or(m.select(left, mirrored, upper), m.signBit(y))
}

/** (asin t − t)/t³ as P/Q in t². Source: fdlibm, e_asin.c (pS5 … pS0, qS4 … qS1, 1). */
const ASIN_P = [
  3.4793310759602116757e-5, 7.91534994289814532176e-4, -4.00555345006794114027e-2,
  2.01212532134862925881e-1, -3.25565818622400915405e-1, 1.66666666666666657415e-1
]
const ASIN_Q = [
  7.70381505559019352791e-2, -6.8828397160545329303e-1, 2.02094576023350569471,
  -2.40339491173441421878, 1
]

/** asin|x| for |x| ≤ ½, and √ of its argument otherwise: π/2 − asin x = 2 asin √((1 − x)/2). */
const arc = (m: LaneMath, x: Lanes): { readonly outer: Lanes; readonly angle: Lanes } => {
  const a = m.abs(x)
  const outer = m.gt(a, 0.5)
  const square = m.select(outer, m.mul(m.sub(1, a), 0.5), m.mul(a, a))
  const t = m.select(outer, m.sqrt(square), a)
  const series = m.div(m.mul(m.polynomial(square, ASIN_P), square), m.polynomial(square, ASIN_Q))
  return { outer, angle: m.madd(t, series, t) }
}

/** asin x; NaN beyond ±1 by the square root. */
export const asin: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(asin)(m, x)
  const { outer, angle } = arc(m, x)
  const far = m.sub(HALF_PI[0], m.sub(m.add(angle, angle), HALF_PI[1]))
  return identityNearZero(m, x, m.or(m.select(outer, far, angle), m.signBit(x)))
}

/** acos x; NaN beyond ±1 by the square root. */
export const acos: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(acos)(m, x)
  const { outer, angle } = arc(m, x)
  const signed = m.or(angle, m.signBit(x))
  const near = m.sub(HALF_PI[0], m.sub(signed, HALF_PI[1]))
  const double = m.add(angle, angle)
  const far = m.select(m.lt(x, 0), m.sub(2 * HALF_PI[0], m.sub(double, 2 * HALF_PI[1])), double)
  return m.select(outer, far, near)
}
