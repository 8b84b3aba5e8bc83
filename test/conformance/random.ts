/**
 * Replays recorded samples of jax.random: a table from JAX's names, in JAX's argument order, to our
 * functions. Arguments that a case leaves out take our defaults, which are JAX's.
 */
import { fromHost, hostOf, isArray, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, isBool, isDType, isFloat, type DType } from '../../src/core/dtype.ts'
import * as random from '../../src/random/index.ts'

/** A number, or the name of one that JSON has no literal for. */
type Datum = number | boolean | string

interface RecordedArray {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly data: readonly Datum[]
}

export interface RandomCase {
  readonly fn: string
  readonly seed: number
  readonly args: Readonly<Record<string, unknown>>
  readonly out: RecordedArray
}

export interface Replay {
  readonly passed: number
  readonly failed: number
  /** One line per failure. */
  readonly lines: readonly string[]
}

type Arguments = Readonly<Record<string, unknown>>

/** A function of a key and of the recorded arguments, arrays among them already made. */
export type Sampler = (key: NdArray, args: Arguments) => NdArray

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
export const samplers: Readonly<Record<string, Sampler>> = {
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

/** No rounding comes between the random bits and these. */
const exact = new Set(['uniform'])

/** Arguments that stay lists of numbers. */
const lists = new Set(['shape', 'num', 'axis', 'dtype'])

const numberOf = (x: Datum): number => Number(x)

const arrayOf = (x: RecordedArray): NdArray => {
  if (!isDType(x.dtype)) throw new TypeError(`unknown element type ${x.dtype}`)
  const data = allocate(
    x.dtype,
    x.shape.reduce((n, extent) => n * extent, 1)
  )
  data.set(x.data.map(numberOf))
  return fromHost(makeAval(x.shape, x.dtype), data)
}

const shapeOfNested = (x: unknown): readonly number[] =>
  Array.isArray(x) ? [x.length, ...shapeOfNested(x[0])] : []

/** Nested lists as JAX reads them: int32 where all numbers are integers among integers. */
const nestedArray = (x: readonly unknown[], dtype: DType): NdArray => {
  const flat = x.flat(Infinity) as readonly Datum[]
  return arrayOf({ shape: shapeOfNested(x), dtype, data: flat })
}

const integerArguments = new Set(['minval', 'maxval', 'x', 'a', 'data'])
const integerFunctions = new Set(['randint', 'permutation', 'choice', 'fold_in'])

const isRecorded = (x: unknown): x is RecordedArray =>
  typeof x === 'object' && x !== null && 'data' in x && 'dtype' in x && 'shape' in x

const argument = (fn: string, name: string, value: unknown): unknown => {
  if (isRecorded(value)) return arrayOf(value)
  if (value === null) return undefined
  if (!Array.isArray(value) || lists.has(name)) return value
  const integral =
    integerFunctions.has(fn) &&
    integerArguments.has(name) &&
    value.flat(Infinity).every((v) => Number.isInteger(v))
  return nestedArray(value, integral ? 'int32' : 'float32')
}

/** What differs, or null. Floats that are not exact agree to 1e-5 of the larger of 1 and |y|. */
const difference = (actual: NdArray, expected: NdArray, isExact: boolean): string | null => {
  const title = (x: NdArray): string => `${x.dtype}[${x.shape.join(',')}]`
  if (title(actual) !== title(expected)) return `${title(actual)} instead of ${title(expected)}`
  const [xs, ys] = [hostOf(actual), hostOf(expected)]
  const tolerance = isExact || !isFloat(expected.dtype) ? 0 : 1e-5
  for (let i = 0; i < ys.length; i++) {
    const [x, y] = [xs[i], ys[i]]
    if (Object.is(x, y) || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y))) continue
    const shown = (v: number): string => (isBool(actual.dtype) ? String(v !== 0) : String(v))
    return `element ${i}: ${shown(x)} instead of ${shown(y)}`
  }
  return null
}

/** The message of whatever was thrown, on one line. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error)

const failure = (
  { fn, seed, args, out }: RandomCase,
  table: Readonly<Record<string, Sampler>>
): string | null => {
  const sampler = table[fn]
  if (sampler === undefined) return 'no such sampler'
  try {
    const made = Object.entries(args).map(([name, value]) => [name, argument(fn, name, value)])
    const present = Object.fromEntries(made.filter(([, value]) => value !== undefined)) as Arguments
    const actual = sampler(random.key(seed), present)
    if (!isArray(actual)) return 'the result is no array'
    return difference(actual, arrayOf(out), exact.has(fn))
  } catch (error) {
    return messageOf(error)
  }
}

/** Compares every case with what our function of that name gives. */
export const replayRandom = (
  cases: readonly RandomCase[],
  table: Readonly<Record<string, Sampler>> = samplers
): Replay => {
  const lines = cases.flatMap((of) => {
    const what = failure(of, table)
    return what === null ? [] : [`${of.fn} seed ${of.seed} ${JSON.stringify(of.args)}: ${what}`]
  })
  return { passed: cases.length - lines.length, failed: lines.length, lines }
}
