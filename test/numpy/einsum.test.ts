import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { multiply } from '../../src/numpy/arithmetic.ts'
import { einsum, einsumPath } from '../../src/numpy/einsum.ts'
import * as linalg from '../../src/numpy/linalg.ts'
import { sum } from '../../src/numpy/reductions.ts'
import { transpose } from '../../src/numpy/shapes.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose } from '../equality.ts'
import { bools, i32, make, numericalGradient } from './arrays.ts'

const a = make([
  [1, 2, 3],
  [4, 5, 6]
])
const b = make([
  [1, 0],
  [2, 1],
  [0, 3]
])
const square = make([
  [1, 2],
  [3, 4]
])

describe('einsum', () => {
  test('products, traces, diagonals, transposes and sums', () => {
    expectArray(einsum('ij,jk->ik', a, b), linalg.matmul(a, b))
    expectArray(einsum('ij,jk', a, b), linalg.matmul(a, b))
    expectArray(einsum('ii', square), make(5))
    expectArray(einsum('ii->i', square), make([1, 4]))
    expectArray(einsum('ji', a), transpose(a))
    expectArray(einsum('ij->', a), make(21))
    expectArray(einsum('ij->j', a), make([5, 7, 9]))
    expectArray(
      einsum('i,j->ji', make([1, 2]), make([3, 4])),
      make([
        [3, 6],
        [4, 8]
      ])
    )
    expectArray(einsum('ij,ij->i', a, a), make([14, 77]))
    expectArray(einsum('i,i,i', make([1, 2]), make([3, 4]), make([5, 6])), make(63))
  })

  test('ellipses broadcast', () => {
    const stack = make([
      [
        [1, 2],
        [3, 4]
      ],
      [
        [0, 1],
        [1, 0]
      ]
    ])
    expectArray(einsum('...ij,...jk->...ik', stack, square), linalg.matmul(stack, square))
    expectArray(einsum('...ij->...ji', stack), transpose(stack, [0, 2, 1]))
    expectArray(einsum('...,...', make(2), a), multiply(a, 2))
    expectArray(einsum('i...->...', a), make([5, 7, 9]))
    expectArray(
      einsum(
        '...i,i...',
        a,
        make([
          [1, 1],
          [0, 0],
          [2, 2]
        ])
      ),
      make([7, 16])
    )
  })

  test('extent 1 is repeated', () => {
    expectArray(
      einsum('ij,ij->ij', a, make([[1], [10]])),
      make([
        [1, 2, 3],
        [40, 50, 60]
      ])
    )
    expectArray(einsum('ij,kj->ik', make([[2], [3]]), make([[1, 1, 1]])), make([[6], [9]]))
  })

  test('several operands meet in the cheaper order', () => {
    const v = make([[1], [2], [3]])
    expectArray(einsum('ij,jk,kl->il', b, a, v), linalg.matmul(b, linalg.matmul(a, v)))
    // The vector meets the matrix beside it first.
    expect(einsumPath('ij,jk,kl->il', b, a, v)[0]).toEqual([
      [1, 2],
      [0, 1]
    ])
  })

  test('integers stay integers, bools are counted', () => {
    expectArray(
      einsum(
        'ij,j->i',
        i32([
          [1, 2],
          [3, 4]
        ]),
        i32([1, 1])
      ),
      i32([3, 7])
    )
    expectArray(einsum('i->', bools([true, true])), i32(2))
  })

  test('can be differentiated and mapped', () => {
    const f = (x: NdArray): NdArray => sum(einsum('ij,jk,ki->ik', x, square, x))
    expectClose(grad(f)(square), numericalGradient(f, square), { rtol: 1e-8 })
    const g = (x: NdArray): NdArray => einsum('ij,j->i', square, x)
    expectArray(vmap(g)(square), einsum('ij,bj->bi', square, square))
  })

  test('says what it cannot read', () => {
    expect(() => einsum('ij,jk->ik', a)).toThrow('2 terms for 1 operands')
    expect(() => einsum('ij->k', a)).toThrow('one that no operand has')
    expect(() => einsum('i', a)).toThrow('does not name the axes')
    expect(() => einsum('ij,ij', a, b)).toThrow('two extents')
    expect(() => einsum('i1', a)).toThrow('cannot be read')
  })
})
