import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import { iota } from '../../src/primitives/iota.ts'
import { optimizationBarrier } from '../../src/primitives/barrier.ts'
import { concatenate, split } from '../../src/primitives/concatenate-split.ts'
import { rev } from '../../src/primitives/reversal.ts'
import { pad, slice, sliceInDim, type PadConfig } from '../../src/primitives/slicing.ts'
import { expectArray } from '../equality.ts'
import { isWeak, make as vector, messageOf, values, weak } from './arrays.ts'
import {
  arbitrary,
  checkBatch,
  checkDerivatives,
  checkLowering,
  checkSecondDerivatives,
  make
} from './checks.ts'

const dtypes: readonly DType[] = ['bool', 'uint8', 'int32', 'bfloat16', 'float32', 'complex64']

const grid = make([3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 'int32')

describe('slice', () => {
  test('takes every stride-th element from start to limit', () => {
    expectArray(slice(grid, [1, 0], [3, 4], [1, 3]), make([2, 2], [4, 7, 8, 11], 'int32'))
    expectArray(slice(grid, [0, 1], [3, 4], [2, 2]), make([2, 2], [1, 3, 9, 11], 'int32'))
    expectArray(slice(grid, [3, 1], [3, 2]), make([0, 1], [], 'int32'))
    expectArray(sliceInDim(grid, 1, 4, 1, 2), make([3, 2], [1, 3, 5, 7, 9, 11], 'int32'))
  })

  test('of everything is the array itself, and weak types stay weak', () => {
    expect(slice(grid, [0, 0], [3, 4])).toBe(grid)
    expect(isWeak(slice(weak(grid), [0, 0], [1, 1]))).toBe(true)
  })

  test('has the rules of a linear map', () => {
    const f = (x: NdArray): readonly NdArray[] => [slice(x, [1, 0, 0], [4, 3, 2], [2, 1, 1])]
    const x = arbitrary([5, 3, 2], 1)
    checkDerivatives(f, [x])
    checkSecondDerivatives(f, [x])
    checkBatch(f, [x])
    checkDerivatives((v) => [slice(v, [2], [2], [3])], [arbitrary([4], 2)])
  })

  test.each(dtypes)('lowers to what it means in %s', (dtype) => {
    checkLowering((x) => [slice(x, [1, 1], [5, 4], [2, 2])], [arbitrary([5, 4], 1, dtype)])
  })

  test('says what the bounds must be', () => {
    expect(messageOf(() => slice(grid, [0, 2], [3, 5]))).toMatchInlineSnapshot(`
      "slice: the slice is outside the array
        got:      start [0, 2], limit [3, 5], strides [1, 1] of shape [3, 4]
        expected: 0 ≤ start ≤ limit ≤ extent and strides ≥ 1 for every axis
        hint:     x.slice('1:3', '::-1') counts from the end, clamps and flips as NumPy does"
    `)
  })
})

describe('pad', () => {
  const x = make([3], [1, 2, 3], 'int32')
  const nine = make([], [9], 'int32')

  test('surrounds, spreads and crops', () => {
    expectArray(pad(x, nine, [[1, 2, 1]]), make([8], [9, 1, 9, 2, 9, 3, 9, 9], 'int32'))
    expectArray(pad(x, nine, [[-1, 1, 0]]), make([3], [2, 3, 9], 'int32'))
    // Cropping applies to what is spread: 1 9 2 9 3 loses two on the left and one on the right.
    expectArray(pad(x, nine, [[-2, -1, 1]]), make([2], [2, 9], 'int32'))
    expectArray(pad(make([0], [], 'int32'), nine, [[1, 1, 5]]), make([2], [9, 9], 'int32'))
    expectArray(
      pad(make([1, 2], [1, 2, 3, 4], 'complex64'), make([], [0, 5], 'complex64'), [
        [0, 1, 0],
        [0, 0, 0]
      ]),
      make([2, 2], [1, 2, 3, 4, 0, 5, 0, 5], 'complex64')
    )
  })

  test('by nothing is the array itself; the result is weak when both operands are', () => {
    expect(pad(x, nine, [[0, 0, 0]])).toBe(x)
    expect(isWeak(pad(weak(x), nine, [[1, 0, 0]]))).toBe(false)
    expect(isWeak(pad(weak(x), weak(nine), [[1, 0, 0]]))).toBe(true)
  })

  const configs: readonly (readonly [string, PadConfig])[] = [
    [
      'edges',
      [
        [1, 2, 0],
        [0, 1, 0]
      ]
    ],
    [
      'holes',
      [
        [0, 0, 2],
        [1, 0, 1]
      ]
    ],
    [
      'crops',
      [
        [-1, -1, 0],
        [-1, 0, 0]
      ]
    ],
    [
      'crops between holes',
      [
        [-2, 1, 1],
        [2, -3, 2]
      ]
    ]
  ]

  test.each(configs)('of %s has the rules of a linear map of both operands', (_name, config) => {
    const f = (v: NdArray, fill: NdArray): readonly NdArray[] => [pad(v, fill, config)]
    const args = [arbitrary([3, 3], 1), arbitrary([], 2)]
    checkDerivatives(f, args)
    checkSecondDerivatives(f, args)
    checkBatch(f, args)
    for (const dtype of dtypes)
      checkLowering(f, [arbitrary([3, 3], 1, dtype), arbitrary([], 2, dtype)])
  })

  test('agrees with its definition for any configuration', () => {
    const axis = fc.record({
      extent: fc.integer({ min: 0, max: 4 }),
      low: fc.integer({ min: -3, max: 3 }),
      high: fc.integer({ min: -3, max: 3 }),
      interior: fc.integer({ min: 0, max: 2 })
    })
    fc.assert(
      fc.property(axis, axis, (a, b) => {
        const whole = [a, b].map((p) => p.extent + Math.max(0, p.extent - 1) * p.interior)
        const shape = [a, b].map((p, i) => whole[i] + p.low + p.high)
        fc.pre(shape.every((n) => n >= 0))
        const v = arbitrary([a.extent, b.extent], 3)
        const config = [a, b].map((p) => [p.low, p.high, p.interior] as const)
        const read = (i: number, p: typeof a): number => {
          const at = (i - p.low) / (p.interior + 1)
          return Number.isInteger(at) && at >= 0 && at < p.extent ? at : -1
        }
        const expected: number[] = []
        for (let i = 0; i < shape[0]; i++)
          for (let j = 0; j < shape[1]; j++) {
            const [k, l] = [read(i, a), read(j, b)]
            expected.push(k < 0 || l < 0 ? 7 : values(v)[k * b.extent + l])
          }
        expectArray(pad(v, make([], [7]), config), make(shape, expected))
        checkLowering((x, y) => [pad(x, y, config)], [v, make([], [7])])
      })
    )
  })

  test('says what does not fit', () => {
    expect(messageOf(() => pad(x, nine, [[-2, -2, 0]]))).toMatchInlineSnapshot(`
      "pad: the padding does not fit the array
        got:      padding [[-2, -2, 0]] of shape [3]
        expected: low, high and interior per axis, interior ≥ 0, and no negative result
        hint:     negative low and high crop; np.pad takes [before, after] pairs"
    `)
    expect(messageOf(() => pad(x, make([], [0]), [[1, 0, 0]]))).toMatchInlineSnapshot(`
      "pad: the operands have different element types
        got:      float64, int32
        expected: equal types (primitives never convert)
        hint:     np functions promote; or call astype on one side"
    `)
  })
})

describe('concatenate and split', () => {
  const [a, b] = [arbitrary([2, 1, 2], 1), arbitrary([2, 3, 2], 2)]

  test('join and part along an axis', () => {
    const joined = concatenate([vector('int8', [1, 2], [2, 1]), vector('int8', [3, 4], [2, 1])], 1)
    expectArray(joined, make([2, 2], [1, 3, 2, 4], 'int8'))
    const [p, q, r] = split(grid, [1, 0, 3], 1)
    expectArray(p, make([3, 1], [0, 4, 8], 'int32'))
    expectArray(q, make([3, 0], [], 'int32'))
    expectArray(r, make([3, 3], [1, 2, 3, 5, 6, 7, 9, 10, 11], 'int32'))
  })

  test('are inverse to each other', () => {
    const parts = split(concatenate([a, b], 1), [1, 3], 1)
    expectArray(parts[0], a)
    expectArray(parts[1], b)
    expect(concatenate([a], 0)).toBe(a)
  })

  test('have the rules of linear maps', () => {
    const join = (x: NdArray, y: NdArray): readonly NdArray[] => [concatenate([x, y, x], 1)]
    checkDerivatives(join, [a, b])
    checkBatch(join, [a, b])
    const part = (x: NdArray): readonly NdArray[] => split(x, [1, 0, 2], 1)
    checkDerivatives(part, [b])
    checkBatch(part, [b])
    // A part that nobody uses has the cotangent zero.
    checkDerivatives((x) => [split(x, [1, 2], 1)[1]], [b])
  })

  test.each(dtypes)('lower to what they mean in %s', (dtype) => {
    const args = [arbitrary([2, 1], 1, dtype), arbitrary([2, 3], 2, dtype)]
    checkLowering((x, y) => [concatenate([x, y, y], 1), ...split(y, [1, 0, 2], 1)], args)
  })

  test('say what does not fit', () => {
    expect(messageOf(() => concatenate([], 0))).toMatchInlineSnapshot(`
      "concatenate: there is nothing to join
        got:      no arrays
        expected: at least one array
        hint:     np.zeros with an extent of 0 is the empty array of a shape"
    `)
    expect(messageOf(() => concatenate([a, grid], 0))).toMatchInlineSnapshot(`
      "concatenate: the arrays differ in an axis that is not joined
        got:      [2, 1, 2], [3, 4]
        expected: equal ranks, and equal extents on every axis but 0
        hint:     np.broadcastTo or np.reshape first"
    `)
    expect(messageOf(() => concatenate([a, b], 3))).toMatchInlineSnapshot(`
      "concatenate: the axis is outside the arrays
        got:      axis 3 of arrays of shape [2, 1, 2]
        expected: an axis that all arrays have
        hint:     np.stack joins along a new axis"
    `)
    expect(messageOf(() => concatenate([a, arbitrary([2, 1, 2], 1, 'int8')], 1)))
      .toMatchInlineSnapshot(`
      "concatenate: the operands have different element types
        got:      float64, int8
        expected: equal types (primitives never convert)
        hint:     np functions promote; or call astype on one side"
    `)
    expect(messageOf(() => split(grid, [1, 2], 1))).toMatchInlineSnapshot(`
      "split: the parts do not add up to the axis
        got:      sizes [1, 2] of axis 1 of shape [3, 4]
        expected: sizes ≥ 0 that add up to 4
        hint:     np.split takes the number of equal parts, or the positions of the cuts"
    `)
    expect(messageOf(() => split(grid, [5, -1], 1))).toMatchInlineSnapshot(`
      "split: the parts do not add up to the axis
        got:      sizes [5, -1] of axis 1 of shape [3, 4]
        expected: sizes ≥ 0 that add up to 4
        hint:     np.split takes the number of equal parts, or the positions of the cuts"
    `)
    expect(messageOf(() => split(grid, [1], 2))).toMatchInlineSnapshot(`
      "split: the axis is outside the array
        got:      axis 2 of shape [3, 4]
        expected: an axis of the array
        hint:     np.split takes negative axes"
    `)
  })
})

describe('rev', () => {
  test('reads backwards, and is its own transpose', () => {
    expectArray(rev(make([2, 2], [1, 2, 3, 4]), [0]), make([2, 2], [3, 4, 1, 2]))
    expectArray(rev(make([0, 2], []), [0, 1]), make([0, 2], []))
    const f = (x: NdArray): readonly NdArray[] => [rev(x, [0, 2])]
    checkDerivatives(f, [arbitrary([2, 3, 2], 1)])
    checkBatch(f, [arbitrary([2, 3, 2], 1)])
    for (const dtype of dtypes) checkLowering(f, [arbitrary([2, 3, 2], 1, dtype)])
  })

  test('says which axes there are', () => {
    expect(messageOf(() => rev(grid, [2]))).toMatchInlineSnapshot(`
      "rev: an axis is outside the array
        got:      axes [2] of shape [3, 4]
        expected: axes from 0 to 1
        hint:     np.flip takes negative axes"
    `)
  })
})

describe('iota', () => {
  test('counts along an axis', () => {
    expectArray(iota('int8', [2, 3], 1), make([2, 3], [0, 1, 2, 0, 1, 2], 'int8'))
    expectArray(iota('complex64', [2], 0), make([2], [0, 0, 1, 0], 'complex64'))
    expectArray(iota('float32', [0], 0), make([0], [], 'float32'))
  })

  test('rounds as the type has it', () => {
    // bfloat16 has 8 significant bits: 257 lies between 256 and 258 and goes to the even one.
    expect(values(iota('bfloat16', [260], 0)).slice(255)).toEqual([255, 256, 256, 258, 260])
    expect(values(iota('uint8', [258], 0)).slice(255)).toEqual([255, 0, 1])
    for (const dtype of ['uint8', 'bfloat16', 'complex64'] as const)
      checkLowering(() => [iota(dtype, [260], 0)], [])
  })

  test('says what it cannot count', () => {
    expect(messageOf(() => iota('bool', [2], 0))).toMatchInlineSnapshot(`
      "iota: booleans do not count
        got:      bool
        expected: numbers
        hint:     count in int32 and convert with astype('bool')"
    `)
    expect(messageOf(() => iota('int32', [], 0))).toMatchInlineSnapshot(`
      "iota: the dimension is outside the shape
        got:      dimension 0 of shape []
        expected: an axis of the shape
        hint:     np.arange counts along one axis"
    `)
  })
})

describe('optimizationBarrier', () => {
  test('is the identity of several operands', () => {
    const f = (x: NdArray, y: NdArray): readonly NdArray[] => optimizationBarrier([x, y])
    const args = [arbitrary([2], 1), arbitrary([3, 1], 2)]
    f(...(args as [NdArray, NdArray])).forEach((y, i) => expectArray(y, args[i]))
    checkDerivatives(f, args)
    checkBatch(f, args)
    checkLowering(f, args)
    // Only some of the operands have a tangent, only some of the results are used.
    checkDerivatives((x) => [optimizationBarrier([x, args[1], x])[2]], [args[0]])
  })
})
