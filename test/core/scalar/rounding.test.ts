import { describe, expect, test } from 'vitest'
import {
  bfloat16ToBits,
  bitsToBfloat16,
  bitsToFloat16,
  countLeadingZeros,
  float16ToBits,
  nextafter32,
  nextafter64,
  nextafterBfloat16,
  nextafterFloat16,
  populationCount,
  populationCount32,
  roundHalfAway,
  roundHalfEven,
  roundToBfloat16,
  roundToFloat16
} from '../../../src/core/scalar/rounding.ts'

const formats = [
  {
    name: 'float16',
    round: roundToFloat16,
    encode: float16ToBits,
    decode: bitsToFloat16,
    next: nextafterFloat16,
    infinity: 0x7c00
  },
  {
    name: 'bfloat16',
    round: roundToBfloat16,
    encode: bfloat16ToBits,
    decode: bitsToBfloat16,
    next: nextafterBfloat16,
    infinity: 0x7f80
  }
] as const

/** Counts over all finite non-negative patterns but the last, where every neighbour exists. */
const countFailures = (
  infinity: number,
  holds: (bits: number) => boolean
): { readonly failures: number; readonly first: number | null } => {
  let failures = 0
  let first: number | null = null
  for (let bits = 0; bits < infinity - 1; bits++) {
    if (holds(bits)) continue
    failures++
    first ??= bits
  }
  return { failures, first }
}
const none = { failures: 0, first: null }

describe.each(formats)('$name', ({ round, encode, decode, next, infinity }) => {
  test('decodes and encodes every pattern that is not NaN to itself', () => {
    const same = (bits: number): boolean => encode(decode(bits)) === bits
    expect(countFailures(infinity + 2, (b) => same(b) && same(b | 0x8000))).toEqual(none)
  })

  test('rounds every midpoint to the even neighbour, and beside it to the nearer one', () => {
    const holds = (bits: number): boolean => {
      const a = decode(bits)
      const b = decode(bits + 1)
      const middle = (a + b) / 2 // exact in float64
      const little = (b - a) * 1e-9
      const even = bits % 2 === 0 ? a : b
      return (
        round(middle) === even &&
        round(-middle) === -even &&
        round(middle + little) === b &&
        round(middle - little) === a
      )
    }
    expect(countFailures(infinity, holds)).toEqual(none)
  })

  test('steps from every value to the next pattern and back', () => {
    const holds = (bits: number): boolean => {
      const a = decode(bits)
      const b = decode(bits + 1)
      return next(a, Infinity) === b && next(b, -1) === a && next(-a, -Infinity) === -b
    }
    expect(countFailures(infinity, holds)).toEqual(none)
  })

  test('keeps signed zeros, infinities and NaN', () => {
    expect(round(-0)).toBe(-0)
    expect(round(-Infinity)).toBe(-Infinity)
    expect(round(NaN)).toBeNaN()
    expect(decode(encode(NaN))).toBeNaN()
    expect(encode(-0)).toBe(0x8000)
    expect(next(decode(infinity - 1), Infinity)).toBe(Infinity)
    expect(next(Infinity, 0)).toBe(decode(infinity - 1))
  })

  test('overflows from halfway beyond the largest value', () => {
    const largest = decode(infinity - 1)
    const halfway = largest + (largest - decode(infinity - 2)) / 2
    expect(round(halfway)).toBe(Infinity)
    expect(round(-halfway)).toBe(-Infinity)
    expect(round(nextafter64(halfway, 0))).toBe(largest)
  })

  test('underflows to a zero of the same sign at half the least subnormal', () => {
    const least = decode(1)
    expect(round(least / 2)).toBe(0)
    expect(round(-least / 2)).toBe(-0)
    expect(round(least * 0.51)).toBe(least)
  })
})

describe('nextafter', () => {
  test('of float32 crosses zero through the subnormals', () => {
    const least = 2 ** -149
    expect(nextafter32(0, 1)).toBe(least)
    expect(nextafter32(-0, -1)).toBe(-least)
    expect(nextafter32(least, 0)).toBe(0)
    expect(nextafter32(-least, 1)).toBe(-0)
    expect(nextafter32(1, 2)).toBe(1 + 2 ** -23)
    expect(nextafter32(1, 0)).toBe(1 - 2 ** -24)
    expect(nextafter32((2 - 2 ** -23) * 2 ** 127, Infinity)).toBe(Infinity)
  })

  test('of float64 steps by one unit in the last place', () => {
    expect(nextafter64(1, 2)).toBe(1 + Number.EPSILON)
    expect(nextafter64(1, -2)).toBe(1 - Number.EPSILON / 2)
    expect(nextafter64(-1, -2)).toBe(-1 - Number.EPSILON)
    expect(nextafter64(0, -1)).toBe(-Number.MIN_VALUE)
    expect(nextafter64(-Number.MIN_VALUE, 0)).toBe(-0)
    expect(nextafter64(Number.MAX_VALUE, Infinity)).toBe(Infinity)
    expect(nextafter64(Infinity, 0)).toBe(Number.MAX_VALUE)
  })

  test.each([nextafter32, nextafter64, nextafterFloat16, nextafterBfloat16])(
    'returns the target when equal and NaN for NaN: %s',
    (next) => {
      expect(next(0, -0)).toBe(-0)
      expect(next(-0, 0)).toBe(0)
      expect(next(1, 1)).toBe(1)
      expect(next(NaN, 1)).toBeNaN()
      expect(next(1, NaN)).toBeNaN()
    }
  )
})

describe('rounding to integers', () => {
  test.each([
    [0.5, 0, 1],
    [1.5, 2, 2],
    [2.5, 2, 3],
    [-0.5, -0, -1],
    [-1.5, -2, -2],
    [-2.5, -2, -3],
    [0.49999999999999994, 0, 0],
    [-0.2, -0, -0],
    [-0, -0, -0],
    [4503599627370495.5, 4503599627370496, 4503599627370496],
    [9007199254740991, 9007199254740991, 9007199254740991],
    [-Infinity, -Infinity, -Infinity],
    [NaN, NaN, NaN]
  ])('%d is %d (half to even) and %d (half away)', (x, even, away) => {
    expect(roundHalfEven(x)).toBe(even)
    expect(roundHalfAway(x)).toBe(away)
  })
})

describe('bit counts', () => {
  test.each([
    [0, 32, 0, 32],
    [1, 32, 1, 31],
    [-1, 32, 32, 0],
    [0x80000000, 32, 1, 0],
    [0x55555555, 32, 16, 1],
    [-1, 8, 8, 0],
    [1, 8, 1, 7],
    [0, 8, 0, 8],
    [-128, 8, 1, 0],
    [-1, 16, 16, 0],
    [255, 16, 8, 8]
  ])('%d in %d bits has %d ones and %d leading zeros', (x, width, ones, zeros) => {
    expect(populationCount(x, width)).toBe(ones)
    expect(countLeadingZeros(x, width)).toBe(zeros)
    if (width === 32) expect(populationCount32(x)).toBe(ones)
  })
})
