/** Values by the reference rules: the oracle of every backend, and what folds constants. */
import { avalOf, fromHost, hostOf, type Aval, type NdArray } from '../core/array.ts'
import { mapList } from '../core/list.ts'
import { withoutValue } from '../trace/host-routine.ts'
import type { HostArray, Primitive } from '../trace/primitive.ts'

const hostArray = (x: NdArray, operation: string): HostArray => ({
  shape: x.shape,
  dtype: x.dtype,
  data: hostOf(x, operation)
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
    throw withoutValue(primitive.name)
  }
  const operands = mapList(args, (x) => hostArray(x, primitive.name))
  return mapList(reference(operands, params, outs), (data, i) => fromHost(outs[i], data))
}
