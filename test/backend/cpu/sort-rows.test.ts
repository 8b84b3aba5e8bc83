import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sortRows } from '../../../src/backend/cpu/routines/sort-rows.ts'
import type { HostData } from '../../../src/core/dtype.ts'
import type { Sort } from '../../../src/kernel/ir.ts'

const floats = [NaN, -NaN, -Infinity, Infinity, -0, 0, 5e-324, -5e-324, 1e-45, -1e-45, 1.5, -1.5]
const makers: Readonly<Record<string, (x: readonly number[]) => HostData>> = {
  float32: (x) => Float32Array.from(x),
  float64: (x) => Float64Array.from(x),
  int32: (x) => Int32Array.from(x),
  uint32: (x) => Uint32Array.from(x),
  int16: (x) => Int16Array.from(x),
  uint8: (x) => Uint8Array.from(x),
  int8: (x) => Int8Array.from(x)
}

const compare = (a: number, b: number): number =>
  a < b ? -1 : a > b ? 1 : Number(a !== a) - Number(b !== b)

/** Positions of the row's elements in order: by definition. */
const orderOf = (keys: readonly HostData[], start: number, length: number): readonly number[] =>
  Array.from({ length }, (_, i) => start + i).sort(
    (i, j) => keys.map((k) => compare(k[i], k[j])).find((c) => c !== 0) ?? 0
  )

const check = (kernel: Pick<Sort, 'outer' | 'length' | 'numKeys' | 'kept'>, keys: HostData[]) => {
  const { outer, length, kept } = kernel
  const places = Int32Array.from({ length: outer * length }, (_, i) => i)
  const inputs = [...keys, places]
  const outputs = inputs.map((x) => x.slice().fill(0))
  sortRows({ _tag: 'sort', inputs: [], outputs: [], ...kernel }, inputs, outputs)
  for (let row = 0; row < outer; row++) {
    const wanted = orderOf(keys, row * length, length).slice(length - kept)
    const asked = [(row + 1) * length - kept, (row + 1) * length] as const
    inputs.forEach((x, k) => {
      // −0 and NaN have to come through too.
      expect([...outputs[k].subarray(...asked)]).toEqual(wanted.map((i) => x[i]))
    })
  }
}

const row = (length: number, values: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(values, { minLength: length, maxLength: length })

const mixed = fc.oneof(
  fc.constantFrom(...floats),
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.double()
)

describe('sorting rows', () => {
  test.each(Object.keys(makers))('is stable, NaN last, for %s', (dtype) => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(1, 7, 24, 25, 90)
          .chain((length) =>
            fc.tuple(
              fc.constant(length),
              row(2 * length, mixed),
              row(2 * length, fc.integer({ min: 0, max: 2 })),
              fc.constantFrom(0, 1, 5, length)
            )
          ),
        ([length, x, y, kept]) => {
          const key = makers[dtype](x)
          const shape = { outer: 2, length, kept: Math.min(kept, length) }
          check({ ...shape, numKeys: 1 }, [key])
          check({ ...shape, numKeys: 2 }, [Uint8Array.from(y), key])
          check({ ...shape, numKeys: 2 }, [Float32Array.from(y), key])
        }
      ),
      { numRuns: 40 }
    )
  })

  test('sorts long rows, and finds the largest of them', () => {
    const length = 5000
    const noise = Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898) * 43758.5453)
    const few = Float32Array.from({ length }, (_, i) => (i * 7919) % 13)
    const near = Float32Array.from({ length }, (_, i) => 1 + (((i * 7919) % 1000) - 500) * 1e-7)
    for (const x of [noise, few, near])
      for (const kept of [1, 40, 1250, 1251, length])
        check({ outer: 1, length, numKeys: 1, kept }, [x])
  })
})
