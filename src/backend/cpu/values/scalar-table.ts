/**
 * Scalar functions of the host, by name: what generated code imports where it has no instructions
 * of its own. All take and give float64; the caller rounds to its dtype.
 */
import * as rounding from '../../../core/scalar/rounding.ts'

export type ScalarFunction = (...values: number[]) => number

/** The functions; programs may add their own. */
export const scalarTable: Readonly<Record<string, ScalarFunction>> = {
  float16ToBits: rounding.float16ToBits,
  bitsToFloat16: rounding.bitsToFloat16
}
