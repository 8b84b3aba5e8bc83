/** Operations on the bits of integers; on bools they are logical. None has a derivative. */
import { bitsOf, isBool, kindOf, type DType } from '../core/dtype.ts'
import { countLeadingZeros, populationCount as countOnes } from '../core/scalar/rounding.ts'
import type { BinaryOp, Expr, ScalarType } from '../kernel/expr.ts'
import * as kernel from '../kernel/make.ts'
import type { SimplifyRule } from '../trace/simplification.ts'
import { idempotent, involution } from './algebra.ts'
import { binary, bits, integer, unary, type Binary, type NoParams } from './elementwise.ts'

type Bits = (x: number, y: number, dtype: DType) => number

const onBits = (name: BinaryOp, integral: Bits, simplify?: SimplifyRule<NoParams>): Binary =>
  binary(name, {
    accepts: bits,
    exact: true,
    ...(simplify && { simplify }),
    scalar: () => NaN, // floats are not accepted
    integral,
    lower: { expr: (x, y) => kernel.binary(name, x, y) }
  })

export const and = onBits('and', (x, y) => x & y, idempotent)
export const or = onBits('or', (x, y) => x | y, idempotent)
export const xor = onBits('xor', (x, y) => x ^ y)

/** All bits flipped; on bool true and false change places. */
export const not = unary('not', {
  accepts: bits,
  scalar: () => NaN,
  integral: (x, dtype) => (isBool(dtype) ? 1 - x : ~x),
  simplify: involution('not'),
  exact: true,
  lower: { expr: (x) => kernel.unary('not', x) }
})

const shift = (
  name: BinaryOp,
  integral: Bits,
  expr: (x: Expr, y: Expr) => Expr = (x, y) => kernel.binary(name, x, y)
): Binary => binary(name, { accepts: integer, scalar: () => NaN, integral, lower: { expr } })

/** A shift amount is read as unsigned, so a negative one is beyond every width. */
const isBeyond = (y: number, dtype: DType): boolean => y < 0 || y >= bitsOf(dtype)

const unsigned = (x: number, dtype: DType): number =>
  bitsOf(dtype) === 32 ? x >>> 0 : x & ((1 << bitsOf(dtype)) - 1)

const signed = (x: number, dtype: DType): number => {
  const unused = 32 - bitsOf(dtype)
  return (x << unused) >> unused
}

/** x·2^y; 0 when y is the width or more. */
export const shiftLeft = shift('shiftLeft', (x, y, d) => (isBeyond(y, d) ? 0 : x << y))

/** Zeros enter at the top; 0 when y is the width or more. */
export const shiftRightLogical = shift('shiftRightLogical', (x, y, d) =>
  isBeyond(y, d) ? 0 : unsigned(x, d) >>> y
)

/** Copies of the top bit enter, in unsigned types too; all of them when y is the width or more. */
export const shiftRightArithmetic = shift(
  'shiftRightArithmetic',
  (x, y, d) => signed(x, d) >> (isBeyond(y, d) ? 31 : y),
  (x, y) => {
    if (kindOf(x.dtype) === 'signed') return kernel.binary('shiftRightArithmetic', x, y)
    const to = x.dtype.slice(1) as ScalarType // uint8 -> int8: every width has both
    const shifted = kernel.binary(
      'shiftRightArithmetic',
      kernel.bitcast(x, to),
      kernel.bitcast(y, to)
    )
    return kernel.bitcast(shifted, x.dtype)
  }
)

/**
 * x^y modulo 2 to the width, by squaring: what integer products that wrap give. 1 where y is 0 or
 * negative. Kernels take a step for every bit that y may have.
 */
export const wrappingPow = binary('wrappingPow', {
  accepts: integer,
  scalar: () => NaN,
  integral: (x, y) => {
    let power = 1
    for (let [square, rest] = [x, y > 0 ? y >>> 0 : 0]; rest > 0; rest >>>= 1) {
      if ((rest & 1) === 1) power = Math.imul(power, square)
      square = Math.imul(square, square)
    }
    return power
  },
  lower: {
    expr: (x, y) => {
      const [none, one] = [0, 1].map((value) => kernel.constant(x.dtype, value))
      const steps = bitsOf(y.dtype) - (kindOf(y.dtype) === 'signed' ? 1 : 0)
      let [power, square, rest] = [one, x, kernel.binary('max', y, none)]
      for (let step = 0; step < steps; step++) {
        const isOdd = kernel.compare('ne', kernel.binary('and', rest, one), none)
        power = kernel.select(isOdd, kernel.binary('mul', power, square), power)
        square = kernel.binary('mul', square, square)
        rest = kernel.binary('shiftRightLogical', rest, one)
      }
      return power
    }
  }
})

/** Number of zeros above the highest one bit: the width for 0. */
export const clz = unary('clz', {
  accepts: integer,
  scalar: () => NaN,
  integral: (x, dtype) => countLeadingZeros(x, bitsOf(dtype)),
  lower: { expr: (x) => kernel.unary('clz', x) }
})

/** Number of one bits. */
export const populationCount = unary('populationCount', {
  accepts: integer,
  scalar: () => NaN,
  integral: (x, dtype) => countOnes(x, bitsOf(dtype)),
  lower: { expr: (x) => kernel.unary('populationCount', x) }
})
