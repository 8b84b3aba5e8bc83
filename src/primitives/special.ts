/** The gamma function's family, and Bessel functions: what log-densities and samplers need. */
import '../install-special-functions.ts'
import type { NdArray } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
import * as bessel from '../core/scalar/bessel.ts'
import * as gammas from '../core/scalar/gamma.ts'
import * as derivative from '../core/scalar/incomplete-gamma-derivative.ts'
import * as incomplete from '../core/scalar/incomplete-gamma.ts'
import * as zetas from '../core/scalar/zeta.ts'
import type { Expr } from '../kernel/expr.ts'
import * as kernel from '../kernel/make.ts'
import { abs, reciprocal, sign } from './arithmetic.ts'
import { gt, select } from './compare.ts'
import { add, binary, constant, float, mul, unary } from './elementwise.ts'
import { exp, log } from './elementary.ts'
import { neg, sub } from './negation.ts'

const series = 'a series whose length depends on the argument'

/** ln|Γ(x)|; +∞ at the poles. */
export const lgamma = unary('lgamma', {
  accepts: float,
  scalar: gammas.lgamma,
  jvp: (dx, x) => mul(dx, digamma(x)),
  lower: { expr: (x) => kernel.unary('lgamma', x) }
})

/** ψ(x) = Γ′(x)/Γ(x). */
export const digamma = unary('digamma', {
  accepts: float,
  scalar: gammas.digamma,
  jvp: (dx, x) => mul(dx, polygamma(constant(x, 1), x)),
  lower: { expr: (x) => kernel.unary('digamma', x) }
})

const undifferentiable = (operation: string, argument: string): TransformError =>
  new TransformError(operation, {
    problem: `there is no derivative with respect to ${argument}`,
    got: `a tangent of ${argument}`,
    expected: `${argument} constant`,
    hint: `wrap ${argument} in stopGradient when its derivative is not needed`
  })

/** ψ⁽ⁿ⁾(x), first argument n. Not differentiable in n. */
export const polygamma = binary('polygamma', {
  accepts: float,
  host: series,
  scalar: zetas.polygamma,
  jvp: [
    () => {
      throw undifferentiable('polygamma', 'the order')
    },
    (dx, n, x) => mul(dx, polygamma(add(n, constant(n, 1)), x))
  ]
})

/** Hurwitz's ζ(s, q) = Σ_{k≥0} (q + k)^(−s). Not differentiable in s. */
export const zeta = binary('zeta', {
  accepts: float,
  host: series,
  scalar: zetas.zeta,
  jvp: [
    () => {
      throw undifferentiable('zeta', 'the exponent')
    },
    (dq, s, q) => mul(dq, mul(neg(s), zeta(add(s, constant(s, 1)), q)))
  ]
})

/** e^−x x^(a−1) / Γ(a): the density that the incomplete gamma functions integrate. */
const density = (a: NdArray, x: NdArray): NdArray =>
  exp(sub(sub(mul(sub(a, constant(a, 1)), log(x)), x), lgamma(a)))

/** P(a, x) = ∫₀ˣ e^−t t^(a−1) dt / Γ(a). */
export const igamma = binary('igamma', {
  accepts: float,
  host: series,
  scalar: incomplete.igamma,
  jvp: [(da, a, x) => mul(da, igammaGradA(a, x)), (dx, a, x) => mul(dx, density(a, x))]
})

/** Q(a, x) = 1 − P(a, x), accurate where P is near 1. */
export const igammac = binary('igammac', {
  accepts: float,
  host: series,
  scalar: incomplete.igammac,
  jvp: [(da, a, x) => neg(mul(da, igammaGradA(a, x))), (dx, a, x) => neg(mul(dx, density(a, x)))]
})

/** ∂P(a, x)/∂a. */
export const igammaGradA = binary('igammaGradA', {
  accepts: float,
  host: series,
  scalar: derivative.igammaGradA,
  jvp: [
    () => {
      throw undifferentiable('igammaGradA', 'a')
    },
    () => {
      throw undifferentiable('igammaGradA', 'x')
    }
  ]
})

/** dx/da of a sample x of Gamma(a, 1): −(∂P/∂a)/(∂P/∂x). */
export const randomGammaGrad = binary('randomGammaGrad', {
  accepts: float,
  host: series,
  scalar: derivative.randomGammaGrad,
  jvp: [
    () => {
      throw undifferentiable('randomGammaGrad', 'a')
    },
    () => {
      throw undifferentiable('randomGammaGrad', 'x')
    }
  ]
})

/** Σ c_k T_k(t) in float64, as `chebyshev` of core/scalar. */
const chebyshev = (c: readonly number[], t: Expr): Expr => {
  const number = (value: number): Expr => kernel.constant('float64', value)
  const twice = kernel.binary('mul', number(2), t)
  let [b1, b2] = [number(0), number(0)]
  for (let k = c.length - 1; k >= 1; k--)
    [b1, b2] = [
      kernel.binary('add', kernel.binary('sub', kernel.binary('mul', twice, b1), b2), number(c[k])),
      b1
    ]
  return kernel.binary('add', kernel.binary('sub', kernel.binary('mul', t, b1), b2), number(c[0]))
}

/** One series of |x| up to 8, and another beyond, over √|x|; the first is times x where it is odd. */
const twoSeries =
  (low: readonly number[], high: readonly number[], isOdd: boolean) =>
  (given: Expr): Expr => {
    const number = (value: number): Expr => kernel.constant('float64', value)
    const minusOne = (x: Expr): Expr => kernel.binary('sub', x, number(1))
    const x = kernel.cast(given, 'float64')
    const a = kernel.unary('abs', x)
    const near = chebyshev(low, minusOne(kernel.binary('div', a, number(4))))
    const beyond = chebyshev(high, minusOne(kernel.binary('div', number(16), a)))
    const far = kernel.binary('div', beyond, kernel.unary('sqrt', a))
    const isNegative = kernel.compare('lt', x, number(0))
    const y = kernel.select(
      kernel.compare('gt', a, number(8)),
      isOdd ? kernel.select(isNegative, kernel.unary('neg', far), far) : far,
      isOdd ? kernel.binary('mul', x, near) : near
    )
    return kernel.cast(y, given.dtype)
  }

/** e^−|x| I₀(x). */
export const besselI0e = unary('besselI0e', {
  accepts: float,
  scalar: bessel.besselI0e,
  lower: { expr: twoSeries(bessel.I0_LOW, bessel.I0_HIGH, false) },
  jvp: (dx, x, y) => mul(dx, sub(besselI1e(x), mul(sign(x), y)))
})

/** e^−|x| I₁(x). */
export const besselI1e = unary('besselI1e', {
  accepts: float,
  scalar: bessel.besselI1e,
  lower: { expr: twoSeries(bessel.I1_LOW, bessel.I1_HIGH, true) },
  jvp: (dx, x, y) => {
    // I₁(x)/x tends to ½ at 0, where the quotient cannot be computed.
    const tiny = constant(x, x.dtype === 'float64' ? 2 ** -52 : 2 ** -23)
    const away = gt(abs(x), tiny)
    const safe = select(away, x, tiny)
    const slope = sub(besselI0e(safe), mul(y, add(sign(safe), reciprocal(safe))))
    return mul(dx, select(away, slope, constant(x, 0.5)))
  }
})
