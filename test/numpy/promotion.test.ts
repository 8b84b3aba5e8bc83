/** What numbers, weak values and element types become beside each other. */
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { jit } from '../../src/control/jit.ts'
import { avalOf, type ArrayLike, type NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import * as np from '../../src/numpy/index.ts'
import { message } from '../core/message.ts'

const typed = (dtype: DType): NdArray => np.zeros([2], { dtype })
const weak = np.full([2], 1)
const typeOf = (x: NdArray): string => `${x.dtype}${avalOf(x).weak ? '*' : ''}`

describe('a number beside an array', () => {
  test.each<[DType, number, string]>([
    ['float32', 2, 'float32'],
    ['float16', 1.5, 'float16'],
    ['bfloat16', 2, 'bfloat16'],
    ['float64', 1.5, 'float64'],
    ['complex64', 2, 'complex64'],
    ['int32', 2, 'int32'],
    ['int8', 2, 'int8'],
    ['uint8', 2, 'uint8'],
    ['int32', 1.5, 'float32*'],
    ['uint8', 0.5, 'float32*'],
    ['int32', Infinity, 'float32*'],
    ['bool', 2, 'int32'],
    ['bool', 1.5, 'float32*']
  ])('%s and %s meet in %s', (dtype, value, expected) => {
    expect(typeOf(np.add(typed(dtype), value))).toBe(expected)
    expect(typeOf(np.add(value, typed(dtype)))).toBe(expected)
    const traced = jit((x: NdArray) => np.add(x, value))(typed(dtype))
    expect(traced.dtype).toBe(expected.replace('*', ''))
  })

  test('that does not fit the integer type is an error', () => {
    expect(message(() => np.add(typed('uint8'), 256))).toMatchInlineSnapshot(`
      "ValueError np.add: the number does not fit the element type
        got:      256 for uint8
        expected: a number from 0 to 255
        hint:     astype('int32') or astype('float32') widens an array beside it; { dtype } a new one"
    `)
    expect(message(() => np.less(typed('uint32'), -1))).toMatchInlineSnapshot(`
      "ValueError np.less: the number does not fit the element type
        got:      -1 for uint32
        expected: a number from 0 to 4294967295
        hint:     astype('int32') or astype('float32') widens an array beside it; { dtype } a new one"
    `)
  })
})

describe('numbers alone', () => {
  test.each<[ArrayLike, ArrayLike, string]>([
    [1, 2, 'float32*'],
    [1, 0.5, 'float32*'],
    [true, 2, 'int32'],
    [true, false, 'bool'],
    [true, 0.5, 'float32*']
  ])('%s and %s meet in %s', (x, y, expected) => {
    expect(typeOf(np.add(x, y))).toBe(expected)
  })
})

describe('a weak array', () => {
  test.each<[DType, string]>([
    ['float16', 'float16'],
    ['bfloat16', 'bfloat16'],
    ['float64', 'float64'],
    ['complex128', 'complex128'],
    ['int8', 'float32*'],
    ['bool', 'float32*']
  ])('beside %s gives %s', (dtype, expected) => {
    expect(typeOf(np.multiply(weak, typed(dtype)))).toBe(expected)
  })

  test('yields to the join of all others', () => {
    expect(typeOf(np.concatenate([weak, typed('float16'), typed('bfloat16')]))).toBe('float32')
    expect(typeOf(np.where(true, weak, typed('float16')))).toBe('float16')
  })
})

describe('functions of floats', () => {
  test.each<[DType, DType]>([
    ['bool', 'float32'],
    ['int8', 'float32'],
    ['uint32', 'float32'],
    ['float16', 'float16'],
    ['float64', 'float64'],
    ['complex64', 'complex64']
  ])('take %s to %s', (dtype, expected) => {
    expect(np.sin(typed(dtype)).dtype).toBe(expected)
    expect(np.divide(typed(dtype), 2).dtype).toBe(expected)
    expect(np.mean(typed(dtype)).dtype).toBe(expected)
  })
})

describe('sums of small types', () => {
  test.each<[DType, DType]>([
    ['bool', 'int32'],
    ['int8', 'int32'],
    ['int16', 'int32'],
    ['uint8', 'uint32'],
    ['uint32', 'uint32'],
    ['float16', 'float16'],
    ['complex64', 'complex64']
  ])('of %s are %s', (dtype, expected) => {
    expect(np.sum(typed(dtype)).dtype).toBe(expected)
    expect(np.prod(typed(dtype)).dtype).toBe(expected)
    expect(np.cumsum(typed(dtype)).dtype).toBe(expected)
  })
})

describe('resultType', () => {
  test('is the type that an operation would give', () => {
    expect(np.resultType('int8', 'uint8')).toBe('int16')
    expect(np.resultType('int32', 1.5)).toBe('float32')
    expect(np.resultType('float16', weak)).toBe('float16')
    expect(np.resultType(typed('bool'), 1)).toBe('int32')
    expect(np.resultType('int8', 1)).toBe('int8')
  })
})

test('what is no array is refused with a hint', () => {
  expect(message(() => np.add([1, 2] as unknown as NdArray, 1))).toMatchInlineSnapshot(`
    "DTypeError np.add: an argument is no array
      got:      a list
      expected: an array, a number or a boolean
      hint:     np.array makes an array of nested lists and of typed arrays"
  `)
  expect(message(() => np.sin(undefined as unknown as NdArray))).toMatchInlineSnapshot(`
    "DTypeError np.sin: an argument is no array
      got:      undefined
      expected: an array, a number or a boolean
      hint:     np.array makes an array of nested lists and of typed arrays"
  `)
})

test('shapes that do not broadcast are an error', () => {
  expect(message(() => np.add(np.zeros([2, 3]), np.zeros([2])))).toMatchInlineSnapshot(`
    "ShapeError np.add: the operands do not broadcast together
      got:      [2, 3], [2]
      expected: equal extents, or 1, on every axis counted from the last
      hint:     np.expandDims or np.reshape puts axes where they line up"
  `)
})
