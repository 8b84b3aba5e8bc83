/**
 * Elements as files hold them: packed, in a stated byte order, in types that host memory may not
 * have (64-bit integers, 16-bit floats).
 */
import * as E from 'fp-ts/lib/Either.js'
import { fromHost, hostOf, makeAval, type NdArray } from '../core/array.ts'
import { toMachineOrder } from '../core/byte-order.ts'
import { isComplex, type DType, type HostData } from '../core/dtype.ts'
import { LoadError } from '../core/load-error.ts'
import {
  bfloat16ToBits,
  bitsToBfloat16,
  bitsToFloat16,
  float16ToBits
} from '../core/scalar/rounding.ts'
import type { Shape } from '../core/shape.ts'

/** The types of elements in files: those of arrays, and 64-bit integers. */
export type WireType = DType | 'int64' | 'uint64'

const widths: Readonly<Record<WireType, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  float16: 2,
  bfloat16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
  complex64: 8,
  complex128: 16
}

/** Bytes per element in a file. */
export const wireBytes = (type: WireType): number => widths[type]

/** The numbers of a complex element are reversed one by one. */
const swapWidth = (type: WireType): number =>
  type === 'complex64' || type === 'complex128' ? widths[type] / 2 : widths[type]

const fromBits = (bits: Uint16Array, value: (bits: number) => number): Float32Array => {
  const out = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = value(bits[i])
  return out
}

/** 64-bit integers in 32 bits, or the first that does not fit. */
const narrow = (bytes: Uint8Array<ArrayBuffer>, signed: boolean): E.Either<bigint, HostData> => {
  const wide = signed ? new BigInt64Array(bytes.buffer) : new BigUint64Array(bytes.buffer)
  const out = signed ? new Int32Array(wide.length) : new Uint32Array(wide.length)
  for (let i = 0; i < wide.length; i++) {
    out[i] = Number(wide[i])
    if (BigInt(out[i]) !== wide[i]) return E.left(wide[i])
  }
  return E.right(out)
}

const outOfRange = (operation: string, name: string, type: WireType, value: bigint): LoadError =>
  new LoadError(operation, 'outOfRange', {
    problem: `an element of ${type} does not fit in 32 bits`,
    got: `${value} in ${name}`,
    expected: type === 'int64' ? 'integers from -2^31 to 2^31 - 1' : 'integers from 0 to 2^32 - 1',
    hint: 'arrays have no 64-bit integers: save the values as float64, or split them, in the program that wrote them'
  })

const notBool = (operation: string, name: string, value: number): LoadError =>
  new LoadError(operation, 'malformed', {
    problem: 'a boolean is neither 0 nor 1',
    got: `the byte ${value} in ${name}`,
    expected: 'a byte of 0 or 1 for each element',
    hint: 'the file is damaged, or these bytes are uint8'
  })

/** Elements of `type`, one after the other in `bytes`, as host memory holds them. */
const decodeElements = (
  operation: string,
  name: string,
  type: WireType,
  bytes: Uint8Array,
  order: 'little' | 'big'
): E.Either<LoadError, readonly [DType, HostData]> => {
  const own = toMachineOrder(bytes, swapWidth(type), order)
  const { buffer } = own
  switch (type) {
    case 'int64':
    case 'uint64': {
      const dtype = type === 'int64' ? 'int32' : 'uint32'
      const narrowed = narrow(own, type === 'int64')
      return E.isLeft(narrowed)
        ? E.left(outOfRange(operation, name, type, narrowed.left))
        : E.right([dtype, narrowed.right])
    }
    case 'bool': {
      const wrong = own.find((byte) => byte > 1)
      return wrong === undefined ? E.right([type, own]) : E.left(notBool(operation, name, wrong))
    }
    case 'float16':
      return E.right([type, fromBits(new Uint16Array(buffer), bitsToFloat16)])
    case 'bfloat16':
      return E.right([type, fromBits(new Uint16Array(buffer), bitsToBfloat16)])
    case 'uint8':
      return E.right([type, own])
    case 'int8':
      return E.right([type, new Int8Array(buffer)])
    case 'uint16':
      return E.right([type, new Uint16Array(buffer)])
    case 'int16':
      return E.right([type, new Int16Array(buffer)])
    case 'uint32':
      return E.right([type, new Uint32Array(buffer)])
    case 'int32':
      return E.right([type, new Int32Array(buffer)])
    case 'float32':
    case 'complex64':
      return E.right([type, new Float32Array(buffer)])
    case 'float64':
    case 'complex128':
      return E.right([type, new Float64Array(buffer)])
  }
}

/**
 * The array whose elements are `bytes`. 64-bit integers become 32-bit ones.
 *
 * Shape: `bytes` holds exactly the elements of `shape`, row-major.
 * Errors: outOfRange for a 64-bit integer beyond 32 bits; malformed for a boolean beyond 1.
 */
export const decodeArray = (
  operation: string,
  name: string,
  type: WireType,
  shape: Shape,
  bytes: Uint8Array,
  order: 'little' | 'big' = 'little'
): E.Either<LoadError, NdArray> => {
  const elements = decodeElements(operation, name, type, bytes, order)
  if (E.isLeft(elements)) return elements
  const [dtype, data] = elements.right
  return E.right(fromHost(makeAval(shape, dtype), data))
}

const toBits = (data: HostData, bits: (x: number) => number): Uint16Array => {
  const out = new Uint16Array(data.length)
  for (let i = 0; i < data.length; i++) out[i] = bits(data[i])
  return out
}

/** The elements of `x`, little-endian and packed: `decodeArray` undoes it. */
export const encodeArray = (operation: string, x: NdArray): Uint8Array<ArrayBuffer> => {
  const data = hostOf(x, operation)
  const packed =
    x.dtype === 'float16'
      ? toBits(data, float16ToBits)
      : x.dtype === 'bfloat16'
        ? toBits(data, bfloat16ToBits)
        : data
  const bytes = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength)
  const width = packed.BYTES_PER_ELEMENT
  // Reversing is its own inverse: from the machine's order to little-endian as well.
  return toMachineOrder(bytes, width, 'little')
}

/** Bytes of an encoded array. */
export const encodedBytes = (x: NdArray): number => x.size * widths[x.dtype]

/** The widest alignment first, so that every tensor is aligned when all follow each other. */
export const alignmentOf = (d: DType): number => (isComplex(d) ? widths[d] / 2 : widths[d])
