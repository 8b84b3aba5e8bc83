/** Operations element by element. JAX lets scalars and axes of extent 1 stand beside full arrays. */
import type { NdArray } from '../../../src/core/array.ts'
import { isBool } from '../../../src/core/dtype.ts'
import * as arithmetic from '../../../src/primitives/arithmetic.ts'
import * as bitwise from '../../../src/primitives/bitwise.ts'
import { clamp } from '../../../src/primitives/clamp.ts'
import * as compare from '../../../src/primitives/compare.ts'
import * as complex from '../../../src/primitives/complex.ts'
import { convertElementType } from '../../../src/primitives/convert.ts'
import * as elementary from '../../../src/primitives/elementary.ts'
import { add, constant, mul } from '../../../src/primitives/elementwise.ts'
import * as errorFunction from '../../../src/primitives/error-function.ts'
import * as hyperbolic from '../../../src/primitives/hyperbolic.ts'
import { copy, stopGradient } from '../../../src/primitives/identity.ts'
import { broadcastTo } from '../../../src/primitives/movement.ts'
import { neg, sub } from '../../../src/primitives/negation.ts'
import * as roots from '../../../src/primitives/roots.ts'
import * as rounding from '../../../src/primitives/rounding.ts'
import * as special from '../../../src/primitives/special.ts'
import * as trigonometry from '../../../src/primitives/trigonometry.ts'
import type { Converter, Converters } from '../replay.ts'

const spread =
  (f: (...xs: readonly NdArray[]) => NdArray): Converter =>
  (args, _params, { outs: [out] }) =>
    f(...args.map((x) => broadcastTo(x, out.shape)))

const unary = (f: (x: NdArray) => NdArray): Converter => spread((x) => f(x))
const binary = (f: (x: NdArray, y: NdArray) => NdArray): Converter => spread((x, y) => f(x, y))

const roundingMethods = ['awayFromZero', 'toNearestEven'] as const

const round: Converter = ([x], { rounding_method: method }) =>
  rounding.round(
    x,
    // JAX records the number of the method, or its name.
    typeof method === 'number'
      ? roundingMethods[method]
      : String(method).includes('EVEN')
        ? 'toNearestEven'
        : 'awayFromZero'
  )

const product: Converter = (args, { out_dtype: dtype }, context) => {
  const y = binary(mul)(args, {}, context) as NdArray // one result
  return dtype === null || dtype === undefined ? y : convertElementType(y, context.outs[0].dtype)
}

const oneMinusSquare = (x: NdArray): NdArray => sub(constant(x, 1), arithmetic.square(x))

/** A selector of several cases is an int32. */
const selector = (which: NdArray): NdArray =>
  isBool(which.dtype) ? which : convertElementType(which, 'int32')

export const elementwise: Converters = {
  abs: unary(arithmetic.abs),
  acos: unary(trigonometry.acos),
  acosh: unary(hyperbolic.acosh),
  add: binary(add),
  add_any: binary(add),
  and: binary(bitwise.and),
  asin: unary(trigonometry.asin),
  asinh: unary(hyperbolic.asinh),
  atan: unary(trigonometry.atan),
  atan2: binary(trigonometry.atan2),
  atanh: unary(hyperbolic.atanh),
  bessel_i0e: unary(special.besselI0e),
  bessel_i1e: unary(special.besselI1e),
  cbrt: unary(roots.cbrt),
  ceil: unary(rounding.ceil),
  clamp: spread(clamp),
  clz: unary(bitwise.clz),
  conj: ([x], _params, { outs: [out] }) => complex.conj(convertElementType(x, out.dtype)),
  copy: unary(copy),
  cos: unary(trigonometry.cos),
  cosh: unary(hyperbolic.cosh),
  digamma: unary(special.digamma),
  div: binary(arithmetic.div),
  eq: binary(compare.eq),
  erf: unary(errorFunction.erf),
  erf_inv: unary(errorFunction.erfInv),
  erfc: unary(errorFunction.erfc),
  exp: unary(elementary.exp),
  exp2: unary(elementary.exp2),
  expm1: unary(elementary.expm1),
  floor: unary(rounding.floor),
  ge: binary(compare.ge),
  gt: binary(compare.gt),
  igamma: binary(special.igamma),
  imag: unary(complex.imag),
  integer_pow: ([x], { y }) => arithmetic.integerPow(x, y),
  is_finite: unary(rounding.isFinite),
  le: binary(compare.le),
  le_to: binary(compare.leTo),
  lgamma: unary(special.lgamma),
  log: unary(elementary.log),
  log1p: unary(elementary.log1p),
  log2: unary(elementary.log2),
  logistic: unary(elementary.logistic),
  lt: binary(compare.lt),
  lt_to: binary(compare.ltTo),
  max: binary(arithmetic.max),
  min: binary(arithmetic.min),
  mul: product,
  ne: binary(compare.ne),
  neg: unary(neg),
  nextafter: binary(rounding.nextafter),
  not: unary(bitwise.not),
  one_minus_square: unary(oneMinusSquare),
  or: binary(bitwise.or),
  polygamma: binary(special.polygamma),
  population_count: unary(bitwise.populationCount),
  pow: binary(elementary.pow),
  real: unary(complex.real),
  rem: binary(arithmetic.rem),
  round,
  rsqrt: unary(roots.rsqrt),
  select_n: spread((which, ...cases) => compare.selectN(selector(which), ...cases)),
  shift_left: binary(bitwise.shiftLeft),
  shift_right_arithmetic: binary(bitwise.shiftRightArithmetic),
  shift_right_logical: binary(bitwise.shiftRightLogical),
  sign: unary(arithmetic.sign),
  sin: unary(trigonometry.sin),
  sinh: unary(hyperbolic.sinh),
  sqrt: unary(roots.sqrt),
  square: unary(arithmetic.square),
  stop_gradient: unary(stopGradient),
  sub: binary(sub),
  tan: unary(trigonometry.tan),
  tanh: unary(hyperbolic.tanh),
  xor: binary(bitwise.xor)
}
