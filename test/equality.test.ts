import { describe, expect, test } from 'vitest'
import { fromHost, makeAval, type NdArray } from '../src/core/array.ts'
import { allocate, type DType } from '../src/core/dtype.ts'
import { expectArray, expectClose } from './equality.ts'

const vector = (dtype: DType, ...values: readonly number[]): NdArray => {
  const data = allocate(dtype, values.length)
  data.set(values)
  return fromHost(makeAval([values.length], dtype), data)
}

const fails = (f: () => void): string => {
  try {
    f()
  } catch (e) {
    return (e as Error).message
  }
  return 'no failure'
}

describe('equality of arrays in tests', () => {
  const one = vector('float32', 1)

  test('tells values, dtypes and shapes apart', () => {
    expect(one).toEqual(vector('float32', 1))
    expect(one).not.toEqual(vector('float32', 2))
    expect(one).not.toEqual(vector('float64', 1))
    expect(one).not.toEqual(fromHost(makeAval([], 'float32'), Float32Array.of(1)))
    expect(one).not.toEqual([1])
    expect(one).not.toStrictEqual(vector('float32', 2))
  })

  test('holds inside trees', () => {
    expect({ w: [one] }).toEqual({ w: [vector('float32', 1)] })
    expect({ w: [one] }).not.toEqual({ w: [vector('float32', 2)] })
  })

  test('is exact: −0 is not 0, and NaN is NaN', () => {
    expect(vector('float32', 0)).not.toEqual(vector('float32', -0))
    expect(vector('float64', NaN)).toEqual(vector('float64', NaN))
  })

  test('sees the imaginary part', () => {
    const pair = (im: number) => fromHost(makeAval([], 'complex64'), Float32Array.of(1, im))
    expect(pair(2)).toEqual(pair(2))
    expect(pair(2)).not.toEqual(pair(3))
  })
})

describe('expectArray', () => {
  test('names the first element that differs', () => {
    expect(fails(() => expectArray(vector('int32', 1, 2), vector('int32', 1, 3)))).toContain(
      'slot 1: 2 instead of 3'
    )
    expect(fails(() => expectArray(vector('int32', 1), vector('int8', 1)))).toContain(
      'int32 [1] instead of int8 [1]'
    )
    expectArray(vector('int32', 1), vector('int32', 1))
  })
})

describe('expectClose', () => {
  test('allows atol + rtol |expected|', () => {
    const wanted = vector('float64', 100)
    expectClose(vector('float64', 101), wanted, { rtol: 0.01 })
    expectClose(vector('float64', 101), wanted, { atol: 1 })
    const loose = { rtol: 0.005, atol: 0.4 }
    expect(fails(() => expectClose(vector('float64', 101), wanted, loose))).toContain('slot 0')
  })

  test('agrees on NaN and infinities only with themselves', () => {
    expectClose(vector('float32', NaN, Infinity), vector('float32', NaN, Infinity))
    const any = { rtol: 1, atol: 1e9 }
    const pairs = [
      [1, Infinity],
      [Infinity, 1],
      [NaN, 1],
      [1, NaN],
      [-Infinity, Infinity]
    ] as const
    for (const [a, b] of pairs)
      expect(fails(() => expectClose(vector('float32', a), vector('float32', b), any))).toContain(
        'slot 0'
      )
  })

  test('does not confuse dtypes', () => {
    expect(fails(() => expectClose(vector('float32', 1), vector('float64', 1)))).toContain(
      'float32 [1] instead of float64 [1]'
    )
  })
})
