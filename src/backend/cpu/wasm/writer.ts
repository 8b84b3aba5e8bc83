/**
 * A growable buffer of bytes with the number formats of the WebAssembly binary format.
 *
 * Source: WebAssembly Core Specification 2.0, §5.2 (LEB128 integers, IEEE floats, names).
 */

/** Appends bytes and numbers; the buffer doubles, so appending is amortised constant time. */
export interface Writer {
  /** Bytes written so far. */
  readonly size: () => number
  readonly byte: (value: number) => void
  /** Unsigned LEB128. */
  readonly u32: (value: number) => void
  /** A byte, then an unsigned LEB128: most instructions are that. */
  readonly byteU32: (first: number, value: number) => void
  /** Unsigned LEB128 in exactly five bytes, so that {@link Writer.patchU32} can change it later. */
  readonly paddedU32: (value: number) => void
  /** Signed LEB128 of a 32-bit integer. */
  readonly s32: (value: number) => void
  /** Signed LEB128 of a 64-bit integer. */
  readonly s64: (value: bigint) => void
  readonly f32: (value: number) => void
  readonly f64: (value: number) => void
  readonly bytes: (values: ArrayLike<number>) => void
  /** A vector of UTF-8 bytes with its length. */
  readonly name: (text: string) => void
  /** Overwrites five bytes at `position` that {@link Writer.paddedU32} wrote. */
  readonly patchU32: (position: number, value: number) => void
  /** The bytes written so far; a view that the next append may detach from the writer. */
  readonly view: () => Uint8Array<ArrayBuffer>
}

/** One conversion buffer for all writers: filled and drained within one call. */
const scratch = new DataView(new ArrayBuffer(8))

export const createWriter = (capacity = 256): Writer => {
  let buffer = new Uint8Array(capacity)
  let size = 0

  const reserve = (count: number): void => {
    if (size + count <= buffer.length) return
    const grown = new Uint8Array(Math.max(2 * buffer.length, size + count))
    grown.set(buffer.subarray(0, size))
    buffer = grown
  }
  const byte = (value: number): void => {
    if (size === buffer.length) reserve(1)
    buffer[size++] = value
  }
  const byteU32 = (first: number, value: number): void => {
    if (size + 6 > buffer.length) reserve(6)
    buffer[size++] = first
    let rest = value >>> 0
    while (rest > 127) {
      buffer[size++] = (rest & 127) | 128
      rest >>>= 7
    }
    buffer[size++] = rest
  }
  const u32 = (value: number): void => {
    if (size + 5 > buffer.length) reserve(5)
    let rest = value >>> 0
    while (rest > 127) {
      buffer[size++] = (rest & 127) | 128
      rest >>>= 7
    }
    buffer[size++] = rest
  }
  const patchU32 = (position: number, value: number): void => {
    let rest = value >>> 0
    for (let i = 0; i < 4; i++, rest >>>= 7) buffer[position + i] = (rest & 127) | 128
    buffer[position + 4] = rest
  }
  const paddedU32 = (value: number): void => {
    reserve(5)
    size += 5
    patchU32(size - 5, value)
  }
  const s32 = (value: number): void => {
    reserve(5)
    let rest = value | 0
    // Stop when what is left is the sign of the byte just written.
    while (rest < -64 || rest > 63) {
      buffer[size++] = (rest & 127) | 128
      rest >>= 7
    }
    buffer[size++] = rest & 127
  }
  const s64 = (value: bigint): void => {
    reserve(10)
    let rest = BigInt.asIntN(64, value)
    while (rest < -64n || rest > 63n) {
      buffer[size++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    buffer[size++] = Number(rest & 127n)
  }
  const bytes = (values: ArrayLike<number>): void => {
    reserve(values.length)
    buffer.set(values, size)
    size += values.length
  }
  const copyScratch = (count: number): void => {
    reserve(count)
    for (let i = 0; i < count; i++) buffer[size++] = scratch.getUint8(i)
  }
  const f32 = (value: number): void => {
    scratch.setFloat32(0, value, true)
    copyScratch(4)
  }
  const f64 = (value: number): void => {
    scratch.setFloat64(0, value, true)
    copyScratch(8)
  }
  const name = (text: string): void => {
    const encoded = new TextEncoder().encode(text)
    u32(encoded.length)
    bytes(encoded)
  }

  return {
    size: () => size,
    byte,
    u32,
    byteU32,
    paddedU32,
    s32,
    s64,
    f32,
    f64,
    bytes,
    name,
    patchU32,
    view: () => buffer.subarray(0, size)
  }
}
