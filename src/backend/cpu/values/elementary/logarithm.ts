/**
 * log, log1p and log2.
 *
 * x = 2^k m with m in [√½, √2); log x = k ln 2 + log(1 + f) with f = m − 1.
 */

import { fastTwoSum, multiply, twoProduct, twoSum } from './double-double.ts'
import type { Double } from './double-double.ts'
import type { LaneFunction, LaneMath, Lanes } from './lanes.ts'

interface LogConstants {
  readonly mantissa: number
  readonly bias: number
  /** The bits of √½ and of 1, and the mask of sign and exponent. */
  readonly sqrtHalf: bigint
  readonly one: bigint
  readonly exponent: bigint
  /** The smallest normal number. */
  readonly normal: number
  readonly ln2: readonly [high: number, low: number]
}

const FLOAT32: LogConstants = {
  mantissa: 23,
  bias: 127,
  sqrtHalf: 0x3f3504f3n,
  one: 0x3f800000n,
  exponent: 0xff800000n,
  normal: 2 ** -126,
  ln2: [0.693359375, -2.1219444e-4]
}

const FLOAT64: LogConstants = {
  mantissa: 52,
  bias: 1023,
  sqrtHalf: 0x3fe6a09e667f3bcdn,
  one: 0x3ff0000000000000n,
  exponent: 0xfff0000000000000n,
  normal: 2 ** -1022,
  ln2: [6.9314718036912381649e-1, 1.90821492927058770002e-10]
}

const constantsOf = ({ type }: LaneMath): LogConstants => (type.bytes === 4 ? FLOAT32 : FLOAT64)

/** k and f of a positive normal x; `power` is 2^k as bits above those of 1. */
export const splitExponent = (
  m: LaneMath,
  x: Lanes
): { readonly k: Lanes; readonly f: Lanes; power: Lanes } => {
  const { mantissa, bias, sqrtHalf, one, exponent } = constantsOf(m)
  const shifted = m.bits.add(x, one - sqrtHalf)
  const power = m.bits.and(shifted, exponent)
  const f = m.sub(m.bits.add(m.bits.sub(x, power), one), 1)
  // An integer below 2^p, put into the mantissa of 2^p, becomes a float without a conversion.
  const offset = 2 ** mantissa
  const asBits = BigInt(bias + mantissa) << BigInt(mantissa)
  const k = m.sub(m.bits.or(m.bits.shiftRight(shifted, mantissa), asBits), offset + bias)
  return { k, f, power }
}

/** (log(1 + f) − f + f²/2) / f³, highest first. Source: Moshier, Cephes, logf. */
const LOG32 = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1
]

/** k ln 2 + log(1 + f + c), for a correction c far below f. */
const combine32 = (m: LaneMath, k: Lanes, f: Lanes, c: Lanes | number): Lanes => {
  const { ln2 } = constantsOf(m)
  const square = m.mul(f, f)
  const cubic = m.mul(m.mul(m.polynomial(f, LOG32), f), square)
  const low = m.madd(k, ln2[1], m.add(cubic, c))
  return m.madd(k, ln2[0], m.add(f, m.madd(square, -0.5, low)))
}

/** log((1+s)/(1−s))/s − 2 in s², highest first. Source: fdlibm, e_log.c (Lg7 … Lg1). */
const LOG64 = [
  1.479819860511658591e-1, 1.531383769920937332e-1, 1.818357216161805012e-1,
  2.222219843214978396e-1, 2.857142874366239149e-1, 3.999999999940941908e-1, 6.66666666666673513e-1
]

/** k ln 2 − ((f²/2 − (s (f²/2 + R) + (k ln2_low + c))) − f) with s = f / (2 + f). */
const combine64 = (m: LaneMath, k: Lanes, f: Lanes, c: Lanes | number): Lanes => {
  const { ln2 } = constantsOf(m)
  const s = m.div(f, m.add(f, 2))
  const square = m.mul(s, s)
  const rest = m.mul(m.polynomial(square, LOG64), square)
  const half = m.mul(m.mul(f, f), 0.5)
  const low = m.madd(s, m.add(half, rest), m.madd(k, ln2[1], c))
  return m.madd(k, ln2[0], m.sub(f, m.sub(half, low)))
}

const combine = (m: LaneMath, k: Lanes, f: Lanes, c: Lanes | number): Lanes =>
  (m.type.bytes === 4 ? combine32 : combine64)(m, k, f, c)

/** log's values where it is not finite: −∞ at `zero`, NaN below, and NaN and ∞ as they came. */
const corners = (m: LaneMath, x: Lanes, zero: number, y: Lanes): Lanes => {
  const regular = m.and(m.gt(x, zero), m.lt(x, Infinity))
  const special = m.select(m.eq(x, zero), -Infinity, m.select(m.lt(x, zero), NaN, x))
  return m.select(regular, y, special)
}

/** Normal x and the exponent to add for having scaled it. */
const normalise = (m: LaneMath, x: Lanes): readonly [x: Lanes, exponent: Lanes] => {
  const { mantissa, normal } = constantsOf(m)
  const tiny = m.lt(x, normal)
  const scaled = m.select(tiny, m.mul(x, 2 ** mantissa), x)
  return [scaled, m.select(tiny, -mantissa, 0)]
}

export const log: LaneFunction = (m, x) => {
  const [normal, exponent] = normalise(m, x)
  const { k, f } = splitExponent(m, normal)
  return corners(m, x, 0, combine(m, m.add(k, exponent), f, 0))
}

/** 2/5, 2/7 … 2/27, highest first: what follows 2/3 in the series below. */
const ATANH_TAIL = Array.from({ length: 12 }, (_, i) => 2 / (27 - 2 * i))
/** 2/3 beside its float64 value. */
const TWO_THIRDS = [2 / 3, 3.700743415417188e-17] as const

/**
 * log x in float64 with twice its precision, 2^-64 of log x, for positive normal and subnormal x:
 * log m = 2 artanh s = 2 s + s (2/3 s² + 2/5 s⁴ + …) with s = f / (2 + f), whose first terms are
 * computed in double precision.
 */
export const logDouble = (m: LaneMath, x: Lanes): Double => {
  const { ln2 } = FLOAT64
  const [normal, exponent] = normalise(m, x)
  const { k: shift, f } = splitExponent(m, normal)
  const k = m.add(shift, exponent)
  const divisor = m.add(f, 2)
  const lost = m.sub(f, m.sub(divisor, 2))
  const quotient = m.div(f, divisor)
  const back = twoProduct(m, quotient, divisor)
  const left = m.sub(m.sub(m.sub(f, back.high), back.low), m.mul(quotient, lost))
  const s = { high: quotient, low: m.div(left, divisor) }
  const square = multiply(m, s, s)
  const two = multiply(m, square, {
    high: m.add(m.mul(f, 0), TWO_THIRDS[0]),
    low: m.add(m.mul(f, 0), TWO_THIRDS[1])
  })
  const z = square.high
  const tail = m.mul(m.mul(z, z), m.polynomial(z, ATANH_TAIL))
  const series = fastTwoSum(m, two.high, tail)
  const product = multiply(m, s, { high: series.high, low: m.add(series.low, two.low) })
  const log = fastTwoSum(m, m.add(s.high, s.high), product.high)
  const low = m.add(log.low, m.add(m.add(s.low, s.low), product.low))
  const sum = twoSum(m, m.mul(k, ln2[0]), log.high)
  return fastTwoSum(m, sum.high, m.add(sum.low, m.madd(k, ln2[1], low)))
}

/** log₂x = k + log(1 + f) / ln 2: exact at powers of two. */
export const log2: LaneFunction = (m, x) => {
  const [normal, exponent] = normalise(m, x)
  const { k, f } = splitExponent(m, normal)
  const fraction = combine(m, m.mul(k, 0), f, 0)
  return corners(m, x, 0, m.madd(fraction, Math.LOG2E, m.add(k, exponent)))
}

/**
 * log(1 + x): f is x itself where 1 + x lies in [√½, √2), else what rounding 1 + x lost is added
 * to first order.
 */
export const log1p: LaneFunction = (m, x) => {
  const { one, mantissa } = constantsOf(m)
  const u = m.add(x, 1)
  const { k, f, power } = splitExponent(m, u)
  const near = m.bits.eq(power, one)
  // Above 2^p the lost part is below half an ulp of the result, and u − 1 would overflow it.
  const small = m.lt(x, 2 ** mantissa)
  const lost = m.select(small, m.div(m.sub(x, m.sub(u, 1)), u), 0)
  const y = combine(m, k, m.select(near, x, f), m.select(near, 0, lost))
  const tiny = m.lt(m.abs(x), 2 ** -(mantissa + 2))
  return corners(m, x, -1, m.select(tiny, x, y))
}
