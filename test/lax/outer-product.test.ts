/** A contraction over an axis of one element, compiled, against the reference rule. */
import { describe, test } from 'vitest'
import { jit, lax, np, type NdArray } from 'cotangent'
import { expectArray } from '../equality.ts'

describe('dotGeneral over one term', () => {
  test.each(['float32', 'float64', 'float16', 'int32', 'uint8', 'bool', 'complex64'] as const)(
    'is the reference in %s, and −0 becomes 0',
    (dtype) => {
      const values = (n: number, seed: number): NdArray =>
        np.array(Array.from({ length: n }, (_, i) => ((i * 5 + seed) % 7) - 3)).astype(dtype)
      // lhs [1, 4, 2] and rhs [3, 2, 1]: batch of 2, free axes of 4 and 3.
      const [x, y] = [values(8, 0).reshape([1, 4, 2]), values(6, 2).reshape([3, 2, 1])]
      const dimensionNumbers = {
        lhsContracting: [0],
        rhsContracting: [2],
        lhsBatch: [2],
        rhsBatch: [1]
      }
      const f = (x: NdArray, y: NdArray): NdArray => lax.dotGeneral(x, y, { dimensionNumbers })
      expectArray(jit(f)(x, y), f(x, y))
      const outer = (x: NdArray, y: NdArray): NdArray => np.matmul(x, y)
      const [column, row] = [values(9, 0).reshape([9, 1]), values(17, 1).reshape([1, 17])]
      expectArray(jit(outer)(column, row), outer(column, row))
    }
  )
})
