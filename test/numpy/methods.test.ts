/** Arrays as objects: their methods, how they print, and what JavaScript must not do with them. */
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { jit } from '../../src/control/jit.ts'
import type { NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'

const x = np.array([
  [3, 1, 2],
  [6, 5, 4]
])

describe('methods', () => {
  test('are the functions of np', () => {
    expectArray(
      x.add(1).mul(2).sub(x).div(4).neg(),
      np.array([
        [-1.25, -0.75, -1],
        [-2, -1.75, -1.5]
      ])
    )
    expectArray(
      x.floorDivide(2).mod(2),
      np.array([
        [1, 0, 1],
        [1, 0, 0]
      ])
    )
    expectArray(x.pow(2).sum({ axis: -1, keepdims: true }), np.array([[14], [77]]))
    expectArray(x.max({ axis: 0 }).min(), np.array(4, { dtype: 'float32' }))
    expectArray(x.argmax({ axis: 1 }), np.array([0, 0], { dtype: 'int32' }))
    expectArray(
      x.sort({ axis: 1 }),
      np.array([
        [1, 2, 3],
        [4, 5, 6]
      ])
    )
    expectArray(
      x.argsort(),
      np.array(
        [
          [1, 2, 0],
          [2, 1, 0]
        ],
        { dtype: 'int32' }
      )
    )
    expectArray(
      x.matmul(x.T),
      np.array([
        [14, 31],
        [31, 77]
      ])
    )
    expectArray(x.dot(np.array([1, 0, 0])), np.array([3, 6]))
    expectArray(x.greater(2).any({ axis: 0 }), np.array([true, true, true]))
    expectArray(x.less(4).all(), np.array(false))
    expectArray(
      x.astype('int32').bitwiseAnd(1),
      np.array(
        [
          [1, 1, 0],
          [0, 1, 0]
        ],
        { dtype: 'int32' }
      )
    )
    expectArray(
      x.clip(2, 5),
      np.array([
        [3, 2, 2],
        [5, 5, 4]
      ])
    )
    expectArray(
      x.clip(null, 3),
      np.array([
        [3, 1, 2],
        [3, 3, 3]
      ])
    )
    expectArray(x.mean({ axis: 0 }).std(), np.array(Math.SQRT1_2, { dtype: 'float32' }))
    expectArray(x.cumsum({ axis: 1 }).take([-1], { axis: 1 }), np.array([[6], [15]]))
    expectArray(x.trace(), np.array(8, { dtype: 'float32' }))
  })

  test('take shapes one by one or as a list', () => {
    expect(x.reshape(3, -1).shape).toEqual([3, 2])
    expect(x.reshape([6]).shape).toEqual([6])
    expect(x.transpose(1, 0).shape).toEqual([3, 2])
    expect(x.transpose([0, 1]).shape).toEqual([2, 3])
    expect(x.transpose().shape).toEqual([3, 2])
    expect(x.reshape(1, 6, 1).squeeze().shape).toEqual([6])
    expect(x.repeat(2, { axis: 0 }).shape).toEqual([4, 3])
  })

  test('view reads the same bits as another type', () => {
    expectArray(
      np.array([1, -2]).view('int32'),
      np.array([0x3f800000, -0x40000000], { dtype: 'int32' })
    )
    expect(message(() => x.view('float64'))).toMatchInlineSnapshot(`
      "DTypeError view: the types have different widths
        got:      float32 as float64
        expected: a type of 32 bits
        hint:     astype converts values; lax.bitcastConvertType also splits and joins elements"
    `)
  })

  test('work on tracers', () => {
    const f = (v: NdArray): NdArray => v.mul(v).slice('1:').sum()
    expectArray(jit(grad(f))(np.array([1, 2, 3])), np.array([0, 4, 6]))
    expect(jit((v: NdArray) => v.T)(x).shape).toEqual([3, 2])
  })

  test('are shared by all arrays, and not enumerable', () => {
    expect(Object.keys(x)).toEqual([])
    expect(Reflect.get(x, 'add')).toBe(Reflect.get(np.zeros([1]), 'add'))
  })
})

describe('values', () => {
  test('leave as copies', async () => {
    const values = x.toTypedArray()
    expect(values.buffer).toBeInstanceOf(ArrayBuffer)
    values[0] = 99
    const later = await x.data()
    expect([...later]).toEqual([3, 1, 2, 6, 5, 4])
    expect(later).not.toBe(await x.data())
  })

  test('leave as lists', () => {
    expect(x.toNested()).toEqual([
      [3, 1, 2],
      [6, 5, 4]
    ])
    expect(x.greater(4).toNested()).toEqual([
      [false, false, false],
      [true, true, false]
    ])
    expect(np.array([{ re: 1, im: -2 }]).toNested()).toEqual([[1, -2]])
    expect(JSON.stringify({ x })).toBe('{"x":[[3,1,2],[6,5,4]]}')
  })

  test('leave one by one', () => {
    expect(x.slice(1, 2).item()).toBe(4)
    expect(message(() => x.item())).toMatchInlineSnapshot(`
      "ValueError item: the array is not one real number
        got:      float32 of shape [2, 3]
        expected: exactly one element of a real type
        hint:     x.toNested() gives all elements; x.slice(i).item() one of them"
    `)
    expect(message(() => jit((v: NdArray) => np.array(v.item()))(np.ones([1]))))
      .toMatchInlineSnapshot(`
      "TracerError item: the value of a traced array is not known
        got:      a tracer of jit
        expected: a concrete array
        hint:     inside a transformation use lax.cond, lax.select or np.where instead of JavaScript control flow, and return values instead of storing them"
    `)
  })

  test('come row by row to a loop', () => {
    const rows = [...x]
    expect(rows).toHaveLength(2)
    expectArray(rows[1], np.array([6, 5, 4]))
    const [first, second] = jit((v: NdArray) => {
      const [a, b] = v
      return [a.add(b), b] as const
    })(x)
    expectArray(first, np.array([9, 6, 6]))
    expectArray(second, np.array([6, 5, 4]))
  })
})

describe('text', () => {
  test("is NumPy's in template strings", () => {
    // What the rule warns of, text without meaning, is what this test rules out.
    // oxlint-disable-next-line typescript/restrict-template-expressions
    expect(`${x}`).toBe('[[3. 1. 2.]\n [6. 5. 4.]]')
    expect(String(np.arange(3))).toBe('[0 1 2]')
  })

  test('says the type in Node and in notebooks', () => {
    expect(inspect(np.arange(3))).toBe('NdArray int32[3] [0 1 2]')
    const display = (np.arange(2) as unknown as Readonly<Record<symbol, () => unknown>>)[
      Symbol.for('Jupyter.display')
    ]
    expect(display.call(np.arange(2))).toEqual({ 'text/plain': 'NdArray int32[2] [0 1]' })
  })
})

describe('conversion to a number', () => {
  // What the type checker would refuse, and plain JavaScript does.
  const loose = x as unknown as number

  test('throws, whatever operator asks', () => {
    expect(message(() => +loose)).toMatchInlineSnapshot(`
      "ValueError conversion: JavaScript converts no array to a number
        got:      NdArray float32[2,3]
        expected: a call that says what is meant
        hint:     x.less(y), x.add(y), x.neg() … compute; x.item() reads a single element"
    `)
    for (const f of [
      () => loose < 2,
      () => loose + 1,
      () => loose * 2,
      () => Math.max(loose, 1),
      // oxlint-disable-next-line eslint/eqeqeq -- the conversion of == is what is tested
      () => loose == 3,
      () => loose - loose
    ])
      expect(message(f)).toContain('JavaScript converts no array to a number')
  })

  test('throws for tracers as a TracerError', () => {
    expect(
      message(() =>
        jit(function relu(v: NdArray) {
          return (v as unknown as number) > 0 ? v : v.neg()
        })(np.array(1, { dtype: 'float32' }))
      )
    ).toMatchInlineSnapshot(`
      "TracerError conversion: JavaScript converts no array to a number
        got:      Tracer<f32[] of jit(relu)>
        expected: a call that says what is meant
        hint:     x.less(y), x.add(y), x.neg() … compute; x.item() reads a single element, outside jit(relu) only"
    `)
  })
})
