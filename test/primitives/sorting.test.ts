import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { AxisError, DTypeError, ShapeError, ValueError } from '../../src/core/errors.ts'
import { sort, topK } from '../../src/primitives/sorting.ts'
import { expectArray } from '../equality.ts'
import { arbitrary, checkBatch, checkDerivatives, checkSecondDerivatives, make } from './checks.ts'

const along = (dimension: number) => ({ dimension })
const nan = NaN

describe('sort', () => {
  // JAX 0.11.2, golden corner sort_nan.
  test('puts NaN last and keeps the order of zeros', () => {
    const x = make([9], [3, nan, 1, -0, 0, Infinity, 1, -Infinity, nan])
    const sorted = make([9], [-Infinity, -0, 0, 1, 1, 3, Infinity, nan, nan])
    expectArray(sort([x], along(0))[0], sorted)
  })

  test('moves the other operands along, stably', () => {
    const keys = make([4], [2, 1, 2, 1], 'int32')
    const [sorted, moved] = sort([keys, make([4], [10, 20, 30, 40])], along(0))
    expectArray(sorted, make([4], [1, 1, 2, 2], 'int32'))
    expectArray(moved, make([4], [20, 40, 10, 30]))
  })

  test('breaks ties by further keys', () => {
    const [first, second] = [make([3], [1, 1, 0]), make([3], [5, 4, 9])]
    const [a, b] = sort([first, second], { dimension: 0, numKeys: 2 })
    expectArray(a, make([3], [0, 1, 1]))
    expectArray(b, make([3], [9, 4, 5]))
  })

  test('sorts any axis', () => {
    const x = make([2, 3], [3, 1, 2, 0, 5, 4])
    expectArray(sort([x], along(1))[0], make([2, 3], [1, 2, 3, 0, 4, 5]))
    expectArray(sort([x], along(0))[0], make([2, 3], [0, 1, 2, 3, 5, 4]))
    expectArray(sort([make([2, 0], [])], along(1))[0], make([2, 0], []))
  })

  test('orders complex numbers by real part, then imaginary part', () => {
    const x = make([3], [1, 2, 0, 5, 1, -1], 'complex64')
    expectArray(sort([x], along(0))[0], make([3], [0, 5, 1, -1, 1, 2], 'complex64'))
  })

  test('refuses what does not fit', () => {
    const x = make([2], [1, 2])
    expect(() => sort([x, make([1], [1])], along(0))).toThrow(ShapeError)
    expect(() => sort([x], along(1))).toThrow(AxisError)
    expect(() => sort([x], { dimension: 0, numKeys: 2 })).toThrow(ValueError)
  })

  test('agrees with sorting by JavaScript', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 })), (v) => {
        const keys = make([v.length], v)
        const places = make([v.length], [...v.keys()], 'int32')
        const order = [...v.keys()].sort((i, j) => v[i] - v[j])
        const [sorted, moved] = sort([keys, places], along(0)).map((y) => Array.from(hostOf(y)))
        expect(moved).toEqual(order)
        expect(sorted).toEqual(order.map((i) => v[i]))
      })
    )
  })
})

describe('topK', () => {
  // JAX 0.11.2, golden corner top_k_ties.
  test('keeps the order of ties', () => {
    const [values, indices] = topK(make([5], [1, 3, 3, 2, 3]), 3)
    expectArray(values, make([3], [3, 3, 3]))
    expectArray(indices, make([3], [1, 2, 4], 'int32'))
  })

  test('takes NaN for the largest', () => {
    const [values, indices] = topK(make([4], [1, nan, Infinity, nan]), 3)
    expectArray(values, make([3], [nan, nan, Infinity]))
    expectArray(indices, make([3], [1, 3, 2], 'int32'))
  })

  test('works along any axis', () => {
    const x = make([3, 2], [1, 6, 5, 2, 3, 4], 'uint8')
    const [values, indices] = topK(x, 2, 0)
    expectArray(values, make([2, 2], [5, 6, 3, 4], 'uint8'))
    expectArray(indices, make([2, 2], [1, 0, 2, 2], 'int32'))
    expect(topK(x, 0, 0)[0].shape).toEqual([0, 2])
  })

  test('refuses more than there is, and complex numbers', () => {
    expect(() => topK(make([2], [1, 2]), 3)).toThrow(ValueError)
    expect(() => topK(make([1], [1, 2], 'complex64'), 1)).toThrow(DTypeError)
  })
})

describe('rules', () => {
  test('sorting has right derivatives of every operand', () => {
    const f = (x: NdArray, y: NdArray): readonly NdArray[] => sort([x, y], along(1))
    checkDerivatives(f, [arbitrary([2, 4], 1), arbitrary([2, 4], 2)])
    checkDerivatives((x) => sort([x], along(0)), [arbitrary([4, 2], 3)])
    checkSecondDerivatives((x) => sort([x], along(0)), [arbitrary([4], 3)])
  })

  test('topK has right derivatives', () => {
    checkDerivatives((x) => topK(x, 2, 1), [arbitrary([2, 4], 1)])
    checkDerivatives((x) => topK(x, 2, 0), [arbitrary([3, 2], 1)])
  })

  test('both batch', () => {
    checkBatch((x, y) => sort([x, y], along(0)), [arbitrary([3, 2], 1), arbitrary([3, 2], 2)])
    checkBatch((x) => sort([x], along(1)), [arbitrary([2, 3], 1)])
    checkBatch((x) => topK(x, 2, 0), [arbitrary([3, 2], 1)])
    checkBatch((x) => topK(x, 1, 1), [arbitrary([3, 2], 1)])
  })
})
