/** Distributions over whole numbers. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import * as np from '../../numpy/index.ts'
import { cumulative, discrete } from './distribution.ts'

const { special } = np
const counts = (): readonly [number, number] => [0, Infinity]

const logChoose = (n: ArrayLike, k: ArrayLike): NdArray =>
  np.sub(
    special.gammaln(np.add(n, 1)),
    np.add(special.gammaln(np.add(k, 1)), special.gammaln(np.add(np.sub(n, k), 1)))
  )

/**
 * 1 with probability p, else 0.
 *
 * @example
 * bernoulli.pmf(np.array([0, 1]), 0.25).toString() // => '[0.75 0.25]'
 *
 * @category distributions
 * @since 0.1.0
 */
export const bernoulli = cumulative<readonly [p: ArrayLike]>({
  name: 'bernoulli',
  logpmf: (k, p) => np.add(special.xlogy(k, p), special.xlog1py(np.sub(1, k), np.neg(p))),
  cdf: (k, p) => np.where(np.less(k, 1), np.sub(1, p), 1),
  support: () => [0, 1]
})

/** How many of n are 1, each with probability p. */
export const binom = cumulative<readonly [n: ArrayLike, p: ArrayLike]>({
  name: 'binom',
  logpmf: (k, n, p) =>
    np.add(logChoose(n, k), np.add(special.xlogy(k, p), special.xlog1py(np.sub(n, k), np.neg(p)))),
  cdf: (k, n, p) => special.betainc(np.sub(n, k), np.add(k, 1), np.sub(1, p)),
  support: (n) => [0, n]
})

/** μ^k e^−μ / k!. */
export const poisson = cumulative<readonly [mu: ArrayLike]>({
  name: 'poisson',
  logpmf: (k, mu) => np.sub(np.sub(special.xlogy(k, mu), special.gammaln(np.add(k, 1))), mu),
  cdf: (k, mu) => special.gammaincc(np.add(k, 1), mu),
  support: counts
})

/** The number of the first that is 1, from 1 on. */
export const geom = cumulative<readonly [p: ArrayLike]>({
  name: 'geom',
  logpmf: (k, p) => np.add(np.log(p), special.xlog1py(np.sub(k, 1), np.neg(p))),
  cdf: (k, p) => np.neg(np.expm1(np.mul(k, np.log1p(np.neg(p))))),
  support: () => [1, Infinity]
})

/** How many are 0 before the n-th that is 1. */
export const nbinom = cumulative<readonly [n: ArrayLike, p: ArrayLike]>({
  name: 'nbinom',
  logpmf: (k, n, p) => {
    const ways = np.sub(
      special.gammaln(np.add(k, n)),
      np.add(special.gammaln(n), special.gammaln(np.add(k, 1)))
    )
    return np.add(ways, np.add(special.xlogy(n, p), special.xlog1py(k, np.neg(p))))
  },
  cdf: (k, n, p) => special.betainc(n, np.add(k, 1), p),
  support: counts
})

/** binom whose p comes from a beta distribution. */
export const betabinom = discrete<readonly [n: ArrayLike, a: ArrayLike, b: ArrayLike]>({
  name: 'betabinom',
  logpmf: (k, n, a, b) =>
    np.add(
      logChoose(n, k),
      np.sub(special.betaln(np.add(k, a), np.add(np.sub(n, k), b)), special.betaln(a, b))
    ),
  support: (n) => [0, n]
})
