/** Bits packed into bytes, and unpacked. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { scalar } from '../core/array.ts'
import { DTypeError, ValueError, checkOptions } from '../core/errors.ts'
import { and, shiftRightLogical } from '../primitives/bitwise.ts'
import { convertElementType } from '../primitives/convert.ts'
import { constant, mul } from '../primitives/elementwise.ts'
import { iota } from '../primitives/iota.ts'
import { broadcastInDim, moveAxis, reshape, sum } from '../primitives/movement.ts'
import { rev } from '../primitives/reversal.ts'
import { pad, sliceInDim } from '../primitives/slicing.ts'
import { axisOf } from './along.ts'
import { power } from './arithmetic.ts'
import { notEqual } from './comparison.ts'
import { asArray } from './promotion.ts'

export interface BitOptions {
  /** null flattens. */
  readonly axis?: number | null
  /** Whether the first bit is the greatest ('big') or the least. */
  readonly bitorder?: 'big' | 'little'
}

const checkOrder = (operation: string, bitorder: string): void => {
  if (bitorder === 'big' || bitorder === 'little') return
  throw new ValueError(operation, {
    problem: 'there is no such order of bits',
    got: `'${bitorder}'`,
    expected: "'big' or 'little'",
    hint: "NumPy's default is 'big'"
  })
}

/** Place of each of the eight bits, along the last axis. */
const places = (shape: readonly number[], bitorder: string): NdArray => {
  const count = iota('uint8', [8])
  const order = bitorder === 'big' ? rev(count, [0]) : count
  return broadcastInDim(order, shape, [shape.length - 1])
}

/**
 * Eight elements along an axis into one byte each, zeros after the last. Shape: the extent becomes
 * ⌈n / 8⌉; uint8. Errors: DTypeError for floats.
 */
export const packbits = (x: ArrayLike, options: BitOptions = {}): NdArray => {
  checkOptions('np.packbits', options, ['axis', 'bitorder'])
  const { axis = null, bitorder = 'big' } = options
  checkOrder('np.packbits', bitorder)
  const given = asArray(x, 'np.packbits')
  if (given.dtype.startsWith('float') || given.dtype.startsWith('complex'))
    throw new DTypeError('np.packbits', {
      problem: 'floats have no bits to pack',
      got: given.dtype,
      expected: 'bools or integers',
      hint: 'np.notEqual(x, 0) makes bools'
    })
  const [y, at] = axisOf('np.packbits', given, axis)
  const bits = convertElementType(notEqual(moveAxis(y, at, y.ndim - 1), 0), 'uint8')
  const n = bits.shape[bits.ndim - 1]
  const bytes = Math.ceil(n / 8)
  const fill = bits.shape.map((_, a) => [0, a === bits.ndim - 1 ? bytes * 8 - n : 0, 0] as const)
  const table = reshape(pad(bits, scalar(0, 'uint8'), fill), [...bits.shape.slice(0, -1), bytes, 8])
  const values = convertElementType(power(2, places(table.shape, bitorder)), 'uint8')
  return moveAxis(sum(mul(table, values), [table.ndim - 1]), bits.ndim - 1, at)
}

/**
 * Each byte into eight elements along an axis; `count` cuts the result, from its end when negative.
 * Shape: the extent becomes 8 n; uint8. Errors: DTypeError unless x is uint8.
 */
export const unpackbits = (
  x: ArrayLike,
  options: BitOptions & { readonly count?: number | null } = {}
): NdArray => {
  checkOptions('np.unpackbits', options, ['axis', 'bitorder', 'count'])
  const { axis = null, bitorder = 'big', count = null } = options
  checkOrder('np.unpackbits', bitorder)
  const given = asArray(x, 'np.unpackbits')
  if (given.dtype !== 'uint8')
    throw new DTypeError('np.unpackbits', {
      problem: 'only bytes are unpacked',
      got: given.dtype,
      expected: 'uint8',
      hint: "convert with astype('uint8')"
    })
  const [y, at] = axisOf('np.unpackbits', given, axis)
  const last = moveAxis(y, at, y.ndim - 1)
  const n = last.shape[last.ndim - 1]
  const shape = [...last.shape, 8]
  const spread = broadcastInDim(
    last,
    shape,
    last.shape.map((_, i) => i)
  )
  const shifted = shiftRightLogical(spread, places(shape, bitorder))
  const bits = reshape(and(shifted, constant(shifted, 1)), [...last.shape.slice(0, -1), 8 * n])
  const length = count === null ? 8 * n : count < 0 ? 8 * n + count : Math.min(count, 8 * n)
  return moveAxis(sliceInDim(bits, 0, length, bits.ndim - 1), bits.ndim - 1, at)
}
