/** sinh, cosh and the inverse hyperbolic functions. */
import { exp, expm1, halfExp32, withSign } from './exponential.ts'
import { throughDouble } from './lanes.ts'
import type { LaneFunction, LaneMath, Lanes } from './lanes.ts'
import { log, log1p } from './logarithm.ts'

/** e^(|x|/2), whose square does not overflow before sinh and cosh do. */
const halfExp = (m: LaneMath, a: Lanes): Lanes => exp(m, m.mul(a, 0.5))

/** (sinh x / x − 1) / x² in x² for |x| ≤ 1, highest first; relative error of sinh x 2^-27. */
const SINH_SMALL = [
  2.8169513370812638e-6, 1.983615948120132e-4, 8.333349600434303e-3, 0.1666666716337204
]

/** The series, or ½ e^|x| less its reciprocal's quarter. */
const sinh32 = (m: LaneMath, x: Lanes): Lanes => {
  const a = m.abs(x)
  const square = m.mul(x, x)
  const near = m.madd(m.mul(x, square), m.polynomial(square, SINH_SMALL), x)
  const half = halfExp32(m, a)
  return m.select(m.lt(a, 1), near, withSign(m, m.sub(half, m.div(0.25, half)), x))
}

const cosh32 = (m: LaneMath, x: Lanes): Lanes => {
  const half = halfExp32(m, m.abs(x))
  return m.add(half, m.div(0.25, half))
}

/** sinh|x| = (t + t / (t + 1)) / 2 with t = e^|x| − 1; ½ e^|x| in two factors near overflow. */
export const sinh: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return sinh32(m, x)
  const a = m.abs(x)
  const t = expm1(m, a)
  const w = halfExp(m, a)
  const near = m.mul(m.add(t, m.div(t, m.add(t, 1))), 0.5)
  return withSign(m, m.select(m.gt(a, 700), m.mul(m.mul(w, 0.5), w), near), x)
}

/** cosh x = (e^|x| + e^−|x|) / 2. */
export const cosh: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return cosh32(m, x)
  const a = m.abs(x)
  const e = exp(m, a)
  const w = halfExp(m, a)
  const near = m.mul(m.add(e, m.div(1, e)), 0.5)
  return m.select(m.gt(a, 700), m.mul(m.mul(w, 0.5), w), near)
}

/** asinh|x| = log1p(|x| + x² / (1 + √(x² + 1))); ln 2|x| where x² would overflow. */
export const asinh: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(asinh)(m, x)
  const a = m.abs(x)
  const square = m.mul(a, a)
  const near = log1p(m, m.add(a, m.div(square, m.add(m.sqrt(m.add(square, 1)), 1))))
  const far = m.add(log(m, a), Math.LN2)
  return m.or(m.select(m.gt(a, 2 ** 28), far, near), m.signBit(x))
}

/** acosh x = log1p(t + √(2t + t²)) with t = x − 1; NaN below 1. */
export const acosh: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(acosh)(m, x)
  const t = m.sub(x, 1)
  const near = log1p(m, m.add(t, m.sqrt(m.madd(t, t, m.add(t, t)))))
  const far = m.add(log(m, x), Math.LN2)
  return m.select(m.lt(x, 1), NaN, m.select(m.gt(x, 2 ** 28), far, near))
}

/** atanh|x| = ½ log1p(2|x| / (1 − |x|)); NaN beyond ±1. */
export const atanh: LaneFunction = (m, x) => {
  if (m.type.bytes === 4) return throughDouble(atanh)(m, x)
  const a = m.abs(x)
  const y = m.mul(log1p(m, m.div(m.add(a, a), m.sub(1, a))), 0.5)
  return m.or(m.select(m.gt(a, 1), NaN, y), m.signBit(x))
}
