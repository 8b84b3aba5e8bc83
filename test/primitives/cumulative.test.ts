import { describe, expect, test } from 'vitest'
import { AxisError } from '../../src/core/errors.ts'
import { instantiate } from '../../src/primitives/elementwise.ts'
import { cumlogsumexp, cummax, cummin, cumprod, cumsum } from '../../src/primitives/cumulative.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose } from '../equality.ts'
import { arbitrary, checkBatch, checkDerivatives, checkSecondDerivatives, make } from './checks.ts'

const operations = { cumsum, cumprod, cummax, cummin, cumlogsumexp } as const

describe('running combinations', () => {
  const x = make([2, 3], [1, 2, 3, 4, -5, 6])

  test('go along one axis, either way', () => {
    expectArray(cumsum(x, 1), make([2, 3], [1, 3, 6, 4, -1, 5]))
    expectArray(cumsum(x, 0, true), make([2, 3], [5, -3, 9, 4, -5, 6]))
    expectArray(cumprod(x, 1), make([2, 3], [1, 2, 6, 4, -20, -120]))
    expectArray(cummax(x, 1), make([2, 3], [1, 2, 3, 4, 4, 6]))
    expectArray(cummin(x, 1, true), make([2, 3], [1, 2, 3, -5, -5, 6]))
  })

  test('wrap in integers', () => {
    expectArray(cumsum(make([3], [200, 100, 1], 'uint8'), 0), make([3], [200, 44, 45], 'uint8'))
    // 65536² = 2^32 = 0
    expectArray(cumprod(make([2], [65536, 65536], 'int32'), 0), make([2], [65536, 0], 'int32'))
  })

  test('take complex numbers: i, i·i, i·i·i', () => {
    const i = make([3], [0, 1, 0, 1, 0, 1], 'complex64')
    expectArray(cumprod(i, 0), make([3], [0, 1, -1, 0, -0, -1], 'complex64'))
    expectArray(cumsum(i, 0, true), make([3], [0, 3, 0, 2, 0, 1], 'complex64'))
  })

  test('keep NaN from where it is', () => {
    const n = make([3], [1, NaN, 3])
    expectArray(cummax(n, 0), make([3], [1, NaN, NaN]))
    expectArray(cumlogsumexp(n, 0, true), make([3], [NaN, NaN, 3]))
  })

  test('of nothing are nothing', () => {
    expectArray(cumsum(make([2, 0], []), 1), make([2, 0], []))
    expect(() => cumsum(make([], [1]), 0)).toThrow(AxisError)
  })
})

describe('cumlogsumexp', () => {
  test('is the logarithm of a running sum: log 1, log 3, log 6', () => {
    const x = make([3], [0, Math.log(2), Math.log(3)])
    expectClose(cumlogsumexp(x, 0), make([3], [0, Math.log(3), Math.log(6)]), { atol: 1e-15 })
  })

  test('does not overflow and starts from -Infinity', () => {
    const x = make([4], [-Infinity, -Infinity, 1000, 1000])
    const expected = make([4], [-Infinity, -Infinity, 1000, 1000 + Math.LN2])
    expectClose(cumlogsumexp(x, 0), expected, { rtol: 1e-15 })
    expectArray(cumlogsumexp(make([2], [Infinity, 1]), 0), make([2], [Infinity, Infinity]))
  })
})

describe('the derivative', () => {
  test.each(Object.entries(operations))('of %s is right in both directions', (_name, f) => {
    for (const n of [1, 2, 3, 5, 8])
      for (const reverse of [false, true])
        checkDerivatives((x) => [f(x, 0, reverse)], [arbitrary([n, 2], n)])
    checkSecondDerivatives((x) => [f(x, 1)], [arbitrary([2, 5], 9)])
  })

  // Expected values from JAX 0.11.2 (golden corner cumprod_zero).
  test('of a product is exact at a zero', () => {
    const x = make([4], [2, 0, 3, 4])
    const { pullback } = vjpFlat((v) => [cumprod(v, 0)], [x], 'cumprod')
    const ct = make([4], [2.040919, -2.555665, 0.41809884, -0.5677696])
    const expected = make([4], [2.040919, -16.229208, 0, 0])
    expectClose(instantiate(pullback([ct])[0]), expected, { atol: 1e-5 })
  })

  test('of a maximum is shared by ties', () => {
    // (1, 1): the second running maximum is that of two equal numbers.
    const [, [dy]] = jvpFlat((v) => [cummax(v, 0)], [make([2], [1, 1])], [make([2], [1, 3])])
    expectArray(instantiate(dy), make([2], [1, 2]))
  })
})

describe('the batch', () => {
  test.each(Object.entries(operations))('of %s is a loop', (_name, f) => {
    checkBatch((x) => [f(x, 0)], [arbitrary([3, 2], 5)])
    checkBatch((x) => [f(x, 1, true)], [arbitrary([3, 2], 5)])
  })
})
