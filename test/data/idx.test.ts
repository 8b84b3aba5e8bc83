import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DType } from '../../src/core/dtype.ts'
import { decodeIdx, decodeIdxFile, encodeIdx } from '../../src/data/idx.ts'
import { arrayOf, make } from '../io/arrays.ts'
import { problem, right } from '../io/either.ts'

const types: readonly DType[] = ['uint8', 'int8', 'int16', 'int32', 'float32', 'float64']

describe('idx', () => {
  test.each(types)('decodeIdx ∘ encodeIdx = identity for %s', (d) => {
    fc.assert(
      fc.property(arrayOf(d), (x) => {
        expect(right(decodeIdx(encodeIdx(x)))).toEqual(x)
      })
    )
  })

  test('is two zeros, type, rank, extents and elements, big-endian', () => {
    const x = make('int16', [1, 2], [258, -1])
    expect([...encodeIdx(x)]).toEqual([0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 255, 255])
  })

  test('reads gzip files as well', async () => {
    const x = make('uint8', [3], [1, 2, 3])
    expect(right(await decodeIdxFile(gzipSync(encodeIdx(x)))())).toEqual(x)
    expect(right(await decodeIdxFile(encodeIdx(x))())).toEqual(x)
  })

  test('says what is wrong with a file', async () => {
    const whole = encodeIdx(make('float32', [2], [1, 2]))
    for (let length = 0; length < whole.length; length++)
      expect(problem(decodeIdx(whole.subarray(0, length)))).toMatch(/^truncated /)
    expect(problem(decodeIdx(whole.subarray(0, 15)))).toMatchInlineSnapshot(`
      "truncated decodeIdx: the file ends too early
        got:      15 bytes
        expected: 16 bytes
        hint:     the file is damaged, incomplete or not an IDX file: download it again"
    `)
    expect(problem(decodeIdx(Uint8Array.of(...whole, 0)))).toMatchInlineSnapshot(`
      "malformed decodeIdx: bytes follow the last element
        got:      17 bytes
        expected: 16 bytes for shape [2]
        hint:     the file is damaged, incomplete or not an IDX file: download it again"
    `)
    expect(problem(decodeIdx(new TextEncoder().encode('text')))).toMatchInlineSnapshot(`
      "malformed decodeIdx: these are not the bytes of an IDX file
        got:      the bytes 116 101 120 116
        expected: 0 0, then one of 8, 9, 11, 12, 13, 14, then the rank
        hint:     the file is damaged, incomplete or not an IDX file: download it again"
    `)
    const packed = gzipSync(whole)
    expect(problem(decodeIdx(packed))).toMatch(/the file is still compressed/)
    const cut = packed.subarray(0, packed.length - 4)
    expect(problem(await decodeIdxFile(cut)())).toMatch(/the compressed data is damaged/)
  })

  test('refuses types that the format does not have', () => {
    expect(() => encodeIdx(make('bool', [1], [1]))).toThrow(/the format has no such array/)
  })
})
