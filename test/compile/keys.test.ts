import { describe, expect, test } from 'vitest'
import { jit, lax, np, type NdArray } from 'cotangent'
import { jaxprKey } from '../../src/compile/keys.ts'
import { livePrograms } from '../../src/compile/program.ts'

const keyOf = (f: (x: NdArray) => NdArray, x: NdArray): string | null =>
  jaxprKey(jit(f).lower(x).jaxpr)

describe('the key of a program', () => {
  const x = np.array([1, 2, 3])

  test('is that of any program with the same equations', () => {
    const make = (n: number) => (y: NdArray) => np.sin(y).mul(n)
    expect(keyOf(make(2), x)).toBe(keyOf(make(2), x))
  })

  test.each([
    ['a literal', (y: NdArray) => np.sin(y).mul(3)],
    ['the sign of a zero', (y: NdArray) => np.sin(y).mul(-0)],
    ['an operation', (y: NdArray) => np.cos(y).mul(2)],
    ['an operand', (y: NdArray) => np.sin(y).mul(y)],
    ['a result', (y: NdArray) => (np.sin(y).mul(2), y)]
  ])('differs by %s', (_name, f) => {
    expect(keyOf(f, x)).not.toBe(keyOf((y) => np.sin(y).mul(2), x))
    expect(keyOf((y) => np.sin(y).mul(0), x)).not.toBe(keyOf((y) => np.sin(y).mul(-0), x))
  })

  test('differs by the type of an input', () => {
    const f = (y: NdArray): NdArray => y.add(y)
    expect(keyOf(f, x)).not.toBe(keyOf(f, x.astype('int32')))
  })

  test('differs by what a loop inside does', () => {
    const loop =
      (n: number) =>
      (y: NdArray): NdArray =>
        lax.foriLoop(0, 3, (_i, c: NdArray) => c.mul(n), y)
    expect(keyOf(loop(2), x)).toBe(keyOf(loop(2), x))
    expect(keyOf(loop(2), x)).not.toBe(keyOf(loop(3), x))
  })
})

describe('an eager loop', () => {
  test('compiles its body once, however often it is traced', () => {
    const run = (start: number): NdArray =>
      lax.whileLoop(
        (v: NdArray) => v.less(100),
        (v: NdArray) => v.mul(2),
        np.array(start)
      )
    run(3)
    const before = livePrograms()
    for (let i = 1; i <= 20; i++) run(i)
    expect(livePrograms()).toBe(before)
    expect(run(3).item()).toBe(192)
  })

  test('does so however long the body is', () => {
    const run = (): NdArray =>
      lax.whileLoop(
        (v: NdArray) => v.less(3),
        (v: NdArray) =>
          Array.from({ length: 450 }, (_, i) => i).reduce((s, i) => s.add(i / 1e6), v),
        np.array(1)
      )
    const first = run().item()
    const before = livePrograms()
    expect(run().item()).toBe(first)
    expect(livePrograms()).toBe(before)
  })

  test('and functions jitted anew share their code', () => {
    const twice = () => jit((y: NdArray) => y.mul(2).add(1))
    twice()(np.array([1, 2]))
    const before = livePrograms()
    for (let i = 0; i < 20; i++) twice()(np.array([1, 2]))
    expect(livePrograms()).toBe(before)
  })
})
