import { describe, expect, test } from 'vitest'
import { expectArray, expectClose } from '../equality.ts'
import {
  abs,
  div,
  integerPow,
  max,
  min,
  reciprocal,
  rem,
  sign,
  square
} from '../../src/primitives/arithmetic.ts'
import { clamp } from '../../src/primitives/clamp.ts'
import { add, mul } from '../../src/primitives/elementwise.ts'
import { copy, stopGradient } from '../../src/primitives/identity.ts'
import { neg, sub } from '../../src/primitives/negation.ts'
import { cbrt, rsqrt, sqrt } from '../../src/primitives/roots.ts'
import { c128, f32, f64, i32, isWeak, make, messageOf, weak } from './arrays.ts'

const [NAN, INF] = [NaN, Infinity]

describe('sums and products', () => {
  test('keep IEEE zeros and infinities', () => {
    expectArray(add(f64(1, -0, -0, INF), f64(2, -0, 0, -INF)), f64(3, -0, 0, NAN))
    expectArray(mul(f64(2, -0, 0), f64(3, 5, INF)), f64(6, -0, NAN))
    expectArray(neg(f64(1, 0, -0, NAN)), f64(-1, -0, 0, NAN))
    expectArray(sub(f64(1, INF), f64(3, INF)), f64(-2, NAN))
  })

  test('wrap integers', () => {
    expectArray(add(i32(2 ** 31 - 1), i32(1)), i32(-(2 ** 31)))
    expectArray(mul(i32(65537), i32(65537)), i32(131073)) // 2^32 + 2·2^16 + 1
    expectArray(
      mul(make('uint32', [4294967295]), make('uint32', [2])),
      make('uint32', [4294967294])
    )
    expectArray(sub(make('uint8', [0]), make('uint8', [1])), make('uint8', [255]))
    expectArray(neg(make('int8', [-128, 5])), make('int8', [-128, -5]))
    expectArray(neg(make('uint8', [1])), make('uint8', [255]))
  })

  test('round to the type: 1 + 2^-12 needs 13 bits', () => {
    expectArray(add(make('float16', [1]), make('float16', [2 ** -12])), make('float16', [1]))
    expectArray(
      add(make('bfloat16', [1]), make('bfloat16', [2 ** -7])),
      make('bfloat16', [1 + 2 ** -7])
    )
    expectArray(add(make('bfloat16', [1]), make('bfloat16', [2 ** -8])), make('bfloat16', [1]))
  })

  test('of complex numbers: (1+2i)(3+4i) = −5+10i', () => {
    expectArray(mul(c128(1, 2), c128(3, 4)), c128(-5, 10))
    expectArray(add(c128(1, 2), c128(3, 4)), c128(4, 6))
    expectArray(sub(c128(1, 2), c128(3, 5)), c128(-2, -3))
    expectArray(square(c128(1, 2)), c128(-3, 4))
    expectArray(neg(c128(1, -2)), c128(-1, 2))
  })
})

describe('div and rem', () => {
  test('follow IEEE on floats', () => {
    expectArray(div(f64(1, 1, -1, 0), f64(4, 0, 0, 0)), f64(0.25, INF, -INF, NAN))
    expectArray(rem(f64(5, -5, 5, 1, INF, -0), f64(3, 3, -3, INF, 2, 3)), f64(2, -2, 2, 1, NAN, -0))
  })

  test('follow XLA on integers', () => {
    const lowest = -(2 ** 31)
    expectArray(div(i32(7, -7, 5, lowest), i32(2, 2, 0, -1)), i32(3, -3, -1, lowest))
    expectArray(rem(i32(7, -7, 5, lowest), i32(2, 2, 0, -1)), i32(1, -1, 5, 0))
    expectArray(div(make('uint8', [200, 200]), make('uint8', [3, 0])), make('uint8', [66, 255]))
    expectArray(div(make('int8', [-128]), make('int8', [-1])), make('int8', [-128]))
  })

  test('divide complex numbers: (−5+10i)/(3+4i) = 1+2i', () => {
    expectClose(div(c128(-5, 10), c128(3, 4)), c128(1, 2), { rtol: 1e-15 })
  })
})

describe('signs', () => {
  test('keep NaN and zeros', () => {
    expectArray(sign(f64(-2, -0, 0, 3, NAN, -INF)), f64(-1, -0, 0, 1, NAN, -1))
    expectArray(sign(i32(-5, 0, 9)), i32(-1, 0, 1))
    expectArray(sign(make('uint8', [0, 200])), make('uint8', [0, 1]))
    expectClose(sign(c128(3, 4, 0, 0)), c128(0.6, 0.8, 0, 0), { rtol: 1e-15 })
    expectArray(abs(f64(-2, -0, NAN, -INF)), f64(2, 0, NAN, INF))
    expectArray(abs(i32(-3, -(2 ** 31))), i32(3, -(2 ** 31)))
    expectArray(abs(c128(3, 4, -5, 12)), f64(5, 13))
    expectArray(abs(make('complex64', [3, 4])), f32(5))
  })
})

describe('max and min', () => {
  test('propagate NaN from either side', () => {
    expectArray(max(f64(1, NAN, 3, -INF), f64(2, 1, NAN, 0)), f64(2, NAN, NAN, 0))
    expectArray(min(f64(1, NAN, 3, -INF), f64(2, 1, NAN, 0)), f64(1, NAN, NAN, -INF))
  })

  test('are or and and on bools, lexicographic on complex numbers', () => {
    expectArray(max(make('bool', [0, 0, 1]), make('bool', [0, 1, 1])), make('bool', [0, 1, 1]))
    expectArray(min(make('bool', [0, 0, 1]), make('bool', [0, 1, 1])), make('bool', [0, 0, 1]))
    expectArray(max(c128(1, 5, 2, 0), c128(1, 7, 1, 9)), c128(1, 7, 2, 0))
    expectArray(min(c128(1, 5, 2, 0), c128(1, 7, 1, 9)), c128(1, 5, 1, 9))
  })
})

describe('powers and roots', () => {
  test('integerPow is a product, and its reciprocal below 0', () => {
    expectArray(integerPow(f64(2, -3, 0, -0), 3), f64(8, -27, 0, -0))
    expectArray(integerPow(f64(2, -4, 0, -0), -1), f64(0.5, -0.25, INF, -INF))
    expectArray(integerPow(f64(NAN, 0), 0), f64(1, 1))
    expectArray(integerPow(i32(2, -3, 0), 3), i32(8, -27, 0))
    expectArray(integerPow(i32(3), 21), i32(Number(BigInt.asIntN(32, 3n ** 21n))))
    expectArray(integerPow(c128(0, 1, 1, 1), 3), c128(-0, -1, -2, 2)) // i³ = −i, (1+i)³ = −2+2i
    expectClose(integerPow(c128(0, 2), -2), c128(-0.25, 0), { atol: 1e-16 })
    expectArray(reciprocal(f32(4, 0)), f32(0.25, INF))
    expectArray(square(i32(-7, 65536)), i32(49, 0))
  })

  test('roots', () => {
    expectArray(sqrt(f64(9, -0, -1, INF)), f64(3, -0, NAN, INF))
    expectClose(sqrt(c128(-4, 0, 3, 4)), c128(0, 2, 2, 1), { rtol: 1e-15 })
    expectArray(rsqrt(f64(4, 0, -0, INF, -1)), f64(0.5, INF, -INF, 0, NAN))
    expectClose(rsqrt(c128(3, 4)), c128(0.4, -0.2), { rtol: 1e-15 })
    expectArray(cbrt(f64(27, -8, -0)), f64(3, -2, -0))
  })
})

describe('clamp', () => {
  test('limits x to bounds that are scalars or arrays, and keeps NaN', () => {
    const [low, high] = [make('float64', [-1], []), make('float64', [2], [])]
    expectArray(clamp(low, f64(-3, 0, 5, NAN), high), f64(-1, 0, 2, NAN))
    expectArray(clamp(f64(0, 1), f64(5, 0), f64(3, 2)), f64(3, 1))
    expectArray(clamp(f64(2), f64(0), f64(1)), f64(1)) // crossed bounds: the upper one wins
    expectArray(clamp(i32(0), i32(-4), i32(9)), i32(0))
  })

  test('says what does not fit', () => {
    expect(messageOf(() => clamp(f64(0, 1), f64(1, 2, 3), f64(4, 5)))).toMatchInlineSnapshot(`
      "clamp: a bound has another shape than the operand
        got:      low [2], operand [3], high [2]
        expected: scalar bounds, or bounds of the shape of the operand
        hint:     np.clip broadcasts its bounds"
    `)
  })
})

describe('an elementwise operation', () => {
  test('names operands of different shapes and types', () => {
    expect(messageOf(() => add(f64(1, 2), f64(1, 2, 3)))).toMatchInlineSnapshot(`
      "add: the operands have different shapes
        got:      [2], [3]
        expected: equal shapes (primitives never broadcast)
        hint:     np functions broadcast; or call lax.broadcastInDim on one side"
    `)
    expect(messageOf(() => mul(f64(1), f32(1)))).toMatchInlineSnapshot(`
      "mul: the operands have different element types
        got:      float64, float32
        expected: equal types (primitives never convert)
        hint:     np functions promote; or call astype on one side"
    `)
  })

  test('names types that it does not take', () => {
    expect(messageOf(() => sqrt(i32(1)))).toMatchInlineSnapshot(`
      "sqrt: the operation is not defined for this element type
        got:      int32
        expected: a float, a complex type
        hint:     convert with astype; functions of np convert integers by themselves"
    `)
    for (const f of [add, mul, sub, div, rem])
      expect(() => f(make('bool', [1]), make('bool', [1]))).toThrow('element type')
    expect(() => rem(c128(1, 0), c128(1, 0))).toThrow('element type')
    expect(() => cbrt(c128(1, 0))).toThrow('element type')
  })

  test('refuses exponents that have no integer power', () => {
    expect(messageOf(() => integerPow(i32(2), -1))).toMatchInlineSnapshot(`
      "integerPow: the exponent has no integer power
        got:      exponent -1 for int32
        expected: an integer of at least 0
        hint:     np.power takes any exponent; np.reciprocal makes floats of integers"
    `)
    expect(() => integerPow(f64(2), 0.5)).toThrow('exponent 0.5 for float64')
  })

  test('is weak when all of its operands are', () => {
    expect(isWeak(neg(weak(f32(1))))).toBe(true)
    expect(isWeak(add(weak(f32(1)), weak(f32(2))))).toBe(true)
    expect(isWeak(add(weak(f32(1)), f32(2)))).toBe(false)
    expect(isWeak(add(f32(1), weak(f32(2))))).toBe(false)
  })

  test('takes empty arrays and scalars', () => {
    expectArray(
      add(make('float32', [], [0, 3]), make('float32', [], [0, 3])),
      make('float32', [], [0, 3])
    )
    expectArray(mul(make('float32', [3], []), make('float32', [4], [])), make('float32', [12], []))
  })
})

describe('copy and stopGradient', () => {
  test('return what they are given', () => {
    for (const x of [f64(1, -0, NAN), i32(3), make('bool', [1, 0]), c128(1, 2)]) {
      expectArray(copy(x), x)
      expectArray(stopGradient(x), x)
    }
  })
})
