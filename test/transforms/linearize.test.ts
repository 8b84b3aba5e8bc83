import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { makeJaxpr } from '../../src/transforms/inspect.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { linearize } from '../../src/transforms/linearize.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { array, near, number, values } from '../control/arrays.ts'

const f = (x: NdArray): NdArray => lax.sin(lax.mul(x, x))

describe('linearize', () => {
  test('gives the value and the derivative, which is a function', () => {
    const [y, push] = linearize(f, [number(2)])
    expect(near(y, [Math.sin(4)])).toBe(true)
    expect(near(push(number(1)), [4 * Math.cos(4)])).toBe(true)
    expect(near(push(number(3)), [12 * Math.cos(4)])).toBe(true)
  })

  test('agrees with jvp, jitted and batched', () => {
    const [x, dx] = [array([1, 2, 3]), array([1, -1, 2])]
    const expected = values(jvp(f, [x], [dx])[1])
    expect(near(linearize(f, [x])[1](dx), expected)).toBe(true)
    expect(near(linearize(jit(vmap(f)), [x])[1](dx), expected)).toBe(true)
    expect(near(jit((v: NdArray) => linearize(f, [x])[1](v))(dx), expected)).toBe(true)
  })

  test('the pushforward holds linear operations only', () => {
    const [, push] = linearize(f, [number(2)])
    expect(String(makeJaxpr(push)(number(1)))).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[] . let
          b:f64[] = mul a 2:f64[]
          c:f64[] = mul 2:f64[] a
          d:f64[] = add b c
          e:f64[] = mul d -0.6536436208636119:f64[]
        in (e,) }"
    `)
  })

  test('is differentiated again', () => {
    const second = (x: NdArray): NdArray => linearize(grad(f), [x])[1](number(1))
    // (sin x²)″ = 2 cos x² − 4x² sin x²
    expect(near(second(number(2)), [2 * Math.cos(4) - 16 * Math.sin(4)])).toBe(true)
    expect(
      near(vmap(second)(array([1, 2])), [
        2 * Math.cos(1) - 4 * Math.sin(1),
        2 * Math.cos(4) - 16 * Math.sin(4)
      ])
    ).toBe(true)
  })

  test('a result that is constant has derivative zero', () => {
    const [y, push] = linearize((x: NdArray) => ({ same: x, one: number(1) }), [number(2)])
    expect([values(y.same), values(y.one)]).toEqual([[2], [1]])
    expect([values(push(number(5)).same), values(push(number(5)).one)]).toEqual([[5], [0]])
  })
})
