/** Continuous distributions, by their densities at 0 with width 1. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import * as np from '../../numpy/index.ts'
import { continuous, density, invertible } from './distribution.ts'

const { special } = np
const positive = (): readonly [number, number] => [0, Infinity]
const half = (x: ArrayLike): NdArray => np.mul(x, 0.5)
const logRootTau = 0.5 * 1.8378770664093453 // ½ log 2π

/**
 * The normal distribution.
 *
 * @example
 * norm.cdf(0) // => 0.5
 *
 * @category distributions
 * @since 0.1.0
 */
export const norm = invertible<readonly []>({
  name: 'norm',
  logpdf: (z) => np.sub(half(np.neg(np.square(z))), logRootTau),
  cdf: (z) => special.ndtr(z),
  logcdf: (z) => special.logNdtr(z),
  sf: (z) => special.ndtr(np.neg(z)),
  logsf: (z) => special.logNdtr(np.neg(z)),
  ppf: (q) => special.ndtri(q),
  isf: (q) => np.neg(special.ndtri(q))
})

/** Equal density from `loc` to `loc + scale`. */
export const uniform = invertible<readonly []>({
  name: 'uniform',
  logpdf: (z) => np.zerosLike(z),
  cdf: (z) => z,
  ppf: (q) => q,
  support: () => [0, 1],
  harmless: 0.5
})

/** The exponential distribution: e^−z. */
export const expon = invertible<readonly []>({
  name: 'expon',
  logpdf: (z) => np.neg(z),
  cdf: (z) => np.neg(np.expm1(np.neg(z))),
  sf: (z) => np.exp(np.neg(z)),
  logsf: (z) => np.neg(z),
  ppf: (q) => np.neg(np.log1p(np.neg(q))),
  isf: (q) => np.neg(np.log(q)),
  support: positive
})

const laplaceCdf = (z: NdArray): NdArray => {
  const tail = half(np.exp(np.neg(np.abs(z))))
  return np.where(np.less(z, 0), tail, np.sub(1, tail))
}

const laplaceQuantile = (q: NdArray): NdArray => {
  const isLow = np.less(q, 0.5)
  const nearer = np.mul(np.where(isLow, q, np.sub(1, q)), 2)
  return np.where(isLow, np.log(nearer), np.neg(np.log(nearer)))
}

/** The two-sided exponential distribution: e^−|z| / 2. */
export const laplace = invertible<readonly []>({
  name: 'laplace',
  logpdf: (z) => np.sub(np.neg(np.abs(z)), Math.LN2),
  cdf: laplaceCdf,
  sf: (z) => laplaceCdf(np.neg(z)),
  ppf: laplaceQuantile,
  isf: (q) => np.neg(laplaceQuantile(q))
})

/** e^−z / (1 + e^−z)². */
export const logistic = invertible<readonly []>({
  name: 'logistic',
  logpdf: (z) => np.sub(np.neg(np.abs(z)), np.mul(np.log1p(np.exp(np.neg(np.abs(z)))), 2)),
  cdf: (z) => special.expit(z),
  logcdf: (z) => np.neg(np.logaddexp(0, np.neg(z))),
  sf: (z) => special.expit(np.neg(z)),
  logsf: (z) => np.neg(np.logaddexp(0, z)),
  ppf: (q) => special.logit(q),
  isf: (q) => np.neg(special.logit(q))
})

/** cot πq: by the tangent of what is away from its poles. */
const cotangent = (q: NdArray): NdArray => {
  const isMiddle = np.less(np.abs(np.sub(q, 0.5)), 0.25)
  const middle = np.tan(np.mul(np.sub(0.5, np.where(isMiddle, q, 0.5)), Math.PI))
  const isHigh = np.greater(q, 0.5)
  const toPole = np.where(isHigh, np.sub(1, q), q)
  const outer = np.div(1, np.tan(np.mul(np.where(isMiddle, 0.25, toPole), Math.PI)))
  return np.where(isMiddle, middle, np.where(isHigh, np.neg(outer), outer))
}

/** 1 / (π (1 + z²)). The tails are arctangents of 1 / z, so that they do not cancel. */
export const cauchy = invertible<readonly []>({
  name: 'cauchy',
  logpdf: (z) => np.sub(np.neg(np.log1p(np.square(z))), 1.1447298858494002),
  cdf: (z) => np.div(np.arctan2(1, np.neg(z)), Math.PI),
  sf: (z) => np.div(np.arctan2(1, z), Math.PI),
  ppf: (q) => np.neg(cotangent(q)),
  isf: cotangent
})

/** The largest of many: exp(−z − e^−z). */
export const gumbelR = invertible<readonly []>({
  name: 'gumbelR',
  logpdf: (z) => np.neg(np.add(z, np.exp(np.neg(z)))),
  cdf: (z) => np.exp(np.neg(np.exp(np.neg(z)))),
  logcdf: (z) => np.neg(np.exp(np.neg(z))),
  sf: (z) => np.neg(np.expm1(np.neg(np.exp(np.neg(z))))),
  ppf: (q) => np.neg(np.log(np.neg(np.log(q))))
})

/** The smallest of many: exp(z − e^z). */
export const gumbelL = invertible<readonly []>({
  name: 'gumbelL',
  logpdf: (z) => np.sub(z, np.exp(z)),
  cdf: (z) => np.neg(np.expm1(np.neg(np.exp(z)))),
  sf: (z) => np.exp(np.neg(np.exp(z))),
  logsf: (z) => np.neg(np.exp(z)),
  ppf: (q) => np.log(np.neg(np.log1p(np.neg(q)))),
  isf: (q) => np.log(np.neg(np.log(q)))
})

const logGamma = (z: NdArray, a: ArrayLike): NdArray =>
  np.sub(np.sub(special.xlogy(np.sub(a, 1), z), z), special.gammaln(a))

/** z^(a−1) e^−z / Γ(a). */
export const gamma = continuous<readonly [a: ArrayLike]>({
  name: 'gamma',
  logpdf: logGamma,
  cdf: (z, a) => special.gammainc(a, z),
  sf: (z, a) => special.gammaincc(a, z),
  support: positive
})

/** The sum of `df` squares of normal numbers. */
export const chi2 = continuous<readonly [df: ArrayLike]>({
  name: 'chi2',
  logpdf: (z, df) => np.sub(logGamma(half(z), half(df)), Math.LN2),
  cdf: (z, df) => special.gammainc(half(df), half(z)),
  sf: (z, df) => special.gammaincc(half(df), half(z)),
  support: positive
})

/** z^(a−1) (1 − z)^(b−1) / B(a, b). */
export const beta = continuous<readonly [a: ArrayLike, b: ArrayLike]>({
  name: 'beta',
  logpdf: (z, a, b) =>
    np.sub(
      np.add(special.xlogy(np.sub(a, 1), z), special.xlog1py(np.sub(b, 1), np.neg(z))),
      special.betaln(a, b)
    ),
  cdf: (z, a, b) => special.betainc(a, b, z),
  sf: (z, a, b) => special.betainc(b, a, np.sub(1, z)),
  support: () => [0, 1],
  harmless: 0.5
})

const studentTail = (z: NdArray, df: ArrayLike): NdArray => {
  const square = np.square(z)
  return half(special.betainc(half(df), 0.5, np.div(df, np.add(df, square))))
}

const studentCdf = (z: NdArray, df: ArrayLike): NdArray =>
  np.where(np.less(z, 0), studentTail(z, df), np.sub(1, studentTail(z, df)))

/** Student's distribution with `df` degrees of freedom. */
export const t = continuous<readonly [df: ArrayLike]>({
  name: 't',
  logpdf: (z, df) => {
    const normalizer = np.sub(special.gammaln(half(np.add(df, 1))), special.gammaln(half(df)))
    const width = half(np.log(np.mul(df, Math.PI)))
    const power = np.mul(half(np.add(df, 1)), np.log1p(np.div(np.square(z), df)))
    return np.sub(np.sub(normalizer, width), power)
  },
  cdf: studentCdf,
  sf: (z, df) => studentCdf(np.neg(z), df)
})

/** b / z^(b+1), from 1 on. */
export const pareto = invertible<readonly [b: ArrayLike]>({
  name: 'pareto',
  logpdf: (z, b) => np.sub(np.log(b), np.mul(np.add(b, 1), np.log(z))),
  cdf: (z, b) => np.neg(np.expm1(np.neg(np.mul(b, np.log(z))))),
  sf: (z, b) => np.exp(np.neg(np.mul(b, np.log(z)))),
  ppf: (q, b) => np.exp(np.neg(np.div(np.log1p(np.neg(q)), b))),
  isf: (q, b) => np.exp(np.neg(np.div(np.log(q), b))),
  support: () => [1, Infinity],
  harmless: 2
})

/** c z^(c−1) exp(−z^c). */
export const weibullMin = invertible<readonly [c: ArrayLike]>({
  name: 'weibullMin',
  logpdf: (z, c) => np.sub(np.add(np.log(c), special.xlogy(np.sub(c, 1), z)), np.power(z, c)),
  cdf: (z, c) => np.neg(np.expm1(np.neg(np.power(z, c)))),
  sf: (z, c) => np.exp(np.neg(np.power(z, c))),
  logsf: (z, c) => np.neg(np.power(z, c)),
  ppf: (q, c) => np.power(np.neg(np.log1p(np.neg(q))), np.div(1, c)),
  isf: (q, c) => np.power(np.neg(np.log(q)), np.div(1, c)),
  support: positive
})

/** The exponential of a normal number of width s. */
export const lognorm = invertible<readonly [s: ArrayLike]>({
  name: 'lognorm',
  logpdf: (z, s) => {
    const y = np.div(np.log(z), s)
    return np.sub(np.sub(half(np.neg(np.square(y))), logRootTau), np.log(np.mul(z, s)))
  },
  cdf: (z, s) => special.ndtr(np.div(np.log(z), s)),
  sf: (z, s) => special.ndtr(np.neg(np.div(np.log(z), s))),
  ppf: (q, s) => np.exp(np.mul(special.ndtri(q), s)),
  isf: (q, s) => np.exp(np.neg(np.mul(special.ndtri(q), s))),
  support: () => [Number.MIN_VALUE, Infinity]
})

const gennormCdf = (z: NdArray, b: ArrayLike): NdArray => {
  const tail = half(special.gammaincc(np.div(1, b), np.power(np.abs(z), b)))
  return np.where(np.less(z, 0), tail, np.sub(1, tail))
}

/** β exp(−|z|^β) / (2 Γ(1/β)). */
export const gennorm = continuous<readonly [beta: ArrayLike]>({
  name: 'gennorm',
  logpdf: (z, b) =>
    np.sub(np.sub(np.log(half(b)), special.gammaln(np.div(1, b))), np.power(np.abs(z), b)),
  cdf: gennormCdf,
  sf: (z, b) => gennormCdf(np.neg(z), b)
})

/** log(Φ(b) − Φ(a)), from the tail that is nearer. */
const logMass = (a: ArrayLike, b: ArrayLike): NdArray => {
  const isRight = np.greater(a, 0)
  const [low, high] = [np.where(isRight, np.neg(b), a), np.where(isRight, np.neg(a), b)].map((x) =>
    special.logNdtr(x)
  )
  return np.add(high, np.log1p(np.neg(np.exp(np.sub(low, high)))))
}

/** A normal number that is known to lie from a to b. */
export const truncnorm = continuous<readonly [a: ArrayLike, b: ArrayLike]>({
  name: 'truncnorm',
  logpdf: (z, a, b) => np.sub(np.sub(half(np.neg(np.square(z))), logRootTau), logMass(a, b)),
  cdf: (z, a, b) => np.exp(np.sub(logMass(a, z), logMass(a, b))),
  sf: (z, a, b) => np.exp(np.sub(logMass(z, b), logMass(a, b))),
  support: (a, b) => [a, b],
  harmless: 0
})

/** Angles: exp(κ cos z) / (2π I₀(κ)). */
export const vonmises = density<readonly [kappa: ArrayLike]>({
  name: 'vonmises',
  logpdf: (z, kappa) =>
    np.sub(np.mul(kappa, np.sub(np.cos(z), 1)), np.add(np.log(special.i0e(kappa)), 2 * logRootTau))
})
