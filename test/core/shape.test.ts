import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  broadcast,
  equals,
  insert,
  inversePermutation,
  normalizeAxes,
  normalizeAxis,
  show,
  sizeOf,
  stridesOf,
  without
} from '../../src/core/shape.ts'
import { message } from './message.ts'

describe('shapes', () => {
  test('have sizes and row-major strides', () => {
    expect([sizeOf([]), sizeOf([2, 3]), sizeOf([4, 0])]).toEqual([1, 6, 0])
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1])
    expect(stridesOf([])).toEqual([])
  })

  test('lose and gain axes', () => {
    expect(without([2, 3, 4], [0, 2])).toEqual([3])
    expect(insert([2, 4], 1, 3)).toEqual([2, 3, 4])
    expect(insert([2], 1, 3)).toEqual([2, 3])
    expect(show([2, 3])).toBe('[2, 3]')
  })

  test('are equal by extents', () => {
    expect(equals([2, 3], [2, 3])).toBe(true)
    expect(equals([2, 3], [3, 2])).toBe(false)
    expect(equals([2], [2, 1])).toBe(false)
  })
})

describe('broadcast', () => {
  test('stretches 1 and aligns the last axes', () => {
    expect(broadcast('add', [[3, 1], [4]])).toEqual([3, 4])
    expect(broadcast('add', [[], [2, 3]])).toEqual([2, 3])
    expect(broadcast('add', [[1], [0]])).toEqual([0])
    expect(broadcast('add', [])).toEqual([])
    expect(broadcast('where', [[5, 1, 1], [4, 1], [3]])).toEqual([5, 4, 3])
  })

  test('is commutative, and idempotent on its result', () => {
    const shape = fc.array(fc.constantFrom(1, 3), { maxLength: 4 })
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const both = broadcast('add', [a, b])
        expect(broadcast('add', [b, a])).toEqual(both)
        expect(broadcast('add', [both, a])).toEqual(both)
      })
    )
  })

  test('says which shapes do not fit', () => {
    expect(message(() => broadcast('add', [[2, 3], [4]]))).toMatchInlineSnapshot(`
      "ShapeError add: the operands do not broadcast together
        got:      [2, 3], [4]
        expected: equal extents, or 1, on every axis counted from the last
        hint:     np.expandDims or np.reshape puts axes where they line up"
    `)
    expect(() => broadcast('add', [[0], [3]])).toThrow(/do not broadcast/)
  })
})

describe('axes', () => {
  test('count from the end when negative', () => {
    expect(normalizeAxis('sum', -1, 3)).toBe(2)
    expect(normalizeAxis('sum', -3, 3)).toBe(0)
    expect(normalizeAxes('sum', [2, -3], 3)).toEqual([0, 2])
    expect(normalizeAxes('sum', null, 3)).toEqual([0, 1, 2])
    expect(normalizeAxes('sum', undefined, 0)).toEqual([])
    expect(normalizeAxes('sum', [], 2)).toEqual([])
  })

  test('outside the array, or named twice, are errors', () => {
    expect(message(() => normalizeAxis('sum', 3, 3))).toMatchInlineSnapshot(`
      "AxisError sum: the axis is outside the array
        got:      axis 3 of an array of rank 3
        expected: an integer from -3 to 2
        hint:     negative axes count from the last one, which is -1"
    `)
    expect(message(() => normalizeAxis('sum', 0, 0))).toMatchInlineSnapshot(`
      "AxisError sum: the axis is outside the array
        got:      axis 0 of an array of rank 0
        expected: no axis: a scalar has none
        hint:     negative axes count from the last one, which is -1"
    `)
    expect(message(() => normalizeAxis('sum', 0.5, 2))).toMatchInlineSnapshot(`
      "AxisError sum: the axis is outside the array
        got:      axis 0.5 of an array of rank 2
        expected: an integer from -2 to 1
        hint:     negative axes count from the last one, which is -1"
    `)
    const options = { axis: 0 } as unknown as number
    expect(message(() => normalizeAxis('sum', options, 2))).toMatchInlineSnapshot(`
      "AxisError sum: the axis is outside the array
        got:      axis an instance of Object of an array of rank 2
        expected: an integer from -2 to 1
        hint:     the axis stands by itself here: 0, not { axis: 0 }"
    `)
    expect(message(() => normalizeAxes('sum', [0, -2], 2))).toMatchInlineSnapshot(`
      "AxisError sum: an axis is named twice
        got:      axes [0, -2] of an array of rank 2
        expected: each axis at most once
        hint:     axis -1 is the same as axis 1"
    `)
  })

  test('inversePermutation undoes a permutation', () => {
    const permutation = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 })
    fc.assert(
      fc.property(permutation, (p) => {
        const inverse = inversePermutation(p)
        expect(p.map((axis) => inverse[axis])).toEqual([0, 1, 2, 3])
        expect(inversePermutation(inverse)).toEqual(p)
      })
    )
  })
})
