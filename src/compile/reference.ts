/** Values by the reference rules: the oracle of every backend, and what folds constants. */
import { avalOf, fromHost, hostOf, type Aval, type NdArray } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
import { mapList } from '../core/list.ts'
import type { HostArray, Primitive } from '../trace/primitive.ts'

const hostArray = (x: NdArray, operation: string): HostArray => ({
  shape: x.shape,
  dtype: x.dtype,
  data: hostOf(x, operation)
})

const incomplete = (primitive: Primitive): TransformError =>
  new TransformError(primitive.name, {
    problem: 'the primitive has no value rule',
    got: primitive.name,
    expected: 'a reference rule, an evaluation rule or an equivalent function',
    hint: 'every primitive is complete: report this one'
  })

/** The value by the reference rule: the oracle of every backend. */
export const evaluateByReference = (
  primitive: Primitive,
  args: readonly NdArray[],
  params: unknown,
  outs: readonly Aval[] = primitive.abstractEval(args.map(avalOf), params)
): readonly NdArray[] => {
  const { reference } = primitive
  if (reference === undefined) {
    if (primitive.like !== undefined) return primitive.like(args, params)
    throw incomplete(primitive)
  }
  const operands = mapList(args, (x) => hostArray(x, primitive.name))
  return mapList(reference(operands, params, outs), (data, i) => fromHost(outs[i], data))
}
