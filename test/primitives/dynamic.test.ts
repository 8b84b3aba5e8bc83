import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import { dynamicSlice, dynamicUpdateSlice } from '../../src/primitives/dynamic.ts'
import { slice } from '../../src/primitives/slicing.ts'
import { expectArray } from '../equality.ts'
import { isWeak, messageOf, weak } from './arrays.ts'
import {
  arbitrary,
  checkBatch,
  checkDerivatives,
  checkLowering,
  checkSecondDerivatives,
  make
} from './checks.ts'

const dtypes: readonly DType[] = ['bool', 'uint8', 'int32', 'bfloat16', 'float32', 'complex64']
const integers: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32']

const at = (value: number, dtype: DType = 'int32'): NdArray => make([], [value], dtype)
const grid = make([3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 'int32')

describe('dynamicSlice', () => {
  test('reads a window, moved inside where it is not', () => {
    expectArray(dynamicSlice(grid, [at(1), at(2)], [2, 2]), make([2, 2], [6, 7, 10, 11], 'int32'))
    expectArray(dynamicSlice(grid, [at(9), at(-9)], [1, 3]), make([1, 3], [8, 9, 10], 'int32'))
    expectArray(dynamicSlice(grid, [at(2), at(1)], [3, 0]), make([3, 0], [], 'int32'))
    expectArray(dynamicSlice(make([], [5]), [], []), make([], [5]))
  })

  test.each(integers)('takes starts of type %s', (dtype) => {
    const far = dtype === 'uint32' ? 0xffffffff : 100
    expectArray(
      dynamicSlice(grid, [at(far, dtype), at(1, dtype)], [1, 2]),
      make([1, 2], [9, 10], 'int32')
    )
    for (const start of [0, 1, far])
      checkLowering(
        (x, i, j) => [dynamicSlice(x, [i, j], [2, 3]), dynamicUpdateSlice(x, x, [i, j])],
        [grid, at(start, dtype), at(1, dtype)]
      )
    checkBatch((i, j) => [dynamicSlice(grid, [i, j], [2, 3])], [at(far, dtype), at(1, dtype)])
  })

  test('of known starts is slice, for all starts', () => {
    const x = arbitrary([4, 3], 1)
    for (let i = 0; i <= 2; i++)
      for (let j = 0; j <= 1; j++)
        expectArray(dynamicSlice(x, [at(i), at(j)], [2, 2]), slice(x, [i, j], [i + 2, j + 2]))
  })

  test.each([-3, 0, 1, 7])('has the rules of a linear map, at start %d', (start) => {
    const f = (x: NdArray): readonly NdArray[] => [dynamicSlice(x, [at(start), at(1)], [2, 2])]
    checkDerivatives(f, [arbitrary([4, 3], 1)])
    checkSecondDerivatives(f, [arbitrary([4, 3], 1)])
  })

  test('batches any of its operands', () => {
    checkBatch((x, i, j) => [dynamicSlice(x, [i, j], [2, 2])], [arbitrary([4, 3], 1), at(1), at(0)])
    checkBatch((x, i) => [dynamicSlice(x, [i], [0])], [arbitrary([4], 1), at(1)])
    checkBatch((x) => [dynamicSlice(x, [], [])], [make([], [1])])
  })

  test('keeps weak types weak', () => {
    expect(isWeak(dynamicSlice(weak(grid), [at(0), at(0)], [1, 1]))).toBe(true)
    expect(isWeak(dynamicUpdateSlice(weak(grid), grid, [at(0), at(0)]))).toBe(false)
  })

  test('says what does not fit', () => {
    expect(messageOf(() => dynamicSlice(grid, [at(0), at(0)], [4, 1]))).toMatchInlineSnapshot(`
      "dynamicSlice: the window does not fit into the array
        got:      window [4, 1] of shape [3, 4]
        expected: 0 ≤ window ≤ extent for every axis
        hint:     the window has the rank of the array; an axis taken whole has its full extent"
    `)
    expect(messageOf(() => dynamicSlice(grid, [at(0)], [1, 1]))).toMatchInlineSnapshot(`
      "dynamicSlice: the starts are not one scalar per axis
        got:      1 starts of shapes []
        expected: 2 scalars for shape [3, 4]
        hint:     index a vector of starts: starts.slice(0), starts.slice(1), …"
    `)
    expect(messageOf(() => dynamicSlice(grid, [make([1], [0]), at(0)], [1, 1])))
      .toMatchInlineSnapshot(`
        "dynamicSlice: the starts are not one scalar per axis
          got:      2 starts of shapes [1], []
          expected: 2 scalars for shape [3, 4]
          hint:     index a vector of starts: starts.slice(0), starts.slice(1), …"
      `)
    expect(messageOf(() => dynamicSlice(grid, [at(0), at(0, 'int8')], [1, 1])))
      .toMatchInlineSnapshot(`
      "dynamicSlice: the starts are not integers of one type
        got:      int32, int8
        expected: int32 or another integer type, the same for all axes
        hint:     convert with astype('int32')"
    `)
    expect(messageOf(() => dynamicSlice(grid, [at(0, 'float32'), at(0, 'float32')], [1, 1])))
      .toMatchInlineSnapshot(`
      "dynamicSlice: the starts are not integers of one type
        got:      float32, float32
        expected: int32 or another integer type, the same for all axes
        hint:     convert with astype('int32')"
    `)
  })
})

describe('dynamicUpdateSlice', () => {
  const block = make([2, 2], [-1, -2, -3, -4], 'int32')

  test('replaces a window, moved inside where it is not', () => {
    expectArray(
      dynamicUpdateSlice(grid, block, [at(0), at(1)]),
      make([3, 4], [0, -1, -2, 3, 4, -3, -4, 7, 8, 9, 10, 11], 'int32')
    )
    expectArray(
      dynamicUpdateSlice(grid, block, [at(7), at(-7)]),
      make([3, 4], [0, 1, 2, 3, -1, -2, 6, 7, -3, -4, 10, 11], 'int32')
    )
    expectArray(dynamicUpdateSlice(grid, make([0, 4], [], 'int32'), [at(1), at(0)]), grid)
  })

  test.each([-3, 0, 1, 7])('has the rules of a linear map, at start %d', (start) => {
    const f = (x: NdArray, u: NdArray): readonly NdArray[] => [
      dynamicUpdateSlice(x, u, [at(start), at(1)])
    ]
    const args = [arbitrary([4, 3], 1), arbitrary([2, 2], 2)]
    checkDerivatives(f, args)
    checkSecondDerivatives(f, args)
    checkDerivatives((x) => f(x, args[1]), [args[0]])
    checkDerivatives((u) => f(args[0], u), [args[1]])
  })

  test('batches any of its operands', () => {
    const f = (x: NdArray, u: NdArray, i: NdArray): readonly NdArray[] => [
      dynamicUpdateSlice(x, u, [i, at(1)])
    ]
    checkBatch(f, [arbitrary([4, 3], 1), arbitrary([2, 2], 2), at(2)])
    checkBatch((x, u) => [dynamicUpdateSlice(x, u, [])], [make([], [1]), make([], [2])])
  })

  test.each(dtypes)('and dynamicSlice lower to what they mean in %s', (dtype) => {
    for (const start of [-2, 1, 5])
      checkLowering(
        (x, u, i) => [dynamicUpdateSlice(x, u, [i, i]), dynamicSlice(x, [i, i], [2, 3])],
        [arbitrary([4, 3], 1, dtype), arbitrary([2, 2], 2, dtype), at(start)]
      )
  })

  test('reads the update before it writes, also where the two are one array', () => {
    const f = (x: NdArray, i: NdArray): readonly NdArray[] => [
      dynamicUpdateSlice(x, slice(x, [0], [3]), [i])
    ]
    const x = make([5], [1, 2, 3, 4, 5])
    expectArray(f(x, at(1))[0], make([5], [1, 1, 2, 3, 5]))
    checkLowering(f, [x, at(1)])
  })

  test('says what does not fit', () => {
    expect(
      messageOf(() =>
        dynamicUpdateSlice(grid, make([1, 5], [1, 2, 3, 4, 5], 'int32'), [at(0), at(0)])
      )
    ).toMatchInlineSnapshot(`
      "dynamicUpdateSlice: the window does not fit into the array
        got:      window [1, 5] of shape [3, 4]
        expected: 0 ≤ window ≤ extent for every axis
        hint:     the window has the rank of the array; an axis taken whole has its full extent"
    `)
    expect(messageOf(() => dynamicUpdateSlice(grid, make([1, 1], [1]), [at(0), at(0)])))
      .toMatchInlineSnapshot(`
      "dynamicUpdateSlice: the operands have different element types
        got:      int32, float64
        expected: equal types (primitives never convert)
        hint:     np functions promote; or call astype on one side"
    `)
  })
})
