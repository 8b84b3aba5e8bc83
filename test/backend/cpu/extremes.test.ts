/** Extremes and their positions equal Math.max and Math.min, zeros of both signs and NaN included. */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import type { DType } from '../../../src/core/dtype.ts'
import { config } from '../../../src/core/config.ts'
import * as np from '../../../src/numpy/index.ts'

const before = config()
afterEach(() => {
  config(before)
})

/** Bits of float32: NaN of both signs, infinities, zeros, subnormals, and some numbers. */
const bits = [
  0x7fc00000, 0xffc00000, 0xff800001, 0x7fffffff, 0x7f800000, 0xff800000, 0, 0x80000000, 1,
  0x80000001, 0x3f800000, 0xbf800000, 0x40490fdb, 0xc0490fdb, 0x7f7fffff, 0xff7fffff
]
const [minusInfinity, plusInfinity] = [0xff800000, 0x7f800000]

const floats = (words: readonly number[]): Float32Array<ArrayBuffer> =>
  new Float32Array(Uint32Array.from(words).buffer)

/** Mostly of few values, so that there are ties, and all of one kind in one case of two. */
const words = (length: number): fc.Arbitrary<number[]> =>
  fc
    .subarray(bits, { minLength: 1, maxLength: 3 })
    .chain((some) => fc.array(fc.constantFrom(...some), { minLength: length, maxLength: length }))

const position = (row: readonly number[], best: number): number => {
  const missing = row.findIndex(Number.isNaN)
  return missing >= 0 ? missing : row.findIndex((x) => x === best)
}

const wanted = (row: readonly number[]): readonly number[] => {
  const [highest, lowest] = [Math.max(...row), Math.min(...row)]
  return [highest, lowest, position(row, highest), position(row, lowest)]
}

const found = jit(
  (x: NdArray, axis: number) => [
    np.max(x, { axis }),
    np.min(x, { axis }),
    np.argmax(x, { axis }),
    np.argmin(x, { axis })
  ],
  { staticArgnums: 1 }
)

const valuesOf = (x: NdArray): readonly number[] => Array.from(x.toTypedArray())

/** Columns of what was found: one list of four per row or column of `x`. */
const foundIn = (x: NdArray, axis: number): readonly (readonly number[])[] => {
  const results = found(x, axis).map(valuesOf)
  return results[0].map((_, i) => results.map((r) => r[i]))
}

const rowsOf = (data: readonly number[], length: number): readonly (readonly number[])[] =>
  Array.from({ length: data.length / length }, (_, i) => data.slice(i * length, (i + 1) * length))

const columnsOf = (data: readonly number[], length: number): readonly (readonly number[])[] =>
  Array.from({ length }, (_, i) => data.filter((_, j) => j % length === i))

describe('extremes and their positions', () => {
  const shapes = [
    [1, 1],
    [2, 31],
    [3, 70],
    [5, 130],
    [9, 33],
    [70, 36],
    [131, 45]
  ] as const
  test.each(shapes)('of float32 [%i, %i]', (rows, columns) => {
    config({ eagerThreshold: 0, fallback: 'error' })
    fc.assert(
      fc.property(words(rows * columns), (some) => {
        const data = floats(some)
        const x = fromHost(makeAval([rows, columns], 'float32'), data)
        expect(foundIn(x, 1)).toEqual(rowsOf(Array.from(data), columns).map(wanted))
        expect(foundIn(x, 0)).toEqual(columnsOf(Array.from(data), columns).map(wanted))
      }),
      { numRuns: 12, seed: 5 }
    )
  })

  test.each(['float64', 'bfloat16', 'float16', 'int32', 'uint8', 'bool'] as const)(
    'of %s',
    (dtype) => {
      config({ eagerThreshold: 0, fallback: 'error' })
      for (const [rows, columns] of [
        [3, 70],
        [70, 37]
      ]) {
        const some = Array.from({ length: rows * columns }, (_, i) => bits[(i * 7 + (i >> 4)) % 16])
        const x = fromHost(makeAval([rows, columns], 'float32'), floats(some)).astype(dtype)
        const data = valuesOf(x)
        expect(foundIn(x, 1)).toEqual(rowsOf(data, columns).map(wanted))
        expect(foundIn(x, 0)).toEqual(columnsOf(data, columns).map(wanted))
      }
    }
  )

  test('of infinities alone, whose first position is the answer', () => {
    for (const word of [minusInfinity, plusInfinity]) {
      const x = fromHost(makeAval([2, 40], 'float32'), floats(new Array<number>(80).fill(word)))
      const [best] = floats([word])
      expect(foundIn(x, 1)).toEqual([
        [best, best, 0, 0],
        [best, best, 0, 0]
      ])
    }
  })
})

describe('positions along long rows, where blocks without a better number are skipped', () => {
  const best = {
    argmax: jit((x: NdArray) => np.argmax(x, { axis: 1 })),
    argmin: jit((x: NdArray) => np.argmin(x, { axis: 1 }))
  }
  const length = 1061 // blocks of 32 or 16 numbers, single vectors, and single numbers

  const checked = (data: readonly number[], dtype: DType): void => {
    const x = np.array(rowsOf(data, length), { dtype })
    const rows = rowsOf(valuesOf(x), length).map(wanted)
    expect(valuesOf(best.argmax(x))).toEqual(rows.map((row) => row[2]))
    expect(valuesOf(best.argmin(x))).toEqual(rows.map((row) => row[3]))
  }

  const types = ['float32', 'float64', 'float16', 'int32', 'uint32', 'int8'] as const
  test.each(types)('of %s', (dtype) => {
    config({ eagerThreshold: 0, fallback: 'error' })
    const number = fc.integer({ min: dtype === 'uint32' ? 0 : -100, max: 100 })
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 2 * length, maxLength: 2 * length }),
        fc.constantFrom('as drawn', 'ascending', 'descending'),
        (drawn, order) => {
          const sign = order === 'ascending' ? 1 : -1
          checked(order === 'as drawn' ? drawn : drawn.toSorted((a, b) => sign * (a - b)), dtype)
        }
      ),
      { numRuns: 9, seed: 7 }
    )
  })

  test('of float32 with NaN, infinities and zeros of both signs anywhere', () => {
    config({ eagerThreshold: 0, fallback: 'error' })
    const special = fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 2)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2 * length - 1), special), { maxLength: 6 }),
        fc.constantFrom(-Infinity, -1, 0, 1),
        (places, rest) => {
          const data = new Array<number>(2 * length).fill(rest)
          for (const [at, value] of places) data[at] = value
          checked(data, 'float32')
          checked(data, 'float64')
        }
      ),
      { numRuns: 60, seed: 9 }
    )
  })
})
