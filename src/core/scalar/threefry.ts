/** The counter-based random function behind every key, and the hash that names fold into it. */

/** A place for two words: an array or typed array of at least two elements. */
export type Uint32Pair = { [index: number]: number }

const rotateLeft = (x: number, n: number): number => (x << n) | (x >>> (32 - n))

/**
 * Writes the two uint32 words of Threefry-2x32 with 20 rounds into `out`.
 *
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; rotations 13 15 26 6
 * and 17 29 16 24, key parity word 0x1BD11BDA.
 */
export const threefry2x32 = (
  k0: number,
  k1: number,
  x0: number,
  x1: number,
  out: Uint32Pair
): void => {
  const k2 = k0 ^ k1 ^ 0x1bd11bda
  let a = (x0 + k0) | 0
  let b = (x1 + k1) | 0

  a = (a + b) | 0
  b = rotateLeft(b, 13) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 15) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 26) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 6) ^ a
  a = (a + k1) | 0
  b = (b + k2 + 1) | 0

  a = (a + b) | 0
  b = rotateLeft(b, 17) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 29) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 16) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 24) ^ a
  a = (a + k2) | 0
  b = (b + k0 + 2) | 0

  a = (a + b) | 0
  b = rotateLeft(b, 13) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 15) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 26) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 6) ^ a
  a = (a + k0) | 0
  b = (b + k1 + 3) | 0

  a = (a + b) | 0
  b = rotateLeft(b, 17) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 29) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 16) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 24) ^ a
  a = (a + k1) | 0
  b = (b + k2 + 4) | 0

  a = (a + b) | 0
  b = rotateLeft(b, 13) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 15) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 26) ^ a
  a = (a + b) | 0
  b = rotateLeft(b, 6) ^ a
  out[0] = (a + k2) >>> 0
  out[1] = (b + k0 + 5) >>> 0
}

/** Remainders of the byte values modulo the reflected polynomial 0xEDB88320. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let r = byte
  for (let bit = 0; bit < 8; bit++) r = r & 1 ? (r >>> 1) ^ 0xedb88320 : r >>> 1
  return r
})

/** CRC-32 (ISO 3309, as zlib's) of the UTF-8 bytes of `text`, a uint32. */
export const crc32 = (text: string): number => {
  let crc = 0xffffffff
  for (const byte of new TextEncoder().encode(text))
    crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
