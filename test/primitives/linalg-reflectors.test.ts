import { describe, expect, test } from 'vitest'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { slotsOf } from '../../src/core/dtype.ts'
import { DTypeError, ShapeError } from '../../src/core/errors.ts'
import { add } from '../../src/primitives/elementwise.ts'
import { adjoint, eye, matmul, upperTriangle } from '../../src/primitives/linalg-matrix.ts'
import { hessenberg, householderProduct, schur } from '../../src/primitives/linalg-reflectors.ts'
import { tridiagonalSolve } from '../../src/primitives/linalg-tridiagonal.ts'
import { pad, slice } from '../../src/primitives/slicing.ts'
import { expectArray, expectClose } from '../equality.ts'
import {
  arbitrary,
  checkBatch,
  checkDerivatives,
  checkSecondDerivatives,
  make,
  type Flat
} from './checks.ts'

const tight = { rtol: 1e-12, atol: 1e-12 }

describe('householderProduct', () => {
  test('of one reflector is I - τ v vᵀ', () => {
    // v = (1, 2), τ = 0.4: I - 0.4 [[1, 2], [2, 4]]; what stands above the reflectors is not read.
    const q = householderProduct(make([2, 2], [NaN, NaN, 2, NaN]), make([1], [0.4]))
    expectClose(q, make([2, 2], [0.6, -0.8, -0.8, -0.6]), tight)
  })

  test('under vmap is a loop', () => {
    checkBatch((a, t) => [householderProduct(a, t)], [arbitrary([3, 2], 1), arbitrary([2], 2)])
  })

  test('refuses more reflectors than columns', () => {
    expect(() => householderProduct(arbitrary([3, 2], 1), arbitrary([3], 2))).toThrow(ShapeError)
  })
})

const onAndAboveSubdiagonal = (x: NdArray): NdArray => {
  const [n, slots] = [x.shape[0], slotsOf(x.dtype)]
  const isKept = (at: number): boolean => Math.floor(at / n) <= (at % n) + 1
  const values = Array.from(hostOf(x), (v, i) => (isKept(Math.floor(i / slots)) ? v : 0))
  return make(x.shape, values, x.dtype)
}

describe('hessenberg', () => {
  test.each(['float64', 'complex128'] as const)('of %s unpacks to Q H Qᴴ', (dtype) => {
    const a = arbitrary([4, 4], 1, dtype)
    const [packed, taus] = hessenberg(a)
    // Q is 1 beside the product of the reflectors, which stand one row down.
    const inner = householderProduct(slice(packed, [1, 0], [4, 3]), taus)
    const grow = [
      [1, 0, 0],
      [1, 0, 0]
    ] as const
    const first = eye([1, 1], dtype)
    const none = make([], new Array<number>(slotsOf(dtype)).fill(0), dtype)
    const q = add(
      pad(inner, none, grow),
      pad(first, none, [
        [0, 3, 0],
        [0, 3, 0]
      ])
    )
    const h = onAndAboveSubdiagonal(packed)
    expectClose(matmul(matmul(q, h), adjoint(q)), a, tight)
  })

  test('under vmap is a loop', () => {
    checkBatch((a) => hessenberg(a), [arbitrary([3, 3], 1)])
  })
})

describe('schur', () => {
  test.each(['float64', 'complex128'] as const)('of %s multiplies back', (dtype) => {
    const a = arbitrary([2, 3, 3], 2, dtype)
    const [t, q] = schur(a)
    expectClose(matmul(matmul(q, t), adjoint(q)), a, tight)
    expectClose(matmul(q, adjoint(q)), eye([2, 3, 3], dtype), tight)
    if (dtype === 'complex128') expectArray(upperTriangle(t), t)
    const alone = schur(a, { computeSchurVectors: false })
    expect(alone).toHaveLength(1)
    expectArray(alone[0], t)
  })

  test('under vmap is a loop', () => {
    checkBatch((a) => schur(a), [arbitrary([2, 2], 1)])
  })
})

describe('tridiagonalSolve', () => {
  test('solves a small system, with exchanges where a pivot is zero', () => {
    // [[0, 2, 0], [1, 3, 4], [0, 5, 6]] (1, 2, 3) = (4, 19, 28)
    const x = tridiagonalSolve(
      make([3], [NaN, 1, 5]),
      make([3], [0, 3, 6]),
      make([3], [2, 4, NaN]),
      make([3, 1], [4, 19, 28])
    )
    expectClose(x, make([3, 1], [1, 2, 3]), tight)
  })

  const f: Flat = (dl, d, du, b) => [tridiagonalSolve(dl, d, du, b)]

  test('has right first and second derivatives', () => {
    for (const n of [1, 2, 4]) {
      const xs = [1, 2, 3].map((seed) => arbitrary([2, n], seed))
      checkDerivatives(f, [...xs, arbitrary([2, n, 2], 4)])
      checkSecondDerivatives(f, [...xs, arbitrary([2, n, 2], 4)])
    }
  })

  test('under vmap is a loop', () => {
    checkBatch(f, [arbitrary([3], 1), arbitrary([3], 2), arbitrary([3], 3), arbitrary([3, 1], 4)])
  })

  test('refuses diagonals of other lengths, and complex numbers', () => {
    const d = arbitrary([3], 1)
    expect(() => tridiagonalSolve(d, d, d, arbitrary([2, 1], 2))).toThrow(ShapeError)
    const c = arbitrary([2], 1, 'complex64')
    expect(() => tridiagonalSolve(c, c, c, arbitrary([2, 1], 2, 'complex64'))).toThrow(DTypeError)
  })
})
