/** Arrays end to end, and the parts they came from. Each is the transpose of the other. */
import { makeAval, type NdArray } from '../core/array.ts'
import { allocate, slotsOf } from '../core/dtype.ts'
import { AxisError, ShapeError, ValueError } from '../core/errors.ts'
import { equals, show, sizeOf, stridesOf, type Shape } from '../core/shape.ts'
import { slice as sliceView } from '../kernel/views.ts'
import { withShape } from '../trace/aval.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type Primitive,
  type Tangent
} from '../trace/primitive.ts'
import { bind, bind1 } from '../trace/tracer.ts'
import { checkSame, instantiate } from './elementwise.ts'
import { copyStrided } from './host.ts'
import { batchFirst, shiftAxes } from './movement.ts'
import { unchanged } from './algebra.ts'
import { sliceInDim } from './slicing.ts'

interface ConcatenateParams {
  readonly dimension: number
}

/** Arrays one after the other along an axis. Its transpose slices. */
export const concatenateP: Primitive<ConcatenateParams> = definePrimitive<ConcatenateParams>({
  name: 'concatenate',
  simplify: (e) => unchanged(e, e.inputs.length === 1),
  abstractEval: (avals, { dimension }) => {
    const [first] = avals
    if (first === undefined)
      throw new ValueError('concatenate', {
        problem: 'there is nothing to join',
        got: 'no arrays',
        expected: 'at least one array',
        hint: 'np.zeros with an extent of 0 is the empty array of a shape'
      })
    if (!Number.isInteger(dimension) || dimension < 0 || dimension >= first.shape.length)
      throw new AxisError('concatenate', {
        problem: 'the axis is outside the arrays',
        got: `axis ${dimension} of arrays of shape ${show(first.shape)}`,
        expected: 'an axis that all arrays have',
        hint: 'np.stack joins along a new axis'
      })
    const others = (s: Shape): Shape => s.map((n, a) => (a === dimension ? 0 : n))
    if (avals.some((a) => !equals(others(a.shape), others(first.shape))))
      throw new ShapeError('concatenate', {
        problem: 'the arrays differ in an axis that is not joined',
        got: avals.map((a) => show(a.shape)).join(', '),
        expected: `equal ranks, and equal extents on every axis but ${dimension}`,
        hint: 'np.broadcastTo or np.reshape first'
      })
    checkSame(
      'concatenate',
      avals.map((a) => makeAval([], a.dtype))
    )
    const extent = avals.reduce((n, a) => n + a.shape[dimension], 0)
    return [
      makeAval(
        first.shape.map((n, a) => (a === dimension ? extent : n)),
        first.dtype,
        avals.every((a) => a.weak)
      )
    ]
  },
  reference: (args, { dimension }, [out]) => {
    const data = allocate(out.dtype, sizeOf(out.shape))
    const slots = slotsOf(out.dtype)
    const inner = sizeOf(out.shape.slice(dimension + 1)) * slots
    const outer = sizeOf(out.shape.slice(0, dimension))
    let at = 0
    for (let o = 0; o < outer; o++)
      for (const x of args) {
        const run = x.shape[dimension] * inner
        data.set(x.data.subarray(o * run, (o + 1) * run), at)
        at += run
      }
    return [data]
  },
  lower: (inputs, { dimension }, _outs, context) => [context.concatenate(inputs, dimension)],
  jvp: (primals, tangents, { dimension }) => {
    const y = concatenate(primals, dimension)
    return [
      [y],
      [
        tangents.every(isZero)
          ? zero(makeAval(y.shape, y.dtype))
          : concatenate(tangents.map(instantiate), dimension)
      ]
    ]
  },
  transpose: ([ct], args, { dimension }) => {
    let at = 0
    return args.map((x): Tangent | null => {
      const from = at
      at += x.shape[dimension]
      if (!isUnknown(x)) return null
      return isZero(ct) ? zero(x.aval) : sliceInDim(ct, from, at, dimension)
    })
  },
  batch: (axis, args, dims, { dimension }) => [
    [
      concatenate(
        args.map((x, i) => batchFirst(x, dims[i], axis.size)),
        dimension + 1
      )
    ],
    [0]
  ]
})

/** Shape: the extents along `dimension` add up; the others are equal. */
export const concatenate = (xs: readonly NdArray[], dimension: number): NdArray =>
  xs.length === 1 ? xs[0] : bind1(concatenateP, xs, { dimension })

interface SplitParams {
  readonly axis: number
  readonly sizes: readonly number[]
}

/** The inverse of concatenate: consecutive parts of the given sizes. */
export const splitP: Primitive<SplitParams> = definePrimitive<SplitParams>({
  name: 'split',
  abstractEval: ([x], { axis, sizes }) => {
    if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length)
      throw new AxisError('split', {
        problem: 'the axis is outside the array',
        got: `axis ${axis} of shape ${show(x.shape)}`,
        expected: 'an axis of the array',
        hint: 'np.split takes negative axes'
      })
    const whole = sizes.every((s) => Number.isInteger(s) && s >= 0)
    if (!whole || sizes.reduce((n, s) => n + s, 0) !== x.shape[axis])
      throw new ShapeError('split', {
        problem: 'the parts do not add up to the axis',
        got: `sizes ${show(sizes)} of axis ${axis} of shape ${show(x.shape)}`,
        expected: `sizes ≥ 0 that add up to ${x.shape[axis]}`,
        hint: 'np.split takes the number of equal parts, or the positions of the cuts'
      })
    return sizes.map((s) =>
      withShape(
        x,
        x.shape.map((n, a) => (a === axis ? s : n))
      )
    )
  },
  reference: ([x], { axis, sizes }, outs) => {
    const strides = stridesOf(x.shape)
    let at = 0
    return outs.map((out, i) => {
      const data = allocate(x.dtype, sizeOf(out.shape))
      copyStrided(data, out.shape, x.data, strides, at * strides[axis], slotsOf(x.dtype))
      at += sizes[i]
      return data
    })
  },
  lower: ([x], { axis, sizes }) => {
    let at = 0
    return sizes.map((s) => {
      const start = x.shape.map((_, a) => (a === axis ? at : 0))
      at += s
      return sliceView(
        x,
        start,
        x.shape.map((n, a) => (a === axis ? at : n))
      )
    })
  },
  jvp: ([x], [dx], { axis, sizes }) => {
    const ys = split(x, sizes, axis)
    return [
      ys,
      isZero(dx) ? ys.map((y) => zero(makeAval(y.shape, y.dtype))) : split(dx, sizes, axis)
    ]
  },
  transpose: (cts, [x], { axis }) => [
    cts.every(isZero) ? zero(makeAval(x.shape, x.dtype)) : concatenate(cts.map(instantiate), axis)
  ],
  batch: (_axis, [x], [at], { axis, sizes }) => {
    const d = at as number // the one operand is the mapped one
    const ys = split(x, sizes, shiftAxes([axis], d)[0])
    return [ys, ys.map(() => d)]
  }
})

/** Shape: x -> for each size, x with that extent along `axis`. */
export const split = (x: NdArray, sizes: readonly number[], axis: number): readonly NdArray[] =>
  bind(splitP, [x], { axis, sizes })
