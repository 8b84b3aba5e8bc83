/**
 * Eager evaluation: one operation on concrete arrays, now.
 *
 * Small arrays go through the reference rule, whose plain loops beat any call into a kernel; large
 * ones through a compiled kernel where the backend has one.
 */
import { avalOf, fromHost, hostOf, type Aval, type NdArray } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
import type { HostArray, Primitive } from '../trace/primitive.ts'
import type { Evaluator } from '../trace/tracer.ts'

const hostArray = (x: NdArray, operation: string): HostArray => ({
  shape: x.shape,
  dtype: x.dtype,
  data: hostOf(x, operation)
})

/** The value by the reference rule, or by the primitive's own way of running a program. */
export const evaluateByReference = (
  primitive: Primitive,
  args: readonly NdArray[],
  params: unknown
): readonly NdArray[] => {
  if (primitive.evaluate !== undefined) return primitive.evaluate(args, params)
  const { reference } = primitive
  const outs: readonly Aval[] = primitive.abstractEval(args.map(avalOf), params)
  if (reference === undefined) {
    if (primitive.like !== undefined) return primitive.like(args, params)
    throw new TransformError(primitive.name, {
      problem: 'the primitive has no value rule',
      got: primitive.name,
      expected: 'a reference rule, an evaluation rule or an equivalent function',
      hint: 'every primitive is complete: report this one'
    })
  }
  const values = reference(
    args.map((x) => hostArray(x, primitive.name)),
    params,
    outs
  )
  return values.map((data, i) => fromHost(outs[i], data))
}

export const evaluate: Evaluator = evaluateByReference
