/**
 * sin, cos and tan.
 *
 * x = n π/2 + r with |r| ≤ π/4. Up to 2^20 quarter turns n times each part of π/2 is exact; beyond,
 * and there alone, a subroutine finds n and r lane by lane.
 */

import { throughDouble } from './lanes.ts'
import type { LaneFunction, LaneMath, Lanes } from './lanes.ts'
import { largeRemainder } from './large-remainder.ts'

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

/** A remainder r + e and the quarter turns, for numbers of every size. */
interface Remainder {
  readonly r: Lanes
  readonly e: Lanes
  readonly turns: Lanes
}

const anySize = (m: LaneMath, x: Lanes, { r, e, turns }: Remainder): Remainder => {
  const size = m.abs(x)
  const large = m.and(m.gt(size, LIMIT), m.lt(size, Infinity))
  const [far, rest] = m.patchPair(large, [r, e], largeRemainder(m.module), x)
  return { r: far, e: rest, turns: m.select(large, rest, turns) }
}

/** Enough for float32 results: computed in float64 without a compensation. */
const narrowQuadrant = (m: LaneMath, x: Lanes): Quadrant => {
  const [n, near] = quarterTurns(m, x)
  const rest = m.madd(n, -PI_2_LOW, m.madd(n, -PI_2[0], x))
  const { r, turns } = anySize(m, x, { r: rest, e: rest, turns: near })
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
  const [n, quarters] = quarterTurns(m, x)
  const first = m.madd(n, -PI_2[0], x)
  const second = m.mul(n, PI_2[1])
  const high = m.sub(first, second)
  const back = m.sub(first, high)
  const error = m.add(m.sub(first, m.add(high, back)), m.sub(back, second))
  const low = m.madd(n, -PI_2[2], error)
  const sum = m.add(high, low)
  const { r, e, turns } = anySize(m, x, {
    r: sum,
    e: m.add(m.sub(high, sum), low),
    turns: quarters
  })

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

/** Computes in float64, with as much care as the results need. */
const periodic =
  (compute: (m: LaneMath, x: Lanes, quadrant: typeof wideQuadrant) => Lanes) =>
  (m: LaneMath, x: Lanes): Lanes =>
    m.type.bytes === 4
      ? throughDouble((wide, y) => compute(wide, y, narrowQuadrant))(m, x)
      : compute(m, x, wideQuadrant)

/** x itself where it is so small that the function is x: keeps −0. */
export const identityNearZero = (m: LaneMath, x: Lanes, y: Lanes): Lanes =>
  m.select(m.lt(m.abs(x), 2 ** -27), x, y)

export const sin: LaneFunction = periodic((m, x, quadrant) =>
  identityNearZero(m, x, turned(m, quadrant(m, x), 0))
)

export const cos: LaneFunction = periodic((m, x, quadrant) => turned(m, quadrant(m, x), 1))

/** tan = sin / cos, −cos / sin after an odd number of quarter turns. */
export const tan: LaneFunction = periodic((m, x, quadrant) => {
  const { sin: s, cos: c, turns } = quadrant(m, x)
  const odd = m.bits.eq(m.bits.and(turns, 1n), 1n)
  const y = m.div(m.select(odd, m.neg(c), s), m.select(odd, s, c))
  return identityNearZero(m, x, y)
})
