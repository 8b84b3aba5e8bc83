import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import type { NdArray } from '../../src/core/array.ts'
import { hostOf } from '../../src/core/array.ts'
import { DTypeError, ShapeError } from '../../src/core/errors.ts'
import { argmax, argmin } from '../../src/primitives/arg-reduction.ts'
import { instantiate } from '../../src/primitives/elementwise.ts'
import {
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
  reduceXor
} from '../../src/primitives/reduction.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { expectArray } from '../equality.ts'
import { arbitrary, checkBatch, checkDerivatives, checkSecondDerivatives, make } from './checks.ts'

const grad = (f: (x: NdArray) => NdArray, x: NdArray): NdArray => {
  const { outs, pullback } = vjpFlat((v) => [f(v)], [x], 'f')
  return instantiate(pullback([make(outs[0].shape, Array(outs[0].size).fill(1))])[0])
}

const nan = NaN

describe('an extreme', () => {
  const x = make([2, 3], [3, -1, 2, 0, 5, 5])

  test('is taken along the axes', () => {
    expectArray(reduceMax(x, [1]), make([2], [3, 5]))
    expectArray(reduceMin(x, [0]), make([3], [0, -1, 2]))
    expectArray(reduceMax(x, [0, 1]), make([], [5]))
    expect(reduceMax(x, [])).toBe(x)
  })

  test('is NaN beside NaN', () => {
    expectArray(reduceMax(make([3], [1, nan, 2]), [0]), make([], [nan]))
    expectArray(reduceMin(make([3], [nan, 1, 2]), [0]), make([], [nan]))
  })

  test('of nothing is the neutral element', () => {
    expectArray(reduceMax(make([0], []), [0]), make([], [-Infinity]))
    expectArray(reduceMin(make([0], [], 'int8'), [0]), make([], [127], 'int8'))
    expectArray(reduceMax(make([0], [], 'uint8'), [0]), make([], [0], 'uint8'))
  })

  test('shares its derivative among ties', () => {
    expectArray(
      grad((v) => reduceMax(v, [1]), x),
      make([2, 3], [1, 0, 0, 0, 0.5, 0.5])
    )
    expectArray(
      grad((v) => reduceMin(v, [0]), make([3], [1, 1, 1])),
      make([3], [1 / 3, 1 / 3, 1 / 3])
    )
  })

  test('of complex numbers is an error that names the type', () => {
    expect(() => reduceMax(make([1], [1, 2], 'complex64'), [0])).toThrow(DTypeError)
  })
})

describe('a product', () => {
  test('multiplies', () => {
    expectArray(reduceProd(make([2, 3], [1, 2, 3, 4, 5, 6]), [1]), make([2], [6, 120]))
    expectArray(reduceProd(make([0], []), [0]), make([], [1]))
  })

  test('wraps in integers', () => {
    // 65536² = 2^32 = 0; 200·2 = 400 = 144 mod 256.
    expectArray(reduceProd(make([2], [65536, 65536], 'int32'), [0]), make([], [0], 'int32'))
    expectArray(reduceProd(make([2], [200, 2], 'uint8'), [0]), make([], [144], 'uint8'))
  })

  test('of complex numbers: (1 + i)(2 - i)(i) = -1 + 3i', () => {
    const x = make([3], [1, 1, 2, -1, 0, 1], 'complex128')
    expectArray(reduceProd(x, [0]), make([], [-1, 3], 'complex128'))
  })

  // The expected values are those of JAX 0.11.2 (golden corners prod_one_zero, prod_two_zeros).
  test('has exact derivatives at zeros', () => {
    const product = (x: NdArray): NdArray => reduceProd(x, [0])
    expectArray(grad(product, make([3], [0, 2, 3])), make([3], [6, 0, 0]))
    expectArray(grad(product, make([3], [0, 0, 3])), make([3], [0, 0, 0]))
    // ∂²/∂x₀∂x₁ (x₀ x₁ x₂) = x₂ = 3
    const [, [second]] = jvpFlat(
      (x) => [grad(product, x)],
      [make([3], [0, 0, 3])],
      [make([3], [1, 0, 0])]
    )
    expectArray(instantiate(second), make([3], [0, 3, 0]))
  })
})

describe('logical reductions', () => {
  test('of bools', () => {
    const x = make([2, 3], [1, 1, 1, 0, 1, 1], 'bool')
    expectArray(reduceAnd(x, [1]), make([2], [1, 0], 'bool'))
    expectArray(reduceOr(make([2, 2], [0, 0, 0, 1], 'bool'), [1]), make([2], [0, 1], 'bool'))
    expectArray(reduceXor(x, [1]), make([2], [1, 0], 'bool'))
    expectArray(reduceAnd(make([0], [], 'bool'), [0]), make([], [1], 'bool'))
  })

  test('of integers are bitwise', () => {
    const x = make([3], [12, 10, 14], 'uint8')
    expectArray(reduceAnd(x, [0]), make([], [8], 'uint8'))
    expectArray(reduceOr(x, [0]), make([], [14], 'uint8'))
    expectArray(reduceXor(x, [0]), make([], [8], 'uint8'))
    expectArray(reduceAnd(make([0], [], 'uint32'), [0]), make([], [4294967295], 'uint32'))
  })
})

describe('argmax and argmin', () => {
  test('give the first extreme', () => {
    const x = make([2, 3], [3, -1, 3, 0, 5, 5])
    expectArray(argmax(x, 1), make([2], [0, 1], 'int32'))
    expectArray(argmin(x, 0), make([3], [1, 0, 0], 'int32'))
    expect(argmax(x, 1, 'uint8').dtype).toBe('uint8')
  })

  // JAX 0.11.2, golden corner argmax_nan.
  test('give the first NaN', () => {
    const x = make([9], [3, nan, 1, -0, 0, Infinity, 1, -Infinity, nan])
    expectArray(argmax(x, 0), make([], [1], 'int32'))
    expectArray(argmin(x, 0), make([], [1], 'int32'))
  })

  test('see no difference between zeros', () => {
    expectArray(argmax(make([2], [-0, 0]), 0), make([], [0], 'int32'))
  })

  test('of nothing are an error', () => {
    expect(() => argmax(make([0], []), 0)).toThrow(ShapeError)
  })
})

describe('rules', () => {
  const reductions = { reduceMax, reduceMin, reduceProd } as const

  test.each(Object.entries(reductions))('%s has right derivatives and batches', (_name, reduce) => {
    for (const axes of [[0], [1], [2], [0, 2], [0, 1, 2]]) {
      checkDerivatives((x) => [reduce(x, axes)], [arbitrary([2, 3, 5], 4)])
      checkBatch((x) => [reduce(x, axes)], [arbitrary([2, 3, 5], 4)])
    }
  })

  test('a product has right second derivatives', () => {
    checkSecondDerivatives((x) => [reduceProd(x, [1])], [arbitrary([2, 5], 4)])
  })

  test('complex products have right derivatives in each part', () => {
    // d(xy) = y dx + x dy for x = 1 + i, y = 2 - i, dx = 1, dy = i: (2 - i) + (i - 1) = 1.
    const [, [dy]] = jvpFlat(
      (x) => [reduceProd(x, [0])],
      [make([2], [1, 1, 2, -1], 'complex128')],
      [make([2], [1, 0, 0, 1], 'complex128')]
    )
    expectArray(instantiate(dy), make([], [1, 0], 'complex128'))
  })

  test.each(Object.entries({ reduceAnd, reduceOr, reduceXor }))('%s batches', (_name, reduce) => {
    checkBatch((x) => [reduce(x, [1])], [arbitrary([2, 3], 5, 'bool')])
    checkBatch((x) => [reduce(x, [0, 1])], [arbitrary([2, 3], 5, 'int16')])
  })

  test.each(Object.entries({ argmax, argmin }))('%s batches', (_name, arg) => {
    checkBatch((x) => [arg(x, 0)], [arbitrary([3, 2], 5)])
    checkBatch((x) => [arg(x, 1)], [arbitrary([3, 2], 5)])
  })

  test('agree with the naive definition', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -9, max: 9 }), { minLength: 1 }), (v) => {
        const x = make([v.length], v)
        expect(hostOf(reduceMax(x, [0]))[0]).toBe(v.reduce((a, b) => Math.max(a, b)))
        expect(hostOf(argmax(x, 0))[0]).toBe(v.findIndex((a) => v.every((b) => b <= a)))
        expect(hostOf(argmin(x, 0))[0]).toBe(v.findIndex((a) => v.every((b) => b >= a)))
      })
    )
  })
})
