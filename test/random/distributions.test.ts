import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { erf } from '../../src/core/scalar/error-function.ts'
import { igamma } from '../../src/core/scalar/incomplete-gamma.ts'
import { betainc } from '../../src/core/scalar/incomplete-beta.ts'
import { lgamma } from '../../src/core/scalar/gamma.ts'
import * as random from '../../src/random/index.ts'
import { expectClose } from '../equality.ts'
import { f32, f64, make, messageOf, values } from './arrays.ts'

const key = random.key(11)
const size = 2000

/** √n times the largest distance between the empirical distribution function and F. */
const kolmogorov = (samples: readonly number[], F: (x: number) => number): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  const n = sorted.length
  const distance = sorted.reduce((d, x, i) => {
    const p = F(x)
    return Math.max(d, p - i / n, (i + 1) / n - p)
  }, 0)
  return Math.sqrt(n) * distance
}

/** Kolmogorov's distribution is below this in 999 of 1000 cases. */
const limit = 1.95

const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2
const tCdf = (x: number, v: number): number => {
  const tail = betainc(v / 2, 0.5, v / (v + x * x)) / 2
  return x > 0 ? 1 - tail : tail
}
const maxwellCdf = (x: number): number => igamma(1.5, (x * x) / 2)
/** Of e^(−|x|^p): half, and half of P(1/p, |x|^p) to the side of x. */
const generalizedCdf = (x: number, p: number): number =>
  (1 + Math.sign(x) * igamma(1 / p, Math.abs(x) ** p)) / 2

/** Distribution functions from the literature, in terms of our scalar special functions. */
const distributions: readonly (readonly [
  string,
  (dtype: 'float32' | 'float64') => NdArray,
  (x: number) => number
])[] = [
  [
    'uniform',
    (dtype) => random.uniform(key, [size], { minval: 2, maxval: 5, dtype }),
    (x) => (x - 2) / 3
  ],
  ['normal', (dtype) => random.normal(key, [size], { dtype }), normalCdf],
  [
    'truncatedNormal',
    (dtype) => random.truncatedNormal(key, -1, 2, [size], { dtype }),
    (x) => (normalCdf(x) - normalCdf(-1)) / (normalCdf(2) - normalCdf(-1))
  ],
  [
    'lognormal',
    (dtype) => random.lognormal(key, 0.5, [size], { dtype }),
    (x) => normalCdf(Math.log(x) / 0.5)
  ],
  ['exponential', (dtype) => random.exponential(key, [size], { dtype }), (x) => 1 - Math.exp(-x)],
  [
    'laplace',
    (dtype) => random.laplace(key, [size], { dtype }),
    (x) => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2)
  ],
  ['logistic', (dtype) => random.logistic(key, [size], { dtype }), (x) => 1 / (1 + Math.exp(-x))],
  ['cauchy', (dtype) => random.cauchy(key, [size], { dtype }), (x) => 0.5 + Math.atan(x) / Math.PI],
  ['gumbel', (dtype) => random.gumbel(key, [size], { dtype }), (x) => Math.exp(-Math.exp(-x))],
  [
    'gumbel of high resolution',
    (dtype) => random.gumbel(key, [size], { dtype, mode: 'high' }),
    (x) => Math.exp(-Math.exp(-x))
  ],
  ['pareto', (dtype) => random.pareto(key, 2.5, [size], { dtype }), (x) => 1 - x ** -2.5],
  [
    'rayleigh',
    (dtype) => random.rayleigh(key, 2, [size], { dtype }),
    (x) => 1 - Math.exp((-x * x) / 8)
  ],
  [
    'weibullMin',
    (dtype) => random.weibullMin(key, 2, 1.5, [size], { dtype }),
    (x) => 1 - Math.exp(-((x / 2) ** 1.5))
  ],
  [
    'triangular',
    (dtype) => random.triangular(key, -1, 0, 3, [size], { dtype }),
    (x) => (x < 0 ? (x + 1) ** 2 / 4 : 1 - (3 - x) ** 2 / 12)
  ],
  [
    'wald',
    (dtype) => random.wald(key, 1.5, [size], { dtype }),
    (x) =>
      normalCdf((x / 1.5 - 1) / Math.sqrt(x)) +
      Math.exp(2 / 1.5) * normalCdf(-(x / 1.5 + 1) / Math.sqrt(x))
  ],
  ['gamma below 1', (dtype) => random.gamma(key, 0.3, [size], { dtype }), (x) => igamma(0.3, x)],
  ['gamma above 1', (dtype) => random.gamma(key, 4.5, [size], { dtype }), (x) => igamma(4.5, x)],
  [
    'loggamma',
    (dtype) => random.loggamma(key, 0.1, [size], { dtype }),
    (x) => igamma(0.1, Math.exp(x))
  ],
  ['beta', (dtype) => random.beta(key, 2, 0.5, [size], { dtype }), (x) => betainc(2, 0.5, x)],
  ['chisquare', (dtype) => random.chisquare(key, 3, [size], { dtype }), (x) => igamma(1.5, x / 2)],
  [
    'f',
    (dtype) => random.f(key, 4, 7, [size], { dtype }),
    (x) => betainc(2, 3.5, (4 * x) / (4 * x + 7))
  ],
  ['t', (dtype) => random.t(key, 3, [size], { dtype }), (x) => tCdf(x, 3)],
  ['maxwell', (dtype) => random.maxwell(key, [size], { dtype }), maxwellCdf],
  [
    'doubleSidedMaxwell',
    (dtype) => random.doubleSidedMaxwell(key, 1, 2, [size], { dtype }),
    (x) => (1 + Math.sign(x - 1) * maxwellCdf(Math.abs(x - 1) / 2)) / 2
  ],
  [
    'generalizedNormal',
    (dtype) => random.generalizedNormal(key, 3, [size], { dtype }),
    (x) => generalizedCdf(x, 3)
  ]
]

describe('samples follow their distribution function', () => {
  test.each(distributions)('%s', (_name, sample, F) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const x = sample(dtype)
      expect(x.dtype).toBe(dtype)
      expect(x.shape).toEqual([size])
      expect(kolmogorov(values(x), F)).toBeLessThan(limit)
    }
  })
})

/** The largest deviation of frequencies from probabilities, in standard deviations. */
const deviation = (samples: readonly number[], P: (k: number) => number): number => {
  const n = samples.length
  const top = Math.max(...samples)
  return Array.from({ length: top + 2 }, (_, k) => k).reduce((worst, k) => {
    const p = P(k)
    // Rare values have no normal approximation.
    if (n * p < 8) return worst
    const share = samples.filter((v) => v === k).length / n
    return Math.max(worst, Math.abs(share - p) / Math.sqrt((p * (1 - p)) / n))
  }, 0)
}

const poissonPmf = (k: number, rate: number): number =>
  Math.exp(k * Math.log(rate) - rate - lgamma(k + 1))
const binomialPmf = (k: number, n: number, p: number): number =>
  k > n
    ? 0
    : Math.exp(
        lgamma(n + 1) -
          lgamma(k + 1) -
          lgamma(n - k + 1) +
          k * Math.log(p) +
          (n - k) * Math.log1p(-p)
      )

describe('counts follow their probabilities', () => {
  test.each([0.5, 4, 25, 300])('poisson of rate %d', (rate) => {
    const x = random.poisson(key, rate, [size])
    expect(x.dtype).toBe('int32')
    expect(deviation(values(x), (k) => poissonPmf(k, rate))).toBeLessThan(4)
  })

  test.each([
    [10, 0.2],
    [10, 0.7],
    [60, 0.5],
    [400, 0.9]
  ])('binomial of %d trials with %d', (n, p) => {
    const x = random.binomial(key, n, p, [size])
    expect(x.dtype).toBe('float32')
    expect(deviation(values(x), (k) => binomialPmf(k, n, p))).toBeLessThan(4)
  })

  test('geometric', () => {
    const x = values(random.geometric(key, 0.3, [size]))
    expect(deviation(x, (k) => (k === 0 ? 0 : 0.3 * 0.7 ** (k - 1)))).toBeLessThan(4)
  })

  test('each category of multinomial is binomial, and all are n', () => {
    const p = f32(0.5, 0.2, 0.3)
    const x = values(random.multinomial(key, 12, p, { shape: [size, 3] }))
    for (const [at, q] of [0.5, 0.2, 0.3].entries()) {
      const column = x.filter((_, i) => i % 3 === at)
      expect(deviation(column, (k) => binomialPmf(k, 12, q))).toBeLessThan(4)
    }
    for (let i = 0; i < size; i++) expect(x[3 * i] + x[3 * i + 1] + x[3 * i + 2]).toBe(12)
  })

  test('a rate of 0 gives 0, and rates per element are kept apart', () => {
    const x = values(random.poisson(key, f32(0, 5000)))
    expect(x[0]).toBe(0)
    expect(Math.abs(x[1] - 5000)).toBeLessThan(5 * Math.sqrt(5000))
  })

  test('impossible parameters of binomial give NaN', () => {
    const x = values(
      random.binomial(key, f32(5, -1, NaN, 5, Infinity), f32(NaN, 0.5, 0.5, -1, 0.4))
    )
    expect(x).toEqual([NaN, NaN, NaN, NaN, Infinity])
  })

  test('certain outcomes of binomial are certain', () => {
    expect(values(random.binomial(key, f32(0, 20, 20), f32(0.3, 0, 1)))).toEqual([0, 0, 20])
  })
})

describe('vectors', () => {
  const covariance = make('float64', [2, 0.6, 0.6, 0.5], [2, 2])
  const moments = (x: readonly number[]): readonly number[] => {
    const n = x.length / 2
    const mean = (f: (a: number, b: number) => number): number =>
      Array.from({ length: n }, (_, i) => f(x[2 * i], x[2 * i + 1])).reduce((a, b) => a + b) / n
    const [ma, mb] = [mean((a) => a), mean((_a, b) => b)]
    return [
      ma,
      mb,
      ...[(a: number) => (a - ma) ** 2].map((f) => mean(f)),
      mean((a, b) => (a - ma) * (b - mb)),
      mean((_a, b) => (b - mb) ** 2)
    ]
  }

  test.each(['cholesky', 'eigh', 'svd'] as const)(
    'have their mean and covariance by %s',
    (method) => {
      const x = random.multivariateNormal(key, f64(1, -2), covariance, [4000], { method })
      expect(x.dtype).toBe('float64')
      expect(x.shape).toEqual([4000, 2])
      const expected = [1, -2, 2, 0.6, 0.5]
      for (const [i, m] of moments(values(x)).entries())
        expect(Math.abs(m - expected[i])).toBeLessThan(0.15)
    }
  )

  test('of several means and covariances keep their batch', () => {
    const means = make('float32', [0, 0, 50, 50, 100, 100], [3, 2])
    const tight = make('float32', [1e-6, 0, 0, 1e-6], [1, 2, 2])
    const x = random.multivariateNormal(key, means, tight)
    expectClose(x, means, { atol: 0.01 })
  })

  test('need a covariance that fits', () => {
    expect(messageOf(() => random.multivariateNormal(key, f32(0, 0, 0), covariance)))
      .toMatchInlineSnapshot(`
      "multivariateNormal: the covariance is no square matrix for the mean
        got:      mean [3], cov [2, 2]
        expected: mean [..., n], cov [..., n, n]
        hint:     a variance per element is np.diag(variances)"
    `)
  })

  test('of dirichlet sum to 1 and have beta margins', () => {
    const x = values(random.dirichlet(key, f32(2, 0.5, 1), [size]))
    const rows = Array.from({ length: size }, (_, i) => x.slice(3 * i, 3 * i + 3))
    for (const [a, b, c] of rows) expect(Math.abs(a + b + c - 1)).toBeLessThan(1e-6)
    const first = rows.map(([a]) => a)
    expect(kolmogorov(first, (v) => betainc(2, 1.5, v))).toBeLessThan(limit)
  })

  test.each([1, 2, 4])('fill the ball of norm %d evenly', (p) => {
    const x = values(random.ball(key, 3, p, [size], { dtype: 'float64' }))
    const norms = Array.from(
      { length: size },
      (_, i) => x.slice(3 * i, 3 * i + 3).reduce((sum, v) => sum + Math.abs(v) ** p, 0) ** (1 / p)
    )
    expect(kolmogorov(norms, (r) => r ** 3)).toBeLessThan(limit)
  })
})

describe('orthogonal matrices', () => {
  const gram = (q: readonly number[], rows: number, columns: number): readonly number[] =>
    Array.from({ length: columns * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns]
      return Array.from(
        { length: rows },
        (_v, r) => q[r * columns + i] * q[r * columns + j]
      ).reduce((a, b) => a + b)
    })

  test('have orthonormal columns', () => {
    const q = random.orthogonal(key, 4, [], { m: 3, dtype: 'float64' })
    expect(q.shape).toEqual([4, 3])
    expectClose(make('float64', gram(values(q), 4, 3)), f64(1, 0, 0, 0, 1, 0, 0, 0, 1), {
      atol: 1e-14
    })
  })

  test('have orthonormal rows when they are wide', () => {
    const q = random.orthogonal(key, 2, [5], { m: 3 })
    expect(q.shape).toEqual([5, 2, 3])
    const first = values(q).slice(0, 6)
    const dot = first[0] * first[3] + first[1] * first[4] + first[2] * first[5]
    expect(Math.abs(dot)).toBeLessThan(1e-6)
  })

  test('come in batches, complex too', () => {
    expect(random.orthogonal(key, 3, [2], { dtype: 'complex64' }).shape).toEqual([2, 3, 3])
  })
})

describe('element types', () => {
  test('follow parameters of float64', () => {
    expect(random.gamma(key, f64(2)).dtype).toBe('float64')
    expect(random.uniform(key, [2], { maxval: make('float64', [3], []) }).dtype).toBe('float64')
    expect(random.gamma(key, f32(2)).dtype).toBe('float32')
  })

  test.each(['float16', 'bfloat16'] as const)('%s has samples below the end', (dtype) => {
    const x = values(random.uniform(key, [3000], { dtype }))
    expect(Math.max(...x)).toBeLessThan(1)
    expect(Math.min(...x)).toBeGreaterThanOrEqual(0)
    expect(values(random.normal(key, [3000], { dtype })).every(Number.isFinite)).toBe(true)
  })

  test('complex normal samples have variance 1', () => {
    const x = random.normal(key, [size], { dtype: 'complex64' })
    const power = values(x).reduce((sum, v) => sum + v * v, 0) / size
    expect(Math.abs(power - 1)).toBeLessThan(0.1)
  })

  test('are floating for real samples', () => {
    expect(messageOf(() => random.normal(key, [2], { dtype: 'int32' }))).toMatchInlineSnapshot(`
      "normal: the samples are real numbers
        got:      int32
        expected: float32, float64, float16 or bfloat16
        hint:     random.randint and random.bits sample integers"
    `)
    expect(messageOf(() => random.poisson(key, 2, [2], { dtype: 'float32' })))
      .toMatchInlineSnapshot(`
      "poisson: the samples are integers
        got:      float32
        expected: an integer type, such as int32
        hint:     convert the result with astype('float32')"
    `)
  })
})

describe('arguments', () => {
  test('that are misplaced are named', () => {
    expect(messageOf(() => random.normal(key, 3 as never))).toMatchInlineSnapshot(`
      "normal: the shape is no list of extents
        got:      the number 3
        expected: non-negative integers, such as [2, 3]; [] for a scalar
        hint:     the shape comes second, or after the parameters of the distribution"
    `)
    expect(messageOf(() => random.uniform(key, [2], { low: 1 } as never))).toMatchInlineSnapshot(`
      "uniform: an option has an unknown name
        got:      'low'
        expected: one of dtype, minval, maxval
        hint:     option names are JAX keyword names in camelCase"
    `)
    expect(messageOf(() => random.gumbel(key, [2], { mode: 'fast' as never })))
      .toMatchInlineSnapshot(`
      "gumbel: the option mode has a value it cannot take
        got:      'fast'
        expected: 'low' or 'high'
        hint:     leave mode out for 'low'"
    `)
  })

  test('may ask for nothing', () => {
    expect(random.normal(key, [0, 3]).shape).toEqual([0, 3])
    expect(random.gamma(key, 2, [0]).shape).toEqual([0])
    expect(random.split(key, 0).shape).toEqual([0, 2])
  })
})
