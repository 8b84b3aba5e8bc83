/** Exponentials, logarithms and the power of two arguments: closed under differentiation. */
import type { NdArray } from '../core/array.ts'
import { isComplex, isInexact, isInteger, type DType } from '../core/dtype.ts'
import { DTypeError } from '../core/errors.ts'
import { cdiv, cexp, cexpm1, clog, clog1p, cpow } from '../core/scalar/complex.ts'
import {
  exp2 as exp2Of,
  log2 as log2Of,
  logistic as logisticOf,
  pow as powOf
} from '../core/scalar/elementary.ts'
import * as kernel from '../kernel/make.ts'
import { avalOf, makeAval } from '../trace/aval.ts'
import { definePrimitive, isZero, zero, type Primitive } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { div } from './arithmetic.ts'
import { eq, select } from './compare.ts'
import { exponentialParts, powerOfTwoParts } from './complex-parts.ts'
import { convertElementType } from './convert.ts'
import {
  add,
  addTangents,
  checkKind,
  checkSame,
  constant,
  elementwiseBatch,
  inexact,
  mul,
  noParams,
  ownType,
  unary,
  type NoParams
} from './elementwise.ts'
import { map2, mapComplex2 } from './host.ts'
import { lowerElementwise } from './lower.ts'
import { sub } from './negation.ts'
import * as math from '../core/scalar/math.ts'
import { ownFunction } from '../core/scalar/math.ts'

/** e^x. */
export const exp = unary('exp', {
  accepts: inexact,
  scalar: math.exp,
  complex: cexp,
  jvp: (dx, _x, y) => mul(dx, y),
  lower: { expr: (x) => kernel.unary('exp', x), parts: exponentialParts }
})

/** 2^x. */
export const exp2 = unary('exp2', {
  accepts: inexact,
  scalar: exp2Of,
  complex: (re, im, to) => cexp(re * Math.LN2, im * Math.LN2, to),
  jvp: (dx, _x, y) => mul(constant(y, Math.LN2), mul(dx, y)),
  lower: {
    expr: (x) => kernel.unary('exp2', x),
    parts: powerOfTwoParts
  }
})

/** e^x − 1, accurate near 0. */
export const expm1 = unary('expm1', {
  accepts: inexact,
  scalar: math.expm1,
  complex: cexpm1,
  jvp: (dx, _x, y) => mul(dx, add(y, constant(y, 1))),
  lower: { expr: (x) => kernel.unary('expm1', x) }
})

/** ln x; −∞ at ±0, NaN below. */
export const log = unary('log', {
  accepts: inexact,
  scalar: math.log,
  complex: clog,
  jvp: (dx, x) => div(dx, x),
  lower: { expr: (x) => kernel.unary('log', x) }
})

/** log₂ x. */
export const log2 = unary('log2', {
  accepts: inexact,
  scalar: log2Of,
  complex: (re, im, to) => {
    clog(re, im, to)
    to[0] *= Math.LOG2E
    to[1] *= Math.LOG2E
  },
  jvp: (dx, x) => div(dx, mul(x, constant(x, Math.LN2))),
  lower: { expr: (x) => kernel.unary('log2', x) }
})

/** ln(1 + x), accurate near 0. */
export const log1p = unary('log1p', {
  accepts: inexact,
  scalar: math.log1p,
  complex: clog1p,
  jvp: (dx, x) => div(dx, add(x, constant(x, 1))),
  lower: { expr: (x) => kernel.unary('log1p', x) }
})

/** 1/(1 + e^−x). */
export const logistic = unary('logistic', {
  accepts: inexact,
  scalar: logisticOf,
  complex: (re, im, to) => {
    cexp(-re, -im, to)
    cdiv(1, 0, 1 + to[0], to[1], to)
  },
  jvp: (dx, _x, y) => mul(dx, mul(y, sub(constant(y, 1), y))),
  lower: { expr: (x) => kernel.unary('logistic', x) }
})

const power: NonNullable<Primitive<NoParams>['reference']> = ([x, y], _params, [out]) => {
  if (!isComplex(x.dtype)) {
    // An integral exponent is computed with in float64, which holds them all.
    const type = y.dtype === x.dtype ? ownType(x.dtype) : 'float64'
    return [map2(out, x.data, y.data, ownFunction('pow', type) ?? powOf)]
  }
  const exponents = isComplex(y.dtype)
    ? y.data
    : Float64Array.from(x.data, (_, i) => (i % 2 === 0 ? y.data[i / 2] : 0))
  return [mapComplex2(out, x.data, exponents, cpow)]
}

const checkExponent = (x: DType, y: DType): void => {
  checkKind('pow', x, inexact)
  if (x === y || isInteger(y)) return
  throw new DTypeError('pow', {
    problem: 'the exponent has another element type than the base',
    got: `base ${x}, exponent ${y}`,
    expected: `${x}, or any integer type`,
    hint: 'np.power promotes both'
  })
}

/** x^y with IEEE 754's corners: x^0 = 1^y = 1, also beside NaN. y may be integers. */
export const powP = definePrimitive<NoParams>({
  name: 'pow',

  abstractEval: ([x, y]) => {
    checkExponent(x.dtype, y.dtype)
    checkSame('pow', [x, makeAval(y.shape, x.dtype)])
    return [makeAval(x.shape, x.dtype, x.weak && y.weak)]
  },

  reference: power,

  jvp: ([x, y], [dx, dy]) => {
    const z = pow(x, y)
    const none = zero(avalOf(z))
    const fromX = isZero(dx) ? none : mul(dx, slope(x, y))
    // At x = 0 the logarithm is replaced by 0, so that 0^y has a finite derivative in y.
    const safe = (): NdArray => select(eq(x, constant(x, 0)), constant(x, 1), x)
    const fromY = isZero(dy) || !isInexact(y.dtype) ? none : mul(dy, mul(log(safe()), z))
    return [[z], [addTangents(fromX, fromY)]]
  },

  batch: elementwiseBatch(([x, y]) => pow(x, y)),

  lower: lowerElementwise(
    'pow',
    {
      expr: (x, y) => {
        if (x.dtype === y.dtype) return kernel.binary('pow', x, y)
        // float64 holds every integer, so that odd exponents stay odd.
        const wide = kernel.binary('pow', kernel.cast(x, 'float64'), kernel.cast(y, 'float64'))
        return kernel.cast(wide, x.dtype)
      }
    },
    power
  )
})

/** ∂(x^y)/∂x = y x^(y−1), 0 for y = 0 also at x = 0. */
const slope = (x: NdArray, y: NdArray): NdArray => {
  const one = constant(y, 1)
  const lower = select(eq(y, constant(y, 0)), one, sub(y, one))
  return mul(convertElementType(y, x.dtype), pow(x, lower))
}

/** x^y. Shape: kept; y has the type of x, or is an integer array. */
export const pow = (x: NdArray, y: NdArray): NdArray => bind1(powP, [x, y], noParams)
