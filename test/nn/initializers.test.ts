import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { initializers } from '../../src/nn/index.ts'
import * as lax from '../../src/lax/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
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
})
