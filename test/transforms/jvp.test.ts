import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { scalar, type NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { array, number, values } from '../control/arrays.ts'

const cube = (x: NdArray): NdArray => lax.mul(x, lax.mul(x, x))
const slope =
  (f: (x: NdArray) => NdArray) =>
  (x: NdArray): NdArray =>
    jvp(f, [x], [lax.fullLike(x, 1)])[1]

describe('jvp', () => {
  test('gives the value and its derivative in a direction', () => {
    const [y, dy] = jvp(
      (a: NdArray, b: NdArray) => lax.mul(a, b),
      [number(2), number(3)],
      [number(10), number(1)]
    )
    expect([values(y), values(dy)]).toEqual([[6], [32]])
  })

  test('composes with itself: 3x², 6x, 6', () => {
    const at = number(2)
    expect(values(slope(cube)(at))).toEqual([12])
    expect(values(slope(slope(cube))(at))).toEqual([12])
    expect(values(slope(slope(slope(cube)))(at))).toEqual([6])
  })

  test('composes with grad, jit and vmap', () => {
    expect(values(slope(grad(cube))(number(2)))).toEqual([12])
    expect(values(grad(slope(cube))(number(2)))).toEqual([12])
    expect(values(jit(vmap(slope(grad(cube))))(array([1, 2])))).toEqual([6, 12])
    expect(values(slope(vmap(jit(grad(cube))))(array([1, 2])))).toEqual([6, 12])
  })

  test('keeps nested variables apart', () => {
    const f = (x: NdArray): NdArray =>
      lax.mul(x, jvp((y: NdArray) => lax.mul(x, y), [number(1)], [number(1)])[1])
    expect(values(slope(f)(number(3)))).toEqual([6])
  })

  test('takes and gives trees', () => {
    const [y, dy] = jvp(
      (p: { readonly a: NdArray; readonly b: readonly [NdArray] }) => ({ q: lax.mul(p.a, p.b[0]) }),
      [{ a: number(2), b: [number(3)] }],
      [{ a: number(1), b: [number(0)] }]
    )
    expect([values(y.q), values(dy.q)]).toEqual([[6], [3]])
  })

  test('gives a number the type of its primal', () => {
    const f = (x: NdArray | number): NdArray => lax.mul(x, 2)
    const [, dy] = jvp(f, [number(1)], [1])
    expect([dy.dtype, values(dy)]).toEqual(['float64', [2]])
  })

  test('integers have no tangent: results that depend on them alone have tangent zero', () => {
    const [y, dy] = jvp(
      (n: NdArray, x: NdArray) => [lax.add(n, n), lax.mul(x, x)] as const,
      [scalar(2, 'int32'), number(3)],
      [scalar(7, 'int32'), number(1)]
    )
    expect(y.map(values)).toEqual([[4], [9]])
    expect(dy.map(values)).toEqual([[0], [6]])
  })
})
