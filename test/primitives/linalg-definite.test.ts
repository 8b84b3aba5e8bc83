import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { DTypeError, ShapeError } from '../../src/core/errors.ts'
import { add } from '../../src/primitives/elementwise.ts'
import { cholesky } from '../../src/primitives/linalg-cholesky.ts'
import { adjoint, eye, matmul } from '../../src/primitives/linalg-matrix.ts'
import {
  triangularSolve,
  type TriangularSolveParams
} from '../../src/primitives/linalg-triangular-solve.ts'
import { expectArray, expectClose } from '../equality.ts'
import {
  arbitrary,
  checkBatch,
  checkDerivatives,
  checkSecondDerivatives,
  make,
  type Flat
} from './checks.ts'
import { byParts } from './complex-parts.ts'

/** X Xᴴ + I: Hermitian, and positive definite by more than rounding. */
const definite = (x: NdArray): NdArray => add(matmul(x, adjoint(x)), eye([...x.shape], x.dtype))

describe('cholesky', () => {
  test('is the lower triangular square root, and does not read above the diagonal', () => {
    // [[2, 0], [1, 3]] [[2, 1], [0, 3]] = [[4, 2], [2, 10]]
    const l = make([2, 2], [2, 0, 1, 3])
    expectArray(cholesky(make([2, 2], [4, 2, 2, 10])), l)
    expectArray(cholesky(make([2, 2], [4, NaN, 2, 10])), l)
  })

  test('factorises each matrix of a stack, NaN where one is not positive definite', () => {
    const stack = make([2, 1, 1], [9, -1], 'float32')
    expectArray(cholesky(stack), make([2, 1, 1], [3, NaN], 'float32'))
  })

  test('takes Hermitian matrices', () => {
    const a = definite(arbitrary([3, 3], 5, 'complex128'))
    const l = cholesky(a)
    expectClose(matmul(l, adjoint(l)), a, { rtol: 1e-12, atol: 1e-12 })
  })

  test('of an empty matrix is empty', () => {
    expectArray(cholesky(make([0, 0], [])), make([0, 0], []))
  })

  test.each<readonly [string, Flat, readonly NdArray[]]>([
    ['one matrix', (x) => [cholesky(definite(x))], [arbitrary([3, 3], 1)]],
    ['a stack', (x) => [cholesky(definite(x))], [arbitrary([2, 2, 2], 2)]],
    [
      'a Hermitian matrix',
      byParts((x) => [cholesky(definite(x))]),
      [arbitrary([3, 3], 3), arbitrary([3, 3], 4)]
    ]
  ])('of %s has right first and second derivatives', (_name, f, xs) => {
    checkDerivatives(f, xs)
    checkSecondDerivatives(f, xs)
  })

  test('depends on what it reads alone, and so does its derivative', () => {
    const f: Flat = (x) => [cholesky(add(x, make([2, 2], [9, 0, 0, 9])))]
    checkDerivatives(f, [arbitrary([2, 2], 5)])
  })

  test('under vmap is a loop', () => {
    checkBatch((x) => [cholesky(definite(x))], [arbitrary([2, 2], 6)])
  })

  test('refuses what is no square matrix of floats', () => {
    expect(() => cholesky(make([2, 3], [1, 2, 3, 4, 5, 6]))).toThrow(ShapeError)
    expect(() => cholesky(make([1], [1]))).toThrow(ShapeError)
    expect(() => cholesky(make([1, 1], [1], 'int32'))).toThrow(DTypeError)
    expect(() => cholesky(make([1, 1], [1], 'bfloat16'))).toThrow(DTypeError)
  })
})

/** Every combination of the five options. */
const allOptions: readonly TriangularSolveParams[] = Array.from({ length: 32 }, (_, bits) => ({
  leftSide: (bits & 1) !== 0,
  lower: (bits & 2) !== 0,
  transposeA: (bits & 4) !== 0,
  conjugateA: (bits & 8) !== 0,
  unitDiagonal: (bits & 16) !== 0
}))

/** `x` with 3 added on the diagonal, which keeps its triangles away from singular ones. */
const strong = (x: NdArray): NdArray => {
  const i = eye(x.shape, x.dtype)
  return add(x, add(i, add(i, i)))
}

describe('triangularSolve', () => {
  test('substitutes forward and back', () => {
    const a = make([2, 2], [2, 5, 1, 4])
    // 2 x = 4, x + 4 y = 10; and 4 y = 8, 2 x + 5 y = 14.
    const lower = triangularSolve(a, make([2, 1], [4, 10]), { leftSide: true, lower: true })
    expectArray(lower, make([2, 1], [2, 2]))
    const upper = triangularSolve(a, make([2, 1], [14, 8]), { leftSide: true })
    expectArray(upper, make([2, 1], [2, 2]))
    // (x, y) [[2, 5], [0, 4]] = (2 x, 5 x + 4 y) = (4, 18)
    expectArray(triangularSolve(a, make([1, 2], [4, 18])), make([1, 2], [2, 2]))
  })

  test.each(allOptions)('has right derivatives with %o', (options) => {
    const b = options.leftSide ? [3, 2] : [2, 3]
    const f: Flat = (a, x) => [triangularSolve(strong(a), x, options)]
    checkDerivatives(f, [arbitrary([3, 3], 1), arbitrary(b, 2)])
    checkDerivatives(byParts(f), [
      arbitrary([3, 3], 3),
      arbitrary([3, 3], 4),
      arbitrary(b, 5),
      arbitrary(b, 6)
    ])
  })

  test.each([true, false])('has right second derivatives with leftSide %s', (leftSide) => {
    const f: Flat = (a, b) => [triangularSolve(strong(a), b, { leftSide, lower: true })]
    const b = leftSide ? [2, 3] : [3, 2]
    checkSecondDerivatives(f, [arbitrary([2, 2], 1), arbitrary(b, 2)])
    checkSecondDerivatives(f, [arbitrary([2, 2, 2], 3), arbitrary([2, ...b], 4)])
  })

  test.each([true, false])('under vmap is a loop with leftSide %s', (leftSide) => {
    const b = leftSide ? [2, 3] : [3, 2]
    const f: Flat = (x, y) => [triangularSolve(strong(x), y, { leftSide })]
    checkBatch(f, [arbitrary([2, 2], 1), arbitrary(b, 2)])
    checkBatch(f, [arbitrary([2, 2, 2], 3), arbitrary([2, ...b], 4)])
  })

  test('refuses a right-hand side of other extents', () => {
    const a = arbitrary([2, 2], 1)
    expect(() => triangularSolve(a, arbitrary([2, 3], 2))).toThrow(ShapeError)
    expect(() => triangularSolve(a, arbitrary([2, 3, 2], 2))).toThrow(ShapeError)
    expect(() => triangularSolve(a, arbitrary([3, 2], 2, 'float32'))).toThrow(DTypeError)
  })
})
