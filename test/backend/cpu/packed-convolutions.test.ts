import { expect, test } from 'vitest'
import { packedFor } from '../../../src/backend/cpu/product/packed-convolutions.ts'
import type { Convolution } from '../../../src/kernel/ir.ts'

test('says so where a bundler dropped the code for convolutions', () => {
  // This file loads no primitive, as such a bundle would not.
  const convolution = { _tag: 'convolution', dtype: 'float32' } as Convolution
  const withoutPlace = (): void => {
    try {
      packedFor(convolution)
    } catch (e) {
      throw new Error(String(e).replace(/\n {2}at: .*/, ''))
    }
  }
  expect(withoutPlace).toThrowErrorMatchingInlineSnapshot(`
    [Error: DeviceError: cpu: the code for convolutions was not loaded
      got:      a convolution of float32
      expected: install-convolutions, which the primitive loads
      hint:     the bundler dropped a file that package.json lists under sideEffects: have it read that list]
  `)
})
