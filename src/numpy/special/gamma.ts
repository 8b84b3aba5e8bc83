/** The gamma function and its relatives. */
import { fromHost, makeAval, type ArrayLike, type NdArray } from '../../core/array.ts'
import { lgamma } from '../../core/scalar/gamma.ts'
import { zeta as hurwitz } from '../../core/scalar/zeta.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import { regularizedIncompleteBeta } from '../../primitives/incomplete-beta.ts'
import * as ops from '../../primitives/special.ts'
import { add, divide, mod, multiply, subtract } from '../arithmetic.ts'
import { equal, greater, less, logicalAnd, logicalOr } from '../comparison.ts'
import { exp } from '../exponential.ts'
import { inexactBinary, inexactUnary } from '../lift.ts'
import { asInexact, promoteAll } from '../promotion.ts'
import { floor, round } from '../rounding.ts'
import { where } from '../selection.ts'
import * as math from '../../core/scalar/math.ts'

/** log |Γ(x)|. */
export const gammaln = inexactUnary('special.gammaln', ops.lgamma)

/** The sign of Γ(x): alternating between negative integers, NaN at them, and the sign of a zero. */
export const gammasgn = (x: ArrayLike): NdArray => {
  const y = asInexact(x, 'np.special.gammasgn')
  const whole = floor(y)
  const isPole = logicalAnd(equal(y, whole), less(y, 0))
  const odd = equal(mod(whole, 2), 1)
  const sign = where(
    logicalAnd(less(y, 0), odd),
    multiply(add(multiply(y, 0), 1), -1),
    add(multiply(y, 0), 1)
  )
  const signOfZero = where(less(divide(1, y), 0), -1, 1)
  const bounded = where(equal(y, Infinity), 1, where(equal(y, 0), signOfZero, sign))
  return where(logicalOr(isPole, equal(y, -Infinity)), NaN, bounded)
}

/** Γ(x) = ∫₀^∞ t^{x−1} e^{−t} dt. */
export const gamma = (x: ArrayLike): NdArray => multiply(gammasgn(x), exp(gammaln(x)))

/** log Γ(x) of real x where Γ is positive; NaN elsewhere. */
export const loggamma = (x: ArrayLike): NdArray => where(greater(gammasgn(x), 0), gammaln(x), NaN)

/** ψ(x) = d log Γ(x) / dx. */
export const digamma = inexactUnary('special.digamma', ops.digamma)

/** ψ⁽ⁿ⁾(x), the n-th derivative of digamma. */
export const polygamma = inexactBinary('special.polygamma', ops.polygamma)

/** ζ(x, q) = Σ_k (k + q)^{−x}; q is 1 when left out. */
export const zeta = (x: ArrayLike, q: ArrayLike = 1): NdArray => {
  const [a, b] = promoteAll('np.special.zeta', [x, q], true)
  return ops.zeta(a, b)
}

/** n! = Γ(n + 1); 0 for negative n. */
export const factorial = (n: ArrayLike, options: { readonly exact?: boolean } = {}): NdArray => {
  checkOptions('np.special.factorial', options, ['exact'])
  const { exact = false } = options
  if (exact)
    throw new ValueError('np.special.factorial', {
      problem: 'factorials beyond 2^53 have no exact number here',
      got: 'exact: true',
      expected: 'exact: false',
      hint: 'BigInt multiplies exactly'
    })
  const x = asInexact(n, 'np.special.factorial')
  return where(less(x, 0), 0, exp(gammaln(add(x, 1))))
}

/** log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b), of absolute values. */
export const betaln = (a: ArrayLike, b: ArrayLike): NdArray =>
  subtract(add(gammaln(a), gammaln(b)), gammaln(add(asInexact(a, 'np.special.betaln'), b)))

/** B(a, b) = Γ(a) Γ(b) / Γ(a + b). */
export const beta = (a: ArrayLike, b: ArrayLike): NdArray => {
  const total = add(asInexact(a, 'np.special.beta'), b)
  const sign = multiply(multiply(gammasgn(a), gammasgn(b)), gammasgn(total))
  return multiply(sign, exp(betaln(a, b)))
}

/** I_x(a, b), the regularised incomplete beta function. */
export const betainc = (a: ArrayLike, b: ArrayLike, x: ArrayLike): NdArray => {
  const [p, q, at] = promoteAll('np.special.betainc', [a, b, x], true)
  return regularizedIncompleteBeta(p, q, at)
}

/** P(a, x) = ∫₀^x t^{a−1} e^{−t} dt / Γ(a). */
export const gammainc = inexactBinary('special.gammainc', ops.igamma)

/** Q(a, x) = 1 − P(a, x). */
export const gammaincc = inexactBinary('special.gammaincc', ops.igammac)

/** (z)_m = Γ(z + m) / Γ(z), rising. */
export const poch = (z: ArrayLike, m: ArrayLike): NdArray => {
  const total = add(asInexact(z, 'np.special.poch'), m)
  const sign = multiply(gammasgn(total), gammasgn(z))
  return where(equal(m, 0), 1, multiply(sign, exp(subtract(gammaln(total), gammaln(z)))))
}

/** log Γ_d(a), the multivariate gamma function: Σ_{j<d} log Γ(a − j/2) + d(d−1)/4 log π. */
export const multigammaln = (a: ArrayLike, d: number): NdArray => {
  if (!Number.isInteger(d) || d < 1)
    throw new ValueError('np.special.multigammaln', {
      problem: 'the dimension is no count',
      got: String(d),
      expected: 'an integer of at least 1',
      hint: 'the dimension is known when the program is written'
    })
  const x = asInexact(a, 'np.special.multigammaln')
  const terms = Array.from({ length: d }, (_, j) => gammaln(subtract(x, j / 2)))
  return add(terms.reduce(add), ((d * (d - 1)) / 4) * math.log(Math.PI))
}

export interface CombOptions {
  readonly exact?: boolean
  /** Count choices with repetition. */
  readonly repetition?: boolean
}

/** Choices of k of n: Γ(n + 1) / (Γ(k + 1) Γ(n − k + 1)); 0 where there are none. */
export const comb = (n: ArrayLike, k: ArrayLike, options: CombOptions = {}): NdArray => {
  checkOptions('np.special.comb', options, ['exact', 'repetition'])
  const [a, b] = promoteAll('np.special.comb', [n, k], true)
  if (options.repetition === true) return comb(subtract(add(a, b), 1), b)
  const size = exp(
    subtract(gammaln(add(a, 1)), add(gammaln(add(b, 1)), gammaln(add(subtract(a, b), 1))))
  )
  const isWhole = logicalAnd(equal(a, floor(a)), equal(b, floor(b)))
  const none = logicalOr(less(b, 0), logicalOr(less(a, 0), greater(b, a)))
  return where(none, 0, where(isWhole, round(size), size))
}

/** B_0 … B_n, with B_1 = −1/2. Shape: -> [n + 1], at least [3]; float32. */
export const bernoulli = (n: number): NdArray => {
  if (!Number.isInteger(n) || n < 0)
    throw new ValueError('np.special.bernoulli', {
      problem: 'the order is no count',
      got: String(n),
      expected: 'an integer of at least 0',
      hint: 'the order is known when the program is written'
    })
  const count = Math.max(n, 2) + 1
  return fromHost(
    makeAval([count], 'float32'),
    Float32Array.from({ length: count }, (_, m) => bernoulliNumber(m))
  )
}

/** B_2k = (−1)^{k+1} 2 (2k)! ζ(2k) / (2π)^{2k}. */
const bernoulliNumber = (m: number): number => {
  if (m < 2) return m === 0 ? 1 : -0.5
  if (m % 2 === 1) return 0
  const logarithm = math.log(2) + lgamma(m + 1) - m * math.log(2 * Math.PI)
  return (m % 4 === 0 ? -1 : 1) * math.exp(logarithm) * hurwitz(m, 1)
}
