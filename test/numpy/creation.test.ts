/** Making arrays of what JavaScript has. */
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { avalOf, type NdArray } from '../../src/core/array.ts'
import { makeJaxpr } from '../../src/transforms/inspect.ts'
import { jit } from '../../src/control/jit.ts'
import * as np from '../../src/numpy/index.ts'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'

describe('np.array', () => {
  test('is float32 of numbers and bool of booleans', () => {
    expect(np.array([1, 2]).dtype).toBe('float32')
    expect(np.array([true, false]).dtype).toBe('bool')
    expect(np.array([true, 2]).dtype).toBe('float32')
    expect(np.array([]).shape).toEqual([0])
    expect(np.array([[], []]).shape).toEqual([2, 0])
    expect(avalOf(np.array([1])).weak).toBe(false)
    expect(avalOf(np.array(1)).weak).toBe(true)
    expect(avalOf(np.array(1, { dtype: 'float32' })).weak).toBe(false)
  })

  test('keeps the types of typed arrays, and copies them', () => {
    const source = new Float64Array([1, 2])
    const x = np.array(source)
    source[0] = 9
    expect(x.toNested()).toEqual([1, 2])
    expect(x.dtype).toBe('float64')
    expect(np.array(new Uint8ClampedArray([300])).toNested()).toEqual([255])
    expectArray(np.array(new BigInt64Array([-5n])), np.array([-5], { dtype: 'int32' }))
    expectArray(np.array(new BigUint64Array([5n])), np.array([5], { dtype: 'uint32' }))
    expect(np.array(new Int16Array([1]), { dtype: 'float16' }).dtype).toBe('float16')
  })

  test('stacks arrays in lists', () => {
    const rows = [np.array([1, 2]), np.array([3, 4], { dtype: 'int32' })]
    expectArray(
      np.array(rows),
      np.array([
        [1, 2],
        [3, 4]
      ])
    )
    const traced = jit((x: NdArray) => np.array([x, 1, x.mul(2)]))(np.array(3))
    expectArray(traced, np.array([3, 1, 6]))
  })

  test('takes complex numbers', () => {
    const z = np.array([{ re: 1, im: 2 }, 3])
    expect(z.dtype).toBe('complex64')
    expect(z.toNested()).toEqual([
      [1, 2],
      [3, 0]
    ])
  })

  test('rounds to the type asked for', () => {
    expect(np.array([1.7, -1.7], { dtype: 'int32' }).toNested()).toEqual([1, -1])
    expect(np.array([0.1], { dtype: 'float16' }).item()).toBe(0.0999755859375)
    expect(np.array([2, 0], { dtype: 'bool' }).toNested()).toEqual([true, false])
  })

  test('refuses a number of rows or columns that is no count', () => {
    expect(message(() => np.tri(3, 2.5))).toMatchInlineSnapshot(`
      "ValueError np.tri: the number of columns is no count
        got:      2.5
        expected: an integer of at least 0
        hint:     np.tri(n) is square, np.tri(n, m) is not; options come last"
    `)
    expect(message(() => np.eye(2.5))).toMatchInlineSnapshot(`
      "ValueError np.eye: the number of rows is no count
        got:      2.5
        expected: an integer of at least 0
        hint:     np.eye(n) is square, np.eye(n, m) is not; options come last"
    `)
  })

  test('takes options in the place of arguments that have defaults', () => {
    const one = np.eye(2, { k: 1, dtype: 'int32' })
    expect(one.dtype).toBe('int32')
    expect(one.toNested()).toEqual([
      [0, 1],
      [0, 0]
    ])
    expect(np.tri(2, { k: -1 }).toNested()).toEqual([
      [0, 0],
      [1, 0]
    ])
    expect(np.linspace(0, 1, { num: 3 }).toNested()).toEqual([0, 0.5, 1])
    expect(np.linspace(0, 1, { endpoint: false }).shape).toEqual([50])
    expect(np.logspace(0, 2, { num: 3 }).toNested()).toEqual([1, 10, 100])
    expect(np.geomspace(1, 4, { num: 3 }).toNested()).toEqual([1, 2, 4])
  })

  test('makes grids of vectors in a list or one after the other', () => {
    const [x, y] = [np.array([1, 2, 3]), np.array([4, 5])]
    const nested = (grid: readonly NdArray[]) => grid.map((g) => g.toNested())
    expect(nested(np.meshgrid(x, y))).toEqual(nested(np.meshgrid([x, y])))
    expect(nested(np.meshgrid(x, y, { indexing: 'ij' }))).toEqual(
      nested(np.meshgrid([x, y], { indexing: 'ij' }))
    )
    expect(np.meshgrid(x, y, { sparse: true })[0].shape).toEqual([1, 3])
  })

  test('refuses ragged lists and numbers that do not fit', () => {
    expect(message(() => np.array([[1, 2], [3]]))).toMatchInlineSnapshot(`
      "ShapeError np.array: the lists are not all of one length
        got:      entry 0 of shape [2], entry 1 of shape [1]
        expected: entries of one shape at every depth
        hint:     pad the short ones, or keep lists of different lengths as a tree of arrays"
    `)
    expect(message(() => np.array([300], { dtype: 'uint8' }))).toMatchInlineSnapshot(`
      "ValueError np.array: the number does not fit the element type
        got:      300 for uint8
        expected: a number from 0 to 255
        hint:     astype('int32') or astype('float32') widens an array beside it; { dtype } a new one"
    `)
    expect(message(() => np.array(new BigInt64Array([2n ** 40n])))).toMatchInlineSnapshot(`
      "ValueError np.array: the number does not fit the element type
        got:      1099511627776 for int32
        expected: a number from -2147483648 to 2147483647
        hint:     astype('int32') or astype('float32') widens an array beside it; { dtype } a new one"
    `)
    expect(message(() => np.array([null] as unknown as number[]))).toMatchInlineSnapshot(`
      "DTypeError np.array: an argument is no array
        got:      null
        expected: an array, a number or a boolean
        hint:     np.array makes an array of nested lists and of typed arrays"
    `)
    expect(message(() => np.array([{ re: 1, im: 2 }], { dtype: 'float32' })))
      .toMatchInlineSnapshot(`
      "DTypeError np.array: a complex number has no place in a real array
        got:      { re: 1, im: 2 } for float32
        expected: complex64 or complex128
        hint:     leave dtype out, or keep the real parts only"
    `)
  })
})

describe('filled arrays', () => {
  test('have the shape and type asked for', () => {
    expectArray(np.zeros([2]), np.array([0, 0]))
    expectArray(np.ones(2, { dtype: 'int8' }), np.array([1, 1], { dtype: 'int8' }))
    expectArray(np.full([2], true), np.array([true, true]))
    expectArray(
      np.full([2, 2], np.array([1, 2])),
      np.array([
        [1, 2],
        [1, 2]
      ])
    )
    expectArray(np.zerosLike(np.array([1, 2])), np.zeros([2]))
    expectArray(np.fullLike(np.arange(2), 7), np.array([7, 7], { dtype: 'int32' }))
    expectArray(np.onesLike(np.arange(2), { shape: [1], dtype: 'bool' }), np.array([true]))
    expect(np.zeros([3, 2000]).sum().item()).toBe(0)
    expect(message(() => np.zeros([-1]))).toMatchInlineSnapshot(`
      "ShapeError np.zeros: the shape is no list of counts
        got:      [-1]
        expected: integers of at least 0
        hint:     one list: np.zeros([2, 3])"
    `)
  })

  test('are equations, not constants, in a program', () => {
    const f = (x: NdArray): NdArray =>
      x
        .add(np.zeros([3]))
        .mul(2)
        .add(np.arange(3))
    expect(makeJaxpr(f)(np.ones([3])).toString()).not.toContain('consts')
    const { consts } = makeJaxpr(f)(np.ones([3])) as unknown as { consts?: readonly NdArray[] }
    expect(consts ?? []).toEqual([])
  })
})

describe('limits', () => {
  test("are those of IEEE 754 and of two's complement", () => {
    expect(np.finfo('float32').eps).toBe(2 ** -23)
    expect(np.finfo('float32').max).toBe(3.4028234663852886e38)
    expect(np.finfo('float16').max).toBe(65504)
    expect(np.finfo('bfloat16').max).toBe(3.3895313892515355e38)
    expect(np.finfo('complex128').max).toBe(Number.MAX_VALUE)
    expect(np.finfo('float64').smallestSubnormal).toBe(Number.MIN_VALUE)
    expect(np.iinfo('int8')).toEqual({ dtype: 'int8', bits: 8, min: -128, max: 127 })
    expect(message(() => np.finfo('int32'))).toMatchInlineSnapshot(`
      "DTypeError np.finfo: the type is no floating type
        got:      int32
        expected: float16, bfloat16, float32, float64, complex64 or complex128
        hint:     np.iinfo describes integer types"
    `)
  })

  test('decide what casts are safe', () => {
    expect(np.canCast('uint8', 'int16')).toBe(true)
    expect(np.canCast('int32', 'float32')).toBe(false)
    expect(np.canCast('int32', 'float64')).toBe(true)
    expect(np.canCast('float64', 'int32')).toBe(false)
    expect(np.canCast('float64', 'float32', 'sameKind')).toBe(true)
    expect(np.isdtype('int8', 'signed integer')).toBe(true)
    expect(np.issubdtype('float16', 'floating')).toBe(true)
  })
})

describe('ranges', () => {
  test('of integers are int32, of others float32', () => {
    expect(np.arange(3).dtype).toBe('int32')
    expect(np.arange(0, 1, 0.5).dtype).toBe('float32')
    expect(np.arange(3, { dtype: 'float64' }).dtype).toBe('float64')
    expect(np.arange(2, 4, { dtype: 'uint8' }).toNested()).toEqual([2, 3])
    expect(np.arange(5, 2).shape).toEqual([0])
    expect(message(() => np.arange(0, 1, 0))).toMatchInlineSnapshot(`
      "ValueError np.arange: the range has no length
        got:      start 0, stop 1, step 0
        expected: finite numbers and a step other than 0
        hint:     bounds are numbers that the program knows when it is written, not arrays"
    `)
  })
})
