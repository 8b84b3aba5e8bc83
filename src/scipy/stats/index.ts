/** Distributions and figures of samples, as jax.scipy.stats has them. */
export {
  beta,
  cauchy,
  chi2,
  expon,
  gamma,
  gennorm,
  gumbelL,
  gumbelR,
  laplace,
  logistic,
  lognorm,
  norm,
  pareto,
  t,
  truncnorm,
  uniform,
  vonmises,
  weibullMin
} from './continuous.ts'
export { bernoulli, betabinom, binom, geom, nbinom, poisson } from './discrete.ts'
export type {
  Continuous,
  Cumulative,
  Density,
  Discrete,
  Location,
  LocationScale,
  Quantile
} from './distribution.ts'
export { dirichlet, multinomial, multivariateNormal } from './multivariate.ts'
export { mode, rankdata, sem, type ModeOptions, type SemOptions } from './descriptive.ts'
