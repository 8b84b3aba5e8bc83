/** Circular functions, angles and sinc. Integers and bools give float32. */
import type { NdArray } from '../core/array.ts'
import { abs, div } from '../primitives/arithmetic.ts'
import { lt } from '../primitives/compare.ts'
import { add, constant, mul } from '../primitives/elementwise.ts'
import * as ops from '../primitives/trigonometry.ts'
import { inexactBinary, inexactUnary } from './lift.ts'
import { selectOf } from './selection.ts'

export const sin = inexactUnary('sin', ops.sin)
export const cos = inexactUnary('cos', ops.cos)
export const tan = inexactUnary('tan', ops.tan)
export const arcsin = inexactUnary('arcsin', ops.asin)
export const arccos = inexactUnary('arccos', ops.acos)
export const arctan = inexactUnary('arctan', ops.atan)
/** The angle of the point (x, y), given y first, in [−π, π]. */
export const arctan2 = inexactBinary('arctan2', ops.atan2)
export const asin = arcsin
export const acos = arccos
export const atan = arctan
export const atan2 = arctan2

/** Degrees to radians. */
export const deg2rad = inexactUnary('deg2rad', (x) => mul(x, constant(x, Math.PI / 180)))
/** Radians to degrees. */
export const rad2deg = inexactUnary('rad2deg', (x) => mul(x, constant(x, 180 / Math.PI)))
export const radians = deg2rad
export const degrees = rad2deg

// sin(z)/z = Σ (−1)^k z^2k / (2k + 1)!; seven terms are exact in float64 below a quarter.
const TERMS = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800]

const series = (z: NdArray): NdArray => {
  const square = mul(z, z)
  return TERMS.reduceRight<NdArray | null>(
    (sum, c) => (sum === null ? constant(z, c) : add(mul(sum, square), constant(z, c))),
    null
  ) as NdArray // there are terms
}

/** sin(πx)/(πx), 1 at 0, with all its derivatives there. */
export const sinc = inexactUnary('sinc', (x) => {
  const z = mul(x, constant(x, Math.PI))
  const small = lt(abs(z), constant(abs(z), 0.25))
  const safe = selectOf(small, constant(z, 1), z)
  const near = selectOf(small, z, constant(z, 0))
  return selectOf(small, series(near), div(ops.sin(safe), safe))
})
