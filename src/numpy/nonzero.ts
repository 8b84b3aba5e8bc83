/** Where elements are not zero. How many there are is a value, so shapes must be told or concrete. */
import {
  fromHost,
  hostOf,
  isTracer,
  makeAval,
  ownerOf,
  scalar,
  type ArrayLike,
  type NdArray
} from '../core/array.ts'
import { slotsOf } from '../core/dtype.ts'
import { TracerError, ValueError, checkOptions } from '../core/errors.ts'
import { sizeOf, stridesOf } from '../core/shape.ts'
import { div, rem } from '../primitives/arithmetic.ts'
import { ge, select } from '../primitives/compare.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { cumsum } from '../primitives/cumulative.ts'
import { constant, spread } from '../primitives/elementwise.ts'
import { iota } from '../primitives/iota.ts'
import { fillLike, reshape, sum } from '../primitives/movement.ts'
import { sub } from '../primitives/negation.ts'
import { scatter } from '../primitives/scatter.ts'
import { asArray, asType } from './promotion.ts'

export interface SizeOptions {
  /** Number of results: required while tracing, where counts are not known. */
  readonly size?: number
  /** What the places after the last result hold; 0. One value, or one for each axis. */
  readonly fillValue?: number | readonly number[]
}

/** Flat positions of the elements that are not zero, known now. */
export const concretePositions = (x: NdArray, operation: string): Int32Array => {
  const owner = ownerOf(x)
  if (owner !== null)
    throw new TracerError(operation, {
      problem: 'how many elements are not zero is not known while tracing',
      got: `a tracer of ${owner.name}`,
      expected: 'a concrete array, or { size }',
      hint: 'give { size, fillValue }, or choose with np.where(mask, x, y), which keeps the shape'
    })
  const data = hostOf(x, operation)
  const slots = slotsOf(x.dtype)
  const found: number[] = []
  for (let i = 0; i * slots < data.length; i++)
    if (data[i * slots] !== 0 || (slots === 2 && data[2 * i + 1] !== 0)) found.push(i)
  return Int32Array.from(found)
}

const vector = (data: Int32Array): NdArray => fromHost(makeAval([data.length], 'int32'), data)

/** Flat positions, `size` of them; `isFill` marks those beyond the last. */
const tracedPositions = (
  x: NdArray,
  size: number
): readonly [positions: NdArray, isFill: NdArray] => {
  const count = x.size
  const ones = asType(asType(reshape(x, [count]), 'bool'), 'int32')
  const before = sub(cumsum(ones, 0), ones)
  // Zeros are sent to a place that does not exist, and dropped.
  const to = select(asType(ones, 'bool'), before, constant(before, size))
  const empty = fillLike(scalar(0, 'int32'), [size])
  const positions = scatter(empty, reshape(to, [count, 1]), iota('int32', [count]), {
    dimensionNumbers: {
      updateWindowDims: [],
      insertedWindowDims: [0],
      scatterDimsToOperandDims: [0],
      operandBatchingDims: [],
      scatterIndicesBatchingDims: []
    },
    mode: 'fillOrDrop',
    uniqueIndices: false,
    indicesAreSorted: false
  })
  const slot = iota('int32', [size])
  return [positions, ge(slot, spread(sum(ones, [0]), slot))]
}

const checkSize = (operation: string, size: number): void => {
  if (Number.isInteger(size) && size >= 0) return
  throw new ValueError(operation, {
    problem: 'the size is no count',
    got: String(size),
    expected: 'an integer of at least 0',
    hint: 'size bounds the number of results; those beyond hold fillValue'
  })
}

/** Indices along each axis of the elements that are not zero, in row-major order. Shape: [count] each. */
export const nonzero = (
  x: ArrayLike,
  options: SizeOptions = {},
  operation = 'np.nonzero'
): readonly NdArray[] => {
  checkOptions(operation, options, ['size', 'fillValue'])
  const y = asArray(x, operation)
  const strides = stridesOf(y.shape)
  const { size, fillValue = 0 } = options
  const fillFor = (axis: number): number =>
    typeof fillValue === 'number' ? fillValue : fillValue[axis]
  if (size === undefined || (!isTracer(y) && sizeOf(y.shape) === 0)) {
    const at = concretePositions(y, operation)
    return y.shape.map((n, a) => vector(at.map((p) => Math.floor(p / strides[a]) % n)))
  }
  checkSize(operation, size)
  const [positions, isFill] = tracedPositions(y, size)
  return y.shape.map((n, a) => {
    const index = rem(div(positions, constant(positions, strides[a])), constant(positions, n))
    return select(isFill, constant(index, fillFor(a)), index)
  })
}

/** Flat positions of the elements that are not zero. Shape: -> [count]. */
export const flatnonzero = (x: ArrayLike, options: SizeOptions = {}): NdArray => {
  checkOptions('np.flatnonzero', options, ['size', 'fillValue'])
  const y = asArray(x, 'np.flatnonzero')
  return nonzero(reshape(y, [y.size]), options, 'np.flatnonzero')[0]
}

/** Indices of the elements that are not zero, one row each. Shape: -> [count, rank]. */
export const argwhere = (x: ArrayLike, options: SizeOptions = {}): NdArray => {
  checkOptions('np.argwhere', options, ['size', 'fillValue'])
  const y = asArray(x, 'np.argwhere')
  if (y.ndim === 0) return fillLike(scalar(0, 'int32'), [truthOf(y, options), 0])
  const columns = nonzero(y, options, 'np.argwhere')
  return concatenate(
    columns.map((c) => reshape(c, [c.size, 1])),
    1
  )
}

const truthOf = (x: NdArray, { size }: SizeOptions): number =>
  size ?? concretePositions(x, 'np.argwhere').length
