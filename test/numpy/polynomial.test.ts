import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { real } from '../../src/numpy/complex.ts'
import * as p from '../../src/numpy/polynomial.ts'
import { sort } from '../../src/numpy/sorting.ts'
import { sum } from '../../src/numpy/reductions.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose } from '../equality.ts'
import { i32, make, numericalGradient, valuesOf } from './arrays.ts'

const close = { rtol: 1e-9, atol: 1e-9 }

describe('polynomials', () => {
  test('add, subtract, multiply, divide', () => {
    expectArray(p.polyadd(make([1, 2]), make([3, 0, 1])), make([3, 1, 3]))
    expectArray(p.polysub(i32([1, 2]), i32([3, 0, 1])), i32([-3, 1, 1]))
    expectArray(p.polymul(make([1, 1]), make([1, -1])), make([1, 0, -1]))
    expectArray(
      p.polymul(make([0, 1, 1]), make([1, -1]), { trimLeadingZeros: true }),
      make([1, 0, -1])
    )
    const [q, r] = p.polydiv(make([1, 5, 8, 4]), make([1, 2]))
    expectArray(q, make([1, 3, 2]))
    expectArray(r, make([0, 0, 0, 0]))
    const [none, all] = p.polydiv(make([3]), make([1, 2]))
    expectArray(none, make([0]))
    expectArray(all, make([3]))
  })

  test('derive, integrate and evaluate', () => {
    expectArray(p.polyder(make([1, 1, 1, 1])), make([3, 2, 1]))
    expectArray(p.polyder(make([1, 1, 1, 1]), { m: 2 }), make([6, 2]))
    expectArray(p.polyder(make([7])), make([0]))
    expectArray(p.polyint(make([3, 2, 1])), make([1, 1, 1, 0]))
    expectArray(p.polyint(make([6]), { m: 2, k: make([5, 3]) }), make([3, 5, 3]))
    expectArray(p.polyval(make([3, 0, 1]), make([[5, -1]])), make([[76, 4]]))
  })

  test('roots and poly undo each other', () => {
    expectArray(p.poly(make([2, -1])), make([1, -1, -2]))
    expectClose(sort(real(p.roots(make([1, -6, 11, -6])))), make([1, 2, 3]), close)
    expectClose(sort(real(p.roots(make([0, 2, -4, 0])))), make([0, 2]), close)
    expect(p.roots(make([0, 0, 3])).shape).toEqual([0])
    expectClose(
      real(
        p.poly(
          make([
            [2, 0],
            [5, 3]
          ])
        )
      ),
      make([1, -5, 6]),
      close
    )
  })

  test('vander', () => {
    expectArray(
      p.vander(make([2, 3])),
      make([
        [2, 1],
        [3, 1]
      ])
    )
    expectArray(
      p.vander(i32([2, 3]), { N: 3, increasing: true }),
      i32([
        [1, 2, 4],
        [1, 3, 9]
      ])
    )
    expect(p.vander(make([2, 3]), { N: 0 }).shape).toEqual([2, 0])
  })

  test('polyfit finds the coefficients', () => {
    const x = make([0, 1, 2, 3, 4])
    const c = make([2, -3, 1])
    expectClose(p.polyfit(x, p.polyval(c, x), 2), c, close)
    const [fitted, residuals, rank, s] = p.polyfit(x, p.polyval(c, x), 1, { full: true })
    expect([fitted.shape, residuals.shape, valuesOf(rank), s.shape]).toEqual([[2], [1], [2], [2]])
    // Line through (0, 0), (1, 1), (2, 3): slope 3/2, intercept −1/6, Σ r² = 1/6, (XᵀX)⁻¹ = [[1/2, −1/2], [−1/2, 5/6]].
    const [line, spread] = p.polyfit(make([0, 1, 2]), make([0, 1, 3]), 1, { cov: true })
    expectClose(line, make([1.5, -1 / 6]), close)
    expectClose(
      spread,
      make([
        [1 / 12, -1 / 12],
        [-1 / 12, 5 / 36]
      ]),
      close
    )
    const f = (y: NdArray): NdArray => sum(p.polyfit(x, y, 2))
    expectClose(grad(f)(x), numericalGradient(f, x), { rtol: 1e-7, atol: 1e-8 })
  })
})
