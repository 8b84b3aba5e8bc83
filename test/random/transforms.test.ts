import { describe, expect, test, vi } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { makeJaxpr } from '../../src/transforms/inspect.ts'
import { add, mul } from '../../src/primitives/elementwise.ts'
import { square } from '../../src/primitives/arithmetic.ts'
import { log } from '../../src/primitives/elementary.ts'
import { sqrt } from '../../src/primitives/roots.ts'
import { sum } from '../../src/primitives/movement.ts'
import * as random from '../../src/random/index.ts'
import { subkeys } from '../../src/random/keys.ts'
import { expectArray, expectClose } from '../equality.ts'
import { f32, f64, make, u32, values } from './arrays.ts'

const key = random.key(21)

/** One of each kind of sampler: plain, by loops, by sorting, by factorisations, by scans. */
const samplers: readonly (readonly [string, (k: NdArray) => NdArray])[] = [
  ['bits', (k) => random.bits(k, [3])],
  ['split', (k) => random.split(k, 3)],
  ['foldIn', (k) => random.foldIn(k, 'name')],
  ['uniform', (k) => random.uniform(k, [3], { minval: -1, maxval: 2 })],
  ['uniform of float64', (k) => random.uniform(k, [3], { dtype: 'float64' })],
  ['randint', (k) => random.randint(k, [3], 0, 1000)],
  ['bernoulli', (k) => random.bernoulli(k, 0.4, [5])],
  ['normal', (k) => random.normal(k, [3])],
  ['truncatedNormal', (k) => random.truncatedNormal(k, -1, 1, [3])],
  ['gumbel', (k) => random.gumbel(k, [3], { mode: 'high' })],
  ['gamma', (k) => random.gamma(k, f32(0.5, 3))],
  ['loggamma', (k) => random.loggamma(k, f32(0.5, 3))],
  ['beta', (k) => random.beta(k, 2, 3, [2])],
  ['dirichlet', (k) => random.dirichlet(k, f32(1, 2, 3))],
  ['poisson', (k) => random.poisson(k, f32(3, 30))],
  ['binomial', (k) => random.binomial(k, f32(10, 100), 0.4)],
  ['multinomial', (k) => random.multinomial(k, 20, f32(0.2, 0.8))],
  ['permutation', (k) => random.permutation(k, 6)],
  ['choice', (k) => random.choice(k, 6, [3], { p: f32(0.1, 0.2, 0.2, 0.2, 0.2, 0.1) })],
  ['categorical', (k) => random.categorical(k, f32(0, 1, 2), { shape: [4] })],
  ['orthogonal', (k) => random.orthogonal(k, 3)],
  [
    'multivariateNormal',
    (k) => random.multivariateNormal(k, f32(0, 1), make('float32', [1, 0, 0, 4], [2, 2]))
  ]
]

const row = (keys: NdArray, i: number): NdArray => u32(...values(keys).slice(2 * i, 2 * i + 2))

describe.each(samplers)('%s', (_name, sampler) => {
  test('means the same when it is compiled', () => {
    const eager = sampler(key)
    const compiled = jit(sampler)(key)
    if (eager.dtype === 'float32' || eager.dtype === 'float64')
      expectClose(compiled, eager, { rtol: 1e-5, atol: 1e-6 })
    else expectArray(compiled, eager)
  })

  test('maps over keys as a loop does', () => {
    const keys = random.split(key, 3)
    const mapped = vmap(sampler)(keys)
    const each = [0, 1, 2].map((i) => sampler(row(keys, i)))
    const rows = make(each[0].dtype, each.flatMap(values), [3, ...each[0].shape])
    if (mapped.dtype === 'float32') expectClose(mapped, rows, { rtol: 1e-5, atol: 1e-6 })
    else expectArray(mapped, rows)
  })
})

/** Marsaglia and Tsang's method for one number, by JavaScript's own control flow. */
const gammaByHand = (of: NdArray, a: number): number => {
  const item = (x: NdArray): number => values(x)[0]
  const [forCube, forBoost] = subkeys(of)
  const d = (a >= 1 ? a : a + 1) - 1 / 3
  const c = 1 / 3 / Math.sqrt(d)
  const cube = (k: NdArray): number => {
    const [next, forX, forU] = subkeys(k, 3)
    const positive = (start: NdArray): readonly [number, number] => {
      const [again, own] = subkeys(start)
      const x = item(random.normal(own, [], { dtype: 'float64' }))
      return 1 + x * c > 0 ? [x, 1 + x * c] : positive(again)
    }
    const [x, v] = positive(forX)
    const u = item(random.uniform(forU, [], { dtype: 'float64' }))
    const [xx, vvv] = [x * x, v ** 3]
    const quickly = u < 1 - 0.0331 * xx * xx
    const slowly = Math.log(u) < xx / 2 + d * (1 - vvv + Math.log(vvv))
    return quickly || slowly ? vvv : cube(next)
  }
  const boost = 1 - item(random.uniform(forBoost, [], { dtype: 'float64' }))
  return d * cube(forCube) * (a >= 1 ? 1 : boost ** (1 / a))
}

describe('the loops of gamma', () => {
  test('give each element what a loop of its own gives', () => {
    const a = [0.2, 0.9, 1, 1.5, 4, 60]
    const repeated = Array.from({ length: 60 }, (_, i) => a[i % a.length])
    const keys = random.split(key, repeated.length)
    expectClose(
      random.gamma(key, make('float64', repeated)),
      make(
        'float64',
        repeated.map((v, i) => gammaByHand(row(keys, i), v))
      ),
      { rtol: 1e-12 }
    )
  })
})

describe('samples are differentiable', () => {
  const total = (x: NdArray): NdArray =>
    sum(
      x,
      x.shape.map((_, i) => i)
    )

  test('in the bounds of uniform', () => {
    const f = (low: NdArray, high: NdArray): NdArray =>
      total(random.uniform(key, [2], { minval: low, maxval: high }))
    const u = values(random.uniform(key, [2]))
    const [dLow, dHigh] = [0, 1].map((argnums) =>
      values(
        grad(f, { argnums: argnums as 0 })(make('float32', [-1], []), make('float32', [3], []))
      )
    )
    expect(dHigh[0]).toBeCloseTo(u[0] + u[1], 5)
    expect(dLow[0]).toBeCloseTo(2 - u[0] - u[1], 5)
  })

  test.each([
    ['gamma below 1', 0.4, (a: NdArray) => random.gamma(key, a, [4])],
    ['gamma above 1', 3.5, (a: NdArray) => random.gamma(key, a, [4])],
    ['beta', 2, (a: NdArray) => random.beta(key, a, 1.5, [4])],
    ['chisquare', 3, (a: NdArray) => random.chisquare(key, a, [4])],
    ['t', 5, (a: NdArray) => random.t(key, a, [4])],
    ['pareto', 2, (a: NdArray) => random.pareto(key, a, [4])],
    ['truncatedNormal', -0.5, (a: NdArray) => random.truncatedNormal(key, a, 2, [4])],
    ['lognormal', 0.5, (a: NdArray) => random.lognormal(key, a, [4])]
  ] as const)('%s', (_name, at, sampler) => {
    const a = make('float64', [at], [])
    const one = make('float64', [1], [])
    const [y, dy] = jvp(sampler, [a], [one])
    expect(values(dy).every(Number.isFinite)).toBe(true)
    const pulled = grad((x: NdArray) => total(sampler(x)))(a)
    const sums = (x: NdArray): number => values(x).reduce((p, q) => p + q)
    expect(values(pulled)[0]).toBeCloseTo(sums(dy), 8)
    expectClose(sampler(a), y)
  })

  test('so that the derivative of a mean is the mean of derivatives', () => {
    // E x = a for Gamma(a), so d/da of the mean of samples is near 1.
    const slope = grad((a: NdArray) => total(random.gamma(key, a, [4000])))(
      make('float64', [2.5], [])
    )
    expect(Math.abs(values(slope)[0] / 4000 - 1)).toBeLessThan(0.05)
    // E log x = ψ(a), whose derivative at 1 is π² / 6.
    const inLogs = grad((a: NdArray) => total(random.loggamma(key, a, [4000])))(
      make('float64', [1], [])
    )
    expect(Math.abs(values(inLogs)[0] / 4000 - Math.PI ** 2 / 6)).toBeLessThan(0.1)
  })

  test('under jit and vmap together', () => {
    const loss = (a: NdArray, k: NdArray): NdArray => log(add(random.gamma(k, a), square(a)))
    const slopes = jit(vmap(grad(loss)))
    const keys = random.split(key, 3)
    const a = f64(0.5, 2, 9)
    const each = values(a).map(
      (v, i) => values(grad(loss)(make('float64', [v], []), row(keys, i)))[0]
    )
    expectClose(slopes(a, keys), f64(...each), { rtol: 1e-6 })
  })

  test('in a scale that multiplies normal samples', () => {
    const noisy = (scale: NdArray): NdArray => total(mul(random.normal(key, []), sqrt(scale)))
    const z = values(random.normal(key, []))[0]
    expect(values(grad(noisy)(make('float32', [4], [])))[0]).toBeCloseTo(z / 4, 6)
  })
})

describe('a traced sampler', () => {
  test('is a program of a key', () => {
    expect(String(makeJaxpr((k: NdArray) => random.bits(k, [2]))(key))).toMatchInlineSnapshot(`
      "{ lambda ; a:u32[2] . let
          b:u32[2] = iota[dtype=uint32 shape=[2] dimension=0]
          c:u32[1] = slice[start=[0] limit=[1] strides=[1]] a
          d:u32[] = reshape[shape=[]] c
          e:u32[2] = broadcastInDim[shape=[2] dimensions=[]] d
          f:u32[1] = slice[start=[1] limit=[2] strides=[1]] a
          g:u32[] = reshape[shape=[]] f
          h:u32[2] = broadcastInDim[shape=[2] dimensions=[]] g
          i:u32[2] = broadcastInDim[shape=[2] dimensions=[]] 0:u32[]
          j:u32[2] k:u32[2] = threefry2x32 e h i b
          l:u32[2] = xor j k
        in (l,) }"
    `)
  })
})

describe('large samples', () => {
  const large = 20000

  test.each([
    ['uniform', (n: number) => random.uniform(key, [n], { minval: -0.3, maxval: 0.7 })],
    ['uniform of float64', (n: number) => random.uniform(key, [n], { dtype: 'float64' })],
    ['normal', (n: number) => random.normal(key, [n])],
    ['randint', (n: number) => random.randint(key, [n], -9, 9)],
    ['bernoulli', (n: number) => random.bernoulli(key, 0.3, [n])]
  ] as const)('of %s begin with the small ones', (_name, sampler) => {
    expect(values(sampler(large)).slice(0, 100)).toEqual(values(sampler(100)))
  })

  /** 1, 2 … along the last axis. */
  const lastOf = (shape: readonly number[]): NdArray =>
    f32(...Array.from({ length: shape.at(-1) ?? 0 }, (_, i) => 1 + i))

  const drawn: readonly (readonly [string, (shape: readonly number[]) => NdArray])[] = [
    ['bits', (s) => random.bits(key, s)],
    ['uniform', (s) => random.uniform(key, s, { minval: -0.3, maxval: 0.7 })],
    ['uniform of bounds', (s) => random.uniform(key, s, { maxval: lastOf(s) })],
    ['normal', (s) => random.normal(key, s)],
    ['normal of float16', (s) => random.normal(key, s, { dtype: 'float16' })],
    ['truncatedNormal', (s) => random.truncatedNormal(key, -2, 1, s)],
    ['exponential', (s) => random.exponential(key, s)],
    ['gumbel', (s) => random.gumbel(key, s)],
    ['triangular', (s) => random.triangular(key, 0, 1, 3, s)],
    ['wald', (s) => random.wald(key, 2, s)],
    ['geometric', (s) => random.geometric(key, 0.2, s)],
    ['randint', (s) => random.randint(key, s, -9, 9)],
    ['bernoulli', (s) => random.bernoulli(key, 0.3, s)]
  ]

  test.each(drawn)('of %s are those of the whole shape, block by block', (_name, sampler) => {
    for (const shape of [[16384], [2, 16385], [3, 5, 4096]])
      expectArray(sampler(shape), jit(() => sampler(shape))())
  })

  test('of all shapes are drawn by one program', () => {
    random.normal(key, [20000])
    const compile = vi.spyOn(WebAssembly, 'Module')
    random.normal(key, [150, 150])
    random.normal(key, [3, 3, 50, 60])
    expect(compile).not.toHaveBeenCalled()
    random.normal(key, [20000], { dtype: 'float64' })
    expect(compile).toHaveBeenCalled()
    compile.mockRestore()
  })

  test('by loops agree with small ones of the same keys', () => {
    const few = random.gamma(key, 2.5, [1000])
    expectClose(make('float32', values(random.gamma(key, 2.5, [3000])).slice(0, 1000)), few, {
      rtol: 1e-5
    })
  })

  test('of different bounds are different programs', () => {
    const top = (maxval: number): number =>
      Math.max(...values(random.uniform(key, [large], { maxval })))
    expect(top(1)).toBeLessThan(1)
    expect(top(3)).toBeGreaterThan(2.9)
  })
})
