/** Distributions over vectors. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError } from '../../core/errors.ts'
import { equals, show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { inexact } from '../inexact.ts'

const { special } = np
const logTau = 1.8378770664093453

const requireVectors = (operation: string, x: NdArray, mean: NdArray, cov: NdArray): void => {
  const n = mean.shape[0]
  const fits = mean.ndim === 1 && equals(cov.shape, [n, n]) && x.ndim > 0 && x.shape.at(-1) === n
  if (fits) return
  throw new ShapeError(operation, {
    problem: 'vectors, mean and covariance do not fit together',
    got: `x ${show(x.shape)}, mean ${show(mean.shape)}, cov ${show(cov.shape)}`,
    expected: 'x [..., n], mean [n], cov [n, n]',
    hint: 'vmap takes a mean and a covariance for each'
  })
}

const logpdf = (x: ArrayLike, mean: ArrayLike, cov: ArrayLike): NdArray => {
  const [at, mu, sigma] = [x, mean, cov].map(inexact)
  requireVectors('multivariateNormal.logpdf', at, mu, sigma)
  const n = mu.shape[0]
  const l = lax.linalg.cholesky(sigma)
  const rows = np.reshape(np.sub(at, mu), [-1, n])
  const whitened = lax.linalg.triangularSolve(l, np.transpose(rows), {
    leftSide: true,
    lower: true
  })
  const distance = np.reshape(np.sum(np.square(whitened), { axis: 0 }), at.shape.slice(0, -1))
  const logDet = np.sum(np.log(np.diagonal(l)))
  return np.sub(np.mul(np.add(distance, n * logTau), -0.5), logDet)
}

/**
 * The normal distribution over vectors.
 *
 * Shape:  x [..., n], mean [n], cov [n, n] -> [...].
 * Errors: ShapeError when these do not fit together.
 *
 * @example
 * multivariateNormal.pdf(np.zeros(2), np.zeros(2), np.eye(2)).item().toFixed(4) // => '0.1592'
 *
 * @category distributions
 * @since 0.1.0
 */
export const multivariateNormal = {
  logpdf,
  pdf: (x: ArrayLike, mean: ArrayLike, cov: ArrayLike): NdArray => np.exp(logpdf(x, mean, cov))
}

const logDirichlet = (x: ArrayLike, alpha: ArrayLike): NdArray => {
  const [at, a] = [np.asarray(x), np.asarray(alpha)]
  if (a.ndim !== 1 || at.ndim < 1 || at.shape[0] !== a.shape[0])
    throw new ShapeError('dirichlet.logpdf', {
      problem: 'shares and concentrations do not fit together',
      got: `x ${show(at.shape)}, alpha ${show(a.shape)}`,
      expected: 'x [n, ...], alpha [n]',
      hint: 'as in SciPy, shares that add up to 1 lie along the first axis'
    })
  const column = np.reshape(a, [a.size, ...at.shape.slice(1).map(() => 1)])
  const normalizer = np.sub(np.sum(special.gammaln(a)), special.gammaln(np.sum(a)))
  const terms = np.sum(special.xlogy(np.sub(column, 1), at), { axis: 0 })
  const isSimplex = np.logicalAnd(
    np.all(np.greaterEqual(at, 0), { axis: 0 }),
    np.less(np.abs(np.sub(np.sum(at, { axis: 0 }), 1)), 1e-5)
  )
  return np.where(isSimplex, np.sub(terms, normalizer), -Infinity)
}

/** Shares of a whole. Shape: x [n, ...], alpha [n] -> [...]. */
export const dirichlet = {
  logpdf: logDirichlet,
  pdf: (x: ArrayLike, alpha: ArrayLike): NdArray => np.exp(logDirichlet(x, alpha))
}

const logMultinomial = (x: ArrayLike, n: ArrayLike, p: ArrayLike): NdArray => {
  const at = np.asarray(x)
  const ways = np.sub(
    special.gammaln(np.add(n, 1)),
    np.sum(special.gammaln(np.add(at, 1)), { axis: -1 })
  )
  const value = np.add(ways, np.sum(special.xlogy(at, p), { axis: -1 }))
  return np.where(np.equal(np.sum(at, { axis: -1 }), n), value, -Infinity)
}

/** How often each class is drawn, of n. Shape: x and p [..., classes] -> [...]. */
export const multinomial = {
  logpmf: logMultinomial,
  pmf: (x: ArrayLike, n: ArrayLike, p: ArrayLike): NdArray => np.exp(logMultinomial(x, n, p))
}
