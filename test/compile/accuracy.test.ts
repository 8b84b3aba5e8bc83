/** Long sums: accumulation is blocked or pairwise in every layout, eagerly and compiled. */
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'

const many = 2 ** 25
const ones = new Float32Array(many).fill(1)
const tenths = new Float32Array(2 ** 24).fill(1.1)

const total = (x: NdArray): NdArray =>
  lax.reduceSum(
    x,
    x.shape.map((_, i) => i)
  )
const mean = (x: NdArray): NdArray => lax.div(total(x), x.size)
const value = (x: NdArray): number => hostOf(x)[0] ?? Number.NaN

/** Shapes of n elements, with their names. */
const layouts = (n: number): readonly (readonly [string, readonly number[]])[] =>
  [[n], [n, 1], [1, n], [n / 8, 8]].map((shape) => [shape.join(' × '), shape])

describe.each([
  ['eager', total, mean],
  ['jitted', jit(total), jit(mean)]
])('%s', (_name, sum, average) => {
  test.each(layouts(many))('2^25 ones add up to 2^25 in shape %s', (_shape, shape) => {
    const x = fromHost(makeAval(shape, 'float32'), ones)
    expect(value(sum(x))).toBe(many)
    expect(value(average(x))).toBe(1)
  })

  test.each(layouts(2 ** 24))('2^24 times 1.1 is right to 1e-6 in shape %s', (_shape, shape) => {
    const x = fromHost(makeAval(shape, 'float32'), tenths)
    const exact = Math.fround(1.1) * 2 ** 24
    expect(Math.abs(value(sum(x)) - exact)).toBeLessThan(1e-6 * exact)
    expect(Math.abs(value(average(x)) - Math.fround(1.1))).toBeLessThan(1.1e-6)
  })

  test('columns and rows of a tall and of a wide array', () => {
    const tall = fromHost(makeAval([many / 2, 2], 'float32'), ones)
    const columns = jit((x: NdArray) => lax.reduceSum(x, [0]))
    expect([...hostOf(columns(tall))]).toEqual([many / 2, many / 2])
    const wide = fromHost(makeAval([2, many / 2], 'float32'), ones)
    const rows = jit((x: NdArray) => lax.reduceSum(x, [1]))
    expect([...hostOf(rows(wide))]).toEqual([many / 2, many / 2])
  })
})

describe('a contraction', () => {
  test('of 2^24 ones is 2^24', () => {
    const n = 2 ** 24
    const x = fromHost(makeAval([n], 'float32'), ones.subarray(0, n))
    expect(value(lax.dot(x, x))).toBe(n)
    expect(value(jit((y: NdArray) => lax.dot(y, y))(x))).toBe(n)
  })
})

describe('the compiled modulus of complex numbers', () => {
  const parts = [0, -0, 1, -3, NaN, Infinity, -Infinity, 1e-45, 1e-20, 1e-12, 1e18, 1e20, 2e38]
  test.each([
    ['complex64', Float32Array, 2 ** -23, 2 ** -149],
    ['complex128', Float64Array, 2 ** -52, 2 ** -1074]
  ] as const)('of %s has no needless overflow or underflow', (dtype, Numbers, ulp, least) => {
    const pairs = parts.flatMap((re) => parts.map((im) => [re, im] as const))
    const data = Numbers.from(pairs.flat())
    const z = fromHost(makeAval([pairs.length], dtype), data)
    const found = hostOf(jit((x: NdArray) => lax.abs(x))(z))
    pairs.forEach((_, i) => {
      const exact = Math.hypot(data[2 * i], data[2 * i + 1])
      if (Number.isFinite(exact))
        expect(Math.abs(found[i] - exact)).toBeLessThanOrEqual(1.5 * ulp * exact + least)
      else expect(found[i]).toBe(exact)
    })
  })
})
