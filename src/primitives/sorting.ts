/** Sorting along an axis, and the k largest. Both are stable; their derivatives are gathers. */
import { avalOf, type NdArray } from '../core/array.ts'
import { allocate, slotsOf, type HostData } from '../core/dtype.ts'
import { AxisError, ShapeError, ValueError } from '../core/errors.ts'
import { equals, iota as indices, show, sizeOf, stridesOf } from '../core/shape.ts'
import type { LoweredValue } from '../kernel/fuse.ts'
import { iotaAlong, partType, reverse, slice as sliceView } from '../kernel/views.ts'
import { makeAval, withShape } from '../trace/aval.ts'
import {
  definePrimitive,
  isZero,
  zero,
  type HostArray,
  type Primitive,
  type Tangent
} from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { checkKind, ordered } from './elementwise.ts'
import { takeAlongAxis } from './gather.ts'
import { iota } from './iota.ts'
import { batchFirst } from './movement.ts'
import { offsetsAlong, otherAxes } from './offsets.ts'

interface SortParams {
  readonly dimension: number
  /** The first so many operands decide; the others move along. */
  readonly numKeys: number
  /** Always honoured: every sort here is stable. */
  readonly isStable: boolean
}

/** Ascending; NaN last, −0 and 0 equal. */
const ascending = (x: number, y: number): number =>
  x < y ? -1 : x > y ? 1 : Number(x !== x) - Number(y !== y)

const checkAxis = (name: string, axis: number, shape: readonly number[]): void => {
  if (Number.isInteger(axis) && axis >= 0 && axis < shape.length) return
  throw new AxisError(name, {
    problem: 'the axis is outside the array',
    got: `axis ${axis} of shape ${show(shape)}`,
    expected: `an axis from 0 to ${shape.length - 1}`,
    hint: 'np functions take negative axes'
  })
}

/** Sign of key(i) − key(j), keys compared one after the other, complex ones by real part first. */
const comparing =
  (keys: readonly HostArray[]) =>
  (i: number, j: number): number => {
    for (const key of keys) {
      const slots = slotsOf(key.dtype)
      for (let s = 0; s < slots; s++) {
        const order = ascending(key.data[i * slots + s], key.data[j * slots + s])
        if (order !== 0) return order
      }
    }
    return 0
  }

/** Calls `visit` with the positions of each line along `axis`, sorted by `compare`. */
const eachSorted = (
  shape: readonly number[],
  axis: number,
  compare: (i: number, j: number) => number,
  visit: (sorted: readonly number[], line: readonly number[], number: number) => void
): void => {
  const stride = stridesOf(shape)[axis]
  offsetsAlong(shape, otherAxes(shape.length, [axis])).forEach((base, number) => {
    const line = indices(shape[axis]).map((k) => base + k * stride)
    visit([...line].sort(compare), line, number)
  })
}

const sortReference = (
  operands: readonly HostArray[],
  { dimension, numKeys }: SortParams
): readonly HostData[] => {
  const outs = operands.map((x) => allocate(x.dtype, sizeOf(x.shape)))
  const compare = comparing(operands.slice(0, numKeys))
  eachSorted(operands[0].shape, dimension, compare, (sorted, line) =>
    operands.forEach((x, n) => {
      const slots = slotsOf(x.dtype)
      for (let k = 0; k < line.length; k++)
        for (let s = 0; s < slots; s++) outs[n][line[k] * slots + s] = x.data[sorted[k] * slots + s]
    })
  )
  return outs
}

/** Moves the elements of all operands as the keys among them ask. */
export const sortP: Primitive<SortParams> = definePrimitive<SortParams>({
  name: 'sort',

  abstractEval: (operands, { dimension, numKeys }) => {
    const [first] = operands
    checkAxis('sort', dimension, first.shape)
    if (operands.some((x) => !equals(x.shape, first.shape)))
      throw new ShapeError('sort', {
        problem: 'the operands have different shapes',
        got: operands.map((x) => show(x.shape)).join(', '),
        expected: 'equal shapes',
        hint: 'np.broadcastTo repeats the smaller ones'
      })
    if (!Number.isInteger(numKeys) || numKeys < 1 || numKeys > operands.length)
      throw new ValueError('sort', {
        problem: 'there are not so many keys',
        got: `numKeys ${numKeys} for ${operands.length} operands`,
        expected: `an integer from 1 to ${operands.length}`,
        hint: 'the keys are the first operands'
      })
    return operands
  },

  reference: sortReference,

  jvp: (operands, tangents, params) => {
    if (tangents.every(isZero)) {
      const outs = sort(operands, params)
      return [outs, outs.map((y) => zero(avalOf(y)))]
    }
    const { dimension } = params
    const counted = iota('int32', operands[0].shape, dimension)
    const sorted = sort([...operands, counted], params)
    const order = sorted[operands.length]
    return [
      sorted.slice(0, operands.length),
      tangents.map((t) => (isZero(t) ? t : takeAlongAxis(t, order, dimension, 'promiseInBounds')))
    ]
  },

  batch: ({ size }, operands, dims, params) => {
    const at = dims.every((d) => d === dims[0]) ? (dims[0] as number) : 0 // one of them is mapped
    const aligned = dims.every((d) => d === at)
      ? operands
      : operands.map((x, i) => batchFirst(x, dims[i], size))
    const dimension = params.dimension < at ? params.dimension : params.dimension + 1
    const outs = sort(aligned, { ...params, dimension })
    return [outs, outs.map(() => at)]
  },

  lower: (operands, { dimension, numKeys }, _outputs, context) => {
    const parts = operands.map(realParts)
    const keys = parts.slice(0, numKeys).flat().length
    const sorted = context.sort(parts.flat(), dimension, keys)
    let next = 0
    return operands.map((x) => ({
      ...x,
      parts: x.parts.map(() => sorted[next++].parts[0])
    }))
  }
})

/** A complex key is two keys, real part first. */
const realParts = (x: LoweredValue): readonly LoweredValue[] =>
  x.parts.map((e) => ({ shape: x.shape, dtype: partType(x.dtype), parts: [e] }))

export interface SortOptions {
  readonly dimension: number
  readonly numKeys?: number
  readonly isStable?: boolean
}

/**
 * Sorts all operands along one axis by the first `numKeys` of them: ascending, NaN last, equal
 * keys in their old order.
 */
export const sort = (operands: readonly NdArray[], options: SortOptions): readonly NdArray[] =>
  bind(sortP, operands, {
    dimension: options.dimension,
    numKeys: options.numKeys ?? 1,
    isStable: options.isStable ?? true
  })

interface TopKParams {
  readonly k: number
  readonly axis: number
}

/** The k largest along an axis, and where they were. */
export const topKP: Primitive<TopKParams> = definePrimitive<TopKParams>({
  name: 'topK',

  abstractEval: ([x], { k, axis }) => {
    checkKind('topK', x.dtype, ordered)
    checkAxis('topK', axis, x.shape)
    if (!Number.isInteger(k) || k < 0 || k > x.shape[axis])
      throw new ValueError('topK', {
        problem: 'there are not so many elements',
        got: `k ${k} along an axis of extent ${x.shape[axis]}`,
        expected: `an integer from 0 to ${x.shape[axis]}`,
        hint: 'use np.minimum(k, extent) where the axis may be short'
      })
    const shape = x.shape.map((n, a) => (a === axis ? k : n))
    return [withShape(x, shape), makeAval(shape, 'int32')]
  },

  reference: ([x], { k, axis }, [out]) => {
    const values = allocate(x.dtype, sizeOf(out.shape))
    const positions = allocate('int32', sizeOf(out.shape))
    const starts = offsetsAlong(out.shape, otherAxes(out.shape.length, [axis]))
    const stride = stridesOf(x.shape)[axis]
    const step = stridesOf(out.shape)[axis]
    // Descending with equals in order: NaN, the last of the ascending order, comes first.
    const compare = (i: number, j: number): number => ascending(x.data[j], x.data[i])
    eachSorted(x.shape, axis, compare, (sorted, line, number) => {
      for (let n = 0; n < k; n++) {
        const to = starts[number] + n * step
        values[to] = x.data[sorted[n]]
        positions[to] = (sorted[n] - line[0]) / stride
      }
    })
    return [values, positions]
  },

  jvp: ([x], [dx], { k, axis }) => {
    const [values, positions] = topK(x, k, axis)
    const tangent: Tangent = isZero(dx)
      ? zero(avalOf(values))
      : takeAlongAxis(dx, positions, axis, 'promiseInBounds')
    return [
      [values, positions],
      [tangent, zero(avalOf(positions))]
    ]
  },

  batch: (_axis, [x], [dim], { k, axis }) => {
    const at = dim as number // a unary primitive is batched only when its operand is
    return [topK(x, k, axis < at ? axis : axis + 1), [at, at]]
  },

  // Ascending over the reversed axis, then read backwards: ties are in order, NaN is first.
  lower: ([x], { axis, k }, [out], context) => {
    const counted = iotaAlong(x.shape, 'int32', axis)
    const backwards = [reverse(x, [axis]), reverse(counted, [axis])]
    return context.sort(backwards, axis, 1, k).map((v) =>
      sliceView(
        reverse(v, [axis]),
        out.shape.map(() => 0),
        out.shape
      )
    )
  }
})

/**
 * The k largest elements along `axis`, largest first, and their int32 positions. NaN counts as the
 * largest; equal elements keep their order.
 */
export const topK = (
  x: NdArray,
  k: number,
  axis: number = x.ndim - 1
): readonly [values: NdArray, indices: NdArray] =>
  bind(topKP, [x], { k, axis }) as readonly [NdArray, NdArray] // two results by its own claim
