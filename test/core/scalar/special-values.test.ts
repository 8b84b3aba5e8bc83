import { describe, expect, test } from 'vitest'
import * as bessel from '../../../src/core/scalar/bessel.ts'
import * as combinatorial from '../../../src/core/scalar/combinatorial.ts'
import { spence } from '../../../src/core/scalar/dilogarithm.ts'
import * as elementary from '../../../src/core/scalar/elementary.ts'
import * as error from '../../../src/core/scalar/error-function.ts'
import * as integral from '../../../src/core/scalar/exponential-integral.ts'
import { digamma, gamma, lgamma } from '../../../src/core/scalar/gamma.ts'
import { betainc, lbeta } from '../../../src/core/scalar/incomplete-beta.ts'
import {
  igammaGradA,
  randomGammaGrad
} from '../../../src/core/scalar/incomplete-gamma-derivative.ts'
import { igamma, igammac } from '../../../src/core/scalar/incomplete-gamma.ts'
import * as information from '../../../src/core/scalar/information.ts'
import { cospi, sinc, sinpi } from '../../../src/core/scalar/trigonometry-pi.ts'
import { polygamma, zeta } from '../../../src/core/scalar/zeta.ts'

const inf = Infinity
type Case = readonly [f: (...x: number[]) => number, x: readonly number[], y: number]

/** toBe tells −0 from 0 and finds NaN equal to NaN. */
const check = (cases: readonly Case[]): void => {
  for (const [f, x, y] of cases) {
    expect(f(...x), `${f.name}(${x.map((v) => (Object.is(v, -0) ? '-0' : v)).join(', ')})`).toBe(y)
  }
}

describe('special values', () => {
  test('of the gamma family: poles, infinities and exact integers', () => {
    check([
      [lgamma, [0], inf],
      [lgamma, [-0], inf],
      [lgamma, [-3], inf],
      [lgamma, [inf], inf],
      [lgamma, [-inf], inf],
      [lgamma, [NaN], NaN],
      [lgamma, [1], 0],
      [lgamma, [2], 0],
      [lgamma, [1e306], 1e306 * (Math.log(1e306) - 1)],
      [lgamma, [1.7e308], inf],
      [gamma, [0], inf],
      [gamma, [-0], -inf],
      [gamma, [-1], NaN],
      [gamma, [-inf], NaN],
      [gamma, [inf], inf],
      [gamma, [NaN], NaN],
      [gamma, [1], 1],
      [gamma, [5], 24],
      [gamma, [18], 355687428096000],
      [gamma, [172], inf],
      [gamma, [-200.5], -0],
      [gamma, [-201.5], 0],
      [digamma, [0], NaN],
      [digamma, [-0], NaN],
      [digamma, [-4], NaN],
      [digamma, [-inf], NaN],
      [digamma, [inf], inf],
      [digamma, [NaN], NaN],
      [zeta, [1, 2], inf],
      [zeta, [0.5, 2], NaN],
      [zeta, [2, 0], inf],
      [zeta, [3, 0], NaN],
      [zeta, [4, -2], inf],
      [zeta, [2.5, -0.5], NaN],
      [zeta, [2, inf], 0],
      [zeta, [inf, 1], 1],
      [zeta, [inf, 2], 0],
      [zeta, [inf, 0.5], inf],
      [zeta, [NaN, 1], NaN],
      [zeta, [2, NaN], NaN],
      [polygamma, [1, 0], inf],
      [polygamma, [2, 0], NaN],
      [polygamma, [0, 0], NaN],
      [polygamma, [-1, 1], NaN],
      [polygamma, [1.5, 1], NaN],
      [polygamma, [1, inf], 0]
    ])
  })

  test('gamma takes the sign of its interval', () => {
    expect([-0.5, -1.5, -2.5, -3.5].map((x) => Math.sign(gamma(x)))).toEqual([-1, 1, -1, 1])
  })

  test('of the incomplete gamma functions, as JAX', () => {
    check([
      [igamma, [0, 0], NaN],
      [igamma, [-1, 1], NaN],
      [igamma, [1, -1], NaN],
      [igamma, [NaN, 1], NaN],
      [igamma, [1, NaN], NaN],
      [igamma, [1, 0], 0],
      [igamma, [0, 1], 1],
      [igamma, [1, inf], 1],
      [igamma, [inf, 1], 0],
      [igammac, [0, 0], NaN],
      [igammac, [-1, 1], NaN],
      [igammac, [inf, inf], NaN],
      [igammac, [1, 0], 1],
      [igammac, [0, 1], 0],
      [igammac, [1, inf], 0],
      [igammac, [inf, 1], 1],
      [igammaGradA, [0, 1], NaN],
      [igammaGradA, [1, -1], NaN],
      [igammaGradA, [1, 0], 0],
      [igammaGradA, [1, inf], 0],
      [randomGammaGrad, [0, 1], NaN],
      [randomGammaGrad, [1, 0], 0],
      [randomGammaGrad, [NaN, 1], NaN]
    ])
  })

  test('of the incomplete beta function, as JAX', () => {
    check([
      [betainc, [-1, 1, 0.5], NaN],
      [betainc, [1, 1, -0.5], NaN],
      [betainc, [1, 1, 1.5], NaN],
      [betainc, [NaN, 1, 0.5], NaN],
      [betainc, [0, 0, 0.5], NaN],
      [betainc, [0, 1, 0.5], 1],
      [betainc, [0, 1, 0], 0],
      [betainc, [1, 0, 0.5], 0],
      [betainc, [1, 0, 1], 1],
      [betainc, [1, inf, 0.5], 1],
      [betainc, [inf, 1, 0.5], 0],
      [betainc, [2, 3, 0], 0],
      [betainc, [2, 3, 1], 1],
      [betainc, [1, 1, 0.25], 0.25],
      [lbeta, [0, 1], inf],
      [lbeta, [-1, 1], NaN],
      [lbeta, [1, inf], -inf],
      [lbeta, [1, 1], 0]
    ])
  })

  test('of the error function and its relatives', () => {
    check([
      [error.erf, [0], 0],
      [error.erf, [-0], -0],
      [error.erf, [inf], 1],
      [error.erf, [-inf], -1],
      [error.erf, [NaN], NaN],
      [error.erfc, [inf], 0],
      [error.erfc, [-inf], 2],
      [error.erfc, [0], 1],
      [error.erfc, [NaN], NaN],
      [error.erfcx, [inf], 0],
      [error.erfcx, [-inf], inf],
      [error.erfcx, [NaN], NaN],
      [error.erfInv, [0], 0],
      [error.erfInv, [-0], -0],
      [error.erfInv, [1], inf],
      [error.erfInv, [-1], -inf],
      [error.erfInv, [1.1], NaN],
      [error.erfInv, [NaN], NaN],
      [error.erfcInv, [0], inf],
      [error.erfcInv, [2], -inf],
      [error.erfcInv, [-1], NaN],
      [error.ndtri, [0], -inf],
      [error.ndtri, [1], inf],
      [error.ndtri, [0.5], 0],
      [error.ndtri, [1.5], NaN],
      [error.ndtr, [-inf], 0],
      [error.ndtr, [inf], 1],
      [error.ndtr, [0], 0.5],
      [error.ndtr, [NaN], NaN],
      [error.logNdtr, [-inf], -inf],
      [error.logNdtr, [inf], -0],
      [error.logNdtr, [NaN], NaN]
    ])
    expect(error.erfcx(0)).toBeCloseTo(1, 15)
    expect(error.erfc(26.6)).toBeGreaterThan(0) // subnormal: mpmath 1.0885e-309
  })

  test('of the Bessel functions', () => {
    expect(bessel.besselI0e(0)).toBeCloseTo(1, 15)
    check([
      [bessel.besselI0e, [inf], 0],
      [bessel.besselI0e, [-inf], 0],
      [bessel.besselI0e, [NaN], NaN],
      [bessel.besselI1e, [-0], -0],
      [bessel.besselI1e, [inf], 0],
      [bessel.besselI1e, [-inf], -0],
      [bessel.besselI0, [-inf], inf],
      [bessel.besselI1, [-inf], -inf],
      [bessel.besselI1, [NaN], NaN],
      [bessel.besselI0, [800], inf],
      [bessel.besselI1, [-800], -inf]
    ])
  })

  test('of the integrals, entropies and combinatorial functions', () => {
    check([
      [integral.expi, [0], -inf],
      [integral.expi, [-inf], -0],
      [integral.expi, [inf], inf],
      [integral.expi, [NaN], NaN],
      [integral.exp1, [0], inf],
      [integral.exp1, [-1], NaN],
      [integral.exp1, [inf], 0],
      [integral.expn, [0, 0], inf],
      [integral.expn, [1, 0], inf],
      [integral.expn, [3, 0], 0.5],
      [integral.expn, [2, -1], NaN],
      [integral.expn, [1.5, 1], NaN],
      [spence, [1], 0],
      [spence, [0], Math.PI ** 2 / 6],
      [spence, [-1], NaN],
      [spence, [inf], -inf],
      [spence, [NaN], NaN],
      [information.entr, [0], 0],
      [information.entr, [-1], -inf],
      [information.entr, [NaN], NaN],
      [information.relEntr, [0, 0], 0],
      [information.relEntr, [1, 0], inf],
      [information.relEntr, [-1, 1], inf],
      [information.relEntr, [NaN, 1], NaN],
      [information.klDiv, [0, 2], 2],
      [information.klDiv, [1, 0], inf],
      [information.klDiv, [2, 2], 0],
      [combinatorial.factorial, [-1], 0],
      [combinatorial.factorial, [5], 120],
      [combinatorial.factorial, [171], inf],
      [combinatorial.poch, [3, 0], 1],
      [combinatorial.poch, [3, 4], 360],
      [combinatorial.poch, [-2, 3], 0],
      [combinatorial.poch, [5, -2], 1 / 12],
      [combinatorial.bernoulliNumber, [0], 1],
      [combinatorial.bernoulliNumber, [1], -0.5],
      [combinatorial.bernoulliNumber, [7], 0],
      [combinatorial.bernoulliNumber, [260], -inf]
    ])
  })

  test('of sin πx, cos πx and sinc', () => {
    check([
      [sinpi, [0], 0],
      [sinpi, [-0], -0],
      [sinpi, [3], 0],
      [sinpi, [-2], -0],
      [sinpi, [0.5], 1],
      [sinpi, [1.5], -1],
      [sinpi, [-2.5], -1],
      [sinpi, [1e300], 0],
      [sinpi, [inf], NaN],
      [sinpi, [NaN], NaN],
      [cospi, [0.5], 0],
      [cospi, [1.5], 0],
      [cospi, [1], -1],
      [cospi, [-2], 1],
      [cospi, [9007199254740993], 1],
      [cospi, [-inf], NaN],
      [sinc, [0], 1],
      [sinc, [-0], 1],
      [sinc, [2], 0],
      [sinc, [NaN], NaN]
    ])
  })

  test('of powers, remainders and logarithms, as IEEE 754 and XLA', () => {
    check([
      [elementary.pow, [1, NaN], 1],
      [elementary.pow, [1, inf], 1],
      [elementary.pow, [-1, -inf], 1],
      [elementary.pow, [NaN, 0], 1],
      [elementary.pow, [0, 0], 1],
      [elementary.pow, [-0, -3], -inf],
      [elementary.pow, [-0, 3], -0],
      [elementary.pow, [-8, 1 / 3], NaN],
      [elementary.pow, [0.5, -inf], inf],
      [elementary.integerPow, [0, 0], 1],
      [elementary.integerPow, [-2, 3], -8],
      [elementary.integerPow, [-0, 3], -0],
      [elementary.integerPow, [-0, -3], -inf],
      [elementary.integerPow, [2, -2], 0.25],
      [elementary.integerPow, [NaN, 0], 1],
      [elementary.sign, [-0], -0],
      [elementary.sign, [NaN], NaN],
      [elementary.sign, [-inf], -1],
      [elementary.rem, [-5, 3], -2],
      [elementary.rem, [5, -3], 2],
      [elementary.rem, [-6, 3], -0],
      [elementary.rem, [5, inf], 5],
      [elementary.rem, [5, 0], NaN],
      [elementary.floorMod, [-5, 3], 1],
      [elementary.floorMod, [5, -3], -1],
      [elementary.floorMod, [-6, 3], 0],
      [elementary.floorMod, [6, -3], -0],
      [elementary.floorMod, [5, 0], NaN],
      [elementary.log2, [0], -inf],
      [elementary.log2, [-1], NaN],
      [elementary.log2, [inf], inf],
      [elementary.logistic, [-inf], 0],
      [elementary.logistic, [inf], 1],
      [elementary.logistic, [NaN], NaN],
      [elementary.logaddexp, [-inf, -inf], -inf],
      [elementary.logaddexp, [inf, inf], inf],
      [elementary.logaddexp, [inf, -inf], inf],
      [elementary.logaddexp, [-inf, 3], 3],
      [elementary.logaddexp, [NaN, 3], NaN],
      [elementary.xlogy, [0, 0], 0],
      [elementary.xlogy, [0, NaN], 0],
      [elementary.xlogy, [1, 0], -inf],
      [elementary.xlog1py, [0, -1], 0],
      [elementary.xlog1py, [NaN, 1], NaN],
      [elementary.rsqrt, [0], inf],
      [elementary.rsqrt, [-0], -inf],
      [elementary.rsqrt, [-1], NaN],
      [elementary.hypot, [inf, NaN], inf],
      [elementary.hypot, [NaN, 1], NaN],
      [elementary.hypot, [0, -0], 0],
      [elementary.hypot, [3e-320, 4e-320], 5e-320],
      [elementary.hypot, [3e307, -4e307], 5e307]
    ])
  })

  test('log2 and exp2 are exact at every power of two', () => {
    const exponents = Array.from({ length: 2098 }, (_, k) => k - 1074)
    expect(exponents.filter((k) => elementary.log2(elementary.exp2(k)) !== k)).toEqual([])
  })
})

describe('between the poles of the negative axis', () => {
  // mpmath 1.2.1, 50 digits: at the doubles next to zeros of the function the relative error of
  // any float64 evaluation through reflection is unbounded, so the bound is absolute
  test.each([
    [-2.4570247382208006, 'lgamma'],
    [-2.7476826467274127, 'lgamma'],
    [-3.1435808883499798, 'lgamma'],
    [-0.504083008264455409, 'digamma'],
    [-1.573498473162390459, 'digamma'],
    [-5.667162441556885535, 'digamma']
  ])('%d is a zero of %s to within 4e-15', (x, name) => {
    expect(Math.abs(name === 'lgamma' ? lgamma(x) : digamma(x))).toBeLessThan(4e-15)
  })
})

describe('at the ends of the range of float64', () => {
  const tiny = [5e-324, 1e-310, 1e-300, 1e-20, 1e-8]
  const middle = [0.5, 1 - 2 ** -53, 1, 1.5, 10, 20, 20.01, 170.5, 1e3]
  const large = [1e8, 1e15, 1e20, 1e155, 1e300, Number.MAX_VALUE]
  const all = [...tiny, ...middle, ...large]
  const isProbability = (p: number): boolean => p >= 0 && p <= 1

  test('P and Q are probabilities that add up to 1', () => {
    const bad = all.flatMap((a) =>
      all
        .map((x) => [a, x, igamma(a, x), igammac(a, x)])
        .filter(
          ([, , p, q]) => !isProbability(p) || !isProbability(q) || Math.abs(p + q - 1) > 1e-13
        )
    )
    expect(bad).toEqual([])
  })

  test('I is a probability for min(a, b) up to 1e15', () => {
    const bad = all.flatMap((a) =>
      all
        .filter((b) => Math.min(a, b) <= 1e15)
        .flatMap((b) =>
          [...tiny, 0.5, 1 - 2 ** -53, 1]
            .map((x) => [a, b, x, betainc(a, b, x)])
            .filter(([, , , p]) => !isProbability(p))
        )
    )
    expect(bad).toEqual([])
  })

  test('I has the limit P(a, bx) for large b', () => {
    expect(betainc(1, 1e20, 1e-20)).toBeCloseTo(1 - Math.exp(-1), 15)
  })

  test('every iteration ends on NaN', () => {
    for (const f of [igamma, igammac, igammaGradA, randomGammaGrad, lbeta, zeta]) {
      expect(f(NaN, NaN)).toBeNaN()
      expect(f(2, NaN)).toBeNaN()
      expect(f(NaN, 2)).toBeNaN()
    }
    for (const f of [integral.expi, integral.exp1, spence, lgamma, gamma, digamma, error.erfInv]) {
      expect(f(NaN)).toBeNaN()
    }
    expect(elementary.integerPow(2, Infinity)).toBe(Infinity)
  })
})
