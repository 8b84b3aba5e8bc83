import { describe, expect, test } from 'vitest'
import { jit, np, type DType, type NdArray } from 'cotangent'
import { expectArray } from '../../equality.ts'

/** Rows of `width` to add at these rows of a table of five; 7 and −9 are outside and dropped. */
const places = np.array(Int32Array.of(3, 0, 3, 7, 4, -9, 0, 3))

const updates = (width: number, dtype: DType): NdArray =>
  np
    .arange(8 * width)
    .reshape([8, width])
    .astype(dtype)

describe('a scatter of rows', () => {
  test.each<[number, DType]>([
    [1, 'float32'],
    [7, 'float32'],
    [8, 'float32'],
    [13, 'float32'],
    [64, 'float64'],
    [19, 'int32'],
    [9, 'int8']
  ])('of %i elements of %s adds up what coincides and drops what is outside', (width, dtype) => {
    const table = np.ones([5, width], { dtype })
    const add = (t: NdArray, u: NdArray): NdArray => t.at(places).add(u, { mode: 'drop' })
    const set = (t: NdArray, u: NdArray): NdArray => t.at(places).max(u, { mode: 'drop' })
    const u = updates(width, dtype)
    expectArray(jit(add)(table, u), add(table, u))
    expectArray(jit(set)(table, u), set(table, u))
    expect(jit(add)(table, u).shape).toEqual([5, width])
  })
})
