/** Expected values by hand; empty segments as in jax.ops. */
import { describe, expect, test } from 'vitest'
import { grad, jit, lax, np, vmap, type NdArray } from 'cotangent'
import { message } from '../core/message.ts'

const ids = np.array([2, 0, 2, 5, -1, 1], { dtype: 'int32' })
const x = np.array([1, 2, 3, 4, 5, 6])
const four = { numSegments: 4 }

describe('segments', () => {
  test('are combined by number, and numbers outside are left out', () => {
    expect(lax.segmentSum(x, ids, four).toNested()).toEqual([2, 6, 4, 0])
    expect(lax.segmentProd(x, ids, four).toNested()).toEqual([2, 6, 3, 1])
    expect(lax.segmentMax(x, ids, four).toNested()).toEqual([2, 6, 3, -Infinity])
    expect(lax.segmentMin(x, ids, four).toNested()).toEqual([2, 6, 1, Infinity])
  })

  test('of integers and booleans have the ends of their types where nothing is', () => {
    const empty = np.array([0], { dtype: 'int32' })
    const of = (f: typeof lax.segmentMax, x: NdArray): unknown =>
      f(x, empty, { numSegments: 2 }).toNested()
    expect(of(lax.segmentMax, np.array([7], { dtype: 'int8' }))).toEqual([7, -128])
    expect(of(lax.segmentMin, np.array([7], { dtype: 'uint8' }))).toEqual([7, 255])
  })

  test('are as many as the highest number says, and rows keep their shape', () => {
    const rows = x.reshape(6, 1).mul(np.array([1, 10]))
    const sums = lax.segmentSum(rows, ids)
    expect(sums.shape).toEqual([6, 2])
    expect(sums.slice(2).toNested()).toEqual([4, 40])
  })

  test('are differentiated, batched and compiled', () => {
    const f = (x: NdArray): NdArray => lax.segmentSum(x, ids, four).mul(np.arange(4)).sum()
    expect(grad(f)(x).toNested()).toEqual([2, 0, 2, 0, 0, 1])
    const highest = (x: NdArray): NdArray =>
      lax.segmentMax(x, ids, { numSegments: 3 }).mul(np.arange(3)).sum()
    expect(grad(highest)(x).toNested()).toEqual([0, 0, 2, 0, 0, 1])
    const two = np.stack([x, x.neg()])
    expect(jit(vmap(f))(two).toNested()).toEqual([14, -14])
  })

  test('say what does not fit', () => {
    expect(message(() => lax.segmentSum(x, np.zeros([6])))).toMatchInlineSnapshot(`
      "DTypeError segmentSum: the numbers of segments are no integers
        got:      float32
        expected: int32
        hint:     astype('int32'), or np.array(numbers, { dtype: 'int32' })"
    `)
    expect(message(() => lax.segmentSum(x, ids.slice(':3')))).toMatchInlineSnapshot(`
      "ShapeError segmentSum: there is not one number of a segment for each row
        got:      data [6], numbers [3]
        expected: data [n, ...], numbers [n]
        hint:     several leading axes become one by reshape"
    `)
    expect(message(() => lax.segmentSum(x, ids, { numSegments: -1 }))).toMatchInlineSnapshot(`
      "ValueError segmentSum: numSegments is no number of segments
        got:      the number -1
        expected: a non-negative integer
        hint:     numbers from numSegments on are left out"
    `)
    expect(message(() => jit((i: NdArray) => lax.segmentSum(x, i))(ids))).toContain('TracerError')
  })
})
