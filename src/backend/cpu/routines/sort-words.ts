/**
 * Elements as unsigned words in the same order: NaN last, −0 and 0 equal. So one sort of words
 * serves every element type.
 */
import type { HostData } from '../../../core/dtype.ts'

/** Words of one element: float64 has a low and a high one. */
export const wordsPer = (data: HostData): number => (data instanceof Float64Array ? 2 : 1)

const isSigned = (data: HostData): boolean =>
  data instanceof Int32Array || data instanceof Int16Array || data instanceof Int8Array

/** Sign and magnitude of a float's highest word as a word: negative numbers are complements. */
const ofSigned = (bits: number): number => (bits ^ ((bits >> 31) | 0x80000000)) >>> 0

const infinity = 0x7f800000
const negativeZero = 0x7fffffff // as `ofSigned` gives it

const ofFloats = (data: Float32Array, start: number, length: number, to: Uint32Array): void => {
  const bits = new Int32Array(data.buffer, data.byteOffset + 4 * start, length)
  for (let i = 0; i < length; i++) {
    const b = bits[i]
    const word = ofSigned(b)
    to[i] = (b & 0x7fffffff) > infinity ? 0xffffffff : word === negativeZero ? 0x80000000 : word
  }
}

const infinityHigh = 0x7ff00000

const ofDoubles = (
  data: Float64Array,
  start: number,
  length: number,
  part: number,
  to: Uint32Array
): void => {
  const bits = new Int32Array(data.buffer, data.byteOffset + 8 * start, 2 * length)
  for (let i = 0; i < length; i++) {
    const low = bits[2 * i]
    const high = bits[2 * i + 1]
    const size = high & 0x7fffffff
    if (size > infinityHigh || (size === infinityHigh && low !== 0)) to[i] = 0xffffffff
    else if (size === 0 && low === 0) to[i] = part === 0 ? 0 : 0x80000000
    else to[i] = part === 1 ? ofSigned(high) : high < 0 ? ~low : low
  }
}

/**
 * Word `part` (0 is the lowest) of the elements from `start` on.
 *
 * Shape: to [at least length].
 */
export const wordsOf = (
  data: HostData,
  start: number,
  length: number,
  part: number,
  to: Uint32Array
): void => {
  if (data instanceof Float32Array) ofFloats(data, start, length, to)
  else if (data instanceof Float64Array) ofDoubles(data, start, length, part, to)
  else {
    const flip = isSigned(data) ? 0x80000000 : 0
    for (let i = 0; i < length; i++) to[i] = data[start + i] ^ flip
  }
}
