import { describe, expect, test } from 'vitest'
import { crc32, threefry2x32 } from '../../../src/core/scalar/threefry.ts'

const hash = (k0: number, k1: number, x0: number, x1: number): readonly number[] => {
  const out = new Uint32Array(2)
  threefry2x32(k0, k1, x0, x1, out)
  return [...out]
}

describe('threefry2x32', () => {
  // kat_vectors of Random123 1.09, lines "threefry2x32 20"
  test.each([
    [
      [0, 0, 0, 0],
      [0x6b200159, 0x99ba4efe]
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7]
    ],
    [
      [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0]
    ]
  ])('meets the known answer for %j', ([k0, k1, x0, x1], expected) => {
    expect(hash(k0, k1, x0, x1)).toEqual(expected)
  })

  test('takes signed words for unsigned ones', () => {
    expect(hash(-1, -1, -1, -1)).toEqual(hash(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff))
  })

  test('writes unsigned words into a plain array too', () => {
    const out = [0, 0]
    threefry2x32(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, out)
    expect(out).toEqual([0x1cb996fc, 0xbb002be7])
  })
})

describe('crc32', () => {
  test('meets the check value of the standard', () => {
    expect(crc32('123456789')).toBe(0xcbf43926)
  })

  test('is 0 for the empty string', () => {
    expect(crc32('')).toBe(0)
  })

  test('hashes UTF-8 bytes', () => {
    expect(crc32('é')).toBe(235179326) // Python 3.11: zlib.crc32('é'.encode())
  })
})
