import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as nn from '../../src/nn/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { message } from '../core/message.ts'
import { expectClose } from '../equality.ts'

const length = 6
const x = random.normal(random.key(1), [2, length, 8])
const block = { features: 8, numHeads: 4, feedForward: 12, causal: true } as const

// jit is typed by trees that it knows; here any layer's state is one.
type Step = (state: object, piece: NdArray) => readonly [NdArray, object]

/** The outputs of a pass that is fed pieces of these lengths, joined. */
const inPieces = (layer: nn.AnyLayer, pieces: readonly number[], input = x): NdArray => {
  const [params, state] = layer.init(random.key(0), { inputShape: input.shape })
  const step = (jit as (f: Step) => Step)((s, piece) => layer.apply(params, s, piece))
  let from = 0
  let cache: object = nn.initCache(layer, params, state, { batchShape: [2], maxLength: length })
  const outs = pieces.map((n) => {
    const [y, next] = step(cache, input.slice(':', `${from}:${from + n}`))
    from += n
    cache = next
    return y
  })
  return np.concatenate(outs, { axis: 1 })
}

describe('a pass with a cache equals the pass over the whole sequence', () => {
  const models: readonly (readonly [string, nn.AnyLayer])[] = [
    ['attention', nn.multiHeadAttention({ numHeads: 4, causal: true })],
    [
      'grouped-query attention with rotary positions',
      nn.multiHeadAttention({ numHeads: 4, numKeyValueHeads: 2, causal: true, rotary: true })
    ],
    [
      'multi-query attention with ALiBi in a window',
      nn.multiHeadAttention({
        numHeads: 4,
        numKeyValueHeads: 1,
        causal: true,
        alibi: true,
        localWindowSize: [2, 0]
      })
    ],
    [
      'attention with one more key for everybody',
      nn.multiHeadAttention({
        numHeads: 2,
        causal: true,
        addKeyValueBias: true,
        addZeroAttention: true
      })
    ],
    ['learned positions', nn.learnedPositions({ maxLength: length })],
    ['sinusoidal positions', nn.sinusoidalPositions()],
    ['an LSTM', nn.lstm({ features: 5, numLayers: 2, projectionSize: 3 })],
    ['a GRU', nn.gru({ features: 5 })],
    [
      'a language model',
      nn.sequential({
        positions: nn.learnedPositions({ maxLength: length }),
        blocks: nn.transformerEncoder({ ...block, numLayers: 2, normFirst: true, norm: 'rms' }),
        around: nn.residual(nn.gru({ features: 8 })),
        head: nn.dense({ features: 3 })
      })
    ]
  ]

  test.each(models)('%s', (_name, layer) => {
    const [params, state] = layer.init(random.key(0), { inputShape: x.shape })
    const [whole] = layer.apply(params, state, x) as readonly [NdArray, unknown]
    for (const pieces of [
      [1, 1, 1, 1, 1, 1],
      [3, 1, 2]
    ])
      expectClose(inPieces(layer, pieces), whole, { rtol: 1e-5, atol: 1e-5 })
  })

  test('a decoder, whose memory is whole from the start', () => {
    const layer = nn.transformerDecoder({ ...block, numLayers: 2 })
    const memory = random.normal(random.key(2), [2, 3, 8])
    const [params, state] = layer.init(random.key(0), {
      inputShape: { x: x.shape, memory: memory.shape }
    })
    const [whole] = layer.apply(params, state, { x, memory })
    const start = nn.initCache(layer, params, state, { batchShape: [2], maxLength: length })
    const [a, next] = layer.apply(params, start, { x: x.slice(':', '0:4'), memory })
    const [b] = layer.apply(params, next, { x: x.slice(':', '4:6'), memory })
    expectClose(np.concatenate([a, b], { axis: 1 }), whole, { rtol: 1e-5, atol: 1e-5 })
  })
})

describe('what cannot be remembered says so', () => {
  const cacheOf = (layer: nn.AnyLayer, path: readonly number[] = [2, 3, 8]): string =>
    message(() => {
      const [params, state] = layer.init(random.key(0), { inputShape: path })
      return nn.initCache(layer, params, state, { batchShape: [2], maxLength: 4 }) as unknown
    })

  test('attention that sees later positions', () => {
    expect(
      cacheOf(
        nn.sequential({ blocks: nn.transformerEncoder({ ...block, numLayers: 1, causal: false }) })
      )
    ).toMatchInlineSnapshot(`
      "ValueError multiHeadAttention at blocks.layers[0].selfAttention: attention that sees later positions cannot be continued
        got:      causal: false
        expected: multiHeadAttention({ causal: true })
        hint:     a mask given with the input does not say what later inputs will see"
    `)
  })

  test('a recurrence from both ends', () => {
    expect(cacheOf(nn.lstm({ features: 2, bidirectional: true }))).toMatchInlineSnapshot(`
      "ValueError lstm: a recurrence from both ends cannot be continued
        got:      bidirectional: true, batch [2]
        expected: a recurrence in one direction
        hint:     the direction that begins at the end needs the whole sequence"
    `)
  })

  test('a network without positions', () => {
    expect(cacheOf(nn.sequential([nn.dense({ features: 2 })]))).toMatchInlineSnapshot(`
      "ValueError initCache: no layer of the network remembers positions
        got:      sequential
        expected: causal attention, positions or a recurrence somewhere inside
        hint:     set { causal: true } on the attention of a language model"
    `)
  })

  test('a sequence that has grown too long is NaN', () => {
    const layer = nn.multiHeadAttention({ numHeads: 2, causal: true })
    const [params, state] = layer.init(random.key(0), { inputShape: x.shape })
    const cache = nn.initCache(layer, params, state, { batchShape: [2], maxLength: 4 })
    const [y] = layer.apply(params, cache, x.slice(':', '0:4'))
    expect(hostOf(y).every((v) => Number.isFinite(v))).toBe(true)
    const [, full] = layer.apply(params, cache, x.slice(':', '0:4'))
    const [z] = layer.apply(params, full, x.slice(':', '4:5'))
    expect(hostOf(z).every((v) => Number.isNaN(v))).toBe(true)
  })
})
