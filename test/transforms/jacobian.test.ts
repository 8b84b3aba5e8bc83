import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { hessian, jacfwd, jacrev } from '../../src/transforms/jacobian.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { array, number, values } from '../control/arrays.ts'

const polar = (p: NdArray): NdArray => {
  const [r, t] = [
    lax.indexInDim(p, 0, 0, { keepdims: false }),
    lax.indexInDim(p, 1, 0, { keepdims: false })
  ]
  const parts = [lax.mul(r, lax.cos(t)), lax.mul(r, lax.sin(t)), lax.mul(r, r)]
  return lax.concatenate(
    parts.map((x) => lax.reshape(x, [1])),
    0
  )
}

/** Σ x³ + x₀ x₁: its Hessian is diag(6x) plus ones beside the diagonal. */
const scalarOf = (x: NdArray): NdArray =>
  lax.add(
    lax.reduceSum(lax.mul(x, lax.mul(x, x)), [0]),
    lax.mul(
      lax.indexInDim(x, 0, 0, { keepdims: false }),
      lax.indexInDim(x, 1, 0, { keepdims: false })
    )
  )
const hessianAt12 = [6, 1, 1, 12]

describe.each([
  ['jacfwd', jacfwd],
  ['jacrev', jacrev]
])('%s', (_name, jacobian) => {
  test('of three results of two inputs is a [3, 2] matrix', () => {
    const j = jacobian(polar)(array([2, 0]))
    expect([j.shape, values(j)]).toEqual([
      [3, 2],
      [1, 0, 0, 2, 4, 0]
    ])
  })

  test('has the axes of the result, then those of the input', () => {
    const j = jacobian((x: NdArray) => lax.transpose(x, [1, 0]))(array([1, 2], [1, 2]))
    expect([j.shape, values(j)]).toEqual([
      [2, 1, 1, 2],
      [1, 0, 0, 1]
    ])
  })

  test('of trees is a tree of trees', () => {
    const f = (p: { readonly a: NdArray; readonly b: NdArray }): { readonly y: NdArray } => ({
      y: lax.mul(p.a, lax.mul(p.b, p.b))
    })
    const j = jacobian(f)({ a: number(2), b: number(3) })
    expect([values(j.y.a), values(j.y.b)]).toEqual([[9], [12]])
  })

  test('takes argnums and hasAux', () => {
    const f = (x: NdArray, y: NdArray): readonly [NdArray, NdArray] => [
      lax.mul(x, y),
      lax.add(x, y)
    ]
    const [[dx, dy], aux] = jacobian(f, { argnums: [0, 1], hasAux: true })(
      array([1, 2]),
      array([3, 4])
    ) as readonly [readonly [NdArray, NdArray], NdArray]
    expect([values(dx), values(dy), values(aux)]).toEqual([
      [3, 0, 0, 4],
      [1, 0, 0, 2],
      [4, 6]
    ])
    const second = jacobian((x: NdArray, y: NdArray) => lax.mul(x, y), { argnums: -1 })
    expect(values(second(number(3), number(4)))).toEqual([3])
  })

  test('composes with jit and vmap', () => {
    const batch = array([2, 0, 3, 0], [2, 2])
    expect(values(jit(vmap(jacobian(polar)))(batch))).toEqual([1, 0, 0, 2, 4, 0, 1, 0, 0, 3, 6, 0])
  })

  test('of a result that does not depend on the input is zero', () => {
    expect(values(jacobian((_x: NdArray) => array([1, 2]))(number(1)))).toEqual([0, 0])
  })
})

describe('hessian', () => {
  test('is the same in all four ways', () => {
    const x = array([1, 2])
    expect(values(hessian(scalarOf)(x))).toEqual(hessianAt12)
    expect(values(jacfwd(jacrev(scalarOf))(x))).toEqual(hessianAt12)
    expect(values(jacrev(jacfwd(scalarOf))(x))).toEqual(hessianAt12)
    expect(values(jacrev(grad(scalarOf))(x))).toEqual(hessianAt12)
    expect(values(jacfwd(jacfwd(scalarOf))(x))).toEqual(hessianAt12)
  })

  test('jitted and batched', () => {
    const batch = vmap(hessian(scalarOf))(array([1, 2, 0, 1], [2, 2]))
    expect(values(batch)).toEqual([...hessianAt12, 0, 1, 1, 6])
    expect(values(jit(hessian(jit(scalarOf)))(array([1, 2])))).toEqual(hessianAt12)
  })

  test('has a third derivative: diag(6) in each slice', () => {
    const third = jacfwd(hessian(scalarOf) as (x: NdArray) => NdArray)(array([1, 2]))
    expect([third.shape, values(third)]).toEqual([
      [2, 2, 2],
      [6, 0, 0, 0, 0, 0, 0, 6]
    ])
  })

  test('of a tree has mixed derivatives', () => {
    const f = (p: { readonly a: NdArray; readonly b: NdArray }): NdArray =>
      lax.mul(p.a, lax.mul(p.b, p.b))
    const h = hessian(f)({ a: number(2), b: number(3) })
    expect([h.a.a, h.a.b, h.b.a, h.b.b].map((x) => values(x)[0])).toEqual([0, 6, 6, 4])
  })
})
