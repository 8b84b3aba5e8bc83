/** Updates of donated arrays write where the array lies. */
import { describe, expect, test } from 'vitest'
import { explain, jit, lax, np, type NdArray } from 'cotangent'

const rows = 512
const width = 16

const put = (cache: NdArray, row: NdArray, at: NdArray): NdArray =>
  lax.dynamicUpdateSlice(cache, row, [at, 0])

const at = (i: number): NdArray => np.array(i, { dtype: 'int32' })
const cacheOf = (): NdArray => np.arange(rows * width).astype('float32').reshape([rows, width])
const row = np.full([1, width], -1)

/** What the cache should be after rows were set to −1. */
const expected = (...set: readonly number[]): Float32Array =>
  Float32Array.from({ length: rows * width }, (_, i) =>
    set.includes(Math.floor(i / width)) ? -1 : i
  )

describe('a slice of a donated array', () => {
  test('is replaced where the array lies', () => {
    const { buffers } = explain(put)(cacheOf(), row, at(3))
    const result = buffers.find((b) => b.role === 'output')
    expect(result?.inPlaceOf).toBe(0)
    const step = jit(put, { donateArgnums: [0] })
    const first = cacheOf()
    const second = step(first, row, at(3))
    const third = step(second, row, at(511))
    expect(third.toTypedArray()).toEqual(expected(3, 511))
    expect(() => second.toTypedArray()).toThrow(/donated/)
  })

  test('is replaced in a copy where the array is kept', () => {
    const step = jit(put)
    const kept = jit((x: NdArray) => x.add(0))(cacheOf())
    const changed = step(kept, row, at(0))
    expect(changed.toTypedArray()).toEqual(expected(0))
    expect(kept.toTypedArray()).toEqual(expected())
    expect(step(changed, row, at(1)).toTypedArray()).toEqual(expected(0, 1))
  })

  test('is replaced in a copy where the old values are read later', () => {
    const f = (cache: NdArray, i: NdArray): readonly NdArray[] => {
      const next = put(cache, row, i)
      return [next, np.sum(next.sub(cache), { axis: 1 })]
    }
    const [next, change] = jit(f, { donateArgnums: [0] })(cacheOf(), at(2))
    expect(next?.toTypedArray()).toEqual(expected(2))
    const sums = change?.toTypedArray() ?? []
    expect([sums[1], sums[2], sums[3]]).toEqual([0, -16 - (32 + 47) * 8, 0])
  })

  test('may be taken from the array itself', () => {
    const shift = (cache: NdArray, i: NdArray): NdArray =>
      lax.dynamicUpdateSlice(cache, cache.slice('1:'), [i, 0])
    const moved = jit(shift, { donateArgnums: [0] })(cacheOf(), at(0)).toTypedArray()
    expect([moved[0], moved[(rows - 1) * width - 1], moved[(rows - 1) * width]]).toEqual([
      width,
      rows * width - 1,
      (rows - 1) * width
    ])
  })
})
