/**
 * erf, erfc and the inverse of erf.
 *
 * erf and erfc in float32 are rational functions, computed in float64 and rounded once; the others
 * are the Chebyshev sums and rational functions of `core/scalar`.
 */

import {
  ERF,
  ERFCX,
  ERF_INV_P,
  ERF_INV_Q,
  HALF_SQRT_PI
} from '../../../../core/scalar/error-function.ts'
import * as quantile from '../../../../core/scalar/normal-quantile.ts'
import { fastTwoSum } from './double-double.ts'
import { expDouble } from './exponential.ts'
import { laneMath, narrow, throughDouble, widen } from './lanes.ts'
import type { LaneFunction, LaneMath, Lanes, Operand } from './lanes.ts'
import { log } from './logarithm.ts'
import { expNarrow } from './narrow.ts'

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

const erf32 = (m: LaneMath, x: Lanes): Lanes => {
  const wide = laneMath(m, 'float64')
  const inside = widen(m, m.max(m.min(x, LIMIT), -LIMIT))
  const square = wide.mul(inside, inside)
  const p = wide.polynomial(square, P)
  const q = wide.polynomial(square, Q)
  return narrow(m, wide.div(wide.mul(inside, p), q))
}

/** Σ c_k T_k(t). Source: Clenshaw 1955. */
const chebyshev = (m: LaneMath, c: readonly number[], t: Lanes): Lanes => {
  const twice = m.add(t, t)
  const [first, ...rest] = c
  const last = rest.length - 1
  const less = (ck: number, b: Operand): Operand => (typeof b === 'number' ? ck - b : m.sub(ck, b))
  // b_k = 2 t b_{k+1} + (c_k − b_{k+2}), from b_n = c_n and b_{n+1} = 0 down to b_1.
  const [b1, b2] = rest
    .slice(0, last - 1)
    .reduceRight<readonly [Lanes, Operand]>(
      ([b, after], ck) => [m.madd(twice, b, less(ck, after)), b],
      [m.madd(twice, rest[last], rest[last - 1]), rest[last]]
    )
  return m.madd(t, b1, less(first, b2))
}

/** erf on [−1, 1]. */
const small = (m: LaneMath, x: Lanes): Lanes =>
  m.mul(x, chebyshev(m, ERF, m.madd(m.mul(x, x), 2, -1)))

/** e^(a²) erfc(a) for a ≥ 0. Source: Shepherd and Laframboise 1981. */
const scaledTail = (m: LaneMath, a: Lanes): Lanes =>
  m.div(chebyshev(m, ERFCX, m.div(m.sub(a, 3.75), m.add(a, 3.75))), m.madd(a, 2, 1))

/** erfc a for ½ ≤ a ≤ 28: with h the upper half of a, a² = h² + (a − h)(a + h), exactly. */
const tail64 = (m: LaneMath, a: Lanes): Lanes => {
  const scaled = m.mul(a, 2 ** 27 + 1)
  const h = m.sub(scaled, m.sub(scaled, a))
  const square = m.mul(h, h)
  const rest = m.mul(m.sub(h, a), m.add(a, h))
  return m.mul(expDouble(m, fastTwoSum(m, m.neg(square), rest)), scaledTail(m, a))
}

const erf64: LaneFunction = (m, x) => {
  const a = m.min(m.abs(x), 6)
  const far = m.sub(1, tail64(m, a))
  const near = small(m, m.min(a, 1))
  return m.or(m.select(m.gt(a, 1), far, near), m.signBit(x))
}

export const erf: LaneFunction = (m, x) => (m.type.bytes === 4 ? erf32(m, x) : erf64(m, x))

/**
 * e^(a²) erfc(a) = P(a)/Q(a) on [0, 10.3], highest first; relative error 6e-9.
 *
 * Source: fitted as those of erf.
 */
const TAIL_P = [
  0.03296043409249713, 0.23000462820564996, 0.7332573031030652, 1.2399935260750548,
  1.0000000057957186
]
const TAIL_Q = [
  0.05842017700590535, 0.4076982063069204, 1.3284534595367412, 2.405670842399434,
  2.3683732800164154, 1
]

/** Beyond this erfc is 0 or 2 in float32. */
const TAIL_LIMIT = 10.3

const erfc32 = throughDouble((m, x) => {
  const a = m.min(m.abs(x), TAIL_LIMIT)
  const size = m.mul(expNarrow(m, m.neg(m.mul(a, a))), m.polynomial(a, TAIL_P))
  const tail = m.div(size, m.polynomial(a, TAIL_Q))
  return m.select(m.lt(x, 0), m.sub(2, tail), tail)
})

const erfc64: LaneFunction = (m, x) => {
  // Beyond 28 the result is 0 or 2.
  const inside = m.max(m.min(x, 28), -28)
  const outer = tail64(m, m.abs(inside))
  const inner = m.sub(1, small(m, m.max(m.min(x, 1), -1)))
  const below = m.select(m.lt(x, -1), m.sub(2, outer), inner)
  return m.select(m.gt(x, 0.5), outer, below)
}

/** 1 − erf x without cancellation. */
export const erfc: LaneFunction = (m, x) => (m.type.bytes === 4 ? erfc32(m, x) : erfc64(m, x))

/** Horner's scheme for coefficients that start with the lowest. */
const rational = (
  m: LaneMath,
  r: Lanes,
  numerator: readonly number[],
  denominator: readonly number[]
): Lanes =>
  m.div(m.polynomial(r, numerator.toReversed()), m.polynomial(r, denominator.toReversed()))

/** Over √2, which a product at the end would round once more. */
const [TAIL_NUMERATOR, FAR_NUMERATOR] = [quantile.TAIL_NUMERATOR, quantile.FAR_NUMERATOR].map(
  (numbers) => numbers.map((c) => c * Math.SQRT1_2)
)

/** The quantile of the normal distribution at (1 + x)/2, over √2. Source: Wichura 1988, AS 241. */
const inverse: LaneFunction = (m, x) => {
  const a = m.abs(x)
  const square = m.mul(a, a)
  const rest = m.mul(square, rational(m, m.sub(0.7226, square), ERF_INV_P, ERF_INV_Q))
  const central = m.add(m.mul(a, HALF_SQRT_PI), m.mul(a, rest))
  const r = m.sqrt(m.neg(log(m, m.mul(m.sub(1, a), 0.5))))
  const middle = rational(m, m.sub(r, 1.6), TAIL_NUMERATOR, quantile.TAIL_DENOMINATOR)
  const far = rational(m, m.sub(r, 5), FAR_NUMERATOR, quantile.FAR_DENOMINATOR)
  const outer = m.select(m.le(r, 5), middle, m.select(m.lt(r, Infinity), far, r))
  const y = m.select(m.gt(a, 0.85), outer, central)
  return m.or(m.select(m.gt(a, 1), NaN, y), m.signBit(x))
}

/** As exact as for float64: normal samples have the same bits from plain loops and from kernels. */
const inverse32 = throughDouble(inverse)

/** The number with this erf: ±∞ at ±1, NaN beyond. */
export const erfInv: LaneFunction = (m, x) => (m.type.bytes === 4 ? inverse32(m, x) : inverse(m, x))
