/**
 * The functions of jax.random by JAX's names and in JAX's argument order. Arguments that a record
 * leaves out take our defaults, which are JAX's.
 */
import { fromHost, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, type DType } from '../../src/core/dtype.ts'
import * as random from '../../src/random/index.ts'
import { decode, type ArrayRecord } from './golden.ts'

export interface RandomRecord {
  readonly fn: string
  readonly seed: number
  readonly args: Readonly<Record<string, unknown>>
  readonly out: ArrayRecord
}

type Arguments = Readonly<Record<string, unknown>>

/** Takes a key and the recorded arguments, arrays among them already made. */
type Sampler = (key: NdArray, args: Arguments) => NdArray

const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Calls `f` with these arguments by position and with all others as options. */
const call =
  (f: (...args: never[]) => NdArray, ...positional: readonly string[]): Sampler =>
  (key, args) => {
    const others = Object.entries(args).filter(([name]) => !positional.includes(name))
    const options = Object.fromEntries(others.map(([name, value]) => [camel(name), value]))
    // The table says which names each function takes; `never` is what all parameters have in common.
    const values = [key, ...positional.map((name) => args[name]), options]
    return f(...(values as never[]))
  }

/** The recorded argument under its other name. */
const renamed =
  (from: string, to: string, sampler: Sampler): Sampler =>
  (key, args) => {
    const { [from]: value, ...rest } = args
    return sampler(key, value === undefined ? args : { ...rest, [to]: value })
  }

/** The functions of jax.random. */
const samplers: Readonly<Record<string, Sampler>> = {
  PRNGKey: (key) => key,
  key: (key) => key,
  key_data: (key) => random.keyData(key),
  wrap_key_data: (key) => random.wrapKeyData(key),
  clone: (key) => random.clone(key),
  split: call((key: NdArray, num?: number) => random.split(key, num), 'num'),
  fold_in: call((key: NdArray, data: number) => random.foldIn(key, data), 'data'),
  bits: call(random.bits, 'shape'),
  uniform: call(random.uniform, 'shape'),
  randint: call(random.randint, 'shape', 'minval', 'maxval'),
  permutation: renamed('n', 'x', call(random.permutation, 'x')),
  choice: renamed('n', 'a', call(random.choice, 'a', 'shape')),
  normal: call(random.normal, 'shape'),
  multivariate_normal: call(random.multivariateNormal, 'mean', 'cov', 'shape'),
  truncated_normal: call(random.truncatedNormal, 'lower', 'upper', 'shape'),
  bernoulli: call(random.bernoulli, 'p', 'shape'),
  beta: call(random.beta, 'a', 'b', 'shape'),
  cauchy: call(random.cauchy, 'shape'),
  dirichlet: call(random.dirichlet, 'alpha', 'shape'),
  exponential: call(random.exponential, 'shape'),
  gamma: call(random.gamma, 'a', 'shape'),
  loggamma: call(random.loggamma, 'a', 'shape'),
  poisson: call(random.poisson, 'lam', 'shape'),
  gumbel: call(random.gumbel, 'shape'),
  categorical: call(random.categorical, 'logits'),
  laplace: call(random.laplace, 'shape'),
  logistic: call(random.logistic, 'shape'),
  pareto: call(random.pareto, 'b', 'shape'),
  t: call(random.t, 'df', 'shape'),
  chisquare: call(random.chisquare, 'df', 'shape'),
  f: call(random.f, 'dfnum', 'dfden', 'shape'),
  rademacher: call(random.rademacher, 'shape'),
  maxwell: call(random.maxwell, 'shape'),
  double_sided_maxwell: call(random.doubleSidedMaxwell, 'loc', 'scale', 'shape'),
  weibull_min: call(random.weibullMin, 'scale', 'concentration', 'shape'),
  orthogonal: call(random.orthogonal, 'n', 'shape'),
  generalized_normal: call(random.generalizedNormal, 'p', 'shape'),
  ball: call(random.ball, 'd', 'p', 'shape'),
  rayleigh: call(random.rayleigh, 'scale', 'shape'),
  wald: call(random.wald, 'mean', 'shape'),
  geometric: call(random.geometric, 'p', 'shape'),
  triangular: call(random.triangular, 'left', 'mode', 'right', 'shape'),
  lognormal: call(random.lognormal, 'sigma', 'shape'),
  binomial: call(random.binomial, 'n', 'p', 'shape'),
  multinomial: call(random.multinomial, 'n', 'p')
}

/** Arguments that stay lists of numbers. */
const lists: ReadonlySet<string> = new Set(['shape', 'num', 'axis'])

const integerArguments: ReadonlySet<string> = new Set(['minval', 'maxval', 'x', 'a', 'data'])
const integerFunctions: ReadonlySet<string> = new Set([
  'randint',
  'permutation',
  'choice',
  'fold_in'
])

const isRecord = (x: unknown): x is ArrayRecord =>
  typeof x === 'object' && x !== null && 'data' in x && 'dtype' in x && 'shape' in x

const shapeOf = (x: unknown): readonly number[] =>
  Array.isArray(x) ? [x.length, ...shapeOf(x[0])] : []

const nested = (x: readonly unknown[], dtype: DType): NdArray => {
  const flat = x.flat(Infinity).map(Number)
  const data = allocate(dtype, flat.length)
  data.set(flat)
  return fromHost(makeAval(shapeOf(x), dtype), data)
}

/** Nested lists are float32 arrays, and int32 where JAX would read integers and keep them. */
const argument = (fn: string, name: string, value: unknown): unknown => {
  if (isRecord(value)) return decode(value)
  if (value === null) return undefined
  if (!Array.isArray(value) || lists.has(name)) return value
  const isIntegral =
    integerFunctions.has(fn) &&
    integerArguments.has(name) &&
    value.flat(Infinity).every(Number.isInteger)
  return nested(value, isIntegral ? 'int32' : 'float32')
}

/** What our function of that name gives; null for a name that is not of jax.random. */
export const sampleOf = ({ fn, seed, args }: RandomRecord): NdArray | null => {
  const sampler = samplers[fn]
  // The initializer of this name takes a shape alone, jax.random.orthogonal a size.
  if (sampler === undefined || (fn === 'orthogonal' && args['n'] === undefined)) return null
  const given = Object.entries(args)
    .map(([name, value]) => [name, argument(fn, name, value)] as const)
    .filter(([, value]) => value !== undefined)
  return sampler(random.key(seed), Object.fromEntries(given))
}

const exactFunctions: ReadonlySet<string> = new Set(['uniform'])

/** No rounding of a transcendental function comes between the random bits and the result. */
export const isExact = ({ fn, out }: RandomRecord): boolean =>
  exactFunctions.has(fn) || !/float|complex/.test(out.dtype)
