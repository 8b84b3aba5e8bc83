/**
 * Numbers of twice the precision of float64, as unevaluated sums of two.
 *
 * Products are split by hand: a relaxed multiply-add need not be fused, so its error is unknown.
 *
 * Source: Dekker 1971.
 */

import type { LaneMath, Lanes, Operand } from './lanes.ts'

/** high + low, with low below the last place of high unless said otherwise. */
export interface Double {
  readonly high: Lanes
  readonly low: Lanes
}

/** a + b exactly, for |a| ≥ |b| or a = 0. */
export const fastTwoSum = (m: LaneMath, a: Lanes, b: Lanes): Double => {
  const high = m.add(a, b)
  return { high, low: m.sub(b, m.sub(high, a)) }
}

/** a + b exactly. */
export const twoSum = (m: LaneMath, a: Lanes, b: Lanes): Double => {
  const high = m.add(a, b)
  const back = m.sub(high, a)
  return { high, low: m.add(m.sub(a, m.sub(high, back)), m.sub(b, back)) }
}

const SPLITTER = 2 ** 27 + 1

/** Two halves of 26 bits each; |x| must be below 2^996. */
const split = (m: LaneMath, x: Operand): readonly [Operand, Operand] => {
  if (typeof x === 'number') {
    const c = SPLITTER * x
    const high = c - (c - x)
    return [high, x - high]
  }
  const c = m.mul(x, SPLITTER)
  const high = m.sub(c, m.sub(c, x))
  return [high, m.sub(x, high)]
}

/** a·b exactly. */
export const twoProduct = (m: LaneMath, a: Lanes, b: Operand): Double => {
  const high = m.mul(a, b)
  const [a1, a2] = split(m, a)
  const [b1, b2] = b === a ? [a1, a2] : split(m, b)
  const cross = m.add(m.add(m.sub(m.mul(a1, b1), high), m.mul(a1, b2)), m.mul(a2, b1))
  return { high, low: m.add(cross, m.mul(a2, b2)) }
}

/** The product of two doubles, to 2^-100 or so. */
export const multiply = (m: LaneMath, a: Double, b: Double): Double => {
  const { high, low } = twoProduct(m, a.high, b.high)
  const cross = m.add(m.mul(a.high, b.low), m.mul(a.low, b.high))
  return fastTwoSum(m, high, m.add(low, cross))
}
