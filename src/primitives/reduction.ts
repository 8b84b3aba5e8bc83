/** Reductions that are not sums: extremes, products and logical ones. */
import { avalOf, type NdArray } from '../core/array.ts'
import { allocate, isComplex, isFloat, kindOf, slotsOf } from '../core/dtype.ts'
import { sizeOf, without } from '../core/shape.ts'
import type { ScalarType } from '../kernel/expr.ts'
import type { Monoid } from '../kernel/ir.ts'
import { neutral } from '../kernel/monoid.ts'
import { withShape } from '../trace/aval.ts'
import {
  definePrimitive,
  isZero,
  zero,
  type HostArray,
  type JvpRule,
  type Primitive
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { div } from './arithmetic.ts'
import { eq } from './compare.ts'
import { convertElementType } from './convert.ts'
import { bits, checkKind, mul, number, ordered, type Accepts } from './elementwise.ts'
import { settle } from './host.ts'
import { oneOf } from './linear.ts'
import { hostRoutine } from './lower.ts'
import {
  batchUnary,
  broadcastBack,
  checkAxes,
  fillLike,
  reshape,
  shiftAxes,
  sum,
  transpose
} from './movement.ts'
import { offsetsAlong, otherAxes } from './offsets.ts'
import { pad, slice } from './slicing.ts'

/** Parameters of every reduction: the axes that vanish, sorted, unique and non-negative. */
export interface ReductionParams {
  readonly axes: readonly number[]
}

type Reference = NonNullable<Primitive<ReductionParams>['reference']>

/** Folds along the axes in row-major order; the fold of no element is `empty`. */
const fold =
  (
    empty: (x: HostArray) => number,
    step: (total: number, value: number) => number,
    integral = step
  ): Reference =>
  ([x], { axes }, [out]) => {
    const data = allocate(x.dtype, sizeOf(out.shape))
    const outer = offsetsAlong(x.shape, otherAxes(x.shape.length, axes))
    const inner = offsetsAlong(x.shape, axes)
    const f = isFloat(x.dtype) ? step : integral
    const first = empty(x)
    const values = x.data
    for (let o = 0; o < outer.length; o++) {
      let total = first
      for (let k = 0; k < inner.length; k++) total = f(total, values[outer[o] + inner[k]])
      data[o] = total
    }
    return [settle(x.dtype, data)]
  }

interface Reduction {
  readonly accepts: Accepts
  readonly reference: Reference
  readonly monoid: Exclude<Monoid, 'argmax' | 'argmin'>
  readonly jvp?: JvpRule<ReductionParams>
  readonly like?: (x: NdArray, axes: readonly number[]) => NdArray
}

/** A reduction over `axes`, which must be sorted and unique. Shape: `x.shape` without `axes`. */
export type Reduce = (x: NdArray, axes: readonly number[]) => NdArray

const reduction = (name: string, o: Reduction): Reduce => {
  const apply: Reduce = (x, axes) => (axes.length === 0 ? x : bind1(primitive, [x], { axes }))
  const onHost = hostRoutine<ReductionParams>(
    name,
    'complex: the parts of a product or an order mix',
    o.reference
  )
  const { like } = o
  const primitive: Primitive<ReductionParams> = definePrimitive<ReductionParams>({
    name,
    abstractEval: ([x], { axes }) => {
      checkKind(name, x.dtype, o.accepts)
      checkAxes(name, x.shape, axes)
      return [withShape(x, without(x.shape, axes))]
    },
    reference: o.reference,
    ...(o.jvp === undefined ? {} : { jvp: o.jvp }),
    ...(like === undefined
      ? {}
      : { like: ([x]: readonly NdArray[], { axes }: ReductionParams) => [like(x, axes)] }),
    batch: batchUnary((x, at, { axes }) => {
      const shifted = shiftAxes(axes, at)
      return [apply(x, shifted), at - shifted.filter((a) => a < at).length]
    }),
    lower: (inputs, params, outputs, context) =>
      isComplex(outputs[0].dtype)
        ? onHost(inputs, params, outputs, context)
        : [context.reduce(inputs[0], params.axes, o.monoid)]
  })
  return apply
}

/**
 * The derivative of an extreme goes in equal shares to all elements that attain it.
 * Beside NaN none does, and the derivative is NaN.
 */
const extremeJvp =
  (reduce: () => Reduce): JvpRule<ReductionParams> =>
  ([x], [dx], { axes }) => {
    const y = reduce()(x, axes)
    if (isZero(dx)) return [[y], [zero(avalOf(y))]]
    const attains = convertElementType(eq(x, broadcastBack(y, x.shape, axes)), dx.dtype)
    return [[y], [div(sum(mul(dx, attains), axes), sum(attains, axes))]]
  }

// The neutral elements are real numbers: reductions of complex numbers are products, from 1.
const neutralOf =
  (monoid: Monoid) =>
  (x: HostArray): number =>
    neutral(monoid, x.dtype as ScalarType)

/** Largest element; NaN when there is one, the lowest value of the type when there is none. */
export const reduceMax: Reduce = reduction('reduceMax', {
  accepts: ordered,
  reference: fold(neutralOf('max'), Math.max),
  monoid: 'max',
  jvp: extremeJvp(() => reduceMax)
})

/** Smallest element; NaN when there is one, the highest value of the type when there is none. */
export const reduceMin: Reduce = reduction('reduceMin', {
  accepts: ordered,
  reference: fold(neutralOf('min'), Math.min),
  monoid: 'min',
  jvp: extremeJvp(() => reduceMin)
})

const realProduct = fold(
  () => 1,
  (total, v) => total * v,
  Math.imul
)

const complexProduct: Reference = ([x], { axes }, [out]) => {
  const data = allocate(x.dtype, sizeOf(out.shape))
  const outer = offsetsAlong(x.shape, otherAxes(x.shape.length, axes))
  const inner = offsetsAlong(x.shape, axes)
  for (let o = 0; o < outer.length; o++) {
    let re = 1
    let im = 0
    for (let k = 0; k < inner.length; k++) {
      const at = 2 * (outer[o] + inner[k])
      const next = re * x.data[at] - im * x.data[at + 1]
      im = re * x.data[at + 1] + im * x.data[at]
      re = next
    }
    data[2 * o] = re
    data[2 * o + 1] = im
  }
  return [data]
}

/**
 * The product as a tree of multiplications of halves. Unlike y / x_i, its derivatives of every
 * order are exact where factors are zero.
 */
const productTree: Reduce = (x, axes) => {
  const kept = otherAxes(x.ndim, axes)
  const shape = kept.map((a) => x.shape[a])
  const count = sizeOf(axes.map((a) => x.shape[a]))
  const multiply = (level: NdArray, n: number): NdArray => {
    if (n === 1) return reshape(level, shape)
    const half = Math.ceil(n / 2)
    const none = shape.map(() => 0)
    const full =
      n % 2 === 0
        ? level
        : pad(level, oneOf(avalOf(x)), [...shape.map(() => [0, 0, 0] as const), [0, 1, 0]])
    const left = slice(full, [...none, 0], [...shape, half])
    const right = slice(full, [...none, half], [...shape, 2 * half])
    return multiply(mul(left, right), half)
  }
  if (count === 0) return fillLike(oneOf(avalOf(x)), shape)
  return multiply(reshape(transpose(x, [...kept, ...axes]), [...shape, count]), count)
}

/** Product of the elements, 1 when there are none. Integers wrap. */
export const reduceProd: Reduce = reduction('reduceProd', {
  accepts: number,
  reference: (args, params, outs) =>
    slotsOf(args[0].dtype) === 2
      ? complexProduct(args, params, outs)
      : realProduct(args, params, outs),
  monoid: 'mul',
  like: productTree
})

/** Bits and bools do not move continuously. */
const constantJvp =
  (reduce: () => Reduce): JvpRule<ReductionParams> =>
  ([x], _tangents, { axes }) => {
    const y = reduce()(x, axes)
    return [[y], [zero(avalOf(y))]]
  }

const allOnes = (x: HostArray): number => (kindOf(x.dtype) === 'bool' ? 1 : -1)

/** Logical and of bools (true of none), bitwise and of integers. */
export const reduceAnd: Reduce = reduction('reduceAnd', {
  accepts: bits,
  reference: fold(allOnes, (total, v) => total & v),
  monoid: 'and',
  jvp: constantJvp(() => reduceAnd)
})

/** Logical or of bools (false of none), bitwise or of integers. */
export const reduceOr: Reduce = reduction('reduceOr', {
  accepts: bits,
  reference: fold(
    () => 0,
    (total, v) => total | v
  ),
  monoid: 'or',
  jvp: constantJvp(() => reduceOr)
})

/** Whether an odd number of bools holds; bitwise exclusive or of integers. */
export const reduceXor: Reduce = reduction('reduceXor', {
  accepts: bits,
  reference: fold(
    () => 0,
    (total, v) => total ^ v
  ),
  monoid: 'xor',
  jvp: constantJvp(() => reduceXor)
})
