import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate, dtypes, hostBytes } from '../../src/core/dtype.ts'

const wanted = fc.array(
  fc.record({ dtype: fc.constantFrom(...dtypes), size: fc.integer({ min: 0, max: 700 }) }),
  { minLength: 1, maxLength: 60 }
)

describe('small arrays', () => {
  test('are zeroed, and none shows the elements of another', () => {
    fc.assert(
      fc.property(wanted, (arrays) => {
        const made = arrays.map(({ dtype, size }, i) => {
          const data = allocate(dtype, size)
          expect(data.byteLength).toBe(size * hostBytes(dtype))
          expect(data.every((x) => x === 0)).toBe(true)
          return data.fill(i + 1)
        })
        expect(made.every((data, i) => data.every((x) => x === i + 1))).toBe(true)
      }),
      { numRuns: 50 }
    )
  })

  test('share memory up to 2 KiB, so that a block that one of them keeps alive is small', () => {
    const bytesBehind = (size: number): number => allocate('float32', size).buffer.byteLength
    expect(bytesBehind(1000)).toBe(4000)
    expect(bytesBehind(256)).toBe(8192)
    expect(bytesBehind(16)).toBe(64)
  })
})
