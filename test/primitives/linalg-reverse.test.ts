import { describe, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { add, instantiate } from '../../src/primitives/elementwise.ts'
import { cholesky } from '../../src/primitives/linalg-cholesky.ts'
import { eigh } from '../../src/primitives/linalg-eigh.ts'
import { lu, solveByLu } from '../../src/primitives/linalg-lu.ts'
import { eye } from '../../src/primitives/linalg-matrix.ts'
import { qr } from '../../src/primitives/linalg-qr.ts'
import { svd } from '../../src/primitives/linalg-svd.ts'
import { triangularSolve } from '../../src/primitives/linalg-triangular-solve.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { arbitrary, checkDerivatives, type Flat } from './checks.ts'

/** Cotangents of the operands as a function of the operands: reverse mode, to differentiate. */
const gradient =
  (f: Flat): Flat =>
  (...xs) => {
    const { outs, pullback } = vjpFlat(f, xs, 'f')
    return pullback(outs.map((y, i) => arbitrary(y.shape, 50 + i, y.dtype))).map(instantiate)
  }

const strong = (x: NdArray): NdArray => {
  const i = eye(x.shape, x.dtype)
  return add(x, add(add(i, i), add(i, i)))
}

describe('the gradient of the gradient', () => {
  test.each<readonly [string, Flat, readonly NdArray[]]>([
    ['cholesky', (a) => [cholesky(strong(a))], [arbitrary([3, 3], 1)]],
    ['eigh', (a) => eigh(a), [arbitrary([3, 3], 2)]],
    ['svd', (a) => svd(a, { fullMatrices: false }), [arbitrary([3, 2], 3)]],
    ['qr', (a) => qr(a), [arbitrary([3, 3], 4)]],
    ['lu', (a) => [lu(a)[0]], [arbitrary([3, 3], 5)]],
    ['solveByLu', (a, b) => [solveByLu(a, b)], [arbitrary([2, 2], 6), arbitrary([2, 2], 7)]],
    [
      'triangularSolve',
      (a, b) => [triangularSolve(strong(a), b, { leftSide: true, transposeA: true })],
      [arbitrary([2, 2], 8), arbitrary([2, 3], 9)]
    ]
  ])('of %s is right', (_name, f, xs) => {
    checkDerivatives(gradient(f), xs)
  })
})
