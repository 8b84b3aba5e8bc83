/** Rounding to narrow floats, their bit patterns, neighbours, and bit counts of integers. */

const word = new DataView(new ArrayBuffer(8))

/** The nearest value of a binary format, ties to even; ±Infinity from `overflow` on. */
const roundToFormat = (
  x: number,
  fractionBits: number,
  minExponent: number,
  overflow: number
): number => {
  const a = Math.abs(x)
  if (!(a > 0) || a === Infinity) return x // ±0, NaN, ±Infinity
  if (a >= overflow) return x < 0 ? -Infinity : Infinity
  word.setFloat64(0, a)
  const exponent = Math.max((word.getUint16(0) >>> 4) - 1023, minExponent)
  // a/ulp is exact and below 2^(fractionBits+1); adding and subtracting 2^52 rounds half to even
  const scale = powerOfTwo(fractionBits - exponent)
  const rounded = (a * scale + 4503599627370496 - 4503599627370496) / scale
  return x < 0 ? -rounded : rounded
}

/** 2^n for −1022 ≤ n ≤ 1023, from its bits. */
const powerOfTwo = (n: number): number => {
  word.setUint32(0, (n + 1023) << 20)
  word.setUint32(4, 0)
  return word.getFloat64(0)
}

/** The nearest float16, ties to even; beyond 65504 + ½ ulp it is ±Infinity. */
export const roundToFloat16 = (x: number): number => roundToFormat(x, 10, -14, 65520)

/** Halfway from the largest bfloat16 to 2^128. */
const BFLOAT16_OVERFLOW = (2 - 2 ** -8) * 2 ** 127

/** The nearest bfloat16, ties to even, subnormals kept. Format: the upper half of a float32. */
export const roundToBfloat16 = (x: number): number => roundToFormat(x, 7, -126, BFLOAT16_OVERFLOW)

/** Bits of the nearest float16; NaN gives the quiet 0x7e00. */
export const float16ToBits = (x: number): number => {
  const r = roundToFloat16(x)
  if (r !== r) return 0x7e00
  const sign = r < 0 || Object.is(r, -0) ? 0x8000 : 0
  const a = Math.abs(r)
  if (a === Infinity) return sign | 0x7c00
  if (a < 2 ** -14) return sign | (a * 2 ** 24)
  word.setFloat64(0, a)
  // exponent and the upper 10 fraction bits straddle the first word: 1 + 11 + 20 bits
  return sign | ((word.getUint32(0) >>> 10) - ((1023 - 15) << 10))
}

/** Value of a float16 bit pattern. */
export const bitsToFloat16 = (bits: number): number => {
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1024 + fraction) * powerOfTwo(exponent - 25)
}

/** Bits of the nearest bfloat16; NaN gives the quiet 0x7fc0. */
export const bfloat16ToBits = (x: number): number => {
  const r = roundToBfloat16(x)
  if (r !== r) return 0x7fc0
  word.setFloat32(0, r) // exact
  return word.getUint16(0)
}

/** Value of a bfloat16 bit pattern. */
export const bitsToBfloat16 = (bits: number): number => {
  word.setUint32(0, (bits & 0xffff) << 16)
  return word.getFloat32(0)
}

/** The neighbour one step along the integers that order a sign-magnitude format of that width. */
const neighbour = (bits: number, magnitude: number, up: boolean): number => {
  if ((bits & magnitude) === 0) return up ? 1 : magnitude + 2 // ±0 → ± the least subnormal
  return bits > magnitude === up ? bits - 1 : bits + 1
}

/** The float32 after x towards y. NaN if either is; y itself if they are equal (so −0 for (0, −0)). */
export const nextafter32 = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  if (x === y) return y
  word.setFloat32(0, x)
  word.setUint32(0, neighbour(word.getUint32(0), 0x7fffffff, y > x))
  return word.getFloat32(0)
}

/** The float64 after x towards y, as {@link nextafter32}. */
export const nextafter64 = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  if (x === y) return y
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE
  word.setFloat64(0, x)
  const step = x > 0 === y > x ? 1n : -1n
  word.setBigUint64(0, word.getBigUint64(0) + step)
  return word.getFloat64(0)
}

/** The float16 after x towards y, as {@link nextafter32}. */
export const nextafterFloat16 = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  return x === y ? y : bitsToFloat16(neighbour(float16ToBits(x), 0x7fff, y > x))
}

/** The bfloat16 after x towards y, as {@link nextafter32}. */
export const nextafterBfloat16 = (x: number, y: number): number => {
  if (x !== x || y !== y) return NaN
  return x === y ? y : bitsToBfloat16(neighbour(bfloat16ToBits(x), 0x7fff, y > x))
}

/** Nearest integer, halves to even; keeps −0. */
export const roundHalfEven = (x: number): number => {
  const a = Math.abs(x)
  if (!(a < 4503599627370496)) return x // integral, infinite or NaN
  const r = a + 4503599627370496 - 4503599627370496
  return x < 0 || Object.is(x, -0) ? -r : r
}

/** Nearest integer, halves away from zero; keeps −0. */
export const roundHalfAway = (x: number): number => {
  const a = Math.abs(x)
  const floor = Math.floor(a)
  const r = a - floor >= 0.5 ? floor + 1 : floor // a − ⌊a⌋ is exact, a + ½ is not
  if (!(a < 4503599627370496)) return x
  return x < 0 || Object.is(x, -0) ? -r : r
}

/** Number of one bits in the low 32 bits. Source: Warren, Hacker's Delight, §5-1. */
export const populationCount32 = (x: number): number => {
  let v = x - ((x >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Number of one bits of an integer stored in `width` ≤ 32 bits (two's complement). */
export const populationCount = (x: number, width: number): number =>
  populationCount32(width === 32 ? x : x & ((1 << width) - 1))

/** Leading zeros of an integer stored in `width` ≤ 32 bits (two's complement). */
export const countLeadingZeros = (x: number, width: number): number =>
  width === 32 ? Math.clz32(x) : Math.clz32(x & ((1 << width) - 1)) - (32 - width)

/** The exponent of the power of two at or below a finite x > 0. */
export const binaryExponent = (x: number): number => {
  const guess = Math.floor(Math.log2(x)) // the engine's logarithm may be rounded over an integer
  if (x < 2 ** guess) return guess - 1
  return x >= 2 ** (guess + 1) ? guess + 1 : guess
}
