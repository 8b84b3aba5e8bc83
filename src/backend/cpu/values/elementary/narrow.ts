/**
 * exp and log in float64 for results in float32: what those have no room for is left out.
 *
 * Source: the polynomials are those of least relative error, found by Lawson's iteration.
 */
import type { LaneMath, Lanes } from './lanes.ts'
import { splitExponent } from './logarithm.ts'

/** 1.5·2^52 and the bias of exponents: adding it leaves a rounded number and the bias in the lowest bits. */
const SHIFT = 1.5 * 2 ** 52 + 1023

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2, highest first; relative error of e^r 2^-34. */
const EXP = [
  0.00019790346685060584, 0.0013944660547577457, 0.008333497070222977, 0.041666294933026884,
  0.16666665868926597, 0.5000000067686886
]

/** e^x to 2^-33, for |x| < 700, or NaN. */
export const expNarrow = (m: LaneMath, x: Lanes): Lanes => {
  const shifted = m.madd(x, Math.LOG2E, SHIFT)
  const r = m.madd(m.sub(shifted, SHIFT), -Math.LN2, x)
  const power = m.bits.shiftLeft(shifted, 52)
  return m.madd(m.madd(m.polynomial(r, EXP), m.mul(r, r), r), power, power)
}

/** (2 artanh s / s − 2) / s² in s², highest first; relative error of artanh 2^-37. */
const LOG = [0.2358160599756583, 0.2853734032922747, 0.40000334632028023, 0.666666656482489]

/** log x to 2^-36, for normal positive x. */
export const logNarrow = (m: LaneMath, x: Lanes): Lanes => {
  const { k, f } = splitExponent(m, x)
  const s = m.div(f, m.add(f, 2))
  const square = m.mul(s, s)
  return m.madd(s, m.madd(m.polynomial(square, LOG), square, 2), m.mul(k, Math.LN2))
}
