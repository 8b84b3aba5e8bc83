/** Spence's function, the dilogarithm of 1 − z, in float64. */

import { horner } from './polynomial.ts'
import * as math from './math.ts'

/** B_2k / (2k+1)!: Debye's series. */
export const DEBYE: readonly number[] = [
  0.027777777777777776, -0.0002777777777777778, 4.72411186696901e-6, -9.185773074661964e-8,
  1.8978869988971e-9, -4.0647616451442256e-11, 8.921691020456452e-13, -1.9939295860721074e-14,
  4.518980029619918e-16, -1.0356517612181247e-17, 2.395218621026187e-19, -5.581785874325009e-21,
  1.3091507554183213e-22
]

/** Li2(1 − e^(−u)) = u − u²/4 + Σ B_2k u^(2k+1)/(2k+1)!, |u| ≤ ln 2. Source: DLMF 25.12.7, 24.2.1. */
const debye = (u: number): number => u - 0.25 * u * u + u * u * u * horner(DEBYE, u * u)

/**
 * Spence's function −∫_1^z ln t/(t−1) dt = Li2(1−z), for z ≥ 0, else NaN.
 *
 * Error: relative 1e-15, at its zero z = 1 too. Source: reflection and inversion, DLMF 25.12.4–6.
 */
export const spence = (z: number): number => {
  if (!(z >= 0)) return NaN
  if (z === 0) return (Math.PI * Math.PI) / 6
  if (z === Infinity) return -Infinity
  if (z < 0.5)
    return (Math.PI * Math.PI) / 6 - math.log(z) * math.log1p(-z) - debye(-math.log1p(-z))
  if (z <= 2) return debye(0 - math.log(z)) // +0 at z = 1
  const log = math.log(z)
  return -0.5 * log * log - spence(1 / z)
}
