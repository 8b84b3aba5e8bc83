/** A row of the laws' table: how one primitive is tried, and what does not hold for it, and why. */
import fc from 'fast-check'
import type { NdArray } from '../../src/core/array.ts'
import { isInexact, type DType } from '../../src/core/dtype.ts'
import type { Shape } from '../../src/core/shape.ts'
import * as arbitrary from '../arbitraries.ts'
import type { ArrayFunction, Subject } from '../subject.ts'

/** An argument: smooth points for derivatives, any values for the rest. */
export interface Operand {
  readonly shape: Shape
  readonly dtype: DType
  readonly smooth: fc.Arbitrary<NdArray>
  readonly any: fc.Arbitrary<NdArray>
}

/** One way to call a primitive. */
export interface Sample {
  readonly f: ArrayFunction
  readonly operands: readonly Operand[]
  /** Arguments with a derivative; all floating and complex ones when left out. */
  readonly live?: readonly boolean[]
}

/** Laws that a row can be excused from. */
export type LawName =
  | 'bound'
  | 'derivative'
  | 'forward'
  | 'reverse'
  | 'secondDerivative'
  | 'complexDerivative'
  | 'adjoint'
  | 'batch'
  | 'jit'
  | 'kernel'
  | 'commute'

export interface Row {
  readonly primitive: string
  /** Calls in a floating type: derivatives are looked at in float64, values in float32 too. */
  readonly samples: (float: DType) => readonly Sample[]
  /** Calls in types of their own: values only, and derivatives where the type is complex128. */
  readonly others?: readonly Sample[]
  /** Arguments in which it is linear together, the others held. */
  readonly linear?: readonly number[]
  /** Every element of the result depends on the same element of the arguments alone. */
  readonly elementwise?: true
  /** Laws that do not hold, each with the reason. */
  readonly except?: Readonly<Partial<Record<LawName, string>>>
}

/** Values far from each other in [min, max]; any values: everything that the type has. */
export const operand = (
  shape: Shape,
  dtype: DType,
  domain: arbitrary.Domain & { readonly huge?: boolean } = {}
): Operand => ({
  shape,
  dtype,
  smooth: isInexact(dtype) ? arbitrary.smooth(shape, dtype, domain) : arbitrary.array(shape, dtype),
  any: arbitrary.array(shape, dtype, { huge: domain.huge ?? false })
})

/** Only values of the domain: for functions that mean nothing outside, as factorisations do. */
export const regular = (shape: Shape, dtype: DType, domain: arbitrary.Domain = {}): Operand => {
  const smooth = arbitrary.smooth(shape, dtype, domain)
  return { shape, dtype, smooth, any: smooth }
}

/** An argument with values of its own. */
export const given = (shape: Shape, dtype: DType, values: fc.Arbitrary<NdArray>): Operand => ({
  shape,
  dtype,
  smooth: values,
  any: values
})

/** Positions along an axis of this extent, some repeated and some outside. */
export const positions = (shape: Shape, extent: number, dtype: DType = 'int32'): Operand =>
  given(shape, dtype, arbitrary.indices(shape, extent, { dtype }))

/** Positions inside the axis: where a function of indices is constant around a point. */
export const inside = (shape: Shape, extent: number, dtype: DType = 'int32'): Operand =>
  given(shape, dtype, arbitrary.indices(shape, extent, { dtype, outside: false }))

/** The sample on smooth or on any values. */
export const subject = ({ f, operands, live }: Sample, values: 'smooth' | 'any'): Subject => ({
  f,
  args: fc.tuple(...operands.map((o) => o[values])),
  ...(live === undefined ? {} : { live })
})

/** The usual call: f with one result. */
export const sample = (
  f: (...xs: readonly NdArray[]) => NdArray,
  ...operands: readonly Operand[]
): Sample => ({ f: (...xs) => [f(...xs)], operands })
