/** Avals: what a trace knows of a value. The interface itself belongs to the array (core/array). */
import { avalOf, makeAval, type Aval, type NdArray } from '../core/array.ts'
import { abbreviate, isInexact, type DType } from '../core/dtype.ts'
import { equals as equalShapes, type Shape } from '../core/shape.ts'

export { avalOf, makeAval, type Aval }

/** Equal shape and dtype; weakness aside. */
export const fits = (a: Aval, b: Aval): boolean =>
  a.dtype === b.dtype && equalShapes(a.shape, b.shape)

export const equals = (a: Aval, b: Aval): boolean => a === b || (fits(a, b) && a.weak === b.weak)

export const withShape = (a: Aval, shape: Shape): Aval => makeAval(shape, a.dtype, a.weak)
export const withDType = (a: Aval, dtype: DType): Aval => makeAval(a.shape, dtype)

/** The same type with no weakness: what a program's outputs and carries have. */
export const strong = (a: Aval): Aval => (a.weak ? makeAval(a.shape, a.dtype) : a)

/** f32[2,3]; a star marks weak types. */
export const show = (a: Aval): string =>
  `${abbreviate(a.dtype)}${a.weak ? '*' : ''}[${a.shape.join(',')}]`

/** A string equal exactly for equal avals: part of every cache key. */
export const key = (a: Aval): string => `${a.dtype}${a.weak ? '*' : ''}[${a.shape.join()}]`

export const hasTangent = (a: Aval): boolean => isInexact(a.dtype)

export const avalsOf = (xs: readonly NdArray[]): readonly Aval[] => xs.map(avalOf)
