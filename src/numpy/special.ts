/** `np.special`: the special functions of jax.scipy.special, elementwise and broadcasting. */
export { i0, i0e, i1, i1e } from './special/bessel.ts'
export { spence } from './special/dilogarithm.ts'
export { erfcx } from './special/erfcx.ts'
export { exp1, expi, expn } from './special/exponential-integral.ts'
export {
  bernoulli,
  beta,
  betainc,
  betaln,
  comb,
  digamma,
  factorial,
  gamma,
  gammainc,
  gammaincc,
  gammaln,
  gammasgn,
  loggamma,
  multigammaln,
  poch,
  polygamma,
  zeta
} from './special/gamma.ts'
export {
  boxcox,
  boxcox1p,
  entr,
  klDiv,
  logSoftmax,
  logsumexp,
  relEntr,
  softmax,
  xlog1py,
  xlogy
} from './special/information.ts'
export { erf, erfc, erfinv, expit, logNdtr, logit, ndtr, ndtri } from './special/normal.ts'
