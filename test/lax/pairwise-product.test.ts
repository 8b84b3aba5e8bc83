/** Batches of single rows times single columns, compiled, against the reference rule. */
import * as fc from 'fast-check'
import { describe, test } from 'vitest'
import { jit, lax, np, type NdArray } from 'cotangent'
import { expectArray } from '../equality.ts'

const values = (shape: readonly number[], seed: number): NdArray =>
  np
    .array(
      Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => ((i * 5 + seed) % 7) - 3)
    )
    .reshape(shape)

/** Which axes of a [batch, batch, contracted, contracted] operand come first to last. */
const layout = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 })

describe('dotGeneral of pairs', () => {
  test.each(['float32', 'float64', 'float16', 'int32', 'uint8', 'bool', 'complex64'] as const)(
    'is the reference in %s, whatever lies side by side',
    (dtype) => {
      fc.assert(
        fc.property(
          layout,
          layout,
          fc.tuple(...[1, 2, 3, 4].map(() => fc.integer({ min: 1, max: 9 }))),
          fc.nat(6),
          (of, also, extents, seed) => {
            const side = (order: readonly number[], at: number): NdArray =>
              values(
                order.map((a) => extents[a]),
                at
              ).astype(dtype)
            const [x, y] = [side(of, seed), side(also, 2)]
            const dimensionNumbers = {
              lhsBatch: [of.indexOf(0), of.indexOf(1)],
              rhsBatch: [also.indexOf(0), also.indexOf(1)],
              lhsContracting: [of.indexOf(2), of.indexOf(3)],
              rhsContracting: [also.indexOf(2), also.indexOf(3)]
            }
            const f = (x: NdArray, y: NdArray): NdArray =>
              lax.dotGeneral(x, y, { dimensionNumbers })
            expectArray(jit(f)(x, y), f(x, y))
          }
        ),
        { seed: 1, numRuns: 25 }
      )
    }
  )

  test('adds up in several rounds where there are many terms', () => {
    const f = (x: NdArray, y: NdArray): NdArray => np.einsum('ib,ib->b', x, y)
    const [x, y] = [values([3000, 5], 0), values([3000, 5], 3)]
    expectArray(jit(f)(x, y), f(x, y))
  })
})
