import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import * as nn from '../../src/nn/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { expectArray, expectClose } from '../equality.ts'

const draw = (seed: number, ...shape: readonly number[]): NdArray =>
  random.normal(random.key(seed), shape)
const close = { rtol: 1e-5, atol: 1e-6 }

describe('dotProductAttention', () => {
  const [q, k, v] = [draw(0, 2, 3, 4, 5), draw(1, 2, 6, 4, 5), draw(2, 2, 6, 4, 7)]

  test('is softmax(q kᵀ / √H) v of each head', () => {
    const head = (x: NdArray): NdArray => x.slice(1, ':', 2)
    const weights = nn.softmax(np.matmul(head(q), head(k).T).div(Math.sqrt(5)))
    expectClose(head(nn.dotProductAttention(q, k, v)), np.matmul(weights, head(v)), close)
  })

  test('with fewer heads of keys is that with each repeated for its group', () => {
    const [k2, v2] = [draw(1, 2, 6, 2, 5), draw(2, 2, 6, 2, 7)]
    const repeated = (x: NdArray): NdArray => np.repeat(x, 2, { axis: 2 })
    expectClose(
      nn.dotProductAttention(q, k2, v2),
      nn.dotProductAttention(q, repeated(k2), repeated(v2)),
      close
    )
  })

  test('with one key in sight gives its value', () => {
    const sight = np.array([false, false, true, false, false, false]).astype('bool')
    const third = np.broadcastTo(v.slice(':', '2:3'), [2, 3, 4, 7])
    expectClose(nn.dotProductAttention(q, k, v, { mask: sight }), third, close)
    const near = nn.dotProductAttention(q, k, v, { localWindowSize: 0 })
    expectClose(near, v.slice(':', '0:3'), close)
  })

  test('takes the lengths of queries and keys as masks', () => {
    const lengths = np.array([1, 3]).astype('int32')
    const short = nn.dotProductAttention(q, k, v, {
      keyValueSeqLengths: np.array([6, 4]).astype('int32'),
      querySeqLengths: lengths
    })
    const alone = nn.dotProductAttention(
      q.slice('1:2'),
      k.slice('1:2', '0:4'),
      v.slice('1:2', '0:4')
    )
    expectClose(short.slice('1:2'), alone, close)
    expectArray(short.slice(0, '1:'), np.zeros([2, 4, 7]))
  })

  test('causal: a query does not see what is behind it', () => {
    const changed = np.concatenate([k.slice(':', '0:3'), draw(9, 2, 3, 4, 5)], { axis: 1 })
    const f = (keys: NdArray): NdArray => nn.dotProductAttention(q, keys, v, { isCausal: true })
    expectArray(f(changed), f(k))
  })

  test('in half precision takes its softmax in single', () => {
    const half = (x: NdArray): NdArray => x.astype('float16')
    const y = nn.dotProductAttention(half(q), half(k), half(v))
    expect(y.dtype).toBe('float16')
    expectClose(y.astype('float32'), nn.dotProductAttention(q, k, v), { rtol: 1e-2, atol: 1e-2 })
  })
})

describe('rotary', () => {
  test('makes products depend on the distance alone', () => {
    const [q, k] = [draw(0, 1, 1, 8), draw(1, 1, 1, 8)]
    const at = (x: NdArray, position: number, interleaved: boolean): NdArray =>
      nn.rotary(x, { positions: np.array([position]).astype('int32'), interleaved })
    for (const interleaved of [true, false]) {
      const product = (a: number, b: number): NdArray =>
        at(q, a, interleaved)
          .mul(at(k, b, interleaved))
          .sum()
      expectClose(product(7, 4), product(103, 100), { rtol: 1e-4, atol: 1e-5 })
    }
  })

  test('turns the first pair by one radian at position 1', () => {
    const x = np.array([1, 0, 0, 0]).reshape([1, 1, 4])
    const y = nn.rotary(x, { positions: np.array([1]).astype('int32') })
    expectClose(y.reshape([4]), np.array([Math.cos(1), 0, Math.sin(1), 0]), close)
    const neighbours = nn.rotary(x, {
      positions: np.array([1]).astype('int32'),
      interleaved: true
    })
    expectClose(neighbours.reshape([4]), np.array([Math.cos(1), Math.sin(1), 0, 0]), close)
  })

  test('leaves features beyond those that turn', () => {
    const x = draw(0, 3, 2, 6)
    expectArray(nn.rotary(x, { features: 4 }).slice('...', '4:'), x.slice('...', '4:'))
  })
})

describe('alibi', () => {
  test('has the slopes of the paper', () => {
    expect(nn.alibi(8, 1, 2).slice(':', 0, 1).toNested()).toEqual(
      Array.from({ length: 8 }, (_, i) => -(2 ** -(i + 1)))
    )
    expect(nn.alibi(3, 1, 2).slice(':', 0, 1).toNested()).toEqual([
      -(2 ** -4),
      -(2 ** -8),
      -(2 ** -2)
    ])
  })
})

describe('noise keeps what it promises', () => {
  const x = random.normal(random.key(5), [200, 50])
  const moments = (y: NdArray): readonly number[] => [y.mean().item(), np.std(y).item()]
  const train = (layer: nn.AnyLayer, given = x): NdArray =>
    layer.apply({}, {}, given, { key: random.key(6), train: true })[0] as NdArray // one array

  test('alphaDropout: mean 0 and variance 1', () => {
    const [mean, deviation] = moments(train(nn.alphaDropout({ rate: 0.3 })))
    expect(Math.abs(mean)).toBeLessThan(0.05) // 10,000 numbers: 5 standard deviations
    expect(Math.abs(deviation - 1)).toBeLessThan(0.05)
  })

  test('gaussianDropout and gaussianNoise: the mean and the variance asked for', () => {
    const ones = np.ones([200, 50])
    const [mean, deviation] = moments(train(nn.gaussianDropout({ rate: 0.2 }), ones))
    expect([Math.abs(mean - 1) < 0.03, Math.abs(deviation - 0.5) < 0.03]).toEqual([true, true])
    const [shift, spread] = moments(train(nn.gaussianNoise({ stddev: 0.1 }), ones).sub(1))
    expect([Math.abs(shift) < 0.006, Math.abs(spread - 0.1) < 0.006]).toEqual([true, true])
  })

  test('spatialDropout and featureAlphaDropout: a channel at every position or at none', () => {
    for (const layer of [nn.spatialDropout({ rate: 0.5 }), nn.featureAlphaDropout({ rate: 0.5 })]) {
      const y = train(layer, np.ones([3, 4, 4, 10]))
      expectArray(y, np.broadcastTo(y.slice(':', '0:1', '0:1'), y.shape))
      expect(new Set(hostOf(y)).size).toBe(2)
    }
  })
})

describe('norms of weights', () => {
  test('weightNorm begins as the layer inside', () => {
    const inner = nn.dense({ features: 3 })
    const layer = nn.weightNorm(inner)
    const [params, state] = layer.init(random.key(0), { inputShape: [2, 4] })
    const x = draw(1, 2, 4)
    expectClose(layer.apply(params, state, x)[0], inner.apply(params.layer, {}, x)[0], close)
  })

  test('spectralNorm divides by the largest singular value', () => {
    const layer = nn.spectralNorm(nn.dense({ features: 3, useBias: false }), { numIterations: 50 })
    const [params, state] = layer.init(random.key(0), { inputShape: [2, 4] })
    const [kernel] = layer.apply(params, state, np.eye(4), { train: true })
    expect(np.linalg.norm(kernel, { ord: 2 }).item()).toBeCloseTo(1, 4)
  })
})
