/** Rounding and neighbours: constant almost everywhere, so that their derivatives are zero. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { ValueError } from '../core/errors.ts'
import {
  nextafter32,
  nextafter64,
  nextafterBfloat16,
  nextafterFloat16,
  roundHalfAway,
  roundHalfEven,
  binaryExponent
} from '../core/scalar/rounding.ts'
import * as kernel from '../kernel/make.ts'
import { avalOf } from '../trace/aval.ts'
import { definePrimitive, isZero, zero, type Primitive } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { binary, checkKind, float, unary } from './elementwise.ts'
import { map1, map2 } from './host.ts'
import { linearJvp } from './linear.ts'
import { hostRoutine, lowered } from './lower.ts'

/** ⌊x⌋, with the sign of zero. */
export const floor = unary('floor', {
  accepts: float,
  scalar: Math.floor,
  lower: { expr: (x) => kernel.unary('floor', x) }
})

/** ⌈x⌉; −0 for x in (−1, −0]. */
export const ceil = unary('ceil', {
  accepts: float,
  scalar: Math.ceil,
  lower: { expr: (x) => kernel.unary('ceil', x) }
})

export type RoundingMethod = 'toNearestEven' | 'awayFromZero'

interface RoundParams {
  /** Where halves go. */
  readonly roundingMethod: RoundingMethod
}

/** The nearest integer. */
export const roundP = definePrimitive<RoundParams>({
  name: 'round',

  abstractEval: ([x], { roundingMethod }) => {
    checkKind('round', x.dtype, float)
    if (roundingMethod !== 'toNearestEven' && roundingMethod !== 'awayFromZero')
      throw new ValueError('round', {
        problem: 'the rounding method is unknown',
        got: String(roundingMethod),
        expected: "'toNearestEven' or 'awayFromZero'",
        hint: 'np.round rounds halves to even, as IEEE 754 does'
      })
    return [x]
  },

  reference: ([x], { roundingMethod }, [out]) => [
    map1(out, x.data, roundingMethod === 'toNearestEven' ? roundHalfEven : roundHalfAway)
  ],

  jvp: ([x], _tangents, { roundingMethod }) => {
    const y = round(x, roundingMethod)
    return [[y], [zero(avalOf(y))]]
  },

  batch: (_axis, [x], [at], { roundingMethod }) => [[round(x, roundingMethod)], [at]],

  lower: ([x], { roundingMethod }, [out]) => {
    const op = roundingMethod === 'toNearestEven' ? 'roundEven' : 'round'
    return [lowered(out.shape, out.dtype, [kernel.unary(op, x.parts[0])])]
  }
})

/** The nearest integer; halves go away from zero unless told otherwise, as in lax. */
export const round = (x: NdArray, roundingMethod: RoundingMethod = 'awayFromZero'): NdArray =>
  bind1(roundP, [x], { roundingMethod })

/** Whether x is neither infinite nor NaN. Shape: kept; the result is bool. */
export const isFinite = unary('isFinite', {
  accepts: float,
  result: () => 'bool',
  scalar: (x) => Number(Number.isFinite(x)),
  lower: { expr: (x) => kernel.unary('isFinite', x) }
})

const neighbours: Readonly<Partial<Record<DType, (x: number, y: number) => number>>> = {
  float16: nextafterFloat16,
  bfloat16: nextafterBfloat16,
  float32: nextafter32,
  float64: nextafter64
}

/** The representable number after x in the direction of y; y when they are equal. */
export const nextafter = binary('nextafter', {
  accepts: float,
  scalar: nextafter32,
  reference: ([x, y], _params, [out]) => [
    map2(out, x.data, y.data, neighbours[x.dtype] ?? nextafter32)
  ],
  lower: { expr: (x, y) => kernel.binary('nextafter', x, y), host16: true }
})

interface ReducePrecisionParams {
  readonly exponentBits: number
  readonly mantissaBits: number
}

/** Least exponent of a normal number. */
const leastExponent = (dtype: DType): number =>
  dtype === 'float64' ? -1022 : dtype === 'float16' ? -14 : -126

/**
 * The nearest number with so many bits, halves to even. Beyond the largest it is infinite; below
 * the least normal number of a smaller exponent range it is zero.
 */
const reduceBits = (x: number, p: ReducePrecisionParams, least: number): number => {
  const a = Math.abs(x)
  if (!(a > 0) || a === Infinity) return x
  const bias = 2 ** (p.exponentBits - 1) - 1
  const exponent = Math.max(binaryExponent(a), least)
  // Two exact scalings: 2^(52 − exponent) alone may overflow.
  const unit = p.mantissaBits - exponent
  const half = Math.trunc(unit / 2)
  const scaled = roundHalfEven(a * 2 ** half * 2 ** (unit - half))
  const rounded = scaled * 2 ** -half * 2 ** (half - unit)
  const flushed = rounded < 2 ** (1 - bias) && 1 - bias > least ? 0 : rounded
  const largest = (2 - 2 ** -p.mantissaBits) * 2 ** bias
  const bounded = flushed > largest ? Infinity : flushed
  return x < 0 ? -bounded : bounded
}

const reduceData: NonNullable<Primitive<ReducePrecisionParams>['reference']> = ([x], p, [out]) => [
  map1(out, x.data, (v) => reduceBits(v, p, leastExponent(x.dtype)))
]

/** Rounds to a floating format of fewer bits, kept in the type it has. */
export const reducePrecisionP = definePrimitive<ReducePrecisionParams>({
  name: 'reducePrecision',

  abstractEval: ([x], { exponentBits, mantissaBits }) => {
    checkKind('reducePrecision', x.dtype, float)
    const fine = (n: number, least: number): boolean => Number.isInteger(n) && n >= least
    if (!fine(exponentBits, 1) || !fine(mantissaBits, 0))
      throw new ValueError('reducePrecision', {
        problem: 'no floating format has these widths',
        got: `exponentBits ${exponentBits}, mantissaBits ${mantissaBits}`,
        expected: 'exponentBits of at least 1, mantissaBits of at least 0',
        hint: 'bfloat16 is 8 and 7, float16 is 5 and 10'
      })
    return [x]
  },

  reference: reduceData,

  // Rounding is treated as linear, as XLA does: tangents are rounded to the same format.
  jvp: linearJvp((x, p) => reducePrecision(x, p)),
  transpose: ([ct], _args, p) => [isZero(ct) ? ct : reducePrecision(ct, p)],

  batch: (_axis, [x], [at], p) => [[reducePrecision(x, p)], [at]],

  lower: (inputs, p, [out], context) => {
    const [x] = inputs[0].parts
    // bfloat16 has the exponents of float32, so that its conversion flushes nothing either.
    if (out.dtype === 'float32' && p.exponentBits === 8 && p.mantissaBits === 7)
      return [lowered(out.shape, out.dtype, [kernel.cast(kernel.cast(x, 'bfloat16'), 'float32')])]
    return hostRoutine('reducePrecision', 'a format that no machine has', reduceData)(
      inputs,
      p,
      [out],
      context
    )
  }
})

/** `x` rounded to a format with these widths. Shape and type: kept. */
export const reducePrecision = (x: NdArray, params: ReducePrecisionParams): NdArray =>
  bind1(reducePrecisionP, [x], params)
