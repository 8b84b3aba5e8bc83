import { describe, expect, test } from 'vitest'
import { expectArray } from '../equality.ts'
import {
  and,
  clz,
  not,
  or,
  populationCount,
  shiftLeft,
  shiftRightArithmetic,
  shiftRightLogical,
  xor
} from '../../src/primitives/bitwise.ts'
import { bool, f32, i32, make, messageOf } from './arrays.ts'

describe('and, or, xor and not', () => {
  test('act on bits', () => {
    expectArray(and(i32(12, -1), i32(10, 7)), i32(8, 7))
    expectArray(or(i32(12, -8), i32(10, 7)), i32(14, -1))
    expectArray(xor(i32(12, -1), i32(10, 7)), i32(6, -8))
    expectArray(not(i32(0, -1, 5)), i32(-1, 0, -6))
    expectArray(not(make('uint8', [0, 5])), make('uint8', [255, 250]))
    expectArray(or(make('uint32', [2 ** 31]), make('uint32', [1])), make('uint32', [2 ** 31 + 1]))
  })

  test('are logical on bools', () => {
    const [x, y] = [bool(false, false, true, true), bool(false, true, false, true)]
    expectArray(and(x, y), bool(false, false, false, true))
    expectArray(or(x, y), bool(false, true, true, true))
    expectArray(xor(x, y), bool(false, true, true, false))
    expectArray(not(x), bool(true, true, false, false))
  })

  test('do not take floats, nor shifts bools', () => {
    expect(messageOf(() => and(f32(1), f32(1)))).toMatchInlineSnapshot(`
      "and: the operation is not defined for this element type
        got:      float32
        expected: bool, an unsigned integer, a signed integer
        hint:     convert with astype; functions of np convert integers by themselves"
    `)
    expect(() => not(f32(1))).toThrow('element type')
    expect(() => shiftLeft(bool(true), bool(true))).toThrow('element type')
    expect(() => clz(bool(true))).toThrow('element type')
  })
})

describe('shifts', () => {
  test('move bits within the width', () => {
    expectArray(shiftLeft(i32(1, 3, -1), i32(4, 31, 1)), i32(16, -(2 ** 31), -2))
    expectArray(shiftRightLogical(i32(-1, 16), i32(28, 2)), i32(15, 4))
    expectArray(shiftRightArithmetic(i32(-16, 16), i32(2, 2)), i32(-4, 4))
    expectArray(shiftLeft(make('uint8', [129]), make('uint8', [1])), make('uint8', [2]))
    expectArray(shiftRightLogical(make('int8', [-1]), make('int8', [4])), make('int8', [15]))
    expectArray(
      shiftRightLogical(make('uint32', [2 ** 31]), make('uint32', [31])),
      make('uint32', [1])
    )
    // 0x80 >> 1 with copies of the top bit is 0xc0
    expectArray(
      shiftRightArithmetic(make('uint8', [128]), make('uint8', [1])),
      make('uint8', [192])
    )
  })

  test('by the width or more, or by a negative amount, leave zeros or signs', () => {
    for (const amount of [32, 33, -1]) {
      expectArray(shiftLeft(i32(5), i32(amount)), i32(0))
      expectArray(shiftRightLogical(i32(-5), i32(amount)), i32(0))
      expectArray(shiftRightArithmetic(i32(-5, 5), i32(amount, amount)), i32(-1, 0))
    }
    expectArray(shiftLeft(make('uint8', [1]), make('uint8', [8])), make('uint8', [0]))
    expectArray(shiftRightArithmetic(make('int8', [-5]), make('int8', [8])), make('int8', [-1]))
  })
})

describe('bit counts', () => {
  test('are relative to the width', () => {
    expectArray(clz(i32(0, 1, -1)), i32(32, 31, 0))
    expectArray(clz(make('uint8', [0, 1, 128])), make('uint8', [8, 7, 0]))
    expectArray(clz(make('int16', [-1, 1])), make('int16', [0, 15]))
    expectArray(populationCount(i32(0, 7, -1)), i32(0, 3, 32))
    expectArray(populationCount(make('int8', [-1, 5])), make('int8', [8, 2]))
  })
})
