/** Element types as values: their names, limits, and what they promote to. */
import { isArray, scalar, type ArrayLike } from '../core/array.ts'
import {
  bitsOf,
  integerRange,
  isBool,
  isComplex,
  isDType,
  isFloat,
  isInteger,
  kindOf,
  promote,
  realPart,
  type DType
} from '../core/dtype.ts'
import { DTypeError, listOf } from '../core/errors.ts'
import { meet } from './promotion.ts'

export const bool_ = 'bool' as const
export const uint8 = 'uint8' as const
export const uint16 = 'uint16' as const
export const uint32 = 'uint32' as const
export const int8 = 'int8' as const
export const int16 = 'int16' as const
export const int32 = 'int32' as const
export const bfloat16 = 'bfloat16' as const
export const float16 = 'float16' as const
export const float32 = 'float32' as const
export const float64 = 'float64' as const
export const complex64 = 'complex64' as const
export const complex128 = 'complex128' as const

/** Limits of an integer type. */
export interface IntegerInfo {
  readonly dtype: DType
  readonly bits: number
  readonly min: number
  readonly max: number
}

/** Limits of an integer type. Errors: DTypeError for other types. */
export const iinfo = (dtype: DType): IntegerInfo => {
  if (!isInteger(dtype))
    throw new DTypeError('np.iinfo', {
      problem: 'the type is no integer type',
      got: String(dtype),
      expected: 'uint8, uint16, uint32, int8, int16 or int32',
      hint: 'np.finfo describes floating types'
    })
  const [min, max] = integerRange(dtype)
  return { dtype, bits: bitsOf(dtype), min, max }
}

/** Limits of a floating type. */
export interface FloatInfo {
  readonly dtype: DType
  readonly bits: number
  /** Bits of the stored significand. */
  readonly nmant: number
  readonly nexp: number
  /** Distance from 1 to the next number. */
  readonly eps: number
  readonly max: number
  readonly min: number
  /** Smallest number with a full significand. */
  readonly tiny: number
  readonly smallestNormal: number
  readonly smallestSubnormal: number
}

// IEEE 754 binary16, binary32 and binary64; bfloat16 has the exponents of binary32.
const formats: Readonly<Record<string, readonly [significand: number, exponent: number]>> = {
  float16: [10, 5],
  bfloat16: [7, 8],
  float32: [23, 8],
  float64: [52, 11]
}

/** Limits of a floating type; of a complex type, those of its parts. Errors: DTypeError. */
export const finfo = (dtype: DType): FloatInfo => {
  const real = isDType(dtype) ? realPart(dtype) : dtype
  const format = formats[real]
  if (format === undefined)
    throw new DTypeError('np.finfo', {
      problem: 'the type is no floating type',
      got: String(dtype),
      expected: 'float16, bfloat16, float32, float64, complex64 or complex128',
      hint: 'np.iinfo describes integer types'
    })
  const [nmant, nexp] = format
  const bias = 2 ** (nexp - 1) - 1
  const max = 2 ** bias * (2 - 2 ** -nmant)
  const tiny = 2 ** (1 - bias)
  return {
    dtype: real,
    bits: bitsOf(real),
    nmant,
    nexp,
    eps: 2 ** -nmant,
    max,
    min: -max,
    tiny,
    smallestNormal: tiny,
    smallestSubnormal: tiny * 2 ** -nmant
  }
}

/** The least type that both convert to. */
export const promoteTypes = (a: DType, b: DType): DType => promote(a, b)

/** The type that an operation on these arrays, numbers and types gives. */
export const resultType = (...xs: readonly (ArrayLike | DType)[]): DType =>
  meet(
    'np.resultType',
    xs.map((x) => (isDType(x) ? scalar(0, x) : x))
  ).dtype

const ladders: Readonly<Record<string, readonly DType[]>> = {
  bool: ['bool'],
  'signed integer': ['int8', 'int16', 'int32'],
  'unsigned integer': ['uint8', 'uint16', 'uint32'],
  integral: ['int8', 'int16', 'int32', 'uint8', 'uint16', 'uint32'],
  'real floating': ['float16', 'bfloat16', 'float32', 'float64'],
  'complex floating': ['complex64', 'complex128']
}

/** Whether `dtype` is of a kind that the array API standard names. */
export const isdtype = (dtype: DType, kind: string | readonly string[]): boolean => {
  if (typeof kind !== 'string') return listOf('np.isdtype', kind).some((k) => isdtype(dtype, k))
  if (kind === 'numeric') return !isBool(dtype)
  return dtype === kind || (ladders[kind] ?? []).includes(dtype)
}

const abstract: Readonly<Record<string, (d: DType) => boolean>> = {
  generic: () => true,
  number: (d) => !isBool(d),
  integer: isInteger,
  signedinteger: (d) => kindOf(d) === 'signed',
  unsignedinteger: (d) => kindOf(d) === 'unsigned',
  inexact: (d) => isFloat(d) || isComplex(d),
  floating: isFloat,
  complexfloating: isComplex
}

/** Whether `dtype` is `kind`, or below it in NumPy's hierarchy: number, integer, floating … */
export const issubdtype = (dtype: DType, kind: string): boolean =>
  dtype === kind || (abstract[kind]?.(dtype) ?? false)

/** Whether every value of `from` is a value of `to` ('safe'), or may be cast in spirit. */
export const canCast = (
  from: DType,
  to: DType,
  casting: 'no' | 'safe' | 'sameKind' | 'unsafe' = 'safe'
): boolean => {
  if (casting === 'unsafe' || from === to) return true
  if (casting === 'no') return false
  if (casting === 'sameKind') {
    const order = ['bool', 'unsigned', 'signed', 'float', 'complex']
    return order.indexOf(kindOf(from)) <= order.indexOf(kindOf(to))
  }
  return isSafe(from, to)
}

/** Bits of significand that hold every value exactly. */
const precision = (d: DType): number =>
  isInteger(d)
    ? bitsOf(d) - (kindOf(d) === 'signed' ? 1 : 0)
    : isBool(d)
      ? 1
      : (formats[realPart(d)]?.[0] ?? 0) + 1

const isSafe = (from: DType, to: DType): boolean => {
  if (isBool(from)) return true
  if (isBool(to)) return false
  if (isInteger(from) && isInteger(to)) {
    const [a, b] = [integerRange(from), integerRange(to)]
    return b[0] <= a[0] && a[1] <= b[1]
  }
  if (isInteger(to) || (isComplex(from) && !isComplex(to))) return false
  if (isInteger(from)) return precision(from) <= precision(to)
  const [a, b] = [realPart(from), realPart(to)]
  return precision(a) <= precision(b) && formats[a][1] <= formats[b][1]
}

/** Whether an array is of a complex type. */
export const iscomplexobj = (x: ArrayLike): boolean => isArray(x) && isComplex(x.dtype)
export const isrealobj = (x: ArrayLike): boolean => !iscomplexobj(x)

/** True for numbers, booleans and arrays without axes. */
export const isscalar = (x: unknown): boolean =>
  typeof x === 'number' || typeof x === 'boolean' || (isArray(x) && x.ndim === 0)
