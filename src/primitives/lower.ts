/** Lowering rules of operations that look at one place of each operand. */
import { bitsOf, isComplex, type DType } from '../core/dtype.ts'
import type { Expr } from '../kernel/expr.ts'
import type { Lower, LoweredValue } from '../kernel/fuse.ts'
import { broadcastInDim } from '../kernel/views.ts'
import { runOnHost } from '../trace/host-routine.ts'
import type { Primitive } from '../trace/primitive.ts'

/** Expressions of one element of each operand: one part, or [re, im]. */
export type Parts = readonly Expr[]

/** What a member of an elementwise family says of its kernel. */
export interface ElementwiseLowering {
  /** The expression on real operands, the parameters and the type of the result. */
  readonly expr: (...operands: readonly Expr[]) => Expr
  /** The same on complex ones. Left out: they are computed by a host routine. */
  readonly parts?: (...operands: readonly Parts[]) => Parts
  /** The function of 16-bit floats is not that of float32, rounded: the host has it. */
  readonly host16?: true
}

/** Runs the reference rule over whole buffers, for the reason that no kernel can. */
export const hostRoutine =
  <P>(name: string, reason: string, reference: NonNullable<Primitive<P>['reference']>): Lower<P> =>
  (inputs, params, outputs, context) =>
    runOnHost({ name, params, reason, reference }, inputs, outputs, context)

/** The rule of an elementwise operation: an expression, or its host routine on complex numbers. */
export const lowerElementwise =
  <P>(
    name: string,
    lowering: ElementwiseLowering,
    reference: NonNullable<Primitive<P>['reference']>
  ): Lower<P> =>
  (inputs, params, outputs, context) => {
    const [{ shape, dtype }] = outputs
    const host = (reason: string): readonly LoweredValue[] =>
      hostRoutine(name, reason, reference)(inputs, params, outputs, context)
    if (lowering.host16 && bitsOf(dtype) === 16) return host('16-bit floats are rounded once only')
    if (!inputs.some((x) => isComplex(x.dtype)) && !isComplex(dtype))
      return [lowered(shape, dtype, [lowering.expr(...inputs.map((x) => x.parts[0]))])]
    if (lowering.parts === undefined) return host('complex: branch cuts need the exact functions')
    return [lowered(shape, dtype, lowering.parts(...inputs.map((x) => x.parts)))]
  }

export const lowered = (shape: readonly number[], dtype: DType, parts: Parts): LoweredValue => ({
  shape,
  dtype,
  parts
})

/** A scalar operand seen at every place of `shape`; others as they are. */
export const atEveryPlace = (x: LoweredValue, shape: readonly number[]): LoweredValue =>
  x.shape.length === shape.length ? x : broadcastInDim(x, shape, [])
