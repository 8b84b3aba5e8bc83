import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { linearTranspose } from '../../src/transforms/linear-transpose.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { message } from '../core/message.ts'
import { array, number, values } from '../control/arrays.ts'

const matrix = array([1, 2, 3, 4, 5, 6], [2, 3])
const apply = (x: NdArray): NdArray => lax.dot(matrix, x)

describe('linearTranspose', () => {
  test('of a matrix is its transpose', () => {
    const transposed = linearTranspose(apply, [array([0, 0, 0])])
    expect(values(transposed(array([1, 0]))[0])).toEqual([1, 2, 3])
    expect(values(transposed(array([1, 1]))[0])).toEqual([5, 7, 9])
  })

  test('twice is the function itself', () => {
    const once = (y: NdArray): NdArray => linearTranspose(apply, [array([0, 0, 0])])(y)[0]
    const twice = linearTranspose(once, [array([0, 0])])
    expect(values(twice(array([1, 0, 2]))[0])).toEqual(values(apply(array([1, 0, 2]))))
  })

  test('goes through jit, vmap, scan and trees', () => {
    const running = jit((p: { readonly x: NdArray }) => ({ y: lax.cumsum(lax.mul(p.x, 2)) }))
    const [back] = linearTranspose(running, [{ x: array([0, 0, 0]) }])({ y: array([1, 1, 1]) })
    expect(values(back.x)).toEqual([6, 4, 2])
    const batched = linearTranspose(vmap(apply), [array([0, 0, 0, 0, 0, 0], [2, 3])])
    expect(values(batched(array([1, 0, 0, 1], [2, 2]))[0])).toEqual([1, 2, 3, 4, 5, 6])
    const decay = (x: NdArray): NdArray =>
      lax.scan(
        (c: NdArray, v: NdArray) => [lax.add(lax.mul(c, 0.5), v), []] as const,
        number(0),
        x
      )[0]
    expect(values(linearTranspose(decay, [array([0, 0, 0])])(number(4))[0])).toEqual([1, 2, 4])
  })

  test('is itself differentiable', () => {
    const f = (w: NdArray): NdArray =>
      linearTranspose((x: NdArray) => lax.mul(w, x), [number(0)])(number(3))[0]
    expect(values(grad(f)(number(5)))).toEqual([3])
  })

  test('of an affine function is that of its linear part, as in JAX', () => {
    const affine = (x: NdArray): NdArray => lax.add(lax.mul(x, 3), 1)
    expect(values(linearTranspose(affine, [number(1)])(number(2))[0])).toEqual([6])
  })

  const refusal = (f: (x: NdArray) => NdArray): string =>
    message(() => linearTranspose(f, [array([1, 2])])(f(array([1, 2]))))

  test('refuses functions that are not linear', () => {
    expect(refusal((x) => lax.sin(x))).toMatchInlineSnapshot(`
      "TransformError transpose: sin is not linear, or has no transpose rule
        got:      sin
        expected: a linear function of the arguments that are transposed
        hint:     linearTranspose takes linear functions only; grad needs a jvp rule made of linear operations"
    `)
    expect(refusal((x) => lax.mul(x, x))).toMatchInlineSnapshot(`
      "TransformError transpose: mul of several arguments at once is not linear
        got:      mul
        expected: a linear function of the arguments that are transposed
        hint:     linearTranspose takes linear functions only; grad needs a jvp rule made of linear operations"
    `)
    expect(refusal((x) => lax.dot(x, x))).toMatchInlineSnapshot(`
      "TransformError transpose: dotGeneral of several arguments at once is not linear
        got:      dotGeneral
        expected: a linear function of the arguments that are transposed
        hint:     linearTranspose takes linear functions only; grad needs a jvp rule made of linear operations"
    `)
    expect(refusal((x) => lax.div(1, x))).toMatchInlineSnapshot(`
      "TransformError transpose: div is not linear in argument 1
        got:      div
        expected: a linear function of the arguments that are transposed
        hint:     linearTranspose takes linear functions only; grad needs a jvp rule made of linear operations"
    `)
  })
})
