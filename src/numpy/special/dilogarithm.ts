/** Spence's function. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { DEBYE } from '../../core/scalar/dilogarithm.ts'
import { customJvp } from '../../control/custom-jvp.ts'
import { abs, add, divide, multiply, negative, square, subtract } from '../arithmetic.ts'
import { greater, less } from '../comparison.ts'
import { log, log1p } from '../exponential.ts'
import { asInexact } from '../promotion.ts'
import { where } from '../selection.ts'
import { xlogy } from './information.ts'

/** Σ c_k t^k, lowest first. */
const horner = (coefficients: readonly number[], t: NdArray): NdArray =>
  coefficients.reduceRight<NdArray>((sum, c) => add(multiply(sum, t), c), multiply(t, 0))

/** Li₂(1 − e^(−u)), |u| ≤ ln 2. */
const debye = (u: NdArray): NdArray => {
  const squared = square(u)
  const higher = multiply(multiply(u, squared), horner(DEBYE, squared))
  return add(subtract(u, multiply(squared, 0.25)), higher)
}

/** Li₂(1 − z) for z ≤ ½, by reflection. */
const reflected = (z: NdArray): NdArray => {
  const other = log1p(negative(z))
  return subtract(Math.PI ** 2 / 6, add(xlogy(other, z), debye(negative(other))))
}

const evaluated = (z: NdArray): NdArray => {
  const isLarge = greater(z, 2)
  const w = where(isLarge, divide(1, where(isLarge, z, 1)), z)
  const isSmall = less(w, 0.5)
  const low = reflected(where(isSmall, w, 0.5))
  // 0 − log z is +0 at z = 1.
  const value = where(isSmall, low, debye(subtract(0, log(where(isSmall, 1, w)))))
  const logarithm = log(where(isLarge, z, 1))
  const inverted = subtract(multiply(square(logarithm), -0.5), value)
  return where(less(z, 0), NaN, where(isLarge, inverted, value))
}

/** (−1)^{k+1}/(k + 1): log(1 + d)/d with the other sign. */
const NEAR_ONE = Array.from({ length: 9 }, (_, k) => (k % 2 === 0 ? -1 : 1) / (k + 1))

/** −log z/(z − 1), by its series near 1, where the quotient's own derivatives would cancel. */
const slope = (z: NdArray): NdArray => {
  const d = subtract(z, 1)
  const isNear = less(abs(d), 0.01)
  const away = where(isNear, 2, z)
  const quotient = negative(divide(log(away), subtract(away, 1)))
  return where(isNear, horner(NEAR_ONE, where(isNear, d, 0)), quotient)
}

const integral: (z: NdArray) => NdArray = customJvp((z: NdArray): NdArray => evaluated(z), {
  jvp: ([z]: readonly NdArray[], [dz]: readonly NdArray[]) => [integral(z), multiply(dz, slope(z))]
})

/**
 * Spence's function −∫₁^z log t/(t − 1) dt = Li₂(1 − z) for z ≥ 0; NaN for negative z.
 *
 * Source: DLMF 25.12.4 to 25.12.7.
 */
export const spence = (z: ArrayLike): NdArray => integral(asInexact(z, 'np.special.spence'))
