/**
 * exp, expm1, exp2 and what is built of them: logistic and tanh.
 *
 * e^x = 2^n e^r with n = round(x log₂e) and |r| ≤ ln 2 / 2. 2^n is applied in two factors, so that
 * results reach the largest number and the subnormals. Adding a large number rounds x log₂e to n
 * and leaves n in the lowest bits, from where it is shifted into the exponent.
 */

import type { Double } from './double-double.ts'
import { throughDouble } from './lanes.ts'
import type { LaneFunction, LaneMath, Lanes } from './lanes.ts'

interface ExpConstants {
  /** 1.5·2^p: adding it to a small number rounds that to an integer, in the low bits. */
  readonly magic: number
  readonly bias: number
  readonly mantissa: number
  /** ln 2 in two parts; n times the first is exact. */
  readonly ln2: readonly [high: number, low: number]
  /** 2^−below e^x is normal for every e^x that is not 0 and at most 1. */
  readonly below: number
  /** Beyond it the result is ∞. */
  readonly highest: number
  /** (e^r − 1 − r) / r², highest first. */
  readonly coefficients: readonly number[]
}

/**
 * float32: the polynomial of least relative error of e^r, 2^−28, found by Lawson's iteration.
 * Source of the split of ln 2: Moshier, Cephes, expf.
 */
const FLOAT32: ExpConstants = {
  magic: 1.5 * 2 ** 23,
  bias: 127,
  mantissa: 23,
  below: 64,
  ln2: [0.693359375, -2.1219444e-4],
  highest: 89,
  coefficients: [1.3814596459e-3, 8.3687175065e-3, 4.1668388993e-2, 1.6666521132e-1, 4.999999404e-1]
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1))

/** float64: the Taylor series; its first term left out, r¹⁴/14!, is below 2^-57. ln 2 as fdlibm. */
const FLOAT64: ExpConstants = {
  magic: 1.5 * 2 ** 52,
  bias: 1023,
  mantissa: 52,
  below: 512,
  ln2: [6.9314718036912381649e-1, 1.90821492927058770002e-10],
  highest: 710,
  coefficients: Array.from({ length: 12 }, (_, i) => 1 / factorial(13 - i))
}

const constantsOf = ({ type }: LaneMath): ExpConstants => (type.bytes === 4 ? FLOAT32 : FLOAT64)

/**
 * What every x so low that e^x is 0 is computed as, of an n with this offset: there 2^n, with no
 * bits in its exponent, is 0 itself. A product that underflows to 0 takes a hundred cycles, and most
 * of what a softmax masks is that low.
 */
const lowest = (offset: number): number => -offset * Math.LN2

interface Reduced {
  /** Numbers whose lowest bits, as those of an integer, are n + offset. */
  readonly shifted: Lanes
  readonly r: Lanes
}

/** n = round(x log₂e) and r = x − n ln 2, of an x within bounds. */
const reduce = (m: LaneMath, x: Lanes, offset: number): Reduced => {
  const { magic, ln2 } = constantsOf(m)
  const shifted = m.madd(x, Math.LOG2E, magic + offset)
  const n = m.sub(shifted, magic + offset)
  return { shifted, r: m.madd(n, -ln2[1], m.madd(n, -ln2[0], x)) }
}

/** e^r − 1 for small r. */
const expm1Reduced = (m: LaneMath, r: Lanes): Lanes =>
  m.madd(m.polynomial(r, constantsOf(m).coefficients), m.mul(r, r), r)

/** The power of two whose exponent and its bias are in the lowest bits. */
const power = (m: LaneMath, shifted: Lanes): Lanes =>
  m.bits.shiftLeft(shifted, constantsOf(m).mantissa)

/** (1 + y) 2^n, where 2^n itself may not be representable, of n + 2 bias in the lowest bits. */
const scale = (m: LaneMath, y: Lanes, shifted: Lanes): Lanes => {
  const half = m.bits.shiftRight(shifted, 1)
  const first = power(m, half)
  return m.mul(m.madd(y, first, first), power(m, m.bits.sub(shifted, half)))
}

export const exp: LaneFunction = (m, x) => {
  const { highest, bias } = constantsOf(m)
  const { shifted, r } = reduce(m, m.max(m.min(x, highest), lowest(2 * bias)), 2 * bias)
  return scale(m, expm1Reduced(m, r), shifted)
}

/** e^x of an x that is at most 0, or NaN: the same bits as those of exp. */
export const expAtMostZero: LaneFunction = (m, x) => {
  const { bias, below } = constantsOf(m)
  const { shifted, r } = reduce(m, m.max(x, lowest(bias + below)), bias + below)
  const larger = power(m, shifted)
  return m.mul(m.madd(expm1Reduced(m, r), larger, larger), 2 ** -below)
}

/** e^(high + low) in float64, for a low part that the high one has no room for. */
export const expDouble = (m: LaneMath, { high, low }: Double): Lanes => {
  const { highest, ln2, magic, bias } = FLOAT64
  const x = m.max(m.min(high, highest), lowest(2 * bias))
  const shifted = m.madd(x, Math.LOG2E, magic + 2 * bias)
  const n = m.sub(shifted, magic + 2 * bias)
  // n times the first part of ln 2 is exact, and so is the difference.
  const first = m.sub(x, m.mul(n, ln2[0]))
  const second = m.mul(n, ln2[1])
  const r = m.sub(first, second)
  const rest = m.add(m.sub(m.sub(first, r), second), low)
  const y = expm1Reduced(m, r)
  return scale(m, m.add(y, m.madd(y, rest, rest)), shifted)
}

/** 2^x: exact at integers, where r is zero. */
export const exp2: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(exp2)(m, x)
  const { magic, bias } = constantsOf(m)
  const inside = m.max(m.min(x, 1100), -2 * bias)
  const shifted = m.add(inside, magic + 2 * bias)
  const r = m.mul(m.sub(inside, m.sub(shifted, magic + 2 * bias)), Math.LN2)
  return scale(m, expm1Reduced(m, r), shifted)
}

/** e^x − 1 = 2 (2^(n−1) (e^r − 1) + (2^(n−1) − ½)): no cancellation near zero, no early overflow. */
export const expm1: LaneFunction = (m, x) => {
  const { highest, mantissa, bias } = constantsOf(m)
  const { shifted, r } = reduce(m, m.max(m.min(x, highest), -mantissa - 3), bias - 1)
  const half = power(m, shifted)
  const y = m.madd(expm1Reduced(m, r), half, m.sub(half, 0.5))
  // Below half an ulp of x the series is x itself, and −0 and subnormals stay what they are.
  return m.select(m.lt(m.abs(x), 2 ** -(mantissa + 2)), x, m.add(y, y))
}

/**
 * 1 / (1 + e^−x), as e^−|x| over or under one plus it: both tails keep their relative accuracy.
 * What rounding 1 + e added is taken back, as if it were relative to one.
 */
export const logistic: LaneFunction = (m, x) => {
  const e = expAtMostZero(m, m.neg(m.abs(x)))
  const sum = m.add(e, 1)
  const added = m.sub(m.sub(sum, 1), e)
  const quotient = m.div(m.select(m.lt(x, 0), e, 1), sum)
  return m.madd(quotient, added, quotient)
}

/** Copies the sign of `x` to the non-negative `y`. */
export const withSign = (m: LaneMath, y: Lanes, x: Lanes): Lanes => m.or(y, m.signBit(x))

/** tanh|x| = t / (t + 2) with t = e^(2|x|) − 1. */
const tanh64: LaneFunction = (m, x) => {
  const t = expm1(m, m.min(m.mul(m.abs(x), 2), 80))
  return withSign(m, m.div(t, m.add(t, 2)), x)
}

/** tanh(x)/x in x² for |x| < 0.625. Source: Moshier, Cephes, tanhf. */
const TANH_SMALL = [
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1
]

const tanh32: LaneFunction = (m, x) => {
  const a = m.abs(x)
  const square = m.mul(x, x)
  const small = m.madd(m.mul(m.polynomial(square, TANH_SMALL), square), a, a)
  // 1 − 2 / (e^2a + 1); beyond 10 it rounds to 1. NaN passes through min and exp.
  const { shifted, r } = reduce(m, m.min(m.mul(a, 2), 20), FLOAT32.bias)
  const powerOfTwo = power(m, shifted)
  const e = m.madd(expm1Reduced(m, r), powerOfTwo, powerOfTwo)
  const large = m.sub(1, m.div(2, m.add(e, 1)))
  return withSign(m, m.select(m.lt(a, 0.625), small, large), x)
}

export const tanh: LaneFunction = (m, x) => (m.type.bytes === 4 ? tanh32 : tanh64)(m, x)

/** e^a / 2 of a float32 a ≥ 0, which reaches as far as the hyperbolic functions do. */
export const halfExp32 = (m: LaneMath, a: Lanes): Lanes => {
  const { shifted, r } = reduce(m, m.min(a, 91), 2 * FLOAT32.bias - 1)
  return scale(m, expm1Reduced(m, r), shifted)
}
