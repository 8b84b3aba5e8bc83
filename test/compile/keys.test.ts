import { describe, expect, test } from 'vitest'
import { config, jit, lax, np, type NdArray } from 'cotangent'
import { counters, resetCounters } from '../../src/compile/counters.ts'
import { jaxprKey, parameterKey, sameParameters } from '../../src/compile/keys.ts'
import { livePrograms } from '../../src/compile/program.ts'

const keyOf = (f: (x: NdArray) => NdArray, x: NdArray): string | null =>
  jaxprKey(jit(f).lower(x).jaxpr)

test('parameters that are the same have the same key, and no others', () => {
  const all: readonly unknown[] = [
    null,
    0,
    -0,
    NaN,
    'a',
    true,
    [],
    [1, 2],
    [1, 2, 3],
    {},
    { a: [1], b: 'x' },
    { a: [1], b: 'y' },
    { a: [1] },
    { b: 'x', c: [1] }
  ]
  const copies = all.map((x) => (x === null ? x : structuredClone(x)))
  all.forEach((a, i) =>
    copies.forEach((b, j) => {
      expect(sameParameters(a, b)).toBe(i === j)
      expect(parameterKey(a) === parameterKey(b)).toBe(i === j)
    })
  )
  expect(sameParameters(np.array([1]), np.array([1]))).toBe(false)
})

describe('an eager operation', () => {
  const [x, y] = [np.ones([20, 30]), np.ones([30, 40])]

  test('that is a long sum of products runs in a kernel, a short one in loops', () => {
    resetCounters()
    np.matmul(x, y)
    expect(counters()).toMatchObject({ compiled: 1, loops: 0 })
    np.matmul(x.slice(':3'), y.slice(':', ':3'))
    expect(counters().compiled).toBe(1)
  })

  test('is told from the one before it by types, parameters and settings', () => {
    const sums = [0, 1, 1, 0].map((axis) => {
      const eager = config({ eagerThreshold: 0 })
      try {
        return np.sum(x, { axis }).shape
      } finally {
        config(eager)
      }
    })
    expect(sums).toEqual([[30], [20], [20], [30]])
    expect(np.matmul(x, y).shape).toEqual([20, 40])
    expect(np.matmul(np.ones([21, 30]), y).shape).toEqual([21, 40])
    const before = config({ eagerThreshold: Infinity })
    resetCounters()
    np.matmul(np.ones([21, 30]), y)
    config(before)
    expect(counters()).toMatchObject({ compiled: 0 })
  })
})

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
