/**
 * Scalar functions of the host, by name: what generated code imports where it has no instructions
 * of its own. All take and give float64; the caller rounds to its dtype.
 */
import { rem } from '../../core/scalar/elementary.ts'
import { digamma, lgamma } from '../../core/scalar/gamma.ts'
import * as rounding from '../../core/scalar/rounding.ts'

export type ScalarFunction = (...values: number[]) => number

/** The next representable value after `x` towards `y`, by stepping the bits. */
const nextafterBits = (
  x: number,
  y: number,
  float: Float32Array | Float64Array,
  low: BigInt64Array | Int32Array
): number => {
  if (x !== x || y !== y) return NaN
  if (x === y) return y
  float[0] = x
  const up = y > x === x > 0
  const step = <T extends bigint | number>(bits: T): T =>
    (typeof bits === 'bigint' ? bits + (up ? 1n : -1n) : Number(bits) + (up ? 1 : -1)) as T // the type of bits is kept
  if (x === 0) {
    low[0] = (low instanceof BigInt64Array ? 1n : 1) as never // the smallest subnormal
    return y > 0 ? float[0] : -float[0]
  }
  low[0] = step(low[0]) as never // of the array's own element type
  return float[0]
}

const single = new Float32Array(1)
const double = new Float64Array(1)
const singleBits = new Int32Array(single.buffer)
const doubleBits = new BigInt64Array(double.buffer)

/** The functions; programs may add their own. */
export const scalarTable: Readonly<Record<string, ScalarFunction>> = {
  lgamma,
  digamma,
  rem,
  nextafter32: (x, y) => nextafterBits(x, y, single, singleBits),
  nextafter64: (x, y) => nextafterBits(x, y, double, doubleBits),
  roundToFloat16: rounding.roundToFloat16,
  roundToBfloat16: rounding.roundToBfloat16,
  float16ToBits: rounding.float16ToBits,
  bitsToFloat16: rounding.bitsToFloat16
}
