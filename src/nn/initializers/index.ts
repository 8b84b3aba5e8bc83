/** How parameters begin, under the names of jax.nn.initializers. */
export {
  constant,
  normal,
  ones,
  truncatedNormal,
  uniform,
  zeros,
  type Initializer
} from './simple.ts'
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  kaimingNormal,
  kaimingUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
  xavierNormal,
  xavierUniform,
  type FanDistribution,
  type FanMode,
  type FanOptions
} from './variance-scaling.ts'
export { deltaOrthogonal, orthogonal, type OrthogonalOptions } from './orthogonal.ts'
