/** Vectors gathered from every other element and backwards, around the lengths of vectors. */
import { describe, test } from 'vitest'
import { config, jit, np, type NdArray } from 'cotangent'
import { expectArray } from '../../equality.ts'

const sizes = [1, 2, 3, 7, 8, 9, 16, 17, 33]

describe('a map over a view', () => {
  test.each(['float32', 'float64', 'int32', 'int8', 'bool'] as const)(
    'reads %s with steps of two and of minus one',
    (dtype) => {
      for (const n of sizes) {
        const values = Array.from({ length: 4 * n }, (_, i) =>
          dtype === 'bool' ? i % 3 === 0 : i % 100
        )
        const x = np.array(values, { dtype }).reshape([2, 2 * n])
        const f = (x: NdArray): NdArray =>
          np.where(x.slice('...', '::2'), x.slice('...', '1::2'), np.flip(x.slice('...', `:${n}`)))
        const before = config({ fallback: 'error' })
        try {
          expectArray(jit(f)(x), f(x))
        } finally {
          config(before)
        }
      }
    }
  )
})
