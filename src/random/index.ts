/** Random numbers from splittable keys: JAX's values, bit for bit where no rounding is involved. */
import '../install.ts'

export {
  PRNGKey,
  clone,
  foldIn,
  key,
  keyData,
  keyDtype,
  keyImpl,
  split,
  wrapKeyData
} from './keys.ts'
export { bits } from './bits.ts'
export { uniform, type UniformOptions } from './uniform.ts'
export { randint } from './randint.ts'
export { bernoulli, geometric, rademacher, type BernoulliOptions } from './discrete.ts'
export { doubleSidedMaxwell, lognormal, maxwell, normal, truncatedNormal } from './normal.ts'
export {
  cauchy,
  exponential,
  gumbel,
  laplace,
  logistic,
  pareto,
  rayleigh,
  triangular,
  wald,
  weibullMin,
  type GumbelOptions
} from './continuous.ts'
export { gamma, loggamma } from './gamma.ts'
export { ball, beta, chisquare, dirichlet, f, generalizedNormal, t } from './gamma-family.ts'
export { poisson } from './poisson.ts'
export { binomial, multinomial, type MultinomialOptions } from './binomial.ts'
export { permutation, type PermutationOptions } from './permutation.ts'
export { choice, type ChoiceOptions } from './choice.ts'
export { categorical, type CategoricalOptions } from './categorical.ts'
export {
  multivariateNormal,
  orthogonal,
  type MultivariateNormalOptions,
  type OrthogonalOptions
} from './matrices.ts'
export type { SampleShape, SamplerOptions } from './arguments.ts'
