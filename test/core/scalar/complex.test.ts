import { describe, expect, test } from 'vitest'
import {
  casin,
  cacos,
  cacosh,
  casinh,
  catan,
  catanh,
  ccos,
  ccosh,
  csin,
  csinh,
  ctan,
  ctanh
} from '../../../src/core/scalar/complex-trigonometry.ts'
import {
  cabs,
  cdiv,
  cexp,
  clog,
  cmul,
  cpow,
  csign,
  csqrt,
  type ComplexOut
} from '../../../src/core/scalar/complex.ts'

const inf = Infinity
const at = (f: (...args: never[]) => void, ...x: readonly number[]): readonly number[] => {
  const out: ComplexOut & number[] = [7, 7]
  ;(f as unknown as (...args: unknown[]) => void)(...x, out) // arity 3 or 5, as the call
  return [...out]
}

describe('complex arithmetic', () => {
  test('multiplies and divides Gaussian integers exactly', () => {
    expect(at(cmul, 1, 2, 3, 4)).toEqual([-5, 10])
    expect(at(cdiv, -5, 10, 3, 4)).toEqual([1, 2])
    expect(at(cdiv, 1, 0, 0, 2)).toEqual([0, -0.5])
  })

  test('may write over its own operands', () => {
    const z = [1, 2]
    cmul(z[0], z[1], z[0], z[1], z)
    expect(z).toEqual([-3, 4])
  })

  test('divides by zero and by infinity as C99 Annex G', () => {
    expect(at(cdiv, 1, 1, 0, 0)).toEqual([inf, inf])
    expect(at(cdiv, 1, 1, inf, 0)).toEqual([0, 0])
    expect(at(cdiv, inf, 1, 1, 1)).toEqual([inf, -inf])
    expect(at(cdiv, 0, 0, 0, 0)).toEqual([NaN, NaN])
    expect(at(cdiv, NaN, 0, 1, 0)[0]).toBeNaN()
  })

  test('divides without overflow of the squares', () => {
    expect(at(cdiv, 1e308, 1e308, 1e308, 1e308)).toEqual([1, 0])
    expect(at(cdiv, 1e-308, 1e-308, 1e-308, 1e-308)).toEqual([1, 0])
    expect(at(cdiv, 2 ** 1023, 2 ** -1023, 2 ** 677, 2 ** -677)).toEqual([2 ** 346, -(2 ** -1008)])
  })

  test('normalises by the modulus, also beyond the range of its square', () => {
    expect(at(csign, 3, 4)).toEqual([0.6, 0.8])
    expect(at(csign, 0, 0)).toEqual([0, 0])
    const [re, im] = at(csign, -1.5e308, 1.5e308)
    expect([re, im]).toEqual([-Math.SQRT1_2, Math.SQRT1_2].map((v) => expect.closeTo(v, 15)))
    expect(cabs(3, 4)).toBe(5)
  })
})

describe('branch cuts are continuous from the side that the sign of zero names', () => {
  test.each([
    ['csqrt', csqrt, [-4, 0], [0, 2]],
    ['csqrt', csqrt, [-4, -0], [0, -2]],
    ['clog', clog, [-1, 0], [0, Math.PI]],
    ['clog', clog, [-1, -0], [0, -Math.PI]],
    ['casin', casin, [2, 0], [Math.PI / 2, Math.log(2 + Math.sqrt(3))]],
    ['casin', casin, [2, -0], [Math.PI / 2, -Math.log(2 + Math.sqrt(3))]],
    ['cacos', cacos, [-2, 0], [Math.PI, -Math.log(2 + Math.sqrt(3))]],
    ['cacos', cacos, [-2, -0], [Math.PI, Math.log(2 + Math.sqrt(3))]],
    ['catan', catan, [0, 2], [Math.PI / 2, Math.log(3) / 2]],
    ['catan', catan, [-0, 2], [-Math.PI / 2, Math.log(3) / 2]],
    ['casinh', casinh, [0, 2], [Math.log(2 + Math.sqrt(3)), Math.PI / 2]],
    ['casinh', casinh, [-0, 2], [-Math.log(2 + Math.sqrt(3)), Math.PI / 2]],
    ['cacosh', cacosh, [-2, 0], [Math.log(2 + Math.sqrt(3)), Math.PI]],
    ['cacosh', cacosh, [-2, -0], [Math.log(2 + Math.sqrt(3)), -Math.PI]],
    ['cacosh', cacosh, [0.5, 0], [0, Math.PI / 3]],
    ['catanh', catanh, [2, 0], [Math.log(3) / 2, Math.PI / 2]],
    ['catanh', catanh, [2, -0], [Math.log(3) / 2, -Math.PI / 2]]
  ] as const)('%s%#', (_name, f, x, [re, im]) => {
    const got = at(f, ...x)
    expect(got[0]).toBeCloseTo(re, 14)
    expect(got[1]).toBeCloseTo(im, 14)
  })
})

describe('signed zeros pass through odd functions', () => {
  test.each([
    ['csin', csin],
    ['ctan', ctan],
    ['csinh', csinh],
    ['ctanh', ctanh],
    ['casin', casin],
    ['catan', catan],
    ['casinh', casinh],
    ['catanh', catanh],
    ['csqrt', csqrt]
  ] as const)('%s', (name, f) => {
    for (const [re, im] of [
      [0, 0],
      [0, -0]
    ]) {
      expect(at(f, re, im)).toEqual([re, im])
      if (name !== 'csqrt') expect(at(f, -re, im)).toEqual([-re, im])
    }
  })
})

describe('infinities and overflow', () => {
  test('the exponential keeps a finite product of an overflowing factor', () => {
    const [re, im] = at(cexp, 710, Math.PI / 2)
    // mpmath 1.2.1: exp(710 + i fl(π/2)); e^710 alone overflows
    expect(re / 1.3679272698459e292).toBeCloseTo(1, 12)
    expect(im).toBe(inf)
    expect(at(cexp, -inf, inf)).toEqual([0, 0])
    expect(at(cexp, inf, 0)).toEqual([inf, 0])
    expect(at(cexp, 1, inf)).toEqual([NaN, NaN])
  })

  test('the hyperbolic functions have the limits of C99', () => {
    expect(at(csinh, inf, 0)).toEqual([inf, 0])
    expect(at(csinh, -inf, 1)).toEqual([-inf, inf])
    expect(at(ccosh, inf, 0)).toEqual([inf, 0])
    expect(at(ccosh, -inf, 1)).toEqual([inf, -inf])
    expect(at(ctanh, inf, 1)).toEqual([1, 0])
    expect(at(ctanh, -400, 1)[0]).toBe(-1)
    expect(at(ccos, 0, 0)).toEqual([1, -0])
  })

  test('the root and the logarithm of infinite arguments', () => {
    expect(at(csqrt, -inf, 1)).toEqual([0, inf])
    expect(at(csqrt, inf, -1)).toEqual([inf, -0])
    expect(at(csqrt, NaN, inf)).toEqual([inf, inf])
    expect(at(csqrt, NaN, 0)).toEqual([NaN, NaN])
    expect(at(clog, 0, 0)).toEqual([-inf, 0])
    expect(at(clog, -inf, inf)).toEqual([inf, (3 * Math.PI) / 4])
  })

  test('the inverse functions of infinite and of the largest arguments', () => {
    expect(at(casin, inf, 1)).toEqual([Math.PI / 2, inf])
    expect(at(casin, 1, -inf)).toEqual([0, -inf])
    expect(at(cacos, -inf, inf)).toEqual([(3 * Math.PI) / 4, -inf])
    expect(at(catanh, inf, -1)).toEqual([0, -Math.PI / 2])
    expect(at(catanh, 1, 0)).toEqual([inf, 0])
    expect(at(casinh, 1.7e308, 1.7e308)[0]).toBeCloseTo(Math.log(1.7e308) + 1.5 * Math.LN2, 10)
  })

  test('powers of zero and to the zero', () => {
    expect(at(cpow, 0, 0, 0, 0)).toEqual([1, 0])
    expect(at(cpow, NaN, 1, 0, 0)).toEqual([1, 0])
    expect(at(cpow, 0, 0, 2, 1)).toEqual([0, 0])
  })
})
