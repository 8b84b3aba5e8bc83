/**
 * Types of layers, checked by `npm run typecheck` alone: what goes in and comes out of a network is
 * known without casts.
 */
import { nn, random, type NdArray } from 'cotangent'

declare const x: NdArray
const key = random.key(0)

// Parameters and states have the names of the layers, and lists are tuples.
const net = nn.sequential({
  body: nn.sequential([nn.dense({ features: 4 }), nn.relu]),
  norm: nn.batchNorm()
})
const [params, state] = net.init(key, { inputShape: [1, 3] })
export const kernel: NdArray = params.body[0].kernel
export const mean: NdArray = state.norm.mean
export const y: NdArray = net.apply(params, state, x)[0]
// @ts-expect-error: there is no such layer
export const missing: unknown = params.head

// What a layer gives depends on its options.
const rnn = nn.lstm({ features: 4, returnState: true })
const [rnnParams, rnnState] = rnn.init(key, { inputShape: [1, 5, 3] })
export const last: nn.RecurrentCarry = rnn.apply(rnnParams, rnnState, x)[0].final
const plain = nn.gru({ features: 4 })
export const sequence: NdArray = plain.apply(rnnParams, rnnState, { x, lengths: x })[0]
const pool = nn.maxPool({ windowShape: [2], returnIndices: true })
export const indices: NdArray = pool.apply({}, {}, x)[0].indices
declare const wanted: boolean
// @ts-expect-error: whether it is an array is not known
export const unknown: NdArray = nn
  .maxPool({ windowShape: [2], returnIndices: wanted })
  .apply({}, {}, x)[0]

// Inputs may be trees, and shapes are trees of the same form.
const decoder = nn.transformerDecoder({ features: 4, numHeads: 2, numLayers: 2 })
const [p, s] = decoder.init(key, { inputShape: { x: [1, 3, 4], memory: [1, 5, 4] } })
export const up: NdArray = p.layers[0].feedForward.up.kernel
export const decoded: NdArray = decoder.apply(p, s, { x, memory: x })[0]
// @ts-expect-error: a decoder needs a memory
decoder.apply(p, s, { x })
// @ts-expect-error: and its shape
decoder.init(key, { inputShape: [1, 3, 4] })

// A list of layers takes what the first takes and gives what the last gives.
const chain = nn.sequential([
  nn.multiHeadAttention({ numHeads: 2 }),
  nn.lstm({ features: 2, returnState: true })
])
const [cp, cs] = chain.init(key, { inputShape: { query: [1, 3, 4], keyMask: [1, 3] } })
export const output: NdArray = chain.apply(cp, cs, { query: x, keyMask: x })[0].output

// compose sees its layers as functions of these types.
const composed = nn.compose(
  { a: nn.dense({ features: 2 }), rnn },
  (layers, input: { readonly left: NdArray }) => layers.rnn({ x: layers.a(input.left) }).output
)
const [dp, ds] = composed.init(key, { inputShape: { left: [1, 5, 3] } })
export const joined: NdArray = composed.apply(dp, ds, { left: x })[0]
// @ts-expect-error: another field
composed.apply(dp, ds, { right: x })

// A cache has the type of the state.
export const cached: typeof s = nn.initCache(decoder, p, s, { batchShape: [1], maxLength: 8 })
