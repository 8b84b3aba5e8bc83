import { describe, expect, test } from 'vitest'
import { showBytes } from '../../src/core/show-bytes.ts'

describe('showBytes', () => {
  test('takes the largest unit of which there is one', () => {
    expect(
      [0, 1, 1023, 1024, 1536, 2 ** 24, 9.05 * 2 ** 20, 2 ** 32, 2 ** 52].map(showBytes)
    ).toEqual([
      '0 B',
      '1 B',
      '1023 B',
      '1 KiB',
      '1.5 KiB',
      '16 MiB',
      '9.1 MiB',
      '4 GiB',
      '4096 TiB'
    ])
  })
})
