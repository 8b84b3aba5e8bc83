import { describe, expect, test } from 'vitest'
import { jit } from '../../src/control/jit.ts'
import type { NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { linalg, signal, sparse, stats } from '../../src/scipy/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { read } from '../tools/sources.ts'

const array = (xs: readonly number[]): NdArray => np.array([...xs], { dtype: 'float64' })
const normal = (seed: number, shape: readonly number[]): NdArray =>
  random.normal(random.key(seed), shape, { dtype: 'float64' })
const gap = (a: NdArray, b: NdArray): number =>
  np.max(np.div(np.abs(np.sub(a, b)), np.add(1, np.abs(b)))).item()

/** Central differences of Σ f along every element. */
const differences = (f: (x: NdArray) => NdArray, x: NdArray): NdArray => {
  const h = 1e-5
  const unit = np.reshape(np.eye(x.size, x.size, { dtype: 'float64' }), [x.size, ...x.shape])
  const at = (e: NdArray, s: number): NdArray => np.sum(f(np.add(x, np.mul(e, s))))
  const slopes = vmap((e: NdArray) => np.div(np.sub(at(e, h), at(e, -h)), 2 * h))(unit)
  return np.reshape(slopes, x.shape)
}

const a = np.add(normal(1, [3, 3]), np.mul(np.eye(3), 3))
const b = normal(2, [3])
const spd = (x: NdArray): NdArray => np.add(np.matmul(x, np.transpose(x)), np.eye(3))
const functions: readonly (readonly [string, (x: NdArray) => NdArray, NdArray])[] = [
  ['norm.logpdf', (x) => stats.norm.logpdf(x, { loc: x.mul(0.1), scale: 2 }), b],
  ['norm.logcdf', (x) => stats.norm.logcdf(x), array([-3, 0.5])],
  ['gamma.logpdf', (x) => stats.gamma.logpdf(x, x.mul(2)), array([0.5, 2])],
  ['gamma.cdf', (x) => stats.gamma.cdf(x, 2.5), array([0.5, 2])],
  ['beta.cdf', (x) => stats.beta.cdf(x, 2, 3.5), array([0.2, 0.7])],
  ['t.logpdf', (x) => stats.t.logpdf(x, 3), b],
  ['t.cdf', (x) => stats.t.cdf(x, 3), array([-1.5, 0.75])],
  ['truncnorm.logpdf', (x) => stats.truncnorm.logpdf(x, -1, 2), array([-0.5, 1.5])],
  ['cauchy.ppf', (x) => stats.cauchy.ppf(x), array([0.1, 0.6, 0.9])],
  ['binom.logpmf', (p) => stats.binom.logpmf(3, 7, p), array([0.2, 0.7])],
  ['multivariateNormal', (x) => stats.multivariateNormal.logpdf(b, b.mul(0.5), spd(x)), a],
  ['expm', (x) => np.square(linalg.expm(x)).mul(1e-3), a],
  ['choSolve', (x) => linalg.choSolve(linalg.choFactor(spd(x)), b), a],
  ['luSolve', (x) => linalg.luSolve(linalg.luFactor(x), b), a],
  ['solveTriangular', (x) => linalg.solveTriangular(x, b, { lower: true, trans: 'T' }), a],
  ['polar', (x) => linalg.polar(x)[0].mul(a), a],
  ['toeplitz', (x) => np.square(linalg.toeplitz(x, b)), b],
  ['blockDiag', (x) => np.square(linalg.blockDiag(x, b)), a],
  ['fftconvolve', (x) => np.square(signal.fftconvolve(x, b)), normal(3, [5])],
  ['correlate', (x) => np.square(signal.correlate(x, b, { mode: 'same' })), normal(3, [5])],
  ['detrend', (x) => np.square(signal.detrend(x)), normal(3, [2, 5])]
]

describe('derivatives are central differences, and jit changes nothing', () => {
  test.each(functions)('%s', (_name, f, x) => {
    const slope = grad((v: NdArray) => np.sum(f(v)))
    expect(gap(slope(x), differences(f, x))).toBeLessThan(1e-7)
    expect(gap(jit(f)(x), f(x))).toBeLessThan(1e-13)
  })
})

test('outside of the support densities are 0 and have no derivative', () => {
  const x = array([-1, 2])
  const slope = grad((v: NdArray) => np.sum(np.exp(stats.beta.logpdf(v, 2, 3))))
  expect([...slope(x).toTypedArray()]).toEqual([0, 0])
  expect(stats.gamma.logpdf(array([-1]), 2).item()).toBe(-Infinity)
  expect(stats.norm.pdf(1, { scale: -1 }).item()).toBeNaN()
})

test('expm of what needs more squarings than allowed is NaN', () => {
  const wide = linalg.expm(np.mul(np.eye(2), 100), { maxSquarings: 2 })
  expect([...wide.toTypedArray()].every(Number.isNaN)).toBe(true)
})

describe('docs/reference/scipy.md', () => {
  const page = read('docs/reference/scipy.md')
  const rooms = { linalg, signal, 'sparse.linalg': sparse.linalg, stats }

  test.each(Object.entries(rooms))('lists exactly what %s has', (room, functions_) => {
    const named = [...page.matchAll(new RegExp(`\\| .${room}\\.(\\w+). +\\|`, 'g'))].map(
      (m) => m[1]
    )
    const more = room === 'stats' ? ['lognorm', 'weibullMin'] : []
    expect([...named, ...more].sort()).toEqual(Object.keys(functions_).sort())
  })
})
