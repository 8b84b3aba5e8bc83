/** Programs with sums and samples: each way of running them must give the same bits everywhere. */
import { grad, lax, nn, np, random, type NdArray } from 'cotangent'
import { uniform, type Case, type Program } from './elementwise.ts'

type Unary = (x: NdArray) => NdArray

const complexOf = (dtype: 'float32' | 'float64'): NdArray =>
  lax.complex(np.array(uniform(3, 60), { dtype }), np.array(uniform(4, 60), { dtype }))

const complexes: Readonly<Record<string, Unary>> = {
  exp: lax.exp,
  log: lax.log,
  sin: lax.sin,
  tanh: lax.tanh,
  sqrt: lax.sqrt,
  asin: np.arcsin
}

const special = np.special
const specials: Readonly<Record<string, Program>> = {
  gammainc: (a, x) => [special.gammainc(a, x), special.gammaincc(a, x)],
  betainc: (a, x) => [special.betainc(a, x, special.expit(x))],
  zeta: (a, x) => [special.zeta(np.add(a, 1), x), special.polygamma(2, x)],
  bessel: (_, x) => [special.i0(x), special.i1e(x)],
  gamma: (_, x) => [special.gamma(x), special.gammaln(x)],
  expi: (_, x) => [special.expi(x), special.exp1(x)],
  normal: (_, x) => [special.ndtr(x), special.logNdtr(x), special.ndtri(special.expit(x))],
  entropy: (a, x) => [special.entr(x), special.relEntr(a, x)]
}

const reductions: Readonly<Record<string, Unary>> = {
  sum: (x) => np.sum(x, { axis: -1 }),
  sumDown: (x) => np.sum(x, { axis: 0 }),
  sumAll: (x) => np.sum(x),
  mean: (x) => np.mean(x, { axis: [0, 1] }),
  prod: (x) => np.prod(x, { axis: -1 }),
  std: (x) => np.std(x, { axis: -1 }),
  variance: (x) => np.var(x, { axis: 0 }),
  max: (x) => np.max(x, { axis: -1 }),
  argmax: (x) => np.argmax(x, { axis: 0 }),
  cumsum: (x) => np.cumsum(x, { axis: -1 }),
  cumsumDown: (x) => np.cumsum(x, { axis: 0 }),
  softmax: (x) => nn.softmax(x),
  logsumexp: (x) => nn.logsumexp(x, { axis: 0 }),
  norm: (x) => np.linalg.norm(x)
}

const key = random.key(7)

/** A convolution and the gradients of its product with `c`: enough work for several threads. */
const gradientsOf =
  (groups: { readonly featureGroupCount?: number }): Program =>
  (x, k, c) => {
    const convolve = (a: NdArray, b: NdArray): NdArray =>
      lax.convGeneralDilated(a, b, {
        padding: 'same',
        dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'],
        ...groups
      })
    const loss = (p: readonly [NdArray, NdArray]): NdArray => np.sum(convolve(...p).mul(c))
    return [convolve(x, k), ...grad(loss)([x, k])]
  }

const others: Readonly<Record<string, Case>> = {
  matmul: { f: (a, b) => [np.matmul(a, b)], args: [uniform(5, 37, 513), uniform(6, 513, 29)] },
  matmulLarge: {
    f: (a, b) => [np.matmul(a, b), np.matmul(a.T, b)],
    args: [uniform(7, 200, 200), uniform(8, 200, 200)]
  },
  matmulBatched: {
    f: (a, b) => [np.matmul(a, b)],
    args: [uniform(9, 3, 17, 40), uniform(10, 3, 40, 9)]
  },
  convolution: {
    f: (x, k) => [
      lax.convGeneralDilated(x, k, {
        windowStrides: [1, 2],
        padding: 'same',
        dimensionNumbers: ['NHWC', 'HWIO', 'NHWC']
      })
    ],
    args: [uniform(11, 2, 13, 12, 5), uniform(12, 3, 3, 5, 7)]
  },
  convolutionGradients: {
    f: gradientsOf({}),
    args: [uniform(30, 16, 18, 18, 8), uniform(31, 3, 3, 8, 12), uniform(32, 16, 18, 18, 12)]
  },
  depthwiseGradients: {
    f: gradientsOf({ featureGroupCount: 64 }),
    args: [uniform(33, 3, 48, 48, 64), uniform(34, 3, 3, 1, 64), uniform(35, 3, 48, 48, 64)]
  },
  solve: {
    f: (a, b) => [np.linalg.solve(a, b), np.linalg.inv(a), np.linalg.det(a)],
    args: [uniform(13, 12, 12), uniform(14, 12, 3)]
  },
  factors: {
    f: (a) => {
      const s = np.matmul(a, a.T)
      const eigen = np.linalg.eigh(s)
      return [...np.linalg.qr(a), np.linalg.svd(a, { computeUv: false }), ...eigen]
    },
    args: [uniform(15, 9, 9)]
  },
  fft: { f: (x) => [np.real(np.fft.fft(x)), np.imag(np.fft.fft(x))], args: [uniform(16, 90)] },
  samples: {
    f: () => [
      random.uniform(key, [101]),
      random.normal(key, [101]),
      random.gumbel(key, [33]),
      random.gamma(key, 2.5, [33]),
      random.truncatedNormal(key, -1, 2, [33]),
      random.poisson(key, 4, [33])
    ],
    args: []
  }
}

export const summing: Readonly<Record<string, Case>> = {
  ...others,
  ...Object.fromEntries(
    Object.entries(reductions).flatMap(([name, f]) =>
      [
        [1, 5000],
        [67, 129],
        [4, 5, 6]
      ].map((shape, i): readonly [string, Case] => [
        `${name} ${shape.join('x')}`,
        { f: (x) => [f(x)], args: [uniform(20 + i, ...shape)] }
      ])
    )
  ),
  ...Object.fromEntries(
    (['float32', 'float64'] as const).flatMap((dtype) =>
      Object.entries(complexes).map(([name, f]): readonly [string, Case] => [
        `complex ${name} ${dtype}`,
        { f: (x) => [lax.real(f(x)), lax.imag(f(x))], args: [complexOf(dtype)] }
      ])
    )
  ),
  ...Object.fromEntries(
    Object.entries(specials).map(([name, f]): readonly [string, Case] => [
      `special ${name}`,
      {
        f,
        args: [uniform(30, 90), uniform(31, 90)].map((x) => np.add(np.multiply(x, 2), 2.5))
      }
    ])
  )
}
