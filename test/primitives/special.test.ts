import { describe, expect, test } from 'vitest'
import { zero } from '../../src/trace/primitive.ts'
import { avalOf } from '../../src/core/array.ts'
import { expectArray, expectClose } from '../equality.ts'
import { erf, erfc, erfInv } from '../../src/primitives/error-function.ts'
import { regularizedIncompleteBeta } from '../../src/primitives/incomplete-beta.ts'
import {
  besselI0e,
  besselI1e,
  digamma,
  igamma,
  igammac,
  igammaGradA,
  lgamma,
  polygamma,
  randomGammaGrad,
  zeta
} from '../../src/primitives/special.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { f64, i32, make, messageOf, values } from './arrays.ts'

const [NAN, INF, PI] = [NaN, Infinity, Math.PI]
const EULER = 0.5772156649015329
const close = { rtol: 1e-14, atol: 1e-15 }

describe('the error function', () => {
  test('has its tabulated values (DLMF 7.23)', () => {
    expectClose(erf(f64(0, -0, 1, INF, NAN)), f64(0, -0, 0.8427007929497149, 1, NAN), close)
    expectClose(
      erfc(f64(0, 1, -INF, 10)),
      f64(1, 0.15729920705028513, 2, 2.088487583762545e-45),
      close
    )
    expectClose(erfInv(f64(0, 0.8427007929497149, 1, -1, 2)), f64(0, 1, INF, -INF, NAN), close)
  })
})

describe('the gamma family', () => {
  test('has closed forms at integers and halves', () => {
    expectClose(
      lgamma(f64(1, 5, 0.5, 0, -1)),
      f64(0, Math.log(24), Math.log(PI) / 2, INF, INF),
      close
    )
    expectClose(digamma(f64(1, 2, 0.5)), f64(-EULER, 1 - EULER, -EULER - 2 * Math.LN2), close)
    // ψ′(1) = π²/6, ψ″(1) = −2 ζ(3)
    expectClose(polygamma(f64(1, 2), f64(1, 1)), f64(PI ** 2 / 6, -2.4041138063191885), close)
    expectClose(zeta(f64(2, 4), f64(1, 1)), f64(PI ** 2 / 6, PI ** 4 / 90), close)
  })

  test('has incomplete members: P(1, x) = 1 − e^−x', () => {
    expectClose(igamma(f64(1, 1, 2), f64(0.5, 0, INF)), f64(-Math.expm1(-0.5), 0, 1), close)
    expectClose(igammac(f64(1, 1), f64(30, 0)), f64(Math.exp(-30), 1), close)
    // At a = 1: dx/da = −(∂P/∂a)/(∂P/∂x), with density e^−x
    const [slope] = values(igammaGradA(f64(1), f64(0.5)))
    expect(slope).toBeLessThan(0)
    expectClose(randomGammaGrad(f64(1), f64(0.5)), f64(-slope / Math.exp(-0.5)), close)
  })

  test('has the incomplete beta function: I_x(2, 2) = 3x² − 2x³', () => {
    expectClose(
      regularizedIncompleteBeta(f64(2, 1, 2), f64(2, 1, 2), f64(0.25, 0.3, 1)),
      f64(0.15625, 0.3, 1),
      close
    )
    const f = vmap(regularizedIncompleteBeta, { inAxes: [null, null, 0] })
    const xs = make('float64', [0.25, 0.5], [2, 1])
    expectClose(f(f64(2), f64(2), xs), make('float64', [0.15625, 0.5], [2, 1]), close)
  })

  test('takes floats only', () => {
    expect(() => lgamma(i32(1))).toThrow('not defined for this element type')
    expect(() => igamma(i32(1), i32(1))).toThrow('not defined for this element type')
    expect(() => regularizedIncompleteBeta(i32(1), i32(1), i32(1))).toThrow('not defined')
  })

  test('says which derivatives do not exist', () => {
    const push = (f: Parameters<typeof jvpFlat>[0]) => () => jvpFlat(f, [f64(1)], [f64(1)])
    expect(messageOf(push((n) => [polygamma(n, f64(2))]))).toMatchInlineSnapshot(`
      "polygamma: there is no derivative with respect to the order
        got:      a tangent of the order
        expected: the order constant
        hint:     wrap the order in stopGradient when its derivative is not needed"
    `)
    expect(messageOf(push((a) => [regularizedIncompleteBeta(a, f64(1), f64(0.5))])))
      .toMatchInlineSnapshot(`
      "regularizedIncompleteBeta: there is no derivative with respect to a and b
        got:      a tangent of a or b
        expected: a and b constant
        hint:     wrap them in stopGradient when their derivatives are not needed"
    `)
    expect(push((s) => [zeta(s, f64(2))])).toThrow('no derivative')
    expect(push((a) => [igammaGradA(a, f64(2))])).toThrow('no derivative')
    expect(push((x) => [igammaGradA(f64(2), x)])).toThrow('no derivative')
    expect(push((a) => [randomGammaGrad(a, f64(2))])).toThrow('no derivative')
    expect(push((x) => [randomGammaGrad(f64(2), x)])).toThrow('no derivative')
  })
})

describe('the scaled Bessel functions', () => {
  test('have their tabulated values (Abramowitz & Stegun, table 9.8)', () => {
    expectClose(besselI0e(f64(0, 1, -1)), f64(1, 0.4657596077, 0.4657596077), { rtol: 1e-9 })
    expectClose(besselI1e(f64(0, 1, -1)), f64(0, 0.2079104154, -0.2079104154), { rtol: 1e-9 })
  })

  test('have the slope ½ of I₁ at 0', () => {
    const [, [t]] = jvpFlat((x) => [besselI1e(x)], [f64(0)], [f64(3)])
    expect(t).toEqual(f64(1.5))
    const [, [none]] = jvpFlat((x) => [besselI1e(x)], [f64(0)], [zero(avalOf(f64(0)))])
    expect(none).toEqual(zero(avalOf(f64(0))))
    expectArray(besselI1e(f64(-0)), f64(-0))
  })
})
