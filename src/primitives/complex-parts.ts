/**
 * Functions of complex numbers as expressions of their parts. Those of complex64 are computed in
 * float64 and rounded once, as the host computes them.
 */
import type { Expr } from '../kernel/expr.ts'
import * as kernel from '../kernel/make.ts'
import { timesParts } from './elementwise.ts'
import type { Parts } from './lower.ts'

/** Where squares of a type leave its range, and the power of two that brings them back. */
const squares = {
  float32: { large: 1e18, small: 1e-12, power: 100 },
  float64: { large: 1e150, small: 1e-130, power: 600 }
}

/** √(x²+y²) without overflow; infinite where a part is, even beside NaN. Error: about an ulp. */
export const modulus = (x: Expr, y: Expr): Expr => {
  const { dtype } = x
  const number = (value: number): Expr => kernel.constant(dtype, value)
  const { large, small, power } = squares[dtype === 'float64' ? 'float64' : 'float32']
  const [a, b] = [kernel.unary('abs', x), kernel.unary('abs', y)]
  const most = kernel.binary('max', a, b)
  const one = (c: Expr, factor: number, otherwise: Expr): Expr =>
    kernel.select(c, number(factor), otherwise)
  const [isLarge, isSmall] = [
    kernel.compare('gt', most, number(large)),
    kernel.compare('lt', most, number(small))
  ]
  const down = one(isLarge, 2 ** -power, one(isSmall, 2 ** power, number(1)))
  const up = one(isLarge, 2 ** power, one(isSmall, 2 ** -power, number(1)))
  const square = (v: Expr): Expr => {
    const scaled = kernel.binary('mul', v, down)
    return kernel.binary('mul', scaled, scaled)
  }
  const root = kernel.unary('sqrt', kernel.binary('add', square(a), square(b)))
  const isInfinite = (v: Expr): Expr => kernel.compare('eq', v, number(Infinity))
  const infinite = kernel.binary('or', isInfinite(a), isInfinite(b))
  return kernel.select(infinite, number(Infinity), kernel.binary('mul', root, up))
}

/** The parts that a function of float64 parts has, in the type of its operand. */
export const inDouble =
  (compute: (re: Expr, im: Expr, isWide: boolean) => Parts) =>
  ([re, im]: Parts): Parts => {
    const [x, y] = [re, im].map((part) => kernel.cast(part, 'float64'))
    return compute(x, y, re.dtype === 'float64').map((part) => kernel.cast(part, re.dtype))
  }

const double = (value: number): Expr => kernel.constant('float64', value)
const times = (x: Expr, y: Expr): Expr => kernel.binary('mul', x, y)
const both = (x: Expr, y: Expr): Expr => kernel.binary('and', x, y)
const is = (x: Expr, value: number): Expr => kernel.compare('eq', x, double(value))

/** e^z = e^re (cos im + i sin im), with e^re in two factors where it overflows before they do. */
export const exponentialParts = inDouble((re, im, isWide) => {
  const split = isWide
    ? both(kernel.compare('gt', re, double(709)), kernel.compare('lt', re, double(1500)))
    : null
  const half = (x: Expr): Expr => times(x, double(0.5))
  const e = kernel.unary('exp', split === null ? re : kernel.select(split, half(re), re))
  const size = (part: Expr): Expr =>
    split === null ? times(e, part) : times(times(e, part), kernel.select(split, e, double(1)))
  const finite = kernel.unary('isFinite', im)
  // An infinite or missing angle beside no size, or beside an infinite one, leaves the size.
  const noSize = is(re, -Infinity)
  const real = kernel.select(is(re, Infinity), re, kernel.select(noSize, double(0), double(NaN)))
  const imaginary = kernel.select(noSize, double(0), double(NaN))
  return [
    kernel.select(finite, size(kernel.unary('cos', im)), real),
    kernel.select(is(im, 0), im, kernel.select(finite, size(kernel.unary('sin', im)), imaginary))
  ]
})

/** z². */
export const squareParts = inDouble((re, im) => timesParts([re, im], [re, im]))

/** 2^z. */
export const powerOfTwoParts = ([re, im]: Parts): Parts => {
  const scaled = [re, im].map((part) => times(kernel.cast(part, 'float64'), double(Math.LN2)))
  return exponentialParts(scaled).map((part) => kernel.cast(part, re.dtype))
}

/** √z with its cut along the negative axis, whose side is the sign of the imaginary part. */
export const rootParts = inDouble((re, im, isWide) => {
  const abs = (x: Expr): Expr => kernel.unary('abs', x)
  const bits = kernel.bitcast(kernel.cast(im, 'float32'), 'int32')
  const isNegative = both(
    kernel.compare('lt', bits, kernel.constant('int32', 0)),
    kernel.compare('eq', im, im)
  )
  const withSign = (x: Expr): Expr => kernel.select(isNegative, kernel.unary('neg', x), x)
  const most = kernel.binary('max', abs(re), abs(im))
  const far = (large: number, small: number): Expr =>
    kernel.select(
      kernel.compare('gt', most, double(1e300)),
      double(large),
      kernel.select(kernel.compare('lt', most, double(1e-290)), double(small), double(1))
    )
  const scale = isWide ? far(2 ** -10, 2 ** 200) : double(1)
  const back = isWide ? far(2 ** 5, 2 ** -100) : double(1)
  const [x, y] = [times(re, scale), times(im, scale)]
  const sum = kernel.binary('add', abs(x), modulus(x, y))
  const t = kernel.unary('sqrt', times(double(0.5), sum))
  const other = kernel.binary('div', times(double(0.5), abs(y)), t)
  const right = kernel.compare('ge', x, double(0))
  const isZero = both(is(re, 0), is(im, 0))
  const isLong = is(abs(re), Infinity)
  const isHigh = is(abs(im), Infinity)
  const infinite = double(Infinity)
  /** Beside an infinite real part: 0, or NaN beside NaN. */
  const rest = times(im, double(0))
  const choose = (regular: Expr, zero: Expr, high: Expr, long: Expr): Expr =>
    kernel.select(
      isHigh,
      high,
      kernel.select(isLong, long, kernel.select(isZero, zero, times(back, regular)))
    )
  return [
    choose(
      kernel.select(right, t, other),
      double(0),
      infinite,
      kernel.select(right, infinite, abs(rest))
    ),
    choose(
      withSign(kernel.select(right, other, t)),
      im,
      im,
      withSign(kernel.select(right, abs(rest), infinite))
    )
  ]
})

const add = (x: Expr, y: Expr): Expr => kernel.binary('add', x, y)
const over = (x: Expr, y: Expr): Expr => kernel.binary('div', x, y)
const either = (x: Expr, y: Expr): Expr => kernel.binary('or', x, y)
const negative = (x: Expr): Expr => kernel.unary('neg', x)
const absolute = (x: Expr): Expr => kernel.unary('abs', x)
const isNaNOf = (x: Expr): Expr => kernel.compare('ne', x, x)
const isInfinite = (x: Expr): Expr => is(absolute(x), Infinity)

/** A power of two that keeps numbers with the largest part x in range, and its inverse. */
const inRange = (x: Expr): readonly [Expr, Expr] => {
  const large = kernel.compare('ge', x, double(2 ** 1022))
  const small = kernel.compare('le', x, double(2 ** -969))
  const choose = (a: number, b: number): Expr =>
    kernel.select(large, double(a), kernel.select(small, double(b), double(1)))
  return [choose(0.5, 2 ** 105), choose(2, 2 ** -105)]
}

/** Parts of an infinite number as ±1 and the others as zeros, for the direction it has. */
const direction = (x: Expr): Expr =>
  kernel.select(
    isInfinite(x),
    kernel.unary('sign', x),
    kernel.select(isNaNOf(x), double(0), times(x, double(0)))
  )

/** (a + bi)/(c + di), as `cdiv` of core/scalar and with its limits. */
export const quotientParts = (dividend: Parts, divisor: Parts): Parts => {
  const type = dividend[0].dtype
  const isWide = type === 'float64'
  const [a, b, c, d] = [...dividend, ...divisor].map((part) => kernel.cast(part, 'float64'))
  const larger = (x: Expr, y: Expr): Expr => kernel.binary('max', absolute(x), absolute(y))
  const one = [double(1), double(1)] as const
  const [scale, rescale] = isWide ? inRange(larger(a, b)) : one
  const [inverse] = isWide ? inRange(larger(c, d)) : one
  const [ar, ai, br, bi] = [times(a, scale), times(b, scale), times(c, inverse), times(d, inverse)]
  const upright = kernel.compare('le', absolute(bi), absolute(br))
  const pick = (x: Expr, y: Expr): Expr => kernel.select(upright, x, y)
  const [p, q, u, v] = [pick(br, bi), pick(bi, br), pick(ar, ai), pick(ai, ar)]
  const [r, reciprocal] = [over(q, p), over(double(1), p)]
  const t = add(p, times(q, r))
  const none = is(r, 0)
  // Where y r underflows; in float64 that of float32 numbers is 0 only for a y of 0.
  const part = (x: Expr, y: Expr): Expr => {
    const product = kernel.select(
      none,
      times(q, isWide ? over(y, p) : times(y, reciprocal)),
      times(y, r)
    )
    const sum = over(add(x, product), t)
    const lost = kernel.binary('and', kernel.unary('not', none), is(product, 0))
    const apart = isWide
      ? add(over(x, t), times(over(y, t), r))
      : kernel.select(is(x, 0), add(times(x, t), times(times(y, t), r)), sum)
    return kernel.select(lost, apart, sum)
  }
  const back = (x: Expr): Expr => times(times(x, inverse), rescale)
  const im = part(v, negative(u))
  const regular = [back(part(u, v)), back(pick(im, negative(im)))]
  const nothing = both(both(is(c, 0), is(d, 0)), kernel.unary('not', both(isNaNOf(a), isNaNOf(b))))
  const finite = (x: Expr, y: Expr): Expr =>
    both(kernel.unary('isFinite', x), kernel.unary('isFinite', y))
  const far = both(either(isInfinite(a), isInfinite(b)), finite(c, d))
  const near = both(either(isInfinite(c), isInfinite(d)), finite(a, b))
  const [da, db, dc, dd] = [a, b, c, d].map(direction)
  const limit = (zero: Expr, infinite: Expr, vanishing: Expr, otherwise: Expr): Expr =>
    kernel.select(
      nothing,
      times(reciprocal, zero),
      kernel.select(
        far,
        times(double(Infinity), infinite),
        kernel.select(near, times(double(0), vanishing), otherwise)
      )
    )
  const dot = (x: Expr, y: Expr, z: Expr, w: Expr): Expr => add(times(x, z), times(y, w))
  const missing = either(isNaNOf(regular[0]), isNaNOf(regular[1]))
  return [
    limit(a, dot(da, db, c, d), dot(a, b, dc, dd), regular[0]),
    limit(b, dot(db, negative(da), c, d), dot(b, negative(a), dc, dd), regular[1])
  ].map((x, i) => kernel.cast(kernel.select(missing, x, regular[i]), type))
}
