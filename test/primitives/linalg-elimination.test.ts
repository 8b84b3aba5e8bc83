import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { TransformError } from '../../src/core/errors.ts'
import { add } from '../../src/primitives/elementwise.ts'
import { lu, solveByLu } from '../../src/primitives/linalg-lu.ts'
import {
  adjoint,
  asRows,
  eye,
  matmul,
  strictlyLower,
  takeRows,
  upperTriangle
} from '../../src/primitives/linalg-matrix.ts'
import { qr } from '../../src/primitives/linalg-qr.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { takeAlongAxis } from '../../src/primitives/gather.ts'
import { sliceInDim } from '../../src/primitives/slicing.ts'
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

const tight = { rtol: 1e-12, atol: 1e-12 }

describe('lu', () => {
  test('exchanges rows for the greatest pivot', () => {
    // The second row leads; a quarter of it taken from the first leaves 5 - 8/4 = 3.
    const [packed, pivots, permutation] = lu(make([2, 2], [1, 5, 4, 8]))
    expectArray(packed, make([2, 2], [4, 8, 0.25, 3]))
    expectArray(pivots, make([2], [1, 1], 'int32'))
    expectArray(permutation, make([2], [1, 0], 'int32'))
  })

  test.each<readonly [readonly number[]]>([[[3, 3]], [[4, 2]], [[2, 4]], [[2, 3, 3]]])(
    'of shape %j multiplies back',
    (shape) => {
      const a = arbitrary(shape, 1, 'complex128')
      const [packed, , permutation] = lu(a)
      const rank = shape.length
      const [m, n] = shape.slice(-2)
      const k = Math.min(m, n)
      const left = sliceInDim(packed, 0, k, rank - 1)
      const l = add(strictlyLower(left), eye(left.shape, a.dtype))
      const u = upperTriangle(sliceInDim(packed, 0, k, rank - 2))
      expectClose(matmul(l, u), takeRows(a, permutation), tight)
    }
  )

  test.each<readonly [readonly number[]]>([[[3, 3]], [[4, 2]], [[2, 4]], [[2, 2, 3]]])(
    'of shape %j has right derivatives',
    (shape) => {
      const f: Flat = (a) => [lu(a)[0]]
      checkDerivatives(f, [arbitrary(shape, 2)])
      checkSecondDerivatives(f, [arbitrary(shape, 2)])
      checkDerivatives(byParts(f), [arbitrary(shape, 3), arbitrary(shape, 4)])
    }
  )

  test('under vmap is a loop', () => {
    checkBatch((a) => lu(a), [arbitrary([3, 2], 1)])
  })
})

describe('solveByLu', () => {
  test('solves a general system, with right first and second derivatives', () => {
    const f: Flat = (a, b) => [solveByLu(a, b)]
    const [a, b] = [arbitrary([2, 3, 3], 1), arbitrary([2, 3, 2], 2)]
    expectClose(matmul(a, solveByLu(a, b)), b, { rtol: 1e-10, atol: 1e-10 })
    checkDerivatives(f, [arbitrary([3, 3], 1), arbitrary([3, 2], 2)])
    checkSecondDerivatives(f, [arbitrary([2, 2], 3), arbitrary([2, 1], 4)])
  })
})

describe('qr', () => {
  test('has the signs of LAPACK: the diagonal of R opposes what it replaces', () => {
    const [q, r] = qr(make([2, 1], [3, 4]), { fullMatrices: false })
    expectClose(q, make([2, 1], [-0.6, -0.8]), tight)
    expectClose(r, make([1, 1], [-5]), tight)
  })

  test.each<readonly [readonly number[], boolean]>([
    [[3, 3], true],
    [[4, 2], true],
    [[4, 2], false],
    [[2, 4], false],
    [[2, 3, 2], false]
  ])('of shape %j with fullMatrices %s multiplies back', (shape, fullMatrices) => {
    const a = arbitrary(shape, 1, 'complex128')
    const [q, r] = qr(a, { fullMatrices })
    expectClose(matmul(q, r), a, tight)
    const columns = q.shape[q.ndim - 1]
    expectClose(
      matmul(adjoint(q), q),
      eye([...shape.slice(0, -2), columns, columns], a.dtype),
      tight
    )
    expectArray(upperTriangle(r), r)
  })

  test('with pivoting names the columns', () => {
    const a = make([2, 2], [0, 3, 1, 4])
    const [q, r, pivots] = qr(a, { pivoting: true })
    expectArray(pivots, make([2], [1, 0], 'int32'))
    expectClose(matmul(q, r), takeAlongAxis(a, asRows(pivots, 2), 1), tight)
  })

  test.each<readonly [readonly number[]]>([[[3, 3]], [[4, 2]], [[2, 4]], [[2, 3, 2]]])(
    'of shape %j has right derivatives',
    (shape) => {
      const f: Flat = (a) => qr(a, { fullMatrices: false })
      checkDerivatives(f, [arbitrary(shape, 2)])
      checkSecondDerivatives(f, [arbitrary(shape, 2)])
      checkDerivatives(byParts(f), [arbitrary(shape, 3), arbitrary(shape, 4)])
      const pivoted: Flat = (a) => qr(a, { fullMatrices: false, pivoting: true }).slice(0, 2)
      checkDerivatives(pivoted, [arbitrary(shape, 5)])
    }
  )

  test('of a tall matrix has no derivative of the columns it is free to choose', () => {
    const a: NdArray = arbitrary([3, 2], 1)
    expect(() => jvpFlat((x) => qr(x), [a], [a])).toThrow(TransformError)
  })

  test('under vmap is a loop', () => {
    checkBatch((a) => qr(a, { fullMatrices: true }), [arbitrary([3, 2], 1)])
    checkBatch((a) => qr(a, { pivoting: true }), [arbitrary([2, 3], 1)])
  })
})
