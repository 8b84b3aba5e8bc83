import { describe, expect, test } from 'vitest'
import { expectArray } from '../equality.ts'
import {
  ceil,
  floor,
  isFinite,
  nextafter,
  reducePrecision,
  round,
  type RoundingMethod
} from '../../src/primitives/rounding.ts'
import { bool, f32, f64, i32, make, messageOf, values } from './arrays.ts'

const [NAN, INF] = [NaN, Infinity]

describe('rounding', () => {
  test('keeps zeros, infinities and NaN', () => {
    expectArray(floor(f64(1.5, -1.5, -0, INF, NAN)), f64(1, -2, -0, INF, NAN))
    expectArray(ceil(f64(1.5, -0.5, 0, -INF, NAN)), f64(2, -0, 0, -INF, NAN))
  })

  test('sends halves where it is told', () => {
    const x = f64(0.5, 1.5, 2.5, -0.5, -2.5, 0.49999999999999994)
    expectArray(round(x, 'toNearestEven'), f64(0, 2, 2, -0, -2, 0))
    expectArray(round(x), f64(1, 2, 3, -1, -3, 0))
    // As an untyped caller would: the type has the other two only.
    expect(messageOf(() => round(x, 'up' as RoundingMethod))).toMatchInlineSnapshot(`
      "round: the rounding method is unknown
        got:      up
        expected: 'toNearestEven' or 'awayFromZero'
        hint:     np.round rounds halves to even, as IEEE 754 does"
    `)
  })

  test('is for floats', () => {
    for (const f of [floor, ceil, round, isFinite]) expect(() => f(i32(1))).toThrow('element type')
  })
})

describe('isFinite', () => {
  test('is false for infinities and NaN', () => {
    expectArray(isFinite(f32(1, INF, -INF, NAN, 3.4e38)), bool(true, false, false, false, true))
  })
})

describe('nextafter', () => {
  test('steps by one unit in the last place of each type', () => {
    expectArray(nextafter(f32(1, 0, 1), f32(2, -1, 1)), f32(1 + 2 ** -23, -(2 ** -149), 1))
    expectArray(nextafter(f64(1, NAN), f64(0, 1)), f64(1 - 2 ** -53, NAN))
    expectArray(
      nextafter(make('float16', [1]), make('float16', [2])),
      make('float16', [1 + 2 ** -10])
    )
    expectArray(
      nextafter(make('bfloat16', [1]), make('bfloat16', [2])),
      make('bfloat16', [1 + 2 ** -7])
    )
  })
})

describe('reducePrecision', () => {
  const bfloat16 = { exponentBits: 8, mantissaBits: 7 }
  const float16 = { exponentBits: 5, mantissaBits: 10 }

  test('rounds to the nearest, halves to even', () => {
    const ulp = 2 ** -7
    expectArray(
      reducePrecision(f32(1 + ulp, 1 + ulp / 2, 1 + 1.5 * ulp, -1 - ulp / 4), bfloat16),
      f32(1 + ulp, 1, 1 + 2 * ulp, -1)
    )
  })

  test('overflows to infinity and flushes what is below the normal numbers', () => {
    expectArray(
      reducePrecision(f32(65504, 65520, -1e6, 2 ** -14, 2 ** -15, -(2 ** -15), NAN), float16),
      f32(65504, INF, -INF, 2 ** -14, 0, -0, NAN)
    )
  })

  test('keeps the subnormals of its own exponent range', () => {
    expectArray(reducePrecision(f32(2 ** -133, 2 ** -149), bfloat16), f32(2 ** -133, 0))
    expectArray(
      reducePrecision(f64(1.7976931348623157e308, 5e-324), { exponentBits: 11, mantissaBits: 52 }),
      f64(1.7976931348623157e308, 5e-324)
    )
  })

  test('agrees with conversion to bfloat16 and back', () => {
    for (const v of [Math.PI, -1 / 3, 1e-39, 3.39e38])
      expectArray(reducePrecision(f32(v), bfloat16), f32(values(make('bfloat16', [v]))[0]))
  })

  test('refuses widths that no format has', () => {
    expect(messageOf(() => reducePrecision(f32(1), { exponentBits: 0, mantissaBits: 3 })))
      .toMatchInlineSnapshot(`
        "reducePrecision: no floating format has these widths
          got:      exponentBits 0, mantissaBits 3
          expected: exponentBits of at least 1, mantissaBits of at least 0
          hint:     bfloat16 is 8 and 7, float16 is 5 and 10"
      `)
  })
})
