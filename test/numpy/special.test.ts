import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { multiply } from '../../src/numpy/arithmetic.ts'
import { sum } from '../../src/numpy/reductions.ts'
import * as special from '../../src/numpy/special.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose } from '../equality.ts'
import { f32, make, numericalGradient } from './arrays.ts'

const tight = { rtol: 1e-12, atol: 1e-14 }
const slope = (f: (x: NdArray) => NdArray, x: NdArray, h = 1e-3): void =>
  expectClose(
    grad((v: NdArray) => sum(f(v)))(x),
    numericalGradient((v) => sum(f(v)), x, h),
    {
      rtol: 1e-7,
      atol: 1e-9
    }
  )

describe('the gamma family', () => {
  test('factorials, binomials and signs', () => {
    expectClose(
      special.gamma(make([5, 0.5, -0.5, -1.5])),
      make([24, Math.sqrt(Math.PI), -2 * Math.sqrt(Math.PI), (4 / 3) * Math.sqrt(Math.PI)]),
      tight
    )
    expectArray(special.gammasgn(make([2, -0.5, -1.5, -1, 0, -0])), make([1, -1, 1, NaN, 1, -1]))
    expectClose(special.factorial(make([0, 5, -1])), make([1, 120, 0]), tight)
    expectClose(special.comb(make([5, 5, 2]), make([2, 6, 0])), make([10, 0, 1]), tight)
    expectClose(special.comb(make([3]), make([2]), { repetition: true }), make([6]), tight)
    expectClose(special.poch(make([3, 0.5]), make([2, 2])), make([12, 0.75]), tight)
    expectClose(special.beta(make([2]), make([3])), make([1 / 12]), tight)
    expectClose(
      special.multigammaln(make([3]), 2),
      make([Math.log(Math.PI) / 2 + Math.log(2) + Math.log(0.75 * Math.sqrt(Math.PI))]),
      tight
    )
    expectClose(special.zeta(make([2])), make([Math.PI ** 2 / 6]), tight)
    expectClose(special.polygamma(make([1]), make([1])), make([Math.PI ** 2 / 6]), tight)
  })

  test('Bernoulli numbers', () => {
    expectClose(special.bernoulli(8), f32([1, -1 / 2, 1 / 6, 0, -1 / 30, 0, 1 / 42, 0, -1 / 30]))
    expect(special.bernoulli(0).shape).toEqual([3])
  })

  test('incomplete integrals at elementary orders', () => {
    const x = make([0.5, 2])
    expectClose(
      special.gammainc(make([1, 1]), x),
      make([1 - Math.exp(-0.5), 1 - Math.exp(-2)]),
      tight
    )
    expectClose(special.gammaincc(make([1, 1]), x), make([Math.exp(-0.5), Math.exp(-2)]), tight)
    expectClose(special.betainc(make([2]), make([1]), make([0.3])), make([0.09]), tight)
  })
})

describe('normal and logistic', () => {
  test('Φ, its inverse and its logarithm', () => {
    // Φ(1) and log Φ(−20), log Φ(−5) as mpmath gives them.
    expectClose(
      special.ndtr(make([0, 1, -1])),
      make([0.5, 0.8413447460685429, 0.15865525393145705]),
      tight
    )
    expectClose(special.ndtri(make([0.5, 0.8413447460685429])), make([0, 1]), {
      rtol: 1e-10,
      atol: 1e-14
    })
    expectClose(
      special.logNdtr(make([-20, -5, 0])),
      make([-203.917155371097, -15.064998393988726, -Math.LN2]),
      { rtol: 1e-11 }
    )
    slope(special.logNdtr, make([-20, -3, 0.5, 4]))
  })

  test('logit inverts expit', () => {
    expectClose(special.logit(special.expit(make([-3, 0, 2]))), make([-3, 0, 2]), tight)
  })
})

describe('entropies and sums of exponentials', () => {
  test('0 log 0 is 0', () => {
    expectArray(special.entr(make([0, 1, -1])), make([0, -0, -Infinity]))
    expectArray(special.xlogy(make([0, 2]), make([0, 1])), make([0, 0]))
    expectArray(special.xlog1py(make([0, 2]), make([-1, 0])), make([0, 0]))
    expectClose(
      special.relEntr(make([2, 0, 1]), make([1, 1, 0])),
      make([2 * Math.LN2, 0, Infinity]),
      tight
    )
    expectClose(special.klDiv(make([2]), make([1])), make([2 * Math.LN2 - 1]), tight)
    slope((x) => special.xlogy(x, x), make([0.5, 2]))
    // By x the derivative is log y, at x = 0 too.
    slope((x) => special.xlogy(x, 3), make([0, -0, 1]))
    slope((x) => special.xlog1py(x, 3), make([0, 1]))
  })

  test('logsumexp shifts, weighs and signs', () => {
    expectClose(special.logsumexp(make([1000, 1000])), make(1000 + Math.LN2), tight)
    expectArray(special.logsumexp(make([-Infinity, -Infinity])), make(-Infinity))
    expectClose(
      special.logsumexp(
        make([
          [0, 1],
          [2, 3]
        ]),
        { axis: 1, keepdims: true }
      ),
      make([[Math.log(1 + Math.E)], [2 + Math.log(1 + Math.E)]]),
      tight
    )
    const [size, sign] = special.logsumexp(make([0, 0]), { b: make([1, -3]), returnSign: true })
    expectClose(size, make(Math.LN2), tight)
    expectArray(sign, make(-1))
    expectClose(special.softmax(make([0, Math.log(3)])), make([0.25, 0.75]), tight)
    expectClose(special.logSoftmax(make([[0, 800]]), { axis: 1 }), make([[-800, 0]]), tight)
    slope((x) => multiply(special.logSoftmax(x), make([1, 2])), make([0.3, -1]))
  })

  test('boxcox', () => {
    expectClose(special.boxcox(make([4, 4]), make([0.5, 0])), make([2, Math.log(4)]), tight)
    expectClose(special.boxcox1p(make([3]), make([0.5])), make([2]), tight)
  })
})

describe('exponential integrals and Bessel functions', () => {
  test('have the tabulated values', () => {
    // Abramowitz & Stegun, tables 5.1 and 9.8.
    expectClose(
      special.exp1(make([0.5, 1, 2, 10])),
      make([0.5597735948, 0.2193839344, 0.0489005107, 4.15696893e-6]),
      { rtol: 1e-9 }
    )
    expectClose(
      special.expn(make([2, 3, 0]), make([1, 0.5, 2])),
      make([0.1484955068, 0.2216043643, Math.exp(-2) / 2]),
      { rtol: 1e-9 }
    )
    expectClose(
      special.expi(make([0.5, 1, 10, -1])),
      make([0.4542199049, 1.8951178164, 2492.2289762419, -0.2193839344]),
      { rtol: 1e-9 }
    )
    expectClose(special.i0(make([1])), make([1.2660658778]), { rtol: 1e-10 })
    expectClose(special.i1(make([1])), make([0.565159104]), { rtol: 1e-10 })
  })

  test('have the derivatives of their values', () => {
    slope(special.expi, make([-0.7, 0.4, 3]))
    slope(special.exp1, make([0.4, 3]))
    slope((x) => special.expn(3, x), make([0.4, 3]))
    // The second: e^{-x} (1/x + 1/x²).
    slope((x) => grad((y: NdArray) => sum(special.exp1(y)))(x), make([0.4, 3]))
    slope(special.i1, make([0.5, -2]))
  })
})

describe('entr', () => {
  test('is −∞ below its domain and NaN of NaN', () => {
    expectArray(
      special.entr(make([0, 1, -1, NaN, Infinity])),
      make([0, -0, -Infinity, NaN, -Infinity])
    )
  })
})

describe('erfcx', () => {
  // From mpmath in 500 digits; the last two from SciPy.
  const x = [-26.5, -10.3, -3, -1, -0.01, 0, 0.3, 1, 3.75, 10, 1000, 1e10]
  const y = [
    1.924553162418569e305, 2.3731849241323385e46, 16205.988853999586, 5.008980080762283,
    1.0113845489539908, 1, 0.7345993345676551, 0.427583576155807, 0.14558972127503855,
    0.05614099274382259, 0.0005641893014533876, 5.641895835477563e-11
  ]

  test('has full precision in float64 and float32', () => {
    expectClose(special.erfcx(make(x)), make(y), { rtol: 2e-15 })
    const single = x.map((v, i) => [Math.fround(v), y[i]]).filter(([v]) => v > -4 && v % 0.25 === 0)
    expectClose(special.erfcx(f32(single.map(([v]) => v))), f32(single.map(([, v]) => v)), {
      rtol: 1e-6
    })
  })

  test('has the limits of its value and slope', () => {
    const ends = make([Infinity, -Infinity, -30, NaN])
    expectArray(special.erfcx(ends), make([0, Infinity, Infinity, NaN]))
    expectArray(
      grad((v: NdArray) => sum(special.erfcx(v)))(ends),
      make([0, -Infinity, -Infinity, NaN])
    )
  })

  test('has the derivatives of its values', () => {
    slope(special.erfcx, make([-3, -0.5, 0, 0.7, 4, 30]))
    slope((v) => grad((w: NdArray) => sum(special.erfcx(w)))(v), make([-2, 0.7, 30]))
    // −2/√π (1/(2x²) − …): what 2x erfcx(x) − 2/√π would lose to cancellation.
    expectClose(
      grad((v: NdArray) => sum(special.erfcx(v)))(make([1e6])),
      make([-5.641895835469101e-13]),
      { rtol: 1e-12 }
    )
  })
})

describe('spence', () => {
  test('has full precision, at its zero and far from it', () => {
    // From mpmath in 40 digits; the last from SciPy.
    expectClose(
      special.spence(make([0, 1e-10, 0.1, 0.49, 0.5, 0.9, 1, 1.001, 1.5, 2, 2.1, 10, 1e6, 1e100])),
      make([
        1.6449340668482264, 1.6449340644456414, 1.2997147230049586, 0.5961653613779507,
        0.5822405264650125, 0.1026177910993911, 0, -0.000999750111048541, -0.4484142069236462,
        -0.8224670334241132, -0.8908380902622827, -3.9506637782441576, -97.07908523994168,
        -26511.13548645884
      ]),
      { rtol: 2e-15 }
    )
    expectArray(special.spence(make([-1, Infinity, NaN])), make([NaN, -Infinity, NaN]))
  })

  test('has the derivatives of its values', () => {
    slope(special.spence, make([0.1, 0.5, 0.7, 1, 1.3, 2, 5]))
    slope((v) => grad((w: NdArray) => sum(special.spence(w)))(v), make([0.3, 0.995, 1, 1.004, 3]))
    expectArray(grad((v: NdArray) => sum(special.spence(v)))(make([0, 1])), make([-Infinity, -1]))
  })
})
