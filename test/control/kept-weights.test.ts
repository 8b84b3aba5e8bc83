import * as fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { cpuBackend } from '../../src/compile/backends.ts'
import { config, explain, jit, lax, np, type NdArray } from '../../src/index.ts'

const before = config()
afterEach(() => config({ threads: before.threads, maxResidentBytes: before.maxResidentBytes }))

const array = (shape: readonly number[], seed: number): NdArray => {
  const size = shape.reduce((a, b) => a * b, 1)
  return np.array(Float32Array.from({ length: size }, (_, i) => Math.sin(i + seed))).reshape(shape)
}

const bits = (x: NdArray): readonly number[] => Array.from(x.toTypedArray())

/** What is in memory beside the arrays that a call has as arguments and results. */
const cells = (): number => cpuBackend().residency.statistics().cells

const problem = fc.record({
  rows: fc.integer({ min: 17, max: 96 }),
  inner: fc.integer({ min: 60, max: 600 }),
  columns: fc.integer({ min: 280, max: 400 }),
  transposed: fc.boolean(),
  offset: fc.integer({ min: 0, max: 3 }),
  dtype: fc.constantFrom('float32', 'float64'),
  threads: fc.constantFrom(1, 2)
})

describe('weights that are kept packed', () => {
  test('change no bit of any call', () => {
    fc.assert(
      fc.property(problem, ({ rows, inner, columns, transposed, offset, dtype, threads }) => {
        config({ threads })
        const f = jit((x: NdArray, w: NdArray) => {
          const part = w.slice(`${offset}:`)
          return np.matmul(x, transposed ? np.transpose(part) : part).add(1)
        })
        const shape = transposed ? [columns + offset, inner] : [inner + offset, columns]
        const x = array([rows, inner], 1).astype(dtype)
        const w = array(shape, 2).astype(dtype)
        const first = bits(f(x, w))
        for (let call = 1; call < 4; call++) expect(bits(f(x, w))).toEqual(first)
        const other = array(shape, 3).astype(dtype)
        const fresh = bits(f(x, other.add(0)))
        for (let call = 0; call < 3; call++) expect(bits(f(x, other))).toEqual(fresh)
        expect(bits(f(x, w))).toEqual(first)
      }),
      { numRuns: 12 }
    )
  })

  test('serve several products, other programs, products of a batch and loops', () => {
    const w = array([200, 200], 1)
    const x = array([2, 40, 200], 2)
    const y = array([40, 200], 3)
    const chained = jit((a: NdArray, b: NdArray) => np.matmul(np.tanh(np.matmul(a, b)), b))
    const batched = jit((a: NdArray, b: NdArray) => np.tensordot(a, b, { axes: 1 }))
    const looped = jit((a: NdArray, b: NdArray) =>
      lax.foriLoop(0, 3, (_i, h: NdArray) => np.tanh(np.matmul(h, b)), a)
    )
    const run = (): readonly (readonly number[])[] =>
      [chained(y, w), batched(x, w), looped(y, w)].map(bits)
    const first = run()
    expect(run()).toEqual(first)
    expect(run()).toEqual(first)
  })

  test('are packed for the second call, once', () => {
    const f = jit((x: NdArray, w: NdArray) => np.matmul(x, w))
    const [x, w] = [array([20, 200], 1), array([200, 200], 2)]
    const kept: NdArray[] = []
    const counts = Array.from({ length: 4 }, () => {
      kept.push(f(x, w))
      return cells()
    })
    // Every call adds its result; the second one the packed weights too.
    expect(counts.map((n, i) => n - (counts[i - 1] ?? n))).toEqual([0, 2, 1, 1])
    expect(String(explain(f)(x, w))).toContain('contraction')
  })

  test('are no longer used when the array is given away or its memory is short', () => {
    const f = jit((x: NdArray, w: NdArray) => np.matmul(x, w))
    const g = jit((w: NdArray) => w.mul(2), { donateArgnums: [0] })
    const x = array([20, 200], 1)
    const w = array([200, 200], 2).add(0)
    const first = bits(f(x, w))
    expect(bits(f(x, w))).toEqual(first)
    expect(bits(f(x, g(w)))).toEqual(first.map((v) => Math.fround(2 * v)))
    config({ maxResidentBytes: 2 ** 19 })
    const others = [3, 4, 5].map((seed) => array([200, 200], seed))
    const expected = others.map((o) => bits(f(x, o)))
    for (let round = 0; round < 3; round++)
      expect(others.map((o) => bits(f(x, o)))).toEqual(expected)
  })
})
