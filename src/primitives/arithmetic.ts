/** Powers, quotients, remainders, signs and extremes: arithmetic beyond sums and products. */
import type { NdArray } from '../core/array.ts'
import { allocate, isComplex, isFloat, isInteger, kindOf, realPart } from '../core/dtype.ts'
import { ValueError } from '../core/errors.ts'
import { cdiv, cmul, csign } from '../core/scalar/complex.ts'
import { hypot, rem as remainder, sign as signOf } from '../core/scalar/elementary.ts'
import { sizeOf } from '../core/shape.ts'
import type { Expr } from '../kernel/expr.ts'
import * as kernel from '../kernel/make.ts'
import { avalOf } from '../trace/aval.ts'
import { definePrimitive, isZero, zero, type Primitive } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { eq, lt, select } from './compare.ts'
import { idempotent, quotientByOne, unchanged } from './algebra.ts'
import { conj, real as realOf } from './complex.ts'
import { inDouble, modulus, quotientParts, squareParts } from './complex-parts.ts'
import { convertElementType } from './convert.ts'
import {
  anything,
  binary,
  checkKind,
  constant,
  mul,
  number,
  real,
  timesParts,
  unary,
  type Binary
} from './elementwise.ts'
import { map1, mapComplex1, roundingOf, type Pair } from './host.ts'
import { lowerElementwise, type Parts } from './lower.ts'
import { neg } from './negation.ts'
import { ceil, floor } from './rounding.ts'

/** x². */
export const square = unary('square', {
  accepts: number,
  scalar: (x) => x * x,
  integral: (x) => Math.imul(x, x),
  complex: (re, im, to) => cmul(re, im, re, im, to),
  jvp: (dx, x) => mul(dx, mul(constant(x, 2), x)),
  lower: { expr: (x) => kernel.binary('mul', x, x), parts: squareParts }
})

interface IntegerPowParams {
  readonly y: number
}

/** x^n for n ≥ 0 by repeated squaring, in whatever arithmetic `times` is. */
const bySquaring = <T>(x: T, n: number, one: T, times: (a: T, b: T) => T): T => {
  if (n === 0) return one
  const half = bySquaring(x, Math.floor(n / 2), one, times)
  const even = n < 2 ? one : times(half, half)
  return n % 2 === 0 ? even : n < 2 ? x : times(even, x)
}

const complexPower =
  (y: number) =>
  (re: number, im: number, to: Pair): void => {
    const times = ([a, b]: Pair, [c, d]: Pair): Pair => {
      const product: Pair = [0, 0]
      cmul(a, b, c, d, product)
      return product
    }
    const [pr, pi] = bySquaring<Pair>([re, im], Math.abs(y), [1, 0], times)
    if (y < 0) cdiv(1, 0, pr, pi, to)
    else [to[0], to[1]] = [pr, pi]
  }

const powerData: NonNullable<Primitive<IntegerPowParams>['reference']> = ([x], { y }, [out]) => {
  if (isComplex(x.dtype)) return [mapComplex1(out, x.data, complexPower(y))]
  if (!isFloat(x.dtype)) return [map1(out, x.data, (v) => bySquaring(v, y, 1, Math.imul))]
  // Each product is rounded, as XLA and the kernels round them.
  const round = roundingOf(x.dtype)
  const power = (v: number): number => bySquaring(v, Math.abs(y), 1, (a, b) => round(a * b))
  return [map1(out, x.data, y < 0 ? (v) => 1 / power(v) : power)]
}

/** x^y for one integer y: exact for negative x, and with derivative y x^(y−1) at 0. */
export const integerPowP = definePrimitive<IntegerPowParams>({
  name: 'integerPow',

  simplify: (e, { y }) => unchanged(e, y === 1),

  abstractEval: ([x], { y }) => {
    checkKind('integerPow', x.dtype, number)
    if (!Number.isInteger(y) || (y < 0 && isInteger(x.dtype)))
      throw new ValueError('integerPow', {
        problem: 'the exponent has no integer power',
        got: `exponent ${y} for ${x.dtype}`,
        expected: isInteger(x.dtype) ? 'an integer of at least 0' : 'an integer',
        hint: 'np.power takes any exponent; np.reciprocal makes floats of integers'
      })
    return [x]
  },

  reference: powerData,

  jvp: ([x], [dx], { y }) => {
    const z = integerPow(x, y)
    if (isZero(dx) || y === 0) return [[z], [zero(avalOf(z))]]
    return [[z], [mul(dx, mul(constant(x, y), integerPow(x, y - 1)))]]
  },

  batch: (_axis, [x], [at], { y }) => [[integerPow(x, y)], [at]],

  lower: (inputs, params, outputs, context) => {
    const { y } = params
    const expr = (x: Expr): Expr => {
      const one = kernel.constant(x.dtype, 1)
      const power = bySquaring(x, Math.abs(y), one, (a, b) => kernel.binary('mul', a, b))
      return y < 0 ? kernel.binary('div', one, power) : power
    }
    const parts = inDouble((re, im) => {
      const one = [1, 0].map((part) => kernel.constant('float64', part))
      const power = bySquaring<Parts>([re, im], Math.abs(y), one, timesParts)
      return y < 0 ? quotientParts(one, power) : power
    })
    const lower = lowerElementwise('integerPow', { expr, parts }, powerData)
    return lower(inputs, params, outputs, context)
  }
})

/** x^y for an integer y. Shape and type: kept. */
export const integerPow = (x: NdArray, y: number): NdArray => bind1(integerPowP, [x], { y })

/** 1/x. */
export const reciprocal = (x: NdArray): NdArray => integerPow(x, -1)

/**
 * x / y. Integers truncate; x / 0 is −1 (all bits one), the lowest integer / −1 is itself.
 * Linear in x.
 */
export const div = binary('div', {
  accepts: number,
  scalar: (x, y) => x / y,
  integral: (x, y) => (y === 0 ? -1 : Math.trunc(x / y)),
  complex: cdiv,
  jvp: [(dx, _x, y) => div(dx, y), (dy, x, y) => mul(mul(neg(dy), x), integerPow(y, -2))],
  transpose: [(ct, y) => div(ct, y), null],
  multilinear: true,
  simplify: quotientByOne,
  exact: true,
  lower: { expr: (x, y) => kernel.binary('div', x, y), parts: quotientParts }
})

/** Toward zero. */
const truncate = (x: NdArray): NdArray => select(lt(x, constant(x, 0)), ceil(x), floor(x))

/** x − y·trunc(x/y), with the sign of x. On integers x rem 0 is x. */
export const rem = binary('rem', {
  accepts: real,
  scalar: remainder,
  integral: (x, y) => (y === 0 ? x : x % y),
  jvp: [(dx) => dx, (dy, x, y) => mul(neg(dy), truncate(div(x, y)))],
  lower: { expr: (x, y) => kernel.binary('rem', x, y) }
})

/** −1, 0 or 1 with NaN and the sign of zero kept; z/|z| of a complex number, 0 at 0. */
export const sign = unary('sign', {
  accepts: number,
  scalar: signOf,
  complex: csign,
  lower: { expr: (x) => kernel.unary('sign', x) }
})

/** |x|. The lowest integer stays itself; the derivative at 0 is 0. Complex gives real. */
export const abs = unary('abs', {
  accepts: number,
  result: realPart,
  scalar: Math.abs,
  reference: ([x], _params, [out]) => {
    if (!isComplex(x.dtype)) return [map1(out, x.data, Math.abs)]
    const data = allocate(out.dtype, sizeOf(out.shape))
    for (let i = 0; i < data.length; i++) data[i] = hypot(x.data[2 * i], x.data[2 * i + 1])
    return [data]
  },
  jvp: (dx, x, y) => {
    if (!isComplex(x.dtype)) return mul(dx, sign(x))
    const modulus = select(eq(y, constant(y, 0)), constant(y, 1), y)
    return realOf(mul(dx, div(conj(x), convertElementType(modulus, x.dtype))))
  },
  lower: {
    expr: (x) => (kindOf(x.dtype) === 'unsigned' ? x : kernel.unary('abs', x)),
    parts: ([re, im]) => [modulus(re, im)]
  }
})

/** 1 where z came from x alone, ½ where both are equal, 0 elsewhere and beside NaN. */
const share = (x: NdArray, z: NdArray, y: NdArray): NdArray => {
  const [none, one, two] = [constant(z, 0), constant(z, 1), constant(z, 2)]
  return div(select(eq(x, z), one, none), select(eq(y, z), two, one))
}

/** `better(x, y)` for complex numbers, by the real part first and the imaginary part when equal. */
const extreme = (
  name: 'max' | 'min',
  scalar: (x: number, y: number) => number,
  better: (x: number, y: number) => boolean
): Binary =>
  binary(name, {
    accepts: anything,
    scalar,
    complex: (xr, xi, yr, yi, to) => {
      const first = xr === yr ? better(xi, yi) : better(xr, yr)
      to[0] = first ? xr : yr
      to[1] = first ? xi : yi
    },
    jvp: [(dx, x, y, z) => mul(dx, share(x, z, y)), (dy, x, y, z) => mul(dy, share(y, z, x))],
    simplify: idempotent,
    exact: true,
    lower: { expr: (x, y) => kernel.binary(name, x, y) }
  })

/** The larger one; NaN beside NaN. Equal operands share the derivative. */
export const max = extreme('max', Math.max, (x, y) => x > y)
/** The smaller one; NaN beside NaN. Equal operands share the derivative. */
export const min = extreme('min', Math.min, (x, y) => x < y)
