import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { initializers } from '../../src/nn/index.ts'
import * as random from '../../src/random/index.ts'
import { message } from '../core/message.ts'

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
