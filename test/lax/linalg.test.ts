import '../../src/install.ts'
import { describe, expect, test } from 'vitest'
import * as linalg from '../../src/lax/linalg.ts'
import { adjoint, asRows, matmul } from '../../src/primitives/linalg-matrix.ts'
import { complex } from '../../src/primitives/complex.ts'
import { constant, mul } from '../../src/primitives/elementwise.ts'
import { reshape } from '../../src/primitives/movement.ts'
import { expectClose } from '../equality.ts'
import { make } from '../numpy/arrays.ts'

const close = { rtol: 1e-10, atol: 1e-10 }
const a = make([
  [4, 1],
  [1, 3]
])

describe('lax.linalg', () => {
  test('cholesky and eigh symmetrise unless told not to', () => {
    const l = linalg.cholesky(a)
    expectClose(matmul(l, adjoint(l)), a, close)
    const skew = make([
      [4, 9],
      [1, 3]
    ])
    expectClose(linalg.cholesky(skew, { symmetrizeInput: false }), l, close)
    const [v, w] = linalg.eigh(a)
    expectClose(matmul(a, v), mul(v, asRows(w, 2)), close)
    expectClose(linalg.eigh(skew, { symmetrizeInput: false })[1], w, close)
  })

  test('svd, qr, schur and hessenberg give factors in the order of JAX', () => {
    const [u, s, vh] = linalg.svd(a)
    expectClose(matmul(mul(u, asRows(s, 2)), vh), a, close)
    expectClose(linalg.svd(a, { computeUv: false })[0], s, close)
    const [q, r] = linalg.qr(a)
    expectClose(matmul(q, r), a, close)
    const [t, z] = linalg.schur(a)
    expectClose(matmul(matmul(z, t), adjoint(z)), a, close)
    expect(linalg.hessenberg(a).map((x) => x.shape)).toEqual([[2, 2], [1]])
  })

  test('eig gives both sides', () => {
    const [w, vl, vr] = linalg.eig(a)
    const wide = complex(a, constant(a, 0))
    expectClose(matmul(wide, vr), mul(vr, asRows(w, 2)), close)
    expectClose(matmul(adjoint(vl), wide), adjoint(mul(vl, asRows(w, 2))), close)
  })

  test('triangularSolve takes one right-hand side or several', () => {
    const lower = make([
      [2, 0],
      [1, 4]
    ])
    const options = { leftSide: true, lower: true }
    expectClose(linalg.triangularSolve(lower, make([2, 9]), options), make([1, 2]), close)
    expectClose(linalg.triangularSolve(lower, make([[2], [9]]), options), make([[1], [2]]), close)
    // x A = b from the right.
    expectClose(linalg.triangularSolve(lower, make([4, 8]), { lower: true }), make([1, 2]), close)
  })

  test('tridiagonalSolve and lu', () => {
    const x = linalg.tridiagonalSolve(make([0, 1]), make([4, 3]), make([1, 0]), make([[6], [7]]))
    expectClose(matmul(a, x), make([[6], [7]]), close)
    const [packed, , permutation] = linalg.lu(
      make([
        [0, 2],
        [1, 3]
      ])
    )
    expectClose(
      packed,
      make([
        [1, 3],
        [0, 2]
      ]),
      close
    )
    expect(reshape(permutation, [2]).shape).toEqual([2])
  })
})
