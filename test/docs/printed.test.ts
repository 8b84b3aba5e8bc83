import { describe, expect, test } from 'vitest'
import { formsOf, matches, throwsAs } from './printed.ts'

describe('a value matches what a page prints', () => {
  test.each([
    [3, '3'],
    [0.8414709568023682, '0.84147'],
    [6.0000001, '6.00'],
    ['hi', 'hi'],
    ['hi', "'hi'"],
    [[1, [2, 0.3333333]], '[1, [2, 0.333]]'],
    [{ w: [1, 2], b: 'x' }, '{ w: [1, 2], b: "x" }'],
    ['a b\n  c', 'a b c'],
    [new Float32Array([1.5, 2]), '[1.5, 2]'],
    [undefined, 'undefined'],
    [-0, '-0'],
    [1e-7, '1.0e-7']
  ])('%j as %s', (value, printed) => {
    expect(matches(value, printed)).toBe(true)
  })

  test.each([
    [3.0000001, '3'], // without a point a number is exact
    [0.8414709568023682, '0.84148'],
    [[1, 2], '[1, 2, 3]'],
    [[1, 2, 3], '[1, 2]'],
    [Promise.resolve(3), '3'],
    [NaN, '1.00'],
    ['ab', 'a'],
    [1.1e-7, '1.0e-7'],
    [{ w: 1 }, '{ v: 1 }']
  ])('but not %j as %s', (value, printed) => {
    expect(matches(value, printed)).toBe(false)
  })

  test('no form of a plain object is what its prototype says', () => {
    expect(formsOf({ w: { b: 1 } })).toEqual(['{ w: { b: 1 } }'])
    expect(matches({ w: 1 }, '[object Object]')).toBe(false)
  })

  test('an error by its name, or by any beginning of its message', () => {
    const error = new TypeError('add: the operands differ\n  got: 1')
    expect(throwsAs(error, 'TypeError')).toBe(true)
    expect(throwsAs(error, 'TypeError: add: the operands differ')).toBe(true)
    expect(throwsAs(error, 'RangeError')).toBe(false)
    expect(throwsAs('TypeError', 'TypeError')).toBe(false)
  })
})
