import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { message } from '../core/message.ts'
import { array, number, values } from './arrays.ts'

const squareOrNegate = (x: NdArray): NdArray =>
  lax.cond(
    lax.gt(x, 0),
    (y: NdArray) => lax.mul(y, y),
    (y) => lax.neg(y),
    x
  )

describe.each([
  ['as it is', squareOrNegate],
  ['jitted', jit(squareOrNegate)]
])('cond, %s', (_name, f) => {
  test('runs the branch that the predicate names', () => {
    expect(values(f(number(3)))).toEqual([9])
    expect(values(f(number(-3)))).toEqual([3])
  })
  test('differentiates the branch that ran', () => {
    expect(values(grad(f)(number(3)))).toEqual([6])
    expect(values(grad(f)(number(-3)))).toEqual([-1])
  })
  test('selects per example when the predicate is batched', () => {
    expect(values(vmap(f)(array([3, -3])))).toEqual([9, 3])
    expect(values(jit(vmap(grad(f)))(array([3, -3])))).toEqual([6, -1])
  })
})

describe('cond', () => {
  test('differentiates what its branches close over', () => {
    const f = (w: NdArray): NdArray =>
      lax.cond(
        true,
        (x: NdArray) => lax.mul(x, w),
        (x) => x,
        number(5)
      )
    expect(values(grad(f)(number(2)))).toEqual([5])
    expect(values(jit(grad(f))(number(2)))).toEqual([5])
  })

  test('wants the same result from both branches', () => {
    const bad = (): unknown =>
      lax.cond(
        true,
        (x: NdArray): unknown => ({ a: x }),
        (x) => [x, x],
        number(1)
      )
    expect(message(bad)).toMatchInlineSnapshot(`
      "StructureError cond: the branches return different structures or types
        got:      the root: a tuple of 2 against an object with a
        expected: results of the same structure, shapes and types from every branch
        hint:     convert with astype, or broadcast, so that the branches agree"
    `)
  })
})

describe('switch', () => {
  test('clamps the index to the branches there are', () => {
    const f = (i: number): readonly number[] =>
      values(
        lax.switch(
          lax.full([], i, 'int32'),
          [(x: NdArray) => x, (x: NdArray) => lax.mul(x, 2), (x: NdArray) => lax.mul(x, 3)],
          number(1)
        )
      )
    expect([-1, 0, 1, 2, 9].map((i) => f(i)[0])).toEqual([1, 1, 2, 3, 3])
  })
})
