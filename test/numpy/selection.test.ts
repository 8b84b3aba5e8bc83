import { describe, expect, test } from 'vitest'
import { np } from 'cotangent'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'

describe('piecewise', () => {
  const x = np.array([-2, -1, 0, 3])
  const [negative, odd] = [np.less(x, 0), np.array([false, true, false, true])]

  test('is by the last condition that holds, 0 where none does', () => {
    expectArray(np.piecewise(x, [negative, odd], [np.negative, 7]), np.array([2, 7, 0, 7]))
  })

  test('with one function more, is by that where no condition holds', () => {
    const all = np.piecewise(x, [negative, odd], [np.negative, 7, 9])
    expectArray(all, np.array([2, 7, 9, 7]))
  })

  test('wants as many functions as conditions, or one more', () => {
    expect(() => np.piecewise(x, [negative], [1, 2, 3])).toThrow('1 conditions, 3 functions')
    expect(message(() => np.piecewise(x, [negative, odd], [1]))).toMatchInlineSnapshot(`
      "ValueError np.piecewise: functions and conditions do not match
        got:      2 conditions, 1 functions
        expected: as many functions, or one more for where no condition holds
        hint:     np.select takes arrays instead of functions"
    `)
  })
})
