import { describe, expect, test } from 'vitest'
import { jit, nn, np, optim, random, tree, valueAndGrad, type NdArray } from 'cotangent'
import {
  bottleneck,
  captureFeatures,
  featureLoss,
  lora,
  prefixTuning,
  promptTuning,
  type BottleneckAdapter
} from 'cotangent/finetune'
import { message } from '../core/message.ts'
import { expectArray, expectClose } from '../equality.ts'

const net = nn.transformerEncoder({
  features: 8,
  numHeads: 2,
  numLayers: 2,
  feedForward: 12,
  causal: true,
  normFirst: true
})
const x = random.normal(random.key(1), [2, 5, 8])
const [params, state] = net.init(random.key(0), { inputShape: x.shape })
const run = (options: nn.ApplyOptions): NdArray => net.apply(params, state, x, options)[0]

describe('captureFeatures', () => {
  test('reads what layers give, and changes nothing', () => {
    const [y, features] = captureFeatures(['layers/*', '**/feedForward/down'], run)
    expectArray(y, run({}))
    expect(tree.map((h: NdArray) => h.shape, features)).toEqual({
      'layers/0': [2, 5, 8],
      'layers/1': [2, 5, 8],
      'layers/0/feedForward/down': [2, 5, 8],
      'layers/1/feedForward/down': [2, 5, 8]
    })
    expectArray(featureLoss(features['layers/0'], features['layers/0']), np.zeros([2]))
  })

  test('names layers that ran when a pattern matches none', () => {
    expect(message(() => captureFeatures('layers/2', run))).toMatchInlineSnapshot(`
      "ValueError captureFeatures: a pattern matches no layer that ran
        got:      'layers/2'
        expected: some of: layers/0/norm1, layers/0/selfAttention/query, layers/0/selfAttention/key, layers/0/selfAttention/value, layers/0/selfAttention/out, layers/0/selfAttention, layers/0/dropout1, layers/0/norm2, layers/0/feedForward/up, layers/0/feedForward/dropout, layers/0/feedForward/down, layers/0/feedForward
        hint:     pass the options on: (options) => net.apply(params, x, options)"
    `)
    expect(message(() => captureFeatures('layers', () => 0))).toMatchInlineSnapshot(`
      "ValueError captureFeatures: a pattern matches no layer that ran
        got:      'layers'
        expected: a network of layers, which gets the options that it is run with
        hint:     pass the options on: (options) => net.apply(params, x, options)"
    `)
  })
})

describe('bottleneck', () => {
  const method = bottleneck({ features: 3 })
  const adapter = method.init(random.key(2), run)

  test('sits behind attention and the feed-forward network, as Houlsby has it', () => {
    const shapes = tree.map((leaf: NdArray) => leaf.shape, adapter)
    const one = { down: { kernel: [8, 3], bias: [3] }, up: { kernel: [3, 8], bias: [8] } }
    const block = { selfAttention: one, feedForward: one }
    expect(shapes).toEqual({ layers: { '0': block, '1': block } })
  })

  test('at initialisation is the identity', () => {
    expectClose(method.apply(adapter, run), run({}), { rtol: 1e-6, atol: 1e-6 })
  })

  test('is h + up(relu(down(h)))', () => {
    const small = nn.stateless(nn.sequential({ only: nn.dense({ features: 2 }) }))
    const weights = {
      only: {
        kernel: np.array([
          [1, 0],
          [0, 1]
        ]),
        bias: np.zeros([2])
      }
    }
    const one = bottleneck({ features: 1, layers: 'only' })
    const parts = {
      only: {
        down: { kernel: np.array([[1], [1]]), bias: np.array([-2]) },
        up: { kernel: np.array([[10, 100]]), bias: np.array([1, 1]) }
      }
    }
    const forward = (o: nn.ApplyOptions): NdArray =>
      small.apply(
        weights,
        np.array([
          [1, 4],
          [0, 1]
        ]),
        o
      )
    expectArray(
      one.apply(parts, forward),
      np.array([
        [32, 305],
        [1, 2]
      ])
    )
  })

  test('trains beside a base that is not touched', () => {
    const before = run({})
    const loss = (a: BottleneckAdapter): NdArray =>
      np.mean(np.square(method.apply(a, run).sub(np.sin(x))))
    const optimizer = optim.adam({ learningRate: 0.02 })
    const step = jit((a: BottleneckAdapter, s: optim.OptState) => {
      const [value, g] = valueAndGrad(loss)(a)
      const [updates, next] = optimizer.update(g, s, a)
      return [optim.applyUpdates(a, updates), next, value] as const
    })
    let [a, s, value] = step(adapter, optimizer.init(adapter))
    const first = value.item()
    for (let i = 0; i < 30; i++) [a, s, value] = step(a, s)
    expect(value.item()).toBeLessThan(0.7 * Number(first))
    expectArray(run({}), before)
  })

  test('refuses widths that are none, layers that do not run and adapters of others', () => {
    expect(message(() => bottleneck({ features: 0 }))).toMatchInlineSnapshot(`
      "ValueError bottleneck: features is no width
        got:      features: 0
        expected: an integer from 1 on
        hint:     a sixteenth of the width of the layers is a common choice"
    `)
    expect(message(() => bottleneck({ layers: 'mlp' }).init(random.key(0), run)))
      .toMatchInlineSnapshot(`
        "ValueError bottleneck: a pattern matches no layer that ran
          got:      'mlp'
          expected: some of: layers/0/norm1, layers/0/selfAttention/query, layers/0/selfAttention/key, layers/0/selfAttention/value, layers/0/selfAttention/out, layers/0/selfAttention, layers/0/dropout1, layers/0/norm2, layers/0/feedForward/up, layers/0/feedForward/dropout, layers/0/feedForward/down, layers/0/feedForward
          hint:     pass the options on: (options) => net.apply(params, x, options)"
      `)
    const narrow = {
      layers: {
        '0': {
          feedForward: {
            down: { kernel: np.ones([4, 1]) },
            up: { kernel: np.ones([1, 4]) }
          }
        }
      }
    }
    expect(message(() => method.apply(narrow, run))).toMatchInlineSnapshot(`
      "ShapeError bottleneck: an adapter is of another width than its layer
        got:      layers/0/feedForward gives [2, 5, 8], its adapter takes 4 features
        expected: the adapter that init made for this network
        hint:     init with the network that apply gets"
    `)
  })
})

describe('lora', () => {
  test('adapts the projections of attention without forming them', () => {
    const method = lora({ rank: 2, targets: '**/selfAttention/{query,value}/kernel' })
    const adapter = method.init(random.key(3), params)
    expect(tree.leaves(adapter).length).toBe(8)
    const moved = tree.map((leaf: NdArray) => leaf.add(0.1), adapter)
    const forward = (p: typeof params): NdArray => net.apply(p, state, x)[0]
    expectClose(method.apply(params, moved, forward), forward(method.merge(params, moved)), {
      rtol: 1e-5,
      atol: 1e-5
    })
  })
})

describe('prefixTuning', () => {
  const attend = nn.multiHeadAttention({ numHeads: 2, causal: true })
  const [weights, none] = attend.init(random.key(4), { inputShape: [1, 5, 8] })
  const sequence = random.normal(random.key(5), [1, 5, 8])

  test('puts keys and values where earlier positions have theirs', () => {
    const whole = attend.apply(weights, none, sequence)[0]
    const begin = nn.initCache(attend, weights, none, { batchShape: [1], maxLength: 2 })
    const { cache } = attend.apply(weights, begin, sequence.slice(':', '0:2'))[1]
    if (cache === undefined) throw new Error('initCache has made a cache')
    const prefix = {
      prefix: { key: np.squeeze(cache.key, [0]), value: np.squeeze(cache.value, [0]) }
    }
    const method = prefixTuning({ length: 2 })
    const from = method.state(attend, weights, none, prefix, { batchShape: [1], maxLength: 3 })
    expectClose(
      attend.apply(weights, from, sequence.slice(':', '2:5'))[0],
      whole.slice(':', '2:5'),
      {
        rtol: 1e-5,
        atol: 1e-6
      }
    )
  })

  test('gives every attention of a network a prefix of its own, with a gradient', () => {
    const method = prefixTuning({ length: 3 })
    const prefix = method.init(random.key(6), net, params, state)
    expect(tree.map((leaf: NdArray) => leaf.shape, prefix)).toEqual({
      layers: {
        '0': { selfAttention: { prefix: { key: [3, 2, 4], value: [3, 2, 4] } } },
        '1': { selfAttention: { prefix: { key: [3, 2, 4], value: [3, 2, 4] } } }
      }
    })
    const loss = (p: typeof prefix): NdArray => {
      const from = method.state(net, params, state, p, { batchShape: [2], maxLength: 5 })
      return np.mean(np.square(net.apply(params, from, x)[0]))
    }
    const [, gradient] = valueAndGrad(loss)(prefix)
    for (const g of tree.leaves(gradient))
      expect(Number(np.max(np.abs(g)).item())).toBeGreaterThan(0)
  })

  test('needs lengths, causal attention and a prefix for each', () => {
    expect(message(() => prefixTuning({ length: 0 }))).toMatchInlineSnapshot(`
      "ValueError prefixTuning: length is no number of positions
        got:      length: 0
        expected: an integer from 1 on
        hint:     10 to 100 positions are common"
    `)
    const method = prefixTuning({ length: 2 })
    const both = nn.multiHeadAttention({ numHeads: 2 })
    expect(message(() => method.init(random.key(0), both, weights, none))).toMatchInlineSnapshot(`
      "ValueError multiHeadAttention: attention that sees later positions cannot be continued
        got:      causal: false
        expected: multiHeadAttention({ causal: true })
        hint:     a mask given with the input does not say what later inputs will see"
    `)
    expect(message(() => method.state(net, params, state, {}, { batchShape: [2], maxLength: 5 })))
      .toMatchInlineSnapshot(`
      "StructureError prefixTuning: an attention has no prefix
        got:      no layers/0/selfAttention/prefix among the prefixes
        expected: a key and a value for every attention of the network
        hint:     use the prefixes that init made for this network"
    `)
  })
})

describe('promptTuning', () => {
  test('puts rows in front', () => {
    const method = promptTuning({ length: 2 })
    const prompt = {
      prompt: np.array([
        [1, 2],
        [3, 4]
      ])
    }
    expectArray(
      method.apply(prompt, np.array([[[5, 6]]])),
      np.array([
        [
          [1, 2],
          [3, 4],
          [5, 6]
        ]
      ])
    )
    expect(method.init(random.key(0), 7).prompt.shape).toEqual([2, 7])
    expect(message(() => method.apply(prompt, np.ones([1, 2, 3])))).toMatchInlineSnapshot(`
      "ShapeError promptTuning: the prompt does not fit the input
        got:      prompt [2, 2], input [1, 2, 3]
        expected: [..., time, 2]
        hint:     apply the prompt behind the embedding, and init it with its features"
    `)
  })
})

describe('frozenStatistics', () => {
  const normed = nn.sequential([
    nn.dense({ features: 3 }),
    nn.batchNorm(),
    nn.dropout({ rate: 0.5 })
  ])
  const inputs = random.normal(random.key(7), [6, 4])
  const [p, s] = normed.init(random.key(8), { inputShape: inputs.shape })

  test('keeps running statistics while everything else trains', () => {
    const key = random.key(9)
    const [, moved] = normed.apply(p, s, inputs, { train: true, key })
    expect(np.allclose(moved[1].mean, s[1].mean).item()).toBe(0)
    const [y, kept] = normed.apply(p, s, inputs, { train: true, key, frozenStatistics: true })
    expectArray(kept[1].mean, s[1].mean)
    expect(Number(np.sum(np.equal(y, 0)).item())).toBeGreaterThan(0) // dropout still drops
  })
})
