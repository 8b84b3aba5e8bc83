/** Comparisons and logic: the results are bools. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isBool, isComplex, isFloat, isInexact } from '../core/dtype.ts'
import { DTypeError, checkOptions } from '../core/errors.ts'
import { iota as axesOf } from '../core/shape.ts'
import { abs as absP, div } from '../primitives/arithmetic.ts'
import { and, not, or, xor } from '../primitives/bitwise.ts'
import * as ops from '../primitives/compare.ts'
import { imag, real } from '../primitives/complex.ts'
import { convertElementType } from '../primitives/convert.ts'
import { add, constant, mul } from '../primitives/elementwise.ts'
import { sub } from '../primitives/negation.ts'
import { reduceAnd } from '../primitives/reduction.ts'
import { isFinite } from '../primitives/rounding.ts'
import { binary, type Binary, type Unary } from './lift.ts'
import { asArray, asType, filled, promoteAll, promotePair, promoteTypes } from './promotion.ts'
import { selectOf } from './selection.ts'

const refuseComplex = (name: string, x: NdArray): void => {
  if (!isComplex(x.dtype)) return
  throw new DTypeError(`np.${name}`, {
    problem: 'complex numbers have no order',
    got: x.dtype,
    expected: 'real numbers',
    hint: 'compare np.abs(x), or np.real(x)'
  })
}

const ordered = (name: string, f: (x: NdArray, y: NdArray) => NdArray): Binary =>
  binary(name, (x, y) => {
    refuseComplex(name, x)
    return f(x, y)
  })

export const equal = binary('equal', ops.eq)
export const notEqual = binary('notEqual', ops.ne)
export const less = ordered('less', ops.lt)
export const lessEqual = ordered('lessEqual', ops.le)
export const greater = ordered('greater', ops.gt)
export const greaterEqual = ordered('greaterEqual', ops.ge)

/** Whether elements are not zero; NaN is not. */
export const truth = (x: ArrayLike, operation: string): NdArray =>
  asType(asArray(x, operation), 'bool')

const logical =
  (name: string, f: (x: NdArray, y: NdArray) => NdArray): Binary =>
  (x, y) => {
    const operation = `np.${name}`
    const [a, b] = promotePair(operation, truth(x, operation), truth(y, operation))
    return f(a, b)
  }

export const logicalAnd = logical('logicalAnd', and)
export const logicalOr = logical('logicalOr', or)
export const logicalXor = logical('logicalXor', xor)
export const logicalNot = (x: ArrayLike): NdArray => not(truth(x, 'np.logicalNot'))

/** A test of each part of a number; what is no float passes as `otherwise`. */
const partwise =
  (
    name: string,
    test: (x: NdArray) => NdArray,
    join: (re: NdArray, im: NdArray) => NdArray,
    otherwise: boolean
  ): Unary =>
  (x) => {
    const y = asArray(x, `np.${name}`)
    if (isFloat(y.dtype)) return test(y)
    if (isComplex(y.dtype)) return join(test(real(y)), test(imag(y)))
    return filled(`np.${name}`, otherwise, y.shape, 'bool')
  }

const infinite = (x: NdArray): NdArray => ops.eq(absP(x), constant(x, Infinity))

export const isfinite = partwise('isfinite', isFinite, and, true)
export const isnan = partwise('isnan', (x) => ops.ne(x, x), or, false)
export const isinf = partwise('isinf', infinite, or, false)

const infinityOf = (name: string, value: number): Unary =>
  partwise(
    name,
    (x) => ops.eq(x, constant(x, value)),
    (re) => {
      throw new DTypeError(`np.${name}`, {
        problem: 'a complex infinity has no sign',
        got: `complex numbers of ${re.shape.length} axes`,
        expected: 'real numbers',
        hint: 'np.isinf tells whether a part is infinite'
      })
    },
    false
  )

export const isposinf = infinityOf('isposinf', Infinity)
export const isneginf = infinityOf('isneginf', -Infinity)

/** Whether the sign bit is set: true for −0. Of NaN it is not asked. */
export const signbit: Unary = (x) => {
  const y = asArray(x, 'np.signbit')
  refuseComplex('signbit', y)
  if (isBool(y.dtype)) return filled('np.signbit', false, y.shape, 'bool')
  const zero = constant(y, 0)
  const below = ops.lt(y, zero)
  if (!isFloat(y.dtype)) return below
  // 1/−0 is −∞.
  return or(below, and(ops.eq(y, zero), ops.lt(div(constant(y, 1), y), zero)))
}

/** Whether the imaginary part is not zero. */
export const iscomplex: Unary = (x) => {
  const y = asArray(x, 'np.iscomplex')
  if (!isComplex(y.dtype)) return filled('np.iscomplex', false, y.shape, 'bool')
  const part = imag(y)
  return ops.ne(part, constant(part, 0))
}

export const isreal: Unary = (x) => not(iscomplex(x))

export interface CloseOptions {
  /** Tolerance relative to |y|; 1e-5. */
  readonly rtol?: number
  /** Absolute tolerance; 1e-8. */
  readonly atol?: number
  /** Whether NaN is close to NaN; false. */
  readonly equalNan?: boolean
}

/** |x − y| ≤ atol + rtol |y|; infinities are close to themselves. Shape: broadcast; bool. */
export const isclose = (x: ArrayLike, y: ArrayLike, options: CloseOptions = {}): NdArray => {
  checkOptions('np.isclose', options, ['rtol', 'atol', 'equalNan'])
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options
  const [a, b] = promoteAll('np.isclose', [x, y])
  if (!isInexact(a.dtype))
    return isBool(a.dtype) ? ops.eq(a, b) : closeFloats(toFloat64(a), toFloat64(b), rtol, atol)
  const close = closeFloats(a, b, rtol, atol)
  return equalNan ? or(close, and(isnan(a), isnan(b))) : close
}

/** Differences of integers must not wrap, and float64 holds all of them. */
const toFloat64 = (x: NdArray): NdArray => convertElementType(x, 'float64')

const closeFloats = (a: NdArray, b: NdArray, rtol: number, atol: number): NdArray => {
  const size = absP(b)
  const allowed = add(constant(size, atol), mul(constant(size, rtol), size))
  const near = ops.le(absP(sub(a, b)), allowed)
  return selectOf(and(isfinite(a), isfinite(b)), near, ops.eq(a, b))
}

/** Whether all elements are close. Shape: -> [], bool. */
export const allclose = (x: ArrayLike, y: ArrayLike, options: CloseOptions = {}): NdArray => {
  checkOptions('np.allclose', options, ['rtol', 'atol', 'equalNan'])
  const close = isclose(x, y, options)
  return reduceAnd(close, axesOf(close.ndim))
}

export interface ArrayEqualOptions {
  readonly equalNan?: boolean
}

/** Whether shapes and all elements are equal. Shape: -> [], bool. */
export const arrayEqual = (
  x: ArrayLike,
  y: ArrayLike,
  options: ArrayEqualOptions = {}
): NdArray => {
  checkOptions('np.arrayEqual', options, ['equalNan'])
  const { equalNan = false } = options
  const [a, b] = promoteTypes('np.arrayEqual', [x, y])
  if (a.ndim !== b.ndim || a.shape.some((n, i) => n !== b.shape[i]))
    return filled('np.arrayEqual', false, [], 'bool')
  const same = ops.eq(a, b)
  return reduceAnd(equalNan ? or(same, and(isnan(a), isnan(b))) : same, axesOf(a.ndim))
}

/** Whether all elements are equal after broadcasting; false where shapes do not. Shape: -> []. */
export const arrayEquiv = (x: ArrayLike, y: ArrayLike): NdArray => {
  const [a, b] = promoteTypes('np.arrayEquiv', [x, y])
  const fits = [...a.shape].reverse().every((n, i) => {
    const m = b.shape[b.ndim - 1 - i] ?? 1
    return n === m || n === 1 || m === 1
  })
  if (!fits) return filled('np.arrayEquiv', false, [], 'bool')
  const same = equal(a, b)
  return reduceAnd(same, axesOf(same.ndim))
}
