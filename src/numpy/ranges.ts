/** Sequences of numbers, and grids of them. */
import { toShape } from './creation.ts'
import {
  fromHost,
  isArray,
  makeAval,
  type ArrayLike,
  type NdArray,
  notAnArray
} from '../core/array.ts'
import { allocate, isInexact, isInteger, slotsOf, type DType } from '../core/dtype.ts'
import { ValueError, checkOptions, checkFunction, listOf } from '../core/errors.ts'
import { iota as axesOf, normalizeAxis, type Shape } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import { iota } from '../primitives/iota.ts'
import { broadcastInDim, moveAxis, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { abs, add, divide, multiply, power, sign, subtract } from './arithmetic.ts'
import { equal } from './comparison.ts'
import type { DTypeOption } from './creation.ts'
import { exp2, log2 } from './exponential.ts'
import { asArray, fitNumber, promoteAll } from './promotion.ts'
import { where } from './selection.ts'
import { pow } from '../core/scalar/math.ts'

const generated = (
  operation: string,
  length: number,
  dtype: DType,
  at: (i: number) => number
): NdArray => {
  const data = allocate(dtype, length)
  const slots = slotsOf(dtype)
  for (let i = 0; i < length; i++) data[i * slots] = fitNumber(operation, at(i), dtype)
  return fromHost(makeAval([length], dtype), data)
}

/**
 * Numbers from `start` (0 when only one bound is given) up to, not including, `stop`.
 *
 * Shape: -> [ceil((stop − start) / step)]; int32 when all three are integers, else float32.
 *
 * @example
 * np.arange(2, 8, 3).toNested() // => [2, 5]
 */
export function arange(stop: number, options?: DTypeOption): NdArray
export function arange(
  start: number,
  stop: number,
  step?: number | DTypeOption,
  options?: DTypeOption
): NdArray
export function arange(
  first: number,
  second?: number | DTypeOption,
  third?: number | DTypeOption,
  fourth?: DTypeOption
): NdArray {
  const numbers = [first, second, third].filter((x) => typeof x === 'number')
  const { dtype } = [second, third, fourth].find((x) => typeof x === 'object') ?? {}
  const [start, stop, step] =
    numbers.length === 1 ? [0, first, 1] : [first, numbers[1], numbers[2] ?? 1]
  if (![start, stop, step].every(Number.isFinite) || step === 0)
    throw new ValueError('np.arange', {
      problem: 'the range has no length',
      got: `start ${start}, stop ${stop}, step ${step}`,
      expected: 'finite numbers and a step other than 0',
      hint: 'bounds are numbers that the program knows when it is written, not arrays'
    })
  const length = Math.max(0, Math.ceil((stop - start) / step))
  const type = dtype ?? ([start, stop, step].every(Number.isInteger) ? 'int32' : 'float32')
  // Counting from 0 is one equation that fuses; other ranges are values.
  if (start === 0 && step === 1 && type !== 'bool') return iota(type, [length])
  return generated('np.arange', length, type, (i) => start + i * step)
}

export interface LinspaceOptions extends DTypeOption {
  /** Whether `stop` is the last value; true. */
  readonly endpoint?: boolean
  /** Axis of the result that counts the samples; 0. */
  readonly axis?: number
}

/** The number of samples may come by position or with the options; 50. */
type Samples<O> = number | (O & { readonly num?: number })

const samplesAnd = <O extends object>(
  num: Samples<O>,
  options: O
): readonly [num: number, options: O] => {
  if (typeof num !== 'object' || num === null) return [num, options]
  const { num: count = DEFAULT_SAMPLES, ...rest } = num
  return [count, rest as unknown as O] // what is left of an O and the number
}

const DEFAULT_SAMPLES = 50

const between = (a: ArrayLike, b: ArrayLike, num: number, o: LinspaceOptions): NdArray => {
  const [start, stop] = promoteAll('np.linspace', [a, b], true)
  const { endpoint = true } = o
  const steps = endpoint ? num - 1 : num
  const shape: Shape = [num, ...start.shape]
  const spread = (x: NdArray): NdArray =>
    broadcastInDim(
      x,
      shape,
      x.shape.map((_, i) => i + 1)
    )
  const t = divide(broadcastInDim(iota(start.dtype, [num]), shape, [0]), Math.max(1, steps))
  const inner = add(multiply(spread(start), subtract(1, t)), multiply(spread(stop), t))
  // The last sample is `stop` itself, whatever rounding does.
  const samples =
    endpoint && num > 1
      ? concatenate([sliceInDim(inner, 0, num - 1, 0), reshape(stop, [1, ...stop.shape])], 0)
      : inner
  const dtype = o.dtype ?? samples.dtype
  return moveAxis(
    convertElementType(samples, dtype),
    0,
    normalizeAxis('np.linspace', o.axis ?? 0, samples.ndim)
  )
}

/** A bound as a number; what is none would become NaN without a word. */
const finite = (operation: string, bound: ArrayLike): number => {
  if (typeof bound === 'number' || typeof bound === 'boolean') return Number(bound)
  throw notAnArray(operation, bound)
}

const checkCount = (operation: string, num: number): void => {
  if (Number.isInteger(num) && num >= 0) return
  throw new ValueError(operation, {
    problem: 'the number of samples is no count',
    got: String(num),
    expected: 'an integer of at least 0',
    hint: 'np.arange takes a step instead'
  })
}

/**
 * `num` evenly spaced numbers from `start` to `stop`.
 *
 * Shape: start, stop [...] -> [num, ...]; float32 unless the bounds or `dtype` say otherwise.
 *
 * @example
 * np.linspace(0, 1, 5).toNested() // => [0, 0.25, 0.5, 0.75, 1]
 */
export const linspace = (
  start: ArrayLike,
  stop: ArrayLike,
  samples: Samples<LinspaceOptions> = DEFAULT_SAMPLES,
  given: LinspaceOptions = {}
): NdArray => {
  const [num, options] = samplesAnd(samples, given)
  checkOptions('np.linspace', options, ['endpoint', 'axis', 'dtype'])
  checkCount('np.linspace', num)
  if (isArray(start) || isArray(stop)) return between(start, stop, num, options)
  const { endpoint = true, dtype = 'float32' } = options
  normalizeAxis('np.linspace', options.axis ?? 0, 1)
  const steps = endpoint ? num - 1 : num
  const [a, b] = [start, stop].map((x) => finite('np.linspace', x))
  const at = (i: number): number =>
    endpoint && i > 0 && i === steps ? b : a + (i * (b - a)) / Math.max(1, steps)
  // Integers take the floor, so that −0.5 becomes −1 as in NumPy.
  return generated('np.linspace', num, dtype, isInteger(dtype) ? (i) => Math.floor(at(i)) : at)
}

export interface LogspaceOptions extends LinspaceOptions {
  /** 10. */
  readonly base?: ArrayLike
}

/** base^start … base^stop, evenly spaced in the exponent. Shape: as `linspace`. */
export const logspace = (
  start: ArrayLike,
  stop: ArrayLike,
  samples: Samples<LogspaceOptions> = DEFAULT_SAMPLES,
  given: LogspaceOptions = {}
): NdArray => {
  const [num, options] = samplesAnd(samples, given)
  checkOptions('np.logspace', options, ['base', 'endpoint', 'axis', 'dtype'])
  const { base = 10, dtype, ...rest } = options
  const compute = dtype !== undefined && isInexact(dtype) ? { dtype } : {}
  const exponents = linspace(start, stop, num, { ...rest, ...compute })
  const values = power(asFloat(base, exponents.dtype), exponents)
  return dtype === undefined ? values : convertElementType(values, dtype)
}

const asFloat = (x: ArrayLike, dtype: DType): NdArray =>
  convertElementType(asArray(x, 'np.logspace'), dtype)

/** Between two numbers the values are known, and rounded once. */
const geometric = (
  start: number,
  stop: number,
  num: number,
  { endpoint = true, axis = 0, dtype = 'float32' }: LinspaceOptions
): NdArray => {
  checkCount('np.geomspace', num)
  normalizeAxis('np.geomspace', axis, 1)
  const steps = endpoint ? num - 1 : num
  const at = (i: number): number => {
    if (i === 0) return start
    return endpoint && i === steps ? stop : start * pow(stop / start, i / steps)
  }
  return generated('np.geomspace', num, dtype, at)
}

/** Numbers from `start` to `stop` whose quotients are equal; both of one sign. Shape: as `linspace`. */
export const geomspace = (
  start: ArrayLike,
  stop: ArrayLike,
  samples: Samples<LinspaceOptions> = DEFAULT_SAMPLES,
  given: LinspaceOptions = {}
): NdArray => {
  const [num, options] = samplesAnd(samples, given)
  checkOptions('np.geomspace', options, ['endpoint', 'axis', 'dtype'])
  const { dtype, axis = 0, ...rest } = options
  if (typeof start === 'number' && typeof stop === 'number')
    return geometric(start, stop, num, { dtype: dtype ?? 'float32', axis, ...rest })
  const [a, b] = promoteAll('np.geomspace', [start, stop], true)
  const exponents = linspace(log2(abs(a)), log2(abs(b)), num, rest)
  const magnitudes = exp2(exponents)
  const signed = multiply(magnitudes, sign(a))
  // The ends are exact, whatever the logarithms round to.
  const position = reshape(iota('int32', [num]), [num, ...a.shape.map(() => 1)])
  const last = options.endpoint === false ? -1 : num - 1
  const values = where(equal(position, 0), a, where(equal(position, last), b, signed))
  return moveAxis(
    dtype === undefined ? values : convertElementType(values, dtype),
    0,
    normalizeAxis('np.geomspace', axis, values.ndim)
  )
}

export interface MeshgridOptions {
  /** Whether the first two axes are y and x ('xy', the default) or x and y ('ij'). */
  readonly indexing?: 'xy' | 'ij'
  /** Leave axes of extent 1 unstretched. */
  readonly sparse?: boolean
}

/**
 * Coordinates of every point of a grid, one array for each axis.
 *
 * Shape: vectors [m], [n], … -> [n, m, …] each ('xy'), or [m, n, …] ('ij').
 */
export function meshgrid(
  vectors: readonly ArrayLike[],
  options?: MeshgridOptions
): readonly NdArray[]
export function meshgrid(...vectors: readonly ArrayLike[]): readonly NdArray[]
export function meshgrid(
  ...vectorsAndOptions: readonly [...vectors: ArrayLike[], options: MeshgridOptions]
): readonly NdArray[]
export function meshgrid(
  ...given: readonly (readonly ArrayLike[] | ArrayLike | MeshgridOptions | undefined)[]
): readonly NdArray[] {
  const last = given.at(-1)
  const isNamed = typeof last === 'object' && !isArray(last) && !Array.isArray(last)
  const options = isNamed ? (last as MeshgridOptions) : {} // neither an array nor a list
  checkOptions('np.meshgrid', options, ['indexing', 'sparse'])
  const { indexing = 'xy', sparse = false } = options
  const vectors = (isNamed || last === undefined ? given.slice(0, -1) : given).flat()
  const xs = vectors.map((v) => asArray(v as ArrayLike, 'np.meshgrid')) // asArray refuses others
  const rank = xs.length
  // Axis of each vector in the result: the first two change places under 'xy'.
  const order = axesOf(rank).map((a) => (indexing === 'xy' && rank > 1 && a < 2 ? 1 - a : a))
  const shape = order.map((a) => xs[a].size)
  return xs.map((x, i) => {
    const axis = order[i]
    const flat = reshape(x, [x.size])
    return sparse
      ? reshape(
          flat,
          shape.map((n, a) => (a === axis ? n : 1))
        )
      : broadcastInDim(flat, shape, [axis])
  })
}

/** The index of every place along each axis. Shape: -> one array [...shape] for each axis, stacked. */
export const indices = (shape: Shape, options: DTypeOption = {}): NdArray => {
  checkOptions('np.indices', options, ['dtype'])
  toShape('np.indices', listOf('np.indices', shape))
  const { dtype = 'int32' } = options
  if (shape.length === 0) return iota(dtype, [0])
  const each = shape.map((_, a) => reshape(iota(dtype, shape, a), [1, ...shape]))
  return concatenate(each, 0)
}

/** f of the index along each axis; `f` works on whole arrays. Shape: -> as `f` gives. */
export const fromfunction = (
  f: (...indices: readonly NdArray[]) => NdArray,
  shape: Shape,
  options: DTypeOption = {}
): NdArray => {
  checkOptions('np.fromfunction', options, ['dtype'])
  checkFunction('np.fromfunction', f)
  toShape('np.fromfunction', listOf('np.fromfunction', shape))
  const { dtype = 'float32' } = options
  return f(...shape.map((_, a) => iota(dtype, shape, a)))
}
