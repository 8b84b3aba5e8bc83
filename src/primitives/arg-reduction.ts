/** Positions of extremes: argmax and argmin. NaN wins; of several extremes, the first. */
import { avalOf, type NdArray } from '../core/array.ts'
import { allocate, isInteger, type DType } from '../core/dtype.ts'
import { AxisError, DTypeError, ShapeError } from '../core/errors.ts'
import { show, sizeOf, stridesOf, without } from '../core/shape.ts'
import { makeAval } from '../trace/aval.ts'
import { definePrimitive, zero, type Primitive } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { checkKind, ordered } from './elementwise.ts'
import { batchUnary, checkAxes } from './movement.ts'
import { offsetsAlong, otherAxes } from './offsets.ts'

interface ArgReductionParams {
  /** The one axis along which positions are counted, and which vanishes. */
  readonly axes: readonly number[]
  readonly indexDType: DType
}

type ArgReduce = (x: NdArray, axis: number, indexDType?: DType) => NdArray

const argReduction = (
  name: 'argmax' | 'argmin',
  beats: (x: number, y: number) => boolean
): ArgReduce => {
  const apply: ArgReduce = (x, axis, indexDType = 'int32') =>
    bind1(primitive, [x], { axes: [axis], indexDType })
  const primitive: Primitive<ArgReductionParams> = definePrimitive<ArgReductionParams>({
    name,

    abstractEval: ([x], { axes, indexDType }) => {
      checkKind(name, x.dtype, ordered)
      checkAxes(name, x.shape, axes)
      if (axes.length !== 1)
        throw new AxisError(name, {
          problem: 'positions are counted along exactly one axis',
          got: `axes ${show(axes)}`,
          expected: 'one axis',
          hint: `np.${name} without an axis counts along the flattened array`
        })
      if (!isInteger(indexDType))
        throw new DTypeError(name, {
          problem: 'positions need an integer type',
          got: indexDType,
          expected: 'int32, uint32 or a smaller integer type',
          hint: "leave indexDType out for 'int32'"
        })
      if (x.shape[axes[0]] === 0)
        throw new ShapeError(name, {
          problem: 'nothing has no extreme',
          got: `shape ${show(x.shape)}, axis ${axes[0]}`,
          expected: 'an axis of at least one element',
          hint: 'check the extent of the axis first'
        })
      return [makeAval(without(x.shape, axes), indexDType)]
    },

    reference: ([x], { axes: [axis], indexDType }, [out]) => {
      const data = allocate(indexDType, sizeOf(out.shape))
      const outer = offsetsAlong(x.shape, otherAxes(x.shape.length, [axis]))
      const step = stridesOf(x.shape)[axis]
      for (let o = 0; o < outer.length; o++) {
        let best = x.data[outer[o]]
        for (let k = 1; k < x.shape[axis] && best === best; k++) {
          const value = x.data[outer[o] + k * step]
          if (value === value && !beats(value, best)) continue
          best = value
          data[o] = k
        }
      }
      return [data]
    },

    jvp: ([x], _tangents, { axes: [axis], indexDType }) => {
      const y = apply(x, axis, indexDType)
      return [[y], [zero(avalOf(y))]]
    },

    batch: batchUnary((x, at, { axes: [axis], indexDType }) =>
      axis < at ? [apply(x, axis, indexDType), at - 1] : [apply(x, axis + 1, indexDType), at]
    ),

    lower: ([x], { axes: [axis], indexDType }, _outputs, context) => [
      context.argReduce(x, axis, name, indexDType)
    ]
  })
  return apply
}

/** Position of the first largest element along `axis`. Shape: `x.shape` without `axis`. */
export const argmax = argReduction('argmax', (x, y) => x > y)

/** Position of the first smallest element along `axis`. Shape: `x.shape` without `axis`. */
export const argmin = argReduction('argmin', (x, y) => x < y)
