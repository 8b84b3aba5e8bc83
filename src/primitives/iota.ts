/** Counting along an axis. */
import { makeAval, type NdArray } from '../core/array.ts'
import { allocate, isBool, slotsOf, type DType } from '../core/dtype.ts'
import { AxisError, DTypeError } from '../core/errors.ts'
import { sizeOf, type Shape } from '../core/shape.ts'
import { iotaAlong } from '../kernel/views.ts'
import { definePrimitive } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { settle } from './host.ts'

interface IotaParams {
  readonly dtype: DType
  readonly shape: Shape
  readonly dimension: number
}

/** 0, 1, 2 … along `dimension`, repeated along the other axes. */
export const iotaP = definePrimitive<IotaParams>({
  name: 'iota',
  abstractEval: (_avals, { dtype, shape, dimension }) => {
    if (!Number.isInteger(dimension) || dimension < 0 || dimension >= shape.length)
      throw new AxisError('iota', {
        problem: 'the dimension is outside the shape',
        got: `dimension ${dimension} of shape [${shape.join(', ')}]`,
        expected: 'an axis of the shape',
        hint: 'np.arange counts along one axis'
      })
    if (isBool(dtype))
      throw new DTypeError('iota', {
        problem: 'booleans do not count',
        got: dtype,
        expected: 'numbers',
        hint: "count in int32 and convert with astype('bool')"
      })
    return [makeAval(shape, dtype)]
  },
  reference: (_args, { dtype, shape, dimension }) => {
    const data = allocate(dtype, sizeOf(shape))
    const slots = slotsOf(dtype)
    const inner = sizeOf(shape.slice(dimension + 1))
    for (let i = 0; i * slots < data.length; i++)
      data[i * slots] = Math.floor(i / inner) % shape[dimension]
    return [settle(dtype, data)]
  },
  lower: (_inputs, { dtype, shape, dimension }) => [iotaAlong(shape, dtype, dimension)],
  batch: (_axis, _args, _dims, { dtype, shape, dimension }) => [
    [iota(dtype, shape, dimension)],
    [null]
  ]
})

/** Shape: -> `shape`, whose element at index i is i[dimension]. */
export const iota = (dtype: DType, shape: Shape, dimension = 0): NdArray =>
  bind1(iotaP, [], { dtype, shape, dimension })
