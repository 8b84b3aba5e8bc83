import { describe, expect, test } from 'vitest'
import { avalOf } from '../../src/core/array.ts'
import { isZero } from '../../src/trace/primitive.ts'
import { expectArray } from '../equality.ts'
import { bitcastConvertType, convertElementType } from '../../src/primitives/convert.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { bool, c128, f32, f64, i32, isWeak, make, messageOf, weak } from './arrays.ts'

const [NAN, INF] = [NaN, Infinity]

describe('convertElementType', () => {
  test('truncates and saturates floats to integers, NaN to 0', () => {
    const x = f32(1.9, -1.9, -0.5, NAN, INF, -INF, 3e9)
    const top = 2 ** 31 - 1
    expectArray(convertElementType(x, 'int32'), i32(1, -1, 0, 0, top, -(2 ** 31), top))
    expectArray(convertElementType(f32(-1, 300, 7.7), 'uint8'), make('uint8', [0, 255, 7]))
    expectArray(convertElementType(f32(-129, 128), 'int8'), make('int8', [-128, 127]))
    expectArray(convertElementType(f64(4294967295.5), 'uint32'), make('uint32', [4294967295]))
  })

  test('wraps integers to integers', () => {
    expectArray(convertElementType(i32(257, -1, 128), 'uint8'), make('uint8', [1, 255, 128]))
    expectArray(convertElementType(i32(128, -129), 'int8'), make('int8', [-128, 127]))
    expectArray(convertElementType(i32(-1), 'uint32'), make('uint32', [2 ** 32 - 1]))
    expectArray(convertElementType(make('uint32', [2 ** 32 - 1]), 'int32'), i32(-1))
  })

  test('makes bool of what is not zero', () => {
    expectArray(convertElementType(f32(0, -0, 0.5, NAN), 'bool'), bool(false, false, true, true))
    expectArray(convertElementType(i32(0, -3), 'bool'), bool(false, true))
    expectArray(convertElementType(c128(0, 0, 0, 1), 'bool'), bool(false, true))
    expectArray(convertElementType(bool(true, false), 'float32'), f32(1, 0))
  })

  test('rounds to narrower floats', () => {
    expectArray(convertElementType(f64(0.1), 'float32'), f32(0.1))
    expectArray(convertElementType(f32(1 + 2 ** -11, 65520), 'float16'), make('float16', [1, INF]))
    expectArray(convertElementType(f32(1 + 2 ** -8), 'bfloat16'), make('bfloat16', [1]))
  })

  test('adds and drops imaginary parts', () => {
    expectArray(convertElementType(f64(1, -0), 'complex128'), c128(1, 0, -0, 0))
    expectArray(convertElementType(c128(1, 2, 3, 4), 'float64'), f64(1, 3))
    expectArray(convertElementType(c128(1.9, 2), 'int32'), i32(1))
    expectArray(convertElementType(c128(0.1, 2), 'complex64'), make('complex64', [0.1, 2]))
  })

  test('sets weakness, and is nothing where nothing changes', () => {
    const x = f32(1)
    expect(convertElementType(x, 'float32')).toBe(x)
    expect(isWeak(convertElementType(weak(x), 'float32'))).toBe(false)
    expect(isWeak(convertElementType(x, 'float64', true))).toBe(true)
  })

  test('converts tangents, and cotangents back', () => {
    const widen = vjpFlat((x) => [convertElementType(x, 'float64')], [f32(1, 2)], 'f')
    expect(widen.pullback([f64(0.1, 3)])).toEqual([f32(0.1, 3)])
    const real = vjpFlat((x) => [convertElementType(x, 'float64')], [c128(1, 2)], 'f')
    expect(real.pullback([f64(5)])).toEqual([c128(5, 0)])
    const [, [t]] = jvpFlat((x) => [convertElementType(x, 'complex64')], [f32(1)], [f32(3)])
    expect(t).toEqual(make('complex64', [3, 0]))
  })

  test('stops derivatives at integers', () => {
    const [[y], [t]] = jvpFlat((x) => [convertElementType(x, 'int32')], [f32(1.5)], [f32(3)])
    expect(isZero(t)).toBe(true)
    expect(t).toHaveProperty('aval', avalOf(y))
  })
})

describe('bitcastConvertType', () => {
  test('reads the same bits', () => {
    // 1, −2, 0 and −0 in binary32
    expectArray(
      bitcastConvertType(f32(1, -2, 0, -0), 'int32'),
      i32(0x3f800000, -0x40000000, 0, -(2 ** 31))
    )
    expectArray(bitcastConvertType(i32(0x7f800000), 'float32'), f32(INF))
    expectArray(bitcastConvertType(i32(-1), 'uint32'), make('uint32', [2 ** 32 - 1]))
    expectArray(
      bitcastConvertType(make('float16', [1, -2]), 'uint16'),
      make('uint16', [0x3c00, 0xc000])
    )
    expectArray(bitcastConvertType(make('uint16', [0x3f80]), 'bfloat16'), make('bfloat16', [1]))
    expectArray(bitcastConvertType(make('float16', [1]), 'bfloat16'), make('bfloat16', [2 ** -7]))
  })

  test('adds or removes the last axis where widths differ, lowest bits first', () => {
    expectArray(
      bitcastConvertType(i32(0x04030201, -1), 'uint8'),
      make('uint8', [1, 2, 3, 4, 255, 255, 255, 255], [2, 4])
    )
    expectArray(
      bitcastConvertType(make('uint8', [1, 2, 3, 4]), 'int32'),
      make('int32', [0x04030201], [])
    )
    expectArray(bitcastConvertType(make('float64', [1], []), 'int32'), i32(0, 0x3ff00000))
    expectArray(bitcastConvertType(i32(0, 0x3ff00000), 'float64'), make('float64', [1], []))
    expectArray(bitcastConvertType(f32(1), 'uint16'), make('uint16', [0, 0x3f80], [1, 2]))
  })

  test('maps over any axis', () => {
    const x = make('uint8', [1, 5, 2, 6, 3, 7, 4, 8], [4, 2])
    const f = vmap((v) => bitcastConvertType(v, 'int32'), { inAxes: [1] })
    expectArray(f(x), i32(0x04030201, 0x08070605))
  })

  test('says what does not fit', () => {
    expect(messageOf(() => bitcastConvertType(bool(true), 'int8'))).toMatchInlineSnapshot(`
      "bitcastConvertType: the bits of this type have no other reading
        got:      bool to int8
        expected: integers and floats, or the same type twice
        hint:     convertElementType converts values; real and imag take complex numbers apart"
    `)
    expect(messageOf(() => bitcastConvertType(i32(1, 2, 3), 'float64'))).toMatchInlineSnapshot(`
      "bitcastConvertType: the last axis does not hold the bits of one element
        got:      int32 [3] to float64
        expected: a last axis of extent 2
        hint:     reshape so that the parts of one element are on the last axis"
    `)
    expectArray(bitcastConvertType(bool(true), 'bool'), bool(true))
  })
})
