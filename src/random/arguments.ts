/** What the samplers have in common: shapes, types and parameters as arguments. */
import { avalOf, isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { isComplex, isFloat, isInteger, type DType } from '../core/dtype.ts'
import { DTypeError, ShapeError, ValueError, checkOptions, showArgument } from '../core/errors.ts'
import { broadcast, equals, show, type Shape } from '../core/shape.ts'
import { convertElementType } from '../primitives/convert.ts'
import { broadcastTo } from '../primitives/movement.ts'
import { leafArray } from '../trace/flat.ts'

export interface SamplerOptions {
  /** float32 by default, and float64 where a parameter is a float64 array. */
  readonly dtype?: DType
}

/** Shape of a result; null or left out where the parameters decide. */
export type SampleShape = Shape | null

/** Errors: ShapeError when `shape` is no list of extents. */
export const checkShape = (operation: string, shape: Shape): Shape => {
  if (Array.isArray(shape) && shape.every((n) => Number.isInteger(n) && n >= 0)) return shape
  throw new ShapeError(operation, {
    problem: 'the shape is no list of extents',
    got: Array.isArray(shape) ? show(shape) : showArgument(shape),
    expected: 'non-negative integers, such as [2, 3]; [] for a scalar',
    hint: 'the shape comes second, or after the parameters of the distribution'
  })
}

/** `shape`, or what the parameters broadcast to. They must not broadcast beyond `shape`. */
export const sampleShape = (
  operation: string,
  shape: SampleShape | undefined,
  parameters: readonly Shape[]
): Shape => {
  if (shape === null || shape === undefined) return broadcast(operation, parameters)
  checkShape(operation, shape)
  if (!equals(broadcast(operation, [shape, ...parameters]), shape))
    throw new ShapeError(operation, {
      problem: 'the parameters do not fit into the shape asked for',
      got: `shape ${show(shape)}, parameters ${parameters.map(show).join(', ')}`,
      expected: 'parameters that broadcast to the shape',
      hint: 'the shape is that of the whole result, the batch of parameters included'
    })
  return shape
}

/** Errors: DTypeError when `dtype` has no real floating-point numbers. */
export const checkFloat = (operation: string, dtype: DType): DType => {
  if (isFloat(dtype)) return dtype
  throw new DTypeError(operation, {
    problem: 'the samples are real numbers',
    got: dtype,
    expected: 'float32, float64, float16 or bfloat16',
    hint: isComplex(dtype)
      ? 'sample real and imaginary parts with two keys and join them by lax.complex'
      : 'random.randint and random.bits sample integers'
  })
}

/** Errors: DTypeError when `dtype` has no integers. */
export const checkInteger = (operation: string, dtype: DType): DType => {
  if (isInteger(dtype)) return dtype
  throw new DTypeError(operation, {
    problem: 'the samples are integers',
    got: dtype,
    expected: 'an integer type, such as int32',
    hint: "convert the result with astype('float32')"
  })
}

/** The type of samples whose parameters these are, unless the caller names one. */
export const floatOption = (
  operation: string,
  options: SamplerOptions,
  parameters: readonly ArrayLike[] = []
): DType => {
  checkOptions(operation, options, ['dtype'])
  return floatType(operation, options.dtype, parameters)
}

/** As `floatOption`, for a sampler with more options than the type. */
export const floatType = (
  operation: string,
  dtype: DType | undefined,
  parameters: readonly ArrayLike[] = []
): DType => {
  if (dtype !== undefined) return checkFloat(operation, dtype)
  const wide = parameters.some((p) => isArray(p) && p.dtype === 'float64')
  return wide ? 'float64' : 'float32'
}

export const integerOption = (operation: string, options: SamplerOptions): DType => {
  checkOptions(operation, options, ['dtype'])
  return checkInteger(operation, options.dtype ?? 'int32')
}

/** Extents of a parameter; a number has none. */
export const shapeOf = (x: ArrayLike): Shape => (isArray(x) ? x.shape : [])

/** A parameter in the type of the samples. */
export const typed = (x: ArrayLike, dtype: DType): NdArray =>
  convertElementType(leafArray(x), dtype)

/** A parameter in the type and shape of the samples. */
export const parameter = (x: ArrayLike, dtype: DType, shape: Shape): NdArray =>
  broadcastTo(typed(x, dtype), shape)

/** True for a number, also one that a transformation traces: it has no type of its own. */
export const isLoose = (x: ArrayLike): boolean => !isArray(x) || avalOf(x).weak

/** Errors: ValueError when `value` is none of the names. */
export const checkName = (
  operation: string,
  option: string,
  value: string,
  names: readonly string[]
): void => {
  if (names.includes(value)) return
  throw new ValueError(operation, {
    problem: `the option ${option} has a value it cannot take`,
    got: `'${value}'`,
    expected: names.map((n) => `'${n}'`).join(' or '),
    hint: `leave ${option} out for '${names[0]}'`
  })
}
