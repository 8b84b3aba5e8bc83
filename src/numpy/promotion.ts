/**
 * What every function of `np` does with its arguments first: numbers become arrays, element types
 * meet in one, and shapes are stretched to fit.
 *
 * JavaScript cannot tell 1 from 1.0, so a number beside an array takes the array's type, except
 * that a non-integral number beside integers or bools gives float32 and an integral one beside
 * bools gives int32. Alone it is a weak float32.
 */
import {
  avalOf,
  fromHost,
  isArray,
  makeAval,
  notAnArray,
  scalar,
  type ArrayLike,
  type NdArray
} from '../core/array.ts'
import {
  allocate,
  complexOf,
  inexactOf,
  integerRange,
  isBool,
  isComplex,
  isInexact,
  isInteger,
  kindOf,
  promote,
  promoteWeak,
  type DType,
  type Kind
} from '../core/dtype.ts'
import { ValueError } from '../core/errors.ts'
import { broadcast, equals, sizeOf, type Shape } from '../core/shape.ts'
import { roundToBfloat16, roundToFloat16 } from '../core/scalar/rounding.ts'
import { convertElementType } from '../primitives/convert.ts'
import { broadcastInDim, broadcastTo } from '../primitives/movement.ts'
import { currentTrace, evalTrace } from '../trace/tracer.ts'

/** An element type, and whether it yields to others. */
export interface Kinship {
  readonly dtype: DType
  readonly weak: boolean
}

/** An array as it is, a number as a weak float32, a boolean as a bool. */
export const asArray = (x: ArrayLike, operation = 'np.asarray'): NdArray => {
  if (isArray(x)) return x
  if (typeof x === 'number') return scalar(x, 'float32', true)
  if (typeof x === 'boolean') return scalar(x, 'bool')
  throw notAnArray(operation, x)
}

const ranks: Readonly<Record<Kind, number>> = {
  bool: 0,
  unsigned: 1,
  signed: 1,
  float: 2,
  complex: 3
}

/** A weak type beside a strong one: it only ever lifts the kind, never the width. */
const joinWeak = (weak: DType, strong: DType): Kinship => {
  if (ranks[kindOf(weak)] <= ranks[kindOf(strong)]) return { dtype: strong, weak: false }
  if (isComplex(weak))
    return isInexact(strong)
      ? { dtype: complexOf(strong), weak: false }
      : { dtype: 'complex64', weak: true }
  return isInteger(weak) ? { dtype: weak, weak: true } : { dtype: promoteWeak(strong), weak: true }
}

const join = (a: Kinship, b: Kinship): Kinship => {
  if (a.weak === b.weak) return { dtype: promote(a.dtype, b.dtype), weak: a.weak }
  return a.weak ? joinWeak(a.dtype, b.dtype) : joinWeak(b.dtype, a.dtype)
}

/** A number beside arrays that meet in `type`. */
const joinNumber = (value: number, type: Kinship): Kinship => {
  if (isInexact(type.dtype)) return type
  if (!Number.isInteger(value)) return { dtype: 'float32', weak: true }
  return isBool(type.dtype) ? { dtype: 'int32', weak: false } : type
}

/** The type that the arguments meet in. Numbers come last, since they take the others' type. */
export const meet = (operation: string, xs: readonly ArrayLike[]): Kinship => {
  let type: Kinship | null = null
  for (const x of xs) {
    if (typeof x === 'number') continue
    const own = isArray(x) ? avalOf(x) : null
    if (own === null && typeof x !== 'boolean') throw notAnArray(operation, x)
    const next: Kinship = own ?? { dtype: 'bool', weak: false }
    type = type === null ? next : join(type, next)
  }
  if (type === null) return { dtype: 'float32', weak: true }
  for (const x of xs) if (typeof x === 'number') type = joinNumber(x, type)
  return type
}

/** The value as `dtype` stores it. Errors: ValueError for a number an integer type cannot hold. */
export const fitNumber = (operation: string, value: number, dtype: DType): number => {
  if (dtype === 'float16') return roundToFloat16(value)
  if (dtype === 'bfloat16') return roundToBfloat16(value)
  if (isBool(dtype)) return Number(value !== 0)
  if (!isInteger(dtype)) return value
  const [least, greatest] = integerRange(dtype)
  const whole = Math.trunc(value)
  if (whole >= least && whole <= greatest) return whole
  throw new ValueError(operation, {
    problem: 'the number does not fit the element type',
    got: `${value} for ${dtype}`,
    expected: `a number from ${least} to ${greatest}`,
    hint: "astype('int32') or astype('float32') widens an array beside it; { dtype } a new one"
  })
}

/** Below this size a constant costs less as plain values than as an operation. */
const SMALL = 4096

/**
 * `value` at every place of `shape`. While a program is being traced it is one equation; otherwise
 * small ones are filled at once.
 */
export const filled = (
  operation: string,
  value: number | boolean,
  shape: Shape,
  dtype: DType,
  weak = false
): NdArray => {
  const fitted = fitNumber(operation, Number(value), dtype)
  if (shape.length === 0) return scalar(fitted, dtype, weak)
  const size = sizeOf(shape)
  if (size > SMALL || currentTrace() !== evalTrace || isComplex(dtype))
    return broadcastInDim(scalar(fitted, dtype, weak), shape, [])
  return fromHost(makeAval(shape, dtype, weak), allocate(dtype, size).fill(fitted))
}

const convert = (operation: string, x: ArrayLike, { dtype, weak }: Kinship): NdArray => {
  if (!isArray(x)) return scalar(fitNumber(operation, Number(x), dtype), dtype, weak)
  const own = avalOf(x)
  // A weak operand beside a strong one of the same type changes nothing: the result is strong.
  return own.dtype === dtype && (own.weak || !weak) ? x : convertElementType(x, dtype, weak)
}

/** The arguments under the one element type they meet in; `inexact`: at least a float. */
export const promoteTypes = (
  operation: string,
  xs: readonly ArrayLike[],
  inexact = false
): readonly NdArray[] => {
  const met = meet(operation, xs)
  const type = inexact ? { ...met, dtype: inexactOf(met.dtype) } : met
  return xs.map((x) => convert(operation, x, type))
}

/** The arguments stretched to one shape. */
export const broadcastAll = (operation: string, xs: readonly NdArray[]): readonly NdArray[] => {
  const shape = broadcast(
    operation,
    xs.map((x) => x.shape)
  )
  return xs.map((x) => broadcastTo(x, shape))
}

/** Promoted and broadcast: what an elementwise primitive takes. */
export const promoteAll = (
  operation: string,
  xs: readonly ArrayLike[],
  inexact = false
): readonly NdArray[] => broadcastAll(operation, promoteTypes(operation, xs, inexact))

const besideNumber = (
  operation: string,
  x: NdArray,
  value: number,
  inexact: boolean
): readonly [x: NdArray, value: NdArray] => {
  const own = avalOf(x)
  const met = joinNumber(value, own)
  const type = inexact ? { ...met, dtype: inexactOf(met.dtype) } : met
  return [convert(operation, x, type), filled(operation, value, own.shape, type.dtype, type.weak)]
}

/** As `promoteAll` for two arguments, with short ways for the common cases. */
export const promotePair = (
  operation: string,
  x: ArrayLike,
  y: ArrayLike,
  inexact = false
): readonly [NdArray, NdArray] => {
  if (isArray(x)) {
    if (typeof y === 'number') return besideNumber(operation, x, y, inexact)
    if (isArray(y) && x.dtype === y.dtype && equals(x.shape, y.shape))
      if (!inexact || isInexact(x.dtype)) return [x, y]
  } else if (typeof x === 'number' && isArray(y)) {
    const [b, a] = besideNumber(operation, y, x, inexact)
    return [a, b]
  }
  return promoteAll(operation, [x, y], inexact) as readonly [NdArray, NdArray] // two in, two out
}

/** An array of floats or complex numbers: integers and bools become float32. */
export const asInexact = (x: ArrayLike, operation: string): NdArray => {
  const y = asArray(x, operation)
  return isInexact(y.dtype) ? y : convertElementType(y, 'float32')
}

/** `x` under another element type; to bool it is true where `x` is not zero. */
export const asType = (x: NdArray, dtype: DType): NdArray =>
  avalOf(x).dtype === dtype ? x : convertElementType(x, dtype)
