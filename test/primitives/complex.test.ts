import { describe, expect, test } from 'vitest'
import { expectArray } from '../equality.ts'
import { complex, conj, imag, real } from '../../src/primitives/complex.ts'
import { abs } from '../../src/primitives/arithmetic.ts'
import { mul } from '../../src/primitives/elementwise.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { c128, f32, f64, make, messageOf } from './arrays.ts'

describe('complex numbers', () => {
  test('come apart and together', () => {
    expectArray(complex(f64(1, 3), f64(2, -0)), c128(1, 2, 3, -0))
    expectArray(complex(f32(1), f32(2)), make('complex64', [1, 2]))
    expectArray(real(c128(1, 2, 3, 4)), f64(1, 3))
    expectArray(imag(c128(1, 2, 3, 4)), f64(2, 4))
    expectArray(imag(make('complex64', [1, 2])), f32(2))
    expectArray(conj(c128(1, 2, 3, -0)), c128(1, -2, 3, 0))
  })

  test('transpose without conjugation, as JAX: imag sends ct to −i ct', () => {
    const pull = (f: Parameters<typeof vjpFlat>[0], x: ReturnType<typeof f64>, ct: typeof x) =>
      vjpFlat(f, [x], 'f').pullback([ct])[0]
    expect(pull((z) => [real(z)], c128(1, 2), f64(5))).toEqual(c128(5, 0))
    expect(pull((z) => [imag(z)], c128(1, 2), f64(5))).toEqual(c128(0, -5))
    expect(pull((z) => [conj(z)], c128(1, 2), c128(5, 6))).toEqual(c128(5, -6))
    const both = vjpFlat((a, b) => [complex(a, b)], [f64(1), f64(2)], 'f')
    expect(both.pullback([c128(5, 6)])).toEqual([f64(5), f64(-6)])
  })

  test('have derivatives that are the operations themselves', () => {
    const push = (f: Parameters<typeof jvpFlat>[0], dz: ReturnType<typeof f64>) =>
      jvpFlat(f, [c128(1, 2)], [dz])[1][0]
    expect(push((z) => [real(z)], c128(5, 6))).toEqual(f64(5))
    expect(push((z) => [imag(z)], c128(5, 6))).toEqual(f64(6))
    expect(push((z) => [conj(z)], c128(5, 6))).toEqual(c128(5, -6))
  })

  test('have |z| with derivative Re(conj(z) dz)/|z|, and 0 at 0', () => {
    const [, [t]] = jvpFlat((z) => [abs(z)], [c128(3, 4, 0, 0)], [c128(1, 1, 1, 1)])
    expect(t).toEqual(f64(1.4, 0)) // (3 + 4)/5
  })

  test('have mul with the holomorphic adjoint ct·y', () => {
    const { pullback } = vjpFlat((x, y) => [mul(x, y)], [c128(1, 2), c128(3, 4)], 'f')
    expect(pullback([c128(0, 1)])).toEqual([c128(-4, 3), c128(-2, 1)])
  })

  test('are made of float32 or float64 only', () => {
    expect(messageOf(() => complex(make('float16', [1]), make('float16', [1]))))
      .toMatchInlineSnapshot(`
      "complex: no complex type has parts of this type
        got:      float16
        expected: float32 or float64
        hint:     convert the parts with astype('float32')"
    `)
    expect(() => real(f64(1))).toThrow('element type')
    expect(() => conj(f64(1))).toThrow('element type')
  })
})
