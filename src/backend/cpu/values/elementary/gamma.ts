/** ln|Γ| and its derivative: Stirling's series and Taylor's of `core/scalar`, without branches. */

import { DIGAMMA_ASYMPTOTIC, DIGAMMA_AT_ROOT, DIGAMMA_ROOT } from '../../../../core/scalar/gamma.ts'
import { HALF_LOG_TWO_PI, LGAMMA_AT_2, STIRLING } from '../../../../core/scalar/gamma-kernel.ts'
import { throughDouble } from './lanes.ts'
import type { LaneFunction, LaneMath, Lanes, Operand } from './lanes.ts'
import { log } from './logarithm.ts'
import { sin, tan } from './trigonometric.ts'

const series = (m: LaneMath, c: readonly number[], x: Lanes): Lanes =>
  m.polynomial(x, c.toReversed())

/** ln Γ(a) for a > 0. */
const lgammaPositive: LaneFunction = (m, a) => {
  const far = m.le(8, a)
  const low = m.lt(a, 1.5)
  const tiny = m.lt(a, 0.5)
  // Γ(a) = (a − 1)(a − 2) ⋯ y Γ(y), down into (3/2, 5/2].
  let y = a
  let product: Operand = 1
  for (let step = 0; step < 6; step++) {
    const above = m.gt(y, 2.5)
    y = m.select(above, m.sub(y, 1), y)
    product = m.select(above, m.mul(product, y), product)
  }
  // Below 3/2 it goes up, by one or two.
  const z = m.select(tiny, a, m.select(low, m.sub(a, 1), m.sub(y, 2)))
  const up = m.select(tiny, m.mul(a, m.add(a, 1)), a)
  const logarithm = log(m, m.select(far, a, m.select(low, up, product)))
  const near = m.add(
    m.mul(z, series(m, LGAMMA_AT_2, z)),
    m.select(low, m.neg(logarithm), logarithm)
  )
  const r = m.div(1, a)
  const correction = m.mul(r, series(m, STIRLING, m.mul(r, r)))
  const less = m.sub(logarithm, 1)
  const stirling = m.add(m.mul(m.sub(a, 0.5), less), m.add(correction, HALF_LOG_TWO_PI - 0.5))
  // The other terms vanish there, and overflow first.
  const last = m.select(m.gt(a, 1e305), m.mul(a, less), stirling)
  return m.select(far, last, near)
}

/** Γ(x) Γ(−x) = −π / (x sin πx). */
const lgamma64: LaneFunction = (m, x) => {
  const a = m.abs(x)
  const positive = lgammaPositive(m, a)
  return m.rarely(m.lt(x, 0), positive, () => {
    const f = m.sub(a, m.trunc(a))
    const sine = sin(m, m.mul(m.min(f, m.sub(1, f)), Math.PI))
    const reflected = m.sub(log(m, m.div(Math.PI, m.mul(a, sine))), positive)
    // Near zero Γ(x) is 1/x on both sides, and the product above would underflow.
    const inside = m.select(m.lt(a, 2 ** -60), positive, reflected)
    return m.select(m.and(m.gt(a, 0), m.or(m.eq(f, 0), m.eq(a, Infinity))), Infinity, inside)
  })
}

const lgamma32 = throughDouble(lgamma64)

/** ln|Γ(x)|; ∞ at the poles. */
export const lgamma: LaneFunction = (m, x) => (m.type.bytes === 4 ? lgamma32 : lgamma64)(m, x)

const digammaPositive: LaneFunction = (m, a) => {
  const first = m.lt(a, 1.16)
  let shift = m.select(first, m.div(-1, a), 0)
  let y = m.select(first, m.add(a, 1), a)
  const d = m.sub(m.sub(y, DIGAMMA_ROOT[0]), DIGAMMA_ROOT[1])
  const atRoot = m.add(shift, m.mul(d, series(m, DIGAMMA_AT_ROOT, d)))
  const isNear = m.le(y, 1.76)
  let lost: Operand = 0 // what rounding the sum of the quotients has dropped
  for (let step = 0; step < 9; step++) {
    const below = m.lt(y, 10)
    const quotient = m.select(below, m.div(1, y), 0)
    const next = m.sub(shift, quotient)
    lost = m.add(lost, m.sub(m.sub(shift, next), quotient))
    shift = next
    y = m.select(below, m.add(y, 1), y)
  }
  const r = m.div(1, y)
  const square = m.mul(r, r)
  const rest = m.mul(square, series(m, DIGAMMA_ASYMPTOTIC, square))
  const limit = m.sub(m.sub(log(m, y), m.mul(r, 0.5)), rest)
  const far = m.add(m.add(shift, limit), lost)
  return m.select(isNear, atRoot, far)
}

/** ψ(x) = ψ(1 − x) − π cot πx. */
const digamma64: LaneFunction = (m, x) => {
  const negative = m.le(x, 0)
  const positive = digammaPositive(m, m.select(negative, m.sub(1, x), x))
  return m.rarely(negative, positive, () => {
    // The distance to the nearest integer, with a sign.
    const part = m.sub(x, m.trunc(x))
    const f = m.select(m.lt(part, -0.5), m.add(part, 1), part)
    const size = m.abs(f)
    const small = m.le(size, 0.25)
    const t = tan(m, m.mul(m.select(small, size, m.sub(0.5, size)), Math.PI))
    const cotangent = m.or(m.select(small, m.div(1, t), t), m.signBit(f))
    return m.select(m.eq(f, 0), NaN, m.sub(positive, m.mul(cotangent, Math.PI)))
  })
}

const digamma32 = throughDouble(digamma64)

/** ψ(x) = Γ′(x)/Γ(x); NaN at the poles. */
export const digamma: LaneFunction = (m, x) => (m.type.bytes === 4 ? digamma32 : digamma64)(m, x)
