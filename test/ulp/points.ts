/** Where functions are tried: all of float32, or points in every binade. */
import type { FloatType } from '../../src/backend/cpu/values/vector.ts'

type Floats = Float32Array | Float64Array

/** Fills the operands of block `index`. */
export interface Points {
  readonly blocks: number
  readonly fill: (index: number, x: Floats, y: Floats) => void
}

/** 32 random bits a call. Source: Marsaglia 2003, xorshift, with the multiplier of Vigna 2016. */
const generator = (seed: number): (() => number) => {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.imul(state, 0x9e3779b1) >>> 0
  }
}

/** Every float32 there is, in the order of the bits. */
export const everyFloat32 = (block: number): Points => ({
  blocks: 2 ** 32 / block,
  fill: (index, x) => {
    const bits = new Uint32Array(x.buffer, x.byteOffset, x.length)
    for (let i = 0; i < block; i++) bits[i] = index * block + i
  }
})

/** A float of a given exponent, with random sign and mantissa. */
const floatOf = (dtype: FloatType, random: () => number) => {
  const wide = new Float64Array(1)
  const bits = new Uint32Array(wide.buffer)
  const narrow = new Float32Array(1)
  const narrowBits = new Uint32Array(narrow.buffer)
  return (exponent: number): number => {
    const r = random()
    if (dtype === 'float32') {
      narrowBits[0] = (((exponent + 127) & 0xff) << 23) | (r & 0x807fffff)
      return narrow[0]
    }
    bits[1] = (((exponent + 1023) & 0x7ff) << 20) | (r & 0x800fffff)
    bits[0] = random()
    return wide[0]
  }
}

const limits = (dtype: FloatType): readonly [least: number, greatest: number] =>
  dtype === 'float32' ? [-127, 128] : [-1023, 1024]

/** Sets a block up and fills it element by element. */
const stratified = (
  dtype: FloatType,
  block: number,
  count: number,
  make: (random: () => number, float: (exponent: number) => number, i: number) => readonly number[]
): Points => ({
  blocks: Math.ceil(count / block),
  fill: (index, x, y) => {
    const random = generator(index + 1)
    for (let i = 0; i < 8; i++) random()
    const float = floatOf(dtype, random)
    for (let i = 0; i < block; i++) {
      const [a, b = 0] = make(random, float, index * block + i)
      x[i] = a
      y[i] = b
    }
  }
})

/**
 * One operand: half of the points go round all exponents, subnormals, infinities and NaN among
 * them; half round those from 2^−40 to 2^12, where most functions change.
 */
export const unaryPoints = (dtype: FloatType, block: number, count: number): Points => {
  const [least, greatest] = limits(dtype)
  return stratified(dtype, block, count, (_random, float, i) => [
    i % 2 === 0
      ? float(least + ((i / 2) % (greatest - least + 1)))
      : float(-40 + (((i - 1) / 2) % 53))
  ])
}

/**
 * Two operands for pow. A quarter has any exponents; half has results of every magnitude, from
 * bases of all kinds and from bases near one; a quarter has negative bases and integral exponents.
 */
export const powPoints = (dtype: FloatType, block: number, count: number): Points => {
  const [least, greatest] = limits(dtype)
  const round = dtype === 'float32' ? Math.fround : (v: number): number => v
  return stratified(dtype, block, count, (random, float, i) => {
    const any = (): number => least + (random() % (greatest - least + 1))
    if (i % 4 === 0) return [float(any()), float(any())]
    if (i % 4 === 3) return [round(-Math.abs(float(-3 + (random() % 7)))), (random() % 600) - 300]
    const base =
      i % 4 === 1
        ? Math.abs(float(any()))
        : round(1 + float(-1 - (random() % (dtype === 'float32' ? 23 : 52))))
    const size = (greatest - least + 60) * (random() / 2 ** 32) + least - 30
    return [base, round(size / Math.log2(Math.abs(base) || 1))]
  })
}

/** Two operands for atan2: any exponents, and such that differ by little. */
export const anglePoints = (dtype: FloatType, block: number, count: number): Points => {
  const [least, greatest] = limits(dtype)
  return stratified(dtype, block, count, (random, float, i) => {
    const e = least + (random() % (greatest - least + 1))
    if (i % 2 === 0) return [float(e), float(least + (random() % (greatest - least + 1)))]
    const near = e - 30 + (random() % 61)
    return [float(e), float(Math.max(least, Math.min(greatest, near)))]
  })
}
