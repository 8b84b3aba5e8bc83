/**
 * Moving and repeating elements, and the sum that undoes repeating. The family is closed: each
 * member is linear, is its own derivative, and has a transpose among the others.
 */
import type { NdArray } from '../core/array.ts'
import { allocate, isBool, kindOf, slotsOf } from '../core/dtype.ts'
import { AxisError, DTypeError, ShapeError } from '../core/errors.ts'
import {
  inversePermutation,
  iota,
  show,
  sizeOf,
  stridesOf,
  without,
  type Shape
} from '../core/shape.ts'
import * as views from '../kernel/views.ts'
import { withShape } from '../trace/aval.ts'
import {
  definePrimitive,
  type BatchRule,
  type Dim,
  type MappedAxis,
  type Primitive
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { unchanged } from './algebra.ts'
import { copyStrided, settle } from './host.ts'
import { linearJvp } from './linear.ts'
import { offsetsAlong } from './offsets.ts'

/** The batch rule of an operation with one operand, which is then the one that is mapped. */
export const batchUnary =
  <P>(
    rule: (x: NdArray, dim: number, params: P, axis: MappedAxis) => readonly [NdArray, number]
  ): BatchRule<P> =>
  (axis, [x], [dim], params) => {
    const [y, at] = rule(x, dim as number, params, axis)
    return [[y], [at]]
  }

export interface BroadcastParams {
  readonly shape: Shape
  /** Axis of the result for each axis of the operand, increasing. */
  readonly dimensions: readonly number[]
}

/**
 * Repeats the operand along new axes and along axes of extent 1.
 * Its transpose sums what was repeated.
 */
export const broadcastInDimP: Primitive<BroadcastParams> = definePrimitive<BroadcastParams>({
  name: 'broadcastInDim',

  simplify: (e, { shape, dimensions }) => {
    const [x] = e.inputs
    const same = unchanged(e, true)
    if (same !== null) return same
    const inner = e.made(x, 'broadcastInDim')
    if (inner === null) return null
    const { dimensions: before } = inner.params as BroadcastParams // what the name says
    const both = before.map((d) => dimensions[d])
    return e.equation(broadcastInDimP, inner.inputs, { shape, dimensions: both })
  },

  abstractEval: ([x], { shape, dimensions }) => {
    const fitting =
      dimensions.length === x.shape.length &&
      dimensions.every((d, i) => {
        const extent = x.shape[i]
        return (
          Number.isInteger(d) &&
          d >= 0 &&
          d < shape.length &&
          (i === 0 || d > dimensions[i - 1]) &&
          (extent === 1 || extent === shape[d])
        )
      })
    if (!fitting)
      throw new ShapeError('broadcastInDim', {
        problem: 'the operand does not fit into the result',
        got: `operand ${show(x.shape)}, shape ${show(shape)}, broadcastDimensions ${show(dimensions)}`,
        expected: 'an increasing axis of the result for each operand axis, of extent 1 or equal',
        hint: 'np.broadcastTo aligns trailing axes by itself'
      })
    return [withShape(x, shape)]
  },

  reference: ([x], { shape, dimensions }) => {
    const out = allocate(x.dtype, sizeOf(shape))
    const from = stridesOf(x.shape)
    const strides = shape.map((_, a) => {
      const i = dimensions.indexOf(a)
      return i < 0 || x.shape[i] === 1 ? 0 : from[i]
    })
    if (out.length > 0) copyStrided(out, shape, x.data, strides, 0, slotsOf(x.dtype))
    return [out]
  },

  jvp: linearJvp((x, p) => broadcastInDim(x, p.shape, p.dimensions)),

  transpose: ([ct], [x], { shape, dimensions }) => {
    const added = iota(shape.length).filter((a) => !dimensions.includes(a))
    const stretched = dimensions.filter((d, i) => x.shape[i] === 1 && shape[d] !== 1)
    const axes = [...added, ...stretched].sort((a, b) => a - b)
    return [reshape(sum(ct as NdArray, axes), x.shape)]
  },

  batch: batchUnary((x, at, { shape, dimensions }, axis) => [
    broadcastInDim(moveAxis(x, at, 0), [axis.size, ...shape], [0, ...dimensions.map((d) => d + 1)]),
    0
  ]),

  lower: ([x], { shape, dimensions }) => [views.broadcastInDim(x, shape, dimensions)]
})

/** XLA's broadcast_in_dim. Shape: x -> `shape`; axis i of x becomes axis `dimensions[i]`. */
export const broadcastInDim = (x: NdArray, shape: Shape, dimensions: readonly number[]): NdArray =>
  bind1(broadcastInDimP, [x], { shape, dimensions })

/** Repeats a scalar, or stretches trailing axes, to `shape`; the array itself when it has it. */
export const broadcastTo = (x: NdArray, shape: Shape): NdArray => {
  if (x.ndim === shape.length && x.shape.every((n, i) => n === shape[i])) return x
  const lead = shape.length - x.ndim
  return broadcastInDim(
    x,
    shape,
    x.shape.map((_, i) => lead + i)
  )
}

export interface SumParams {
  /** Sorted, unique, non-negative. */
  readonly axes: readonly number[]
}

/** Pairwise sum over strided lines: error grows with log n, and 2^25 ones are 2^25 in float32. */
const pairwise = (read: (k: number) => number, from: number, to: number): number => {
  if (to - from <= 128) {
    let total = 0
    for (let k = from; k < to; k++) total += read(k)
    return total
  }
  const middle = from + ((to - from) >> 1)
  return pairwise(read, from, middle) + pairwise(read, middle, to)
}

/** Adds up along `axes`. Linear, so it is its own derivative; its transpose copies back. */
export const sumP = definePrimitive<SumParams>({
  name: 'sum',

  simplify: (e, { axes }) => unchanged(e, axes.length === 0),

  abstractEval: ([x], { axes }) => {
    checkAxes('sum', x.shape, axes)
    if (isBool(x.dtype))
      throw new DTypeError('sum', {
        problem: 'booleans are not added up here',
        got: 'bool',
        expected: 'numbers',
        hint: 'np.sum counts them in int32'
      })
    return [withShape(x, without(x.shape, axes))]
  },

  reference: ([x], { axes }, [out]) => {
    const slots = slotsOf(x.dtype)
    const data = allocate(x.dtype, sizeOf(out.shape))
    // Offsets of the reduced elements relative to the kept position, and of the kept positions.
    const inner = offsetsAlong(x.shape, axes)
    const outer = offsetsAlong(x.shape, without(iota(x.shape.length), axes))
    const count = inner.length
    const values = x.data
    const wraps = kindOf(x.dtype) !== 'float' && kindOf(x.dtype) !== 'complex'
    for (let o = 0; o < outer.length; o++)
      for (let s = 0; s < slots; s++) {
        const base = outer[o]
        const read = (k: number): number => values[(base + inner[k]) * slots + s]
        if (wraps) {
          let total = 0
          for (let k = 0; k < count; k++) total = (total + read(k)) | 0
          data[o * slots + s] = total
        } else data[o * slots + s] = pairwise(read, 0, count)
      }
    return [settle(x.dtype, data)]
  },

  jvp: linearJvp((x, p) => sum(x, p.axes)),

  transpose: ([ct], [x], { axes }) => [broadcastBack(ct as NdArray, x.shape, axes)],

  batch: batchUnary((x, at, { axes }) => {
    const shifted = shiftAxes(axes, at)
    return [sum(x, shifted), at - shifted.filter((a) => a < at).length]
  }),

  lower: ([x], { axes }, _outputs, context) => [context.reduce(x, axes, 'add')]
})

/** Sum over `axes`, which must be sorted and unique. Shape: `x.shape` without `axes`. */
export const sum = (x: NdArray, axes: readonly number[]): NdArray =>
  axes.length === 0 ? x : bind1(sumP, [x], { axes })

/** Puts the reduced axes back by repeating: the transpose of a sum over `axes`. */
export const broadcastBack = (x: NdArray, shape: Shape, axes: readonly number[]): NdArray =>
  broadcastInDim(
    x,
    shape,
    iota(shape.length).filter((a) => !axes.includes(a))
  )

interface ReshapeParams {
  readonly shape: Shape
}

/** The same elements in row-major order under another shape. */
export const reshapeP: Primitive<ReshapeParams> = definePrimitive<ReshapeParams>({
  name: 'reshape',

  simplify: (e, { shape }) => {
    const inner = e.made(e.inputs[0], 'reshape')
    if (inner !== null) return e.equation(reshapeP, inner.inputs, { shape })
    return unchanged(e, true)
  },

  abstractEval: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x.shape) || shape.some((n) => !Number.isInteger(n) || n < 0))
      throw new ShapeError('reshape', {
        problem: 'the number of elements changes',
        got: `${show(x.shape)} (${sizeOf(x.shape)} elements) to ${show(shape)} (${sizeOf(shape)})`,
        expected: `a shape of ${sizeOf(x.shape)} elements`,
        hint: 'np.reshape works out one extent given as -1'
      })
    return [withShape(x, shape)]
  },

  reference: ([x]) => [x.data.slice()],

  jvp: linearJvp((x, p) => reshape(x, p.shape)),

  transpose: ([ct], [x]) => [reshape(ct as NdArray, x.shape)],

  batch: batchUnary((x, at, { shape }, axis) => [
    reshape(moveAxis(x, at, 0), [axis.size, ...shape]),
    0
  ]),

  lower: ([x], { shape }, _outputs, context) => [context.reshape(x, shape)]
})

/** Shape: x -> `shape`, of the same size. */
export const reshape = (x: NdArray, shape: Shape): NdArray =>
  x.ndim === shape.length && x.shape.every((n, i) => n === shape[i])
    ? x
    : bind1(reshapeP, [x], { shape })

interface TransposeParams {
  readonly permutation: readonly number[]
}

/** Axis i of the result is axis `permutation[i]` of the operand. */
export const transposeP: Primitive<TransposeParams> = definePrimitive<TransposeParams>({
  name: 'transpose',

  simplify: (e, { permutation }) => {
    const inner = e.made(e.inputs[0], 'transpose')
    if (inner === null)
      return unchanged(
        e,
        permutation.every((p, a) => p === a)
      )
    const { permutation: before } = inner.params as TransposeParams // what the name says
    const both = permutation.map((p) => before[p])
    return e.equation(transposeP, inner.inputs, { permutation: both })
  },

  abstractEval: ([x], { permutation }) => {
    const rank = x.shape.length
    if (permutation.length !== rank || !iota(rank).every((a) => permutation.includes(a)))
      throw new AxisError('transpose', {
        problem: 'the axes are no permutation',
        got: `${show(permutation)} for an array of rank ${rank}`,
        expected: `each of the axes 0 to ${rank - 1} once`,
        hint: 'np.swapaxes and np.moveaxis name only the axes that move'
      })
    return [
      withShape(
        x,
        permutation.map((p) => x.shape[p])
      )
    ]
  },

  reference: ([x], { permutation }, [out]) => {
    const data = allocate(x.dtype, sizeOf(x.shape))
    const from = stridesOf(x.shape)
    copyStrided(
      data,
      out.shape,
      x.data,
      permutation.map((p) => from[p]),
      0,
      slotsOf(x.dtype)
    )
    return [data]
  },

  jvp: linearJvp((x, p) => transpose(x, p.permutation)),

  transpose: ([ct], _args, { permutation }) => [
    transpose(ct as NdArray, inversePermutation(permutation))
  ],

  batch: batchUnary((x, at, { permutation }) => [
    transpose(x, [at, ...shiftAxes(permutation, at)]),
    0
  ]),

  lower: ([x], { permutation }) => [views.transpose(x, permutation)]
})

export const transpose = (x: NdArray, permutation: readonly number[]): NdArray =>
  permutation.every((p, i) => p === i) ? x : bind1(transposeP, [x], { permutation })

/** `x` with axis `from` moved to position `to`. */
export const moveAxis = (x: NdArray, from: number, to: number): NdArray => {
  if (from === to) return x
  const rest = iota(x.ndim).filter((a) => a !== from)
  return transpose(x, [...rest.slice(0, to), from, ...rest.slice(to)])
}

/** The argument of a batch rule with its mapped axis first, made by repeating where it has none. */
export const batchFirst = (x: NdArray, dim: Dim, size: number): NdArray =>
  dim === null
    ? broadcastInDim(
        x,
        [size, ...x.shape],
        x.shape.map((_, a) => a + 1)
      )
    : moveAxis(x, dim, 0)

/** Axes of one example as axes of the batch: those at or after the mapped axis step over it. */
export const shiftAxes = (axes: readonly number[], dim: number): readonly number[] =>
  axes.map((a) => (a < dim ? a : a + 1))

export const checkAxes = (operation: string, shape: Shape, axes: readonly number[]): void => {
  const rank = shape.length
  const fine = axes.every(
    (a, i) => Number.isInteger(a) && a >= 0 && a < rank && (i === 0 || a > axes[i - 1])
  )
  if (!fine)
    throw new AxisError(operation, {
      problem: 'the axes are not axes of the array',
      got: `axes ${show(axes)} of shape ${show(shape)}`,
      expected: `increasing axes from 0 to ${rank - 1}`,
      hint: 'np takes negative and unsorted axes'
    })
}

/** `value` in every place: a repeated scalar. */
export const fillLike = (scalarValue: NdArray, shape: Shape): NdArray =>
  shape.length === 0 ? scalarValue : broadcastInDim(scalarValue, shape, [])
