/** The order of bytes within a number, which files fix and machines choose. */

/** True where typed arrays put the least significant byte first: on every common machine. */
export const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** A copy with the bytes of each group of `width` reversed. Its buffer starts at the first byte. */
export const reverseBytes = (bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(bytes.length)
  for (let start = 0; start < bytes.length; start += width)
    for (let i = 0; i < width; i++) out[start + i] = bytes[start + width - 1 - i]
  return out
}

/** A copy of numbers of `width` bytes in the order of this machine, given their order. */
export const toMachineOrder = (
  bytes: Uint8Array,
  width: number,
  order: 'little' | 'big'
): Uint8Array<ArrayBuffer> =>
  width === 1 || (order === 'little') === isLittleEndian
    ? new Uint8Array(bytes)
    : reverseBytes(bytes, width)
