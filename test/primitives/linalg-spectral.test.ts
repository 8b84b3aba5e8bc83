import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { TransformError } from '../../src/core/errors.ts'
import { convertElementType } from '../../src/primitives/convert.ts'
import { add, mul } from '../../src/primitives/elementwise.ts'
import { eig } from '../../src/primitives/linalg-eig.ts'
import { eigh } from '../../src/primitives/linalg-eigh.ts'
import { adjoint, asRows, conj, eye, matmul } from '../../src/primitives/linalg-matrix.ts'
import { singularValues, svd } from '../../src/primitives/linalg-svd.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
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

/** X + Xᴴ. */
const hermitian = (x: NdArray): NdArray => add(x, adjoint(x))

/** V diag(w). */
const scaled = (v: NdArray, w: NdArray): NdArray =>
  mul(v, asRows(convertElementType(w, v.dtype), v.shape[v.ndim - 2]))

describe('eigh', () => {
  test('of [[2, 1], [1, 2]] has eigenvalues 1 and 3', () => {
    const [v, w] = eigh(make([2, 2], [2, NaN, 1, 2]))
    expectClose(w, make([2], [1, 3]), tight)
    expectClose(matmul(v, adjoint(v)), make([2, 2], [1, 0, 0, 1]), tight)
  })

  test('reads the upper triangle when asked', () => {
    const [, w] = eigh(make([2, 2], [2, 1, NaN, 2], 'float32'), { lower: false })
    expectClose(w, make([2], [1, 3], 'float32'))
  })

  test('diagonalises every matrix of a stack, with real eigenvalues', () => {
    const a = hermitian(arbitrary([2, 3, 3], 1, 'complex128'))
    const [v, w] = eigh(a)
    expect(w.dtype).toBe('float64')
    expectClose(matmul(a, v), scaled(v, w), tight)
  })

  test('has right first and second derivatives', () => {
    const f: Flat = (x) => eigh(hermitian(x))
    checkDerivatives(f, [arbitrary([3, 3], 1)])
    checkDerivatives(f, [arbitrary([2, 3, 3], 2)])
    checkSecondDerivatives(f, [arbitrary([3, 3], 3)])
  })

  test('of a Hermitian matrix has right derivatives of what no phase changes', () => {
    // V diag(w²) Vᴴ = A².
    const f: Flat = byParts((x) => {
      const [v, w] = eigh(hermitian(x))
      return [w, matmul(scaled(v, mul(w, w)), adjoint(v))]
    })
    checkDerivatives(f, [arbitrary([3, 3], 4), arbitrary([3, 3], 5)])
    checkSecondDerivatives(f, [arbitrary([2, 2], 6), arbitrary([2, 2], 7)])
  })

  test.each([true, false])('with lower %s depends on that triangle alone', (lower) => {
    const f: Flat = (x) => eigh(x, { lower })
    checkDerivatives(f, [arbitrary([3, 3], 8)])
    const values: Flat = byParts((x) => [eigh(x, { lower })[1]])
    checkDerivatives(values, [arbitrary([3, 3], 9), arbitrary([3, 3], 10)])
  })

  test('differentiates equal eigenvalues through their sum', () => {
    const a = make([2, 2], [1, 0, 0, 1])
    const [, [, dw]] = jvpFlat((x) => eigh(x), [a], [make([2, 2], [3, 0, 0, 5])])
    expectArray(dw as NdArray, make([2], [3, 5])) // the tangent of w is diag(Vᵀ dA V), V = I
  })

  test('under vmap is a loop', () => {
    checkBatch((x) => eigh(hermitian(x), { lower: false }), [arbitrary([3, 3], 1)])
  })
})

describe('svd', () => {
  test('of diag(3, -4) has singular values 4 and 3', () => {
    const a = make([2, 2], [3, 0, 0, -4])
    expectClose(singularValues(a), make([2], [4, 3]), tight)
    const [s, u, vh] = svd(a)
    expectClose(s, make([2], [4, 3]), tight)
    expectClose(matmul(scaled(u, s), vh), a, tight)
  })

  test.each<readonly [readonly number[]]>([[[3, 3]], [[4, 2]], [[2, 4]], [[2, 3, 2]]])(
    'of shape %j multiplies back, with unitary factors',
    (shape) => {
      const a = arbitrary(shape, 1, 'complex128')
      const [s, u, vh] = svd(a, { fullMatrices: false })
      expect(s.dtype).toBe('float64')
      expectClose(matmul(scaled(u, s), vh), a, tight)
      const [, left, right] = svd(a)
      const [m, n] = shape.slice(-2)
      const batch = shape.slice(0, -2)
      expectClose(matmul(left, adjoint(left)), eye([...batch, m, m], a.dtype), tight)
      expectClose(matmul(right, adjoint(right)), eye([...batch, n, n], a.dtype), tight)
    }
  )

  test.each<readonly [readonly number[]]>([[[3, 3]], [[4, 2]], [[2, 4]], [[2, 3, 2]]])(
    'of shape %j has right derivatives',
    (shape) => {
      const thin: Flat = (a) => svd(a, { fullMatrices: false })
      checkDerivatives(thin, [arbitrary(shape, 2)])
      checkSecondDerivatives(thin, [arbitrary(shape, 2)])
      const values: Flat = (a) => [singularValues(a)]
      checkDerivatives(values, [arbitrary(shape, 3)])
      checkSecondDerivatives(values, [arbitrary(shape, 3)])
    }
  )

  test.each<readonly [readonly number[]]>([[[2, 2]], [[3, 2]], [[2, 3]]])(
    'of shape %j, complex, has right derivatives of what no phase changes',
    (shape) => {
      // U diag(s²) Vᴴ = A Aᴴ U Vᴴ, and U Vᴴ is the unitary factor of the polar form.
      const f: Flat = byParts((a) => {
        const [s, u, vh] = svd(a, { fullMatrices: false })
        return [s, matmul(u, vh), matmul(scaled(u, mul(s, s)), vh)]
      })
      checkDerivatives(f, [arbitrary(shape, 4), arbitrary(shape, 5)])
    }
  )

  test('of a square matrix has derivatives with fullMatrices too, of others not', () => {
    checkDerivatives((a) => svd(a), [arbitrary([2, 2], 6)])
    const a = arbitrary([3, 2], 1)
    expect(() => jvpFlat((x) => svd(x), [a], [a])).toThrow(TransformError)
  })

  test('under vmap is a loop', () => {
    checkBatch((a) => svd(a), [arbitrary([3, 2], 1)])
    checkBatch((a) => [singularValues(a)], [arbitrary([2, 3], 1)])
  })
})

describe('eig', () => {
  test('of a rotation by a right angle has eigenvalues ±i', () => {
    const [w] = eig(make([2, 2], [0, -1, 1, 0]))
    expectClose(w, make([2], [0, 1, 0, -1], 'complex128'), tight)
  })

  test.each(['float64', 'complex128'] as const)('of %s has left and right vectors', (dtype) => {
    const a = arbitrary([2, 3, 3], 1, dtype)
    const [w, vl, v] = eig(a)
    const wide = convertElementType(a, 'complex128')
    expectClose(matmul(wide, v), scaled(v, w), tight)
    expectClose(matmul(adjoint(wide), vl), scaled(vl, conj(w)), tight)
    expect(eig(a, { computeLeft: false, computeRight: false })).toHaveLength(1)
    expectArray(eig(a, { computeLeft: false })[1], v)
    expectArray(eig(a, { computeRight: false })[1], vl)
  })

  const values: Flat = (a) => eig(a, { computeLeft: false, computeRight: false })
  const real = (f: Flat): Flat => byParts((a) => f(a))

  test('has right derivatives of eigenvalues', () => {
    checkDerivatives(real(values), [arbitrary([3, 3], 2), arbitrary([3, 3], 3)])
    checkDerivatives(real(values), [arbitrary([2, 2, 2], 2), arbitrary([2, 2, 2], 3)])
  })

  test('has right derivatives of vectors, and second ones, when asked', () => {
    const all = real((a) => eig(a, { differentiateVectors: true }))
    checkDerivatives(all, [arbitrary([3, 3], 4), arbitrary([3, 3], 5)])
    const second = real((a) =>
      eig(a, { computeLeft: false, computeRight: false, differentiateVectors: true })
    )
    checkSecondDerivatives(second, [arbitrary([2, 2], 6), arbitrary([2, 2], 7)])
  })

  test('of a real matrix has right derivatives', () => {
    // One real eigenvalue and one pair, seen through their parts.
    const f: Flat = (x) =>
      byParts((a) => eig(a, { computeLeft: false, differentiateVectors: true }))(
        x,
        make([3, 3], [0, 0, 0, 0, 0, 0, 0, 0, 0])
      )
    checkDerivatives(f, [make([3, 3], [0.5, -2, 0.3, 1.5, 0.2, 0.1, 0.4, -0.6, 3])])
  })

  test('differentiates vectors only when asked', () => {
    const a = arbitrary([2, 2], 1)
    expect(() => jvpFlat((x) => eig(x), [a], [a])).toThrow(TransformError)
  })

  test('under vmap is a loop', () => {
    checkBatch((a) => eig(a), [arbitrary([2, 2], 1)])
  })
})
