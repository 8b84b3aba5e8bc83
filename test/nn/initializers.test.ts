import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { initializers } from '../../src/nn/index.ts'
import * as lax from '../../src/lax/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { difference } from '../conformance/compare.ts'
import { decode, load } from '../conformance/golden.ts'
import type { RandomRecord } from '../conformance/samplers.ts'
import { message } from '../core/message.ts'
import { expectClose } from '../equality.ts'

const variance = (x: NdArray): number => {
  const values = Array.from(hostOf(x))
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
}

describe('the variance is what the name promises', () => {
  const [fanIn, fanOut] = [100, 300]
  test.each<readonly [string, initializers.Initializer, number]>([
    ['lecunNormal', initializers.lecunNormal(), 1 / fanIn],
    ['lecunUniform', initializers.lecunUniform(), 1 / fanIn],
    ['heNormal', initializers.heNormal(), 2 / fanIn],
    ['kaimingUniform', initializers.kaimingUniform(), 2 / fanIn],
    ['glorotNormal', initializers.glorotNormal(), 2 / (fanIn + fanOut)],
    ['xavierUniform', initializers.xavierUniform(), 2 / (fanIn + fanOut)],
    ['normal', initializers.normal(0.5), 0.25]
  ])('%s', (_name, init, expected) => {
    // 30,000 samples: the relative error of a variance is √(2/n) ≈ 0.8 %.
    expect(variance(init(random.key(1), [fanIn, fanOut])) / expected).toBeCloseTo(1, 1)
  })

  test('windows count as inputs', () => {
    const kernel = initializers.heNormal()(random.key(1), [3, 3, 10, 100])
    expect(variance(kernel) * (90 / 2)).toBeCloseTo(1, 1)
  })
})

describe('the samples are those of jax.nn.initializers', () => {
  /** Recorded by JAX 0.11.2 with threefry2x32 in partitionable mode. */
  const { cases } = load('test/conformance/data/random.json.gz') as {
    readonly cases: readonly RandomRecord[]
  }
  const made: Readonly<Record<string, () => initializers.Initializer>> = {
    glorot_normal: initializers.glorotNormal,
    glorot_uniform: initializers.glorotUniform,
    he_normal: initializers.heNormal,
    he_uniform: initializers.heUniform,
    lecun_normal: initializers.lecunNormal,
    orthogonal: initializers.orthogonal
  }
  // The sampler random.orthogonal has the same name, and a size in place of a shape.
  const recorded = cases.filter(({ fn, args }) => fn in made && Array.isArray(args['shape']))

  test('of six of them', () => {
    expect(new Set(recorded.map(({ fn }) => fn)).size).toBe(6)
  })

  test.each(recorded.map((c) => [c.fn, c.seed, c] as const))('%s, seed %d', (fn, seed, c) => {
    const shape = c.args['shape'] as readonly number[] // chosen above
    const actual = made[fn]()(random.key(seed), shape)
    expect(difference(actual, decode(c.out), { tol: 1e-5, elementwise: true })).toBe(null)
  })
})

test('a bias has no fan', () => {
  expect(message(() => initializers.heNormal()(random.key(0), [3]))).toMatchInlineSnapshot(`
    "ValueError varianceScaling: the shape has no axes that go in and come out
      got:      shape [3]
      expected: at least two axes
      hint:     biases begin with zeros, constant or normal"
  `)
})

describe('orthogonal', () => {
  /** Products of all pairs of columns. Shape: [n, m] -> [m, m]. */
  const gram = (x: NdArray): NdArray =>
    lax.dotGeneral(x, x, { dimensionNumbers: { lhsContracting: [0], rhsContracting: [0] } })
  const eye = (n: number): NdArray => np.eye(n, n, { dtype: 'float64' })

  test('has orthonormal columns, or rows when they are fewer', () => {
    const tall = initializers.orthogonal()(random.key(0), [5, 3], 'float64')
    expectClose(gram(tall), eye(3), { atol: 1e-12 })
    const wide = initializers.orthogonal({ scale: 2 })(random.key(0), [3, 5], 'float64')
    expectClose(gram(lax.transpose(lax.div(wide, 2), [1, 0])), eye(3), { atol: 1e-12 })
  })

  test('of a window is one map in the middle of it', () => {
    const kernel = initializers.deltaOrthogonal()(random.key(0), [3, 2, 2], 'float64')
    const middle = lax.reshape(lax.slice(kernel, [1, 0, 0], [2, 2, 2]), [2, 2])
    expectClose(gram(middle), eye(2), { atol: 1e-12 })
    expect(Array.from(hostOf(kernel)).filter((x) => x !== 0).length).toBe(4)
  })

  test('of a window without a middle is in front of its second half', () => {
    const kernel = initializers.deltaOrthogonal()(random.key(0), [4, 1, 1])
    expect(Array.from(hostOf(kernel)).map(Math.abs)).toEqual([0, 1, 0, 0])
  })

  test('takes the other axes as one where the columns are not last', () => {
    const kernel = initializers.orthogonal({ columnAxis: 0 })(random.key(0), [3, 2, 4], 'float64')
    const rows = lax.reshape(kernel, [3, 8])
    expectClose(gram(lax.transpose(rows, [1, 0])), eye(3), { atol: 1e-12 })
  })
})
