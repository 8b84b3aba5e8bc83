/** The bits of stored values as bytes, lowest first; float16 and bfloat16 are stored wide. */
import { allocate, bitsOf, type DType, type HostData } from '../core/dtype.ts'
import {
  bfloat16ToBits,
  bitsToBfloat16,
  bitsToFloat16,
  float16ToBits
} from '../core/scalar/rounding.ts'

type Numbers = Readonly<Partial<Record<DType, (x: number) => number>>>

const toBits: Numbers = { float16: float16ToBits, bfloat16: bfloat16ToBits }
const fromBits: Numbers = { float16: bitsToFloat16, bfloat16: bitsToBfloat16 }

/** Bytes of the values, in a buffer of their own. */
export const writeBits = (x: HostData, dtype: DType): ArrayBuffer => {
  const convert = toBits[dtype]
  const copy = convert === undefined ? x.slice() : Uint16Array.from(x, convert)
  return copy.buffer // a fresh copy is never shared
}

/** As many values of `dtype` as the bytes hold. */
export const readBits = (bytes: ArrayBuffer, dtype: DType): HostData => {
  const size = (bytes.byteLength * 8) / bitsOf(dtype)
  const out = allocate(dtype, size)
  const convert = fromBits[dtype]
  if (convert !== undefined) new Uint16Array(bytes).forEach((b, i) => (out[i] = convert(b)))
  else new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(new Uint8Array(bytes))
  return out
}
