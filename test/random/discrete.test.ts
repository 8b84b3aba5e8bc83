import { describe, expect, test } from 'vitest'
import type { DType } from '../../src/core/dtype.ts'
import * as random from '../../src/random/index.ts'
import { expectArray } from '../equality.ts'
import { f32, i32, make, messageOf, values } from './arrays.ts'

const key = random.key(3)

/** Σ (observed − expected)² / expected over equally likely cells. */
const chiSquare = (cells: readonly number[], count: number): number => {
  const seen = new Array<number>(count).fill(0)
  for (const c of cells) seen[c]++
  const expected = cells.length / count
  return seen.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
}

/** The 99.9 % quantile of χ² with n degrees of freedom; Wilson and Hilferty's approximation. */
const limit = (n: number): number => n * (1 - 2 / (9 * n) + 3.0902 * Math.sqrt(2 / (9 * n))) ** 3

describe('bits', () => {
  test('have each byte equally often', () => {
    const words = values(random.bits(key, [8192]))
    for (const shift of [0, 8, 16, 24]) {
      const bytes = words.map((w) => (w >>> shift) & 255)
      expect(chiSquare(bytes, 256)).toBeLessThan(limit(255))
    }
  })

  test('of narrow types are the low bits', () => {
    const words = values(random.bits(key, [9]))
    expect(values(random.bits(key, [9], { dtype: 'uint8' }))).toEqual(words.map((w) => w & 255))
    expect(values(random.bits(key, [9], { dtype: 'uint16' }))).toEqual(words.map((w) => w & 0xffff))
  })

  test('of a longer sample begin with those of a shorter one', () => {
    expect(values(random.bits(key, [50])).slice(0, 6)).toEqual(values(random.bits(key, [2, 3])))
  })

  test('of neighbouring keys agree in half of the places', () => {
    const [a, b] = [0, 1].map((i) => values(random.bits(random.foldIn(key, i), [4096])))
    const ones = (x: number): number => x.toString(2).replaceAll('0', '').length
    const differing = a.reduce((n, w, i) => n + ones((w ^ b[i]) >>> 0), 0)
    // 131,072 fair coins: five standard deviations are 905.
    expect(Math.abs(differing - 65536)).toBeLessThan(905)
  })

  test('are unsigned integers', () => {
    expect(messageOf(() => random.bits(key, [2], { dtype: 'int32' }))).toMatchInlineSnapshot(`
      "bits: bits are unsigned integers
        got:      int32
        expected: uint32, uint16, uint8
        hint:     random.randint samples signed integers, random.uniform real numbers"
    `)
  })
})

describe('randint', () => {
  test('has each number equally often', () => {
    const cells = values(random.randint(key, [7000], -3, 4)).map((v) => v + 3)
    expect(chiSquare(cells, 7)).toBeLessThan(limit(6))
  })

  test.each([
    ['uint8', 0, 256],
    ['int8', -128, 128],
    ['uint16', 0, 65536],
    ['int16', -32768, 32768],
    ['int32', -(2 ** 31), 2 ** 31],
    ['uint32', 0, 2 ** 32]
  ] as const)('covers all of %s', (dtype: DType, from, to) => {
    const x = random.randint(key, [4096], from, to, { dtype })
    expect(x.dtype).toBe(dtype)
    const cells = values(x).map((v) => Math.floor(((v - from) / (to - from)) * 16))
    expect(chiSquare(cells, 16)).toBeLessThan(limit(15))
  })

  test.each([
    ['int32', 2 ** 31],
    ['uint32', 2 ** 32],
    ['uint8', 256]
  ] as const)('reaches the last number of %s', (dtype, end) => {
    const x = values(random.randint(key, [64], end - 3, end, { dtype }))
    expect(new Set(x)).toEqual(new Set([end - 3, end - 2, end - 1]))
  })

  test('gives minval where the range is empty', () => {
    expectArray(random.randint(key, [3], 5, 5), i32(5, 5, 5))
    expectArray(random.randint(key, [3], 5, -5), i32(5, 5, 5))
  })

  test('takes bounds per element', () => {
    const x = values(random.randint(key, [2, 2], i32(0, 100), make('int32', [1, 101])))
    expect(x).toEqual([0, 100, 0, 100])
  })

  test('needs bounds that fit the shape', () => {
    expect(messageOf(() => random.randint(key, [3], i32(0, 1), 5))).toMatchInlineSnapshot(`
      "randint: the operands do not broadcast together
        got:      [3], [2], []
        expected: equal extents, or 1, on every axis counted from the last
        hint:     np.expandDims or np.reshape puts axes where they line up"
    `)
  })
})

describe('coins', () => {
  test('fall as often as p says', () => {
    const heads = values(random.bernoulli(key, f32(0.1, 0.5, 0.9), [4000, 3]))
    for (const [at, p] of [0.1, 0.5, 0.9].entries()) {
      const share = heads.filter((_, i) => i % 3 === at).reduce((a, b) => a + b) / 4000
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 4000))
    }
  })

  test('with many bits fall as often', () => {
    const heads = values(random.bernoulli(key, 0.3, [4000], { mode: 'high' }))
    expect(Math.abs(heads.reduce((a, b) => a + b) / 4000 - 0.3)).toBeLessThan(0.029)
  })

  test('that always or never fall do', () => {
    expectArray(random.bernoulli(key, f32(0, 1)), make('bool', [false, true]))
  })

  test('have signs of any type', () => {
    const x = random.rademacher(key, [200], { dtype: 'float64' })
    expect(x.dtype).toBe('float64')
    expect(new Set(values(x))).toEqual(new Set([-1, 1]))
  })

  test('need a probability', () => {
    expect(messageOf(() => random.bernoulli(key, i32(1)))).toMatchInlineSnapshot(`
      "bernoulli: the probability is no floating-point number
        got:      int32
        expected: a number, or an array of a floating-point type
        hint:     convert with astype('float32')"
    `)
  })
})

describe('permutation', () => {
  test('has every order equally often', () => {
    const orders = ['012', '021', '102', '120', '201', '210']
    const seen = Array.from({ length: 1200 }, (_, i) =>
      orders.indexOf(values(random.permutation(random.foldIn(key, i), 3)).join(''))
    )
    expect(chiSquare(seen, 6)).toBeLessThan(limit(5))
  })

  test('moves slices along an axis together', () => {
    const x = make('float32', [0, 1, 2, 3, 4, 5], [2, 3])
    const y = values(random.permutation(key, x, { axis: 1 }))
    expect(y.slice(3)).toEqual(y.slice(0, 3).map((v) => v + 3))
    expect(y.slice(0, 3).sort((a, b) => a - b)).toEqual([0, 1, 2])
  })

  test('moves lines independently', () => {
    const rows = Array.from({ length: 40 }, () => [0, 1, 2, 3]).flat()
    const y = values(
      random.permutation(key, make('float32', rows, [40, 4]), { axis: 1, independent: true })
    )
    const lines = Array.from({ length: 40 }, (_, i) => y.slice(4 * i, 4 * i + 4))
    expect(lines.every((line) => [...line].sort((a, b) => a - b).join() === '0,1,2,3')).toBe(true)
    expect(new Set(lines.map((line) => line.join())).size).toBeGreaterThan(10)
  })
})

describe('choice', () => {
  test('takes slices along an axis', () => {
    const x = make('float32', [0, 1, 2, 3, 4, 5], [2, 3])
    const y = random.choice(key, x, [2, 2], { axis: 1 })
    expect(y.shape).toEqual([2, 2, 2])
    const columns = values(y)
    expect(columns.slice(4)).toEqual(columns.slice(0, 4).map((v) => v + 3))
  })

  test('takes by probability', () => {
    const p = f32(0.2, 0, 0.5, 0.3)
    const seen = values(random.choice(key, 4, [5000], { p }))
    for (const [at, q] of values(p).entries()) {
      const share = seen.filter((v) => v === at).length / 5000
      expect(Math.abs(share - q)).toBeLessThanOrEqual(4 * Math.sqrt((q * (1 - q)) / 5000))
    }
  })

  test('takes each once without replacement', () => {
    const p = f32(0.4, 0.3, 0.2, 0.1)
    const all = values(random.choice(key, 4, [4], { p, replace: false }))
    expect([...all].sort((a, b) => a - b)).toEqual([0, 1, 2, 3])
    const some = values(random.choice(key, 50, [20], { replace: false }))
    expect(new Set(some).size).toBe(20)
  })

  test('takes the most probable first most often, without replacement', () => {
    const p = f32(0.6, 0.3, 0.1)
    const first = Array.from(
      { length: 600 },
      (_, i) => values(random.choice(random.foldIn(key, i), 3, [2], { p, replace: false }))[0]
    )
    const share = first.filter((v) => v === 0).length / 600
    expect(Math.abs(share - 0.6)).toBeLessThan(4 * Math.sqrt(0.24 / 600))
  })

  test('cannot take more than there is', () => {
    expect(messageOf(() => random.choice(key, 3, [4], { replace: false }))).toMatchInlineSnapshot(`
      "choice: there is too little to choose from
        got:      4 samples of 3 elements
        expected: no more samples than elements
        hint:     leave out { replace: false }"
    `)
  })
})

describe('categorical', () => {
  const logits = make('float32', [0, Math.log(2), Math.log(5)])

  test('takes categories by their weight', () => {
    const seen = values(random.categorical(key, logits, { shape: [4000] }))
    for (const [at, q] of [1 / 8, 2 / 8, 5 / 8].entries()) {
      const share = seen.filter((v) => v === at).length / 4000
      expect(Math.abs(share - q)).toBeLessThan(4 * Math.sqrt((q * (1 - q)) / 4000))
    }
  })

  test('takes one per batch element along any axis', () => {
    const sure = make('float32', [9e9, 0, 0, 0, 9e9, 9e9], [2, 3])
    expectArray(random.categorical(key, sure, { axis: 0 }), i32(0, 1, 1))
    expect(random.categorical(key, sure, { axis: 0, shape: [5, 3] }).shape).toEqual([5, 3])
  })

  test('takes each once without replacement', () => {
    const x = random.categorical(key, logits, { shape: [3], replace: false })
    expect([...values(x)].sort((a, b) => a - b)).toEqual([0, 1, 2])
  })
})
