import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { multiply, subtract } from '../../src/numpy/arithmetic.ts'
import { abs } from '../../src/numpy/arithmetic.ts'
import { real } from '../../src/numpy/complex.ts'
import { sumOver } from '../../src/numpy/along.ts'
import * as linalg from '../../src/numpy/linalg.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { expectArray, expectClose } from '../equality.ts'
import { f32, make, numericalGradient, valuesOf } from './arrays.ts'

const a = make([
  [4, 1, 2],
  [1, 5, -1],
  [3, 0, 6]
])
const weights = make([
  [1, -2, 0.5],
  [0.25, 3, -1],
  [2, 1, -0.5]
])
const weighted = (y: NdArray): NdArray => sumOver(multiply(y, weights))
const close = { rtol: 1e-9, atol: 1e-9 }
const eye3 = make([
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1]
])
const spd = linalg.matmul(a, linalg.matrixTranspose(a))

describe('products', () => {
  test('matmul multiplies vectors, matrices and stacks', () => {
    const x = make([
      [1, 2],
      [3, 4]
    ])
    expectArray(linalg.matmul(x, make([1, -1])), make([-1, -1]))
    expectArray(linalg.matmul(make([1, -1]), x), make([-2, -2]))
    expectArray(linalg.matmul(make([1, 2]), make([3, 4])), make(11))
    expectArray(linalg.matmul(make([[[1, 0]], [[0, 2]]]), x), make([[[1, 2]], [[6, 8]]]))
    expectArray(
      linalg.matmul(
        make([1, 2]),
        make([
          [[1], [1]],
          [[2], [3]]
        ])
      ),
      make([[3], [8]])
    )
    expectArray(
      linalg.matmul(
        make([[[1, 1]]]),
        make([
          [[1], [2]],
          [[3], [4]]
        ])
      ),
      make([[[3]], [[7]]])
    )
  })

  test('matmul refuses what does not fit', () => {
    expect(() => linalg.matmul(a, make([1, 2]))).toThrow('cannot be multiplied')
    expect(() => linalg.matmul(2, a)).toThrow('cannot be multiplied')
  })

  test('cross, outer, vecdot and tensordot are their definitions', () => {
    expectArray(linalg.cross(make([1, 0, 0]), make([0, 1, 0])), make([0, 0, 1]))
    expectArray(linalg.cross(make([1, 2, 3]), make([4, 5, 6])), make([-3, 6, -3]))
    expectArray(
      linalg.outer(make([1, 2]), make([3, 4, 5])),
      make([
        [3, 4, 5],
        [6, 8, 10]
      ])
    )
    expectArray(
      linalg.vecdot(
        make([
          [1, 2],
          [3, 4]
        ]),
        make([5, 6])
      ),
      make([17, 39])
    )
    const z = make([[1, 2]], 'complex128')
    expectArray(linalg.vecdot(z, z), make([5, 0], 'complex128'))
    expectArray(linalg.tensordot(a, eye3), make(15))
    expectArray(linalg.tensordot(make([1, 2, 3]), a, { axes: [0, 1] }), make([12, 8, 21]))
  })

  test('multiDot and matrixPower are products', () => {
    const b = make([
      [1, 2],
      [0, 1],
      [1, 0]
    ])
    const c = make([[2], [1]])
    expectArray(linalg.multiDot([a, b, c]), linalg.matmul(a, linalg.matmul(b, c)))
    expectArray(linalg.matrixPower(a, 3), linalg.matmul(a, linalg.matmul(a, a)))
    expectArray(linalg.matrixPower(a, 0), eye3)
    expectClose(linalg.matmul(linalg.matrixPower(a, -2), linalg.matmul(a, a)), eye3, close)
  })

  test('diagonal and trace take the last two axes', () => {
    const x = make([
      [
        [1, 2],
        [3, 4]
      ],
      [
        [5, 6],
        [7, 8]
      ]
    ])
    expectArray(
      linalg.diagonal(x),
      make([
        [1, 4],
        [5, 8]
      ])
    )
    expectArray(linalg.trace(x), make([5, 13]))
    expectArray(linalg.trace(x, { offset: 1 }), make([2, 6]))
  })
})

describe('solve and inv', () => {
  test('solve the equation', () => {
    expectClose(linalg.matmul(a, linalg.solve(a, make([1, 2, 3]))), make([1, 2, 3]), close)
    expectClose(linalg.matmul(a, linalg.solve(a, weights)), weights, close)
    expectClose(linalg.matmul(linalg.inv(a), a), eye3, close)
  })

  test('share one matrix between batches', () => {
    const b = make([
      [[1], [2], [3]],
      [[4], [5], [6]]
    ])
    expectClose(linalg.matmul(a, linalg.solve(a, b)), b, close)
    expectClose(vmap((y: NdArray) => linalg.solve(a, y))(b), linalg.solve(a, b), close)
  })

  test('have the derivatives of their values', () => {
    const b = make([1, -2, 3])
    const f = (x: NdArray): NdArray => sumOver(multiply(linalg.solve(x, b), make([1, 2, -1])))
    expectClose(grad(f)(a), numericalGradient(f, a), { rtol: 1e-7, atol: 1e-9 })
    const g = (x: NdArray): NdArray => weighted(linalg.inv(x))
    expectClose(grad(g)(a), numericalGradient(g, a), { rtol: 1e-7, atol: 1e-9 })
    const h = (y: NdArray): NdArray => sumOver(multiply(linalg.solve(a, y), make([1, 2, -1])))
    expectClose(grad(h)(b), numericalGradient(h, b), { rtol: 1e-7, atol: 1e-9 })
  })

  test('have second derivatives', () => {
    const f = (x: NdArray): NdArray => weighted(linalg.inv(x))
    const g = (x: NdArray): NdArray => weighted(grad(f)(x))
    expectClose(grad(g)(a), numericalGradient(g, a), { rtol: 1e-6, atol: 1e-8 })
  })

  test('tensorsolve and tensorinv undo tensordot', () => {
    const t = make([
      [
        [
          [1, 2],
          [0, 1]
        ],
        [
          [3, 1],
          [1, 0]
        ]
      ],
      [
        [
          [0, 1],
          [2, 2]
        ],
        [
          [1, 1],
          [0, 4]
        ]
      ]
    ])
    const x = make([
      [1, 2],
      [3, 4]
    ])
    expectClose(linalg.tensorsolve(t, linalg.tensordot(t, x)), x, close)
    expectClose(linalg.tensordot(linalg.tensorinv(t), linalg.tensordot(t, x)), x, close)
  })
})

describe('determinants', () => {
  test('are those of the definition', () => {
    // 4·(5·6 − 0) − 1·(1·6 + 3) + 2·(0 − 15)
    expectClose(linalg.det(a), make(81), close)
    expectArray(linalg.det(make([[7]])), make(7))
    const [sign, logarithm] = linalg.slogdet(
      make([
        [0, 2],
        [3, 0]
      ])
    )
    expectArray(sign, make(-1))
    expectClose(logarithm, make(Math.log(6)), close)
    expectClose(
      linalg.det(
        make([
          [
            [1, 2],
            [3, 4]
          ],
          [
            [2, 0],
            [0, 2]
          ]
        ])
      ),
      make([-2, 4]),
      close
    )
  })

  test('have the derivatives of their values', () => {
    expectClose(grad(linalg.det)(a), numericalGradient(linalg.det, a), { rtol: 1e-7, atol: 1e-8 })
    const f = (x: NdArray): NdArray => linalg.slogdet(x)[1]
    expectClose(grad(f)(a), numericalGradient(f, a), { rtol: 1e-7, atol: 1e-9 })
    const g = (x: NdArray): NdArray => weighted(grad(f)(x))
    expectClose(grad(g)(a), numericalGradient(g, a), { rtol: 1e-6, atol: 1e-8 })
  })

  test('of singular matrices have the matrix of cofactors for a derivative', () => {
    const singular = make([
      [1, 2],
      [2, 4]
    ])
    expectClose(
      grad(linalg.det)(singular),
      make([
        [4, -2],
        [-2, 1]
      ]),
      close
    )
    const rank1 = make([
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1]
    ])
    expectArray(
      abs(grad(linalg.det)(rank1)),
      make([
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0]
      ])
    )
  })

  test('of larger singular matrices too', () => {
    // The last row is the sum of the others.
    const x = make([
      [1, 2, 0, 1],
      [0, 1, 3, 2],
      [2, 0, 1, 1],
      [3, 3, 4, 4]
    ])
    expectClose(linalg.det(x), make(0), { atol: 1e-12 })
    expectClose(grad(linalg.det)(x), numericalGradient(linalg.det, x), { rtol: 1e-8, atol: 1e-8 })
    const ones = make([1, 1, 1, 1].map(() => [1, 1, 1, 1]))
    expectArray(abs(grad(linalg.det)(ones)), make([1, 1, 1, 1].map(() => [0, 0, 0, 0])))
  })

  test('a singular matrix has sign 0 and logarithm −∞', () => {
    const [sign, logarithm] = linalg.slogdet(
      make([
        [1, 2],
        [2, 4]
      ])
    )
    expectArray(abs(sign), make(0))
    expectArray(logarithm, make(-Infinity))
  })
})

describe('decompositions', () => {
  test('multiply back', () => {
    const l = linalg.cholesky(spd)
    expectClose(linalg.matmul(l, linalg.matrixTranspose(l)), spd, close)
    expectClose(linalg.cholesky(spd, { upper: true }), linalg.matrixTranspose(l), close)
    const [q, r] = linalg.qr(a)
    expectClose(linalg.matmul(q, r), a, close)
    expectClose(linalg.qr(a, { mode: 'r' }), r, close)
    const [u, s, vh] = linalg.svd(a)
    expectClose(linalg.matmul(multiply(u, s), vh), a, close)
    expectClose(linalg.svdvals(a), s, close)
    const [w, v] = linalg.eigh(spd)
    expectClose(linalg.matmul(spd, v), multiply(v, w), { rtol: 1e-9, atol: 1e-8 })
    expectClose(linalg.eigvalsh(spd), w, close)
    const [lambda, vectors] = linalg.eig(a)
    const gap = subtract(linalg.matmul(a, vectors), multiply(vectors, lambda))
    expectClose(sumOver(abs(gap)), make(0), { atol: 1e-8 })
    expectClose(sumOver(real(linalg.eigvals(a))), make(15), close)
  })

  test('svd of a Hermitian matrix has positive values, descending', () => {
    const x = make([
      [1, 2],
      [2, -3]
    ])
    const [u, s, vh] = linalg.svd(x, { hermitian: true })
    expectClose(linalg.matmul(multiply(u, s), vh), x, close)
    expectClose(s, linalg.svdvals(x), close)
  })

  test('eigh and cholesky have the derivatives of their values', () => {
    const f = (x: NdArray): NdArray => sumOver(multiply(linalg.eigvalsh(x), make([1, -2, 3])))
    expectClose(grad(f)(spd), numericalGradient(f, spd), { rtol: 1e-6, atol: 1e-8 })
    const g = (x: NdArray): NdArray => {
      const [w, v] = linalg.eigh(x)
      // The projector on the last eigenvector does not depend on its sign.
      return sumOver(
        multiply(linalg.matmul(multiply(v, multiply(w, w)), linalg.matrixTranspose(v)), weights)
      )
    }
    expectClose(grad(g)(spd), numericalGradient(g, spd), { rtol: 1e-6, atol: 1e-6 })
    const h = (x: NdArray): NdArray => weighted(linalg.cholesky(x))
    expectClose(grad(h)(spd), numericalGradient(h, spd), { rtol: 1e-6, atol: 1e-8 })
  })
})

describe('rank, pseudo-inverse and least squares', () => {
  const tall = make([
    [1, 0],
    [1, 1],
    [1, 2]
  ])

  test('pinv of full column rank is (AᵀA)⁻¹Aᵀ', () => {
    const t = linalg.matrixTranspose(tall)
    expectClose(linalg.pinv(tall), linalg.matmul(linalg.inv(linalg.matmul(t, tall)), t), close)
    const f = (x: NdArray): NdArray =>
      sumOver(
        multiply(
          linalg.pinv(x),
          make([
            [1, 2, 3],
            [0, 1, -1]
          ])
        )
      )
    expectClose(grad(f)(tall), numericalGradient(f, tall), { rtol: 1e-7, atol: 1e-8 })
  })

  test('matrixRank counts', () => {
    expectArray(
      linalg.matrixRank(
        make([
          [1, 2],
          [2, 4]
        ])
      ),
      make(1, 'int32')
    )
    expectArray(
      linalg.matrixRank(
        f32([
          [
            [1, 0],
            [0, 1]
          ],
          [
            [0, 0],
            [0, 0]
          ]
        ])
      ),
      make([2, 0], 'int32')
    )
  })

  test('lstsq fits a line', () => {
    // y = 1 + 2 t exactly, then with residuals 1/6, −1/3, 1/6 scaled: Σ = 1/6.
    const [x, residual, rank, s] = linalg.lstsq(tall, make([1, 3, 5]))
    expectClose(x, make([1, 2]), close)
    expectClose(residual, make([0]), { atol: 1e-12 })
    expect([...valuesOf(rank), s.shape[0]]).toEqual([2, 2])
    expectClose(linalg.lstsq(tall, make([1, 3, 6]))[1], make([1 / 6]), close)
  })
})

describe('norms', () => {
  const x = make([
    [1, -2],
    [3, 4]
  ])

  test('of vectors', () => {
    const v = make([3, -4, 0])
    const of = (ord: number): NdArray => linalg.norm(v, { ord })
    expectArray(linalg.norm(v), make(5))
    expectArray(of(1), make(7))
    expectArray(of(Infinity), make(4))
    expectArray(of(-Infinity), make(0))
    expectArray(of(0), make(2))
    expectClose(of(3), make(Math.cbrt(91)), close)
    expectArray(linalg.norm(x, { axis: 1, keepdims: true }), make([[Math.sqrt(5)], [5]]))
    expectArray(linalg.vectorNorm(x, { ord: 1 }), make(10))
  })

  test('of matrices', () => {
    const of = (ord: number | 'fro' | 'nuc'): NdArray => linalg.norm(x, { ord })
    expectClose(of('fro'), make(Math.sqrt(30)), close)
    expectArray(of(1), make(6))
    expectArray(of(-1), make(4))
    expectArray(of(Infinity), make(7))
    expectArray(of(-Infinity), make(3))
    const s = linalg.svdvals(x)
    expectClose(of('nuc'), sumOver(s), close)
    expectClose(multiply(of(2), of(-2)), make(10), close)
    expectArray(
      linalg.matrixNorm(
        make([
          [
            [1, 2],
            [2, 0]
          ]
        ]),
        { keepdims: true }
      ),
      make([[[3]]])
    )
    expectClose(
      linalg.cond(
        make([
          [2, 0],
          [0, 8]
        ])
      ),
      make(4),
      close
    )
    expectClose(linalg.cond(x, { p: 1 }), make(6 * 0.7), close)
  })

  test('have forward derivatives', () => {
    const [, t] = jvp((y: NdArray) => linalg.norm(y), [make([3, 4])], [make([1, 0])])
    expectClose(t, make(0.6), close)
  })

  test('name the orders there are', () => {
    expect(() => linalg.norm(x, { ord: 3 })).toThrow('no norm of this order')
  })
})
