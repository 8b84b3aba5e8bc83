/** MultiheadAttention and the transformer's layers. */
import { fromHost, isArray, makeAval, type NdArray } from '../../../src/core/array.ts'
import { isFloat } from '../../../src/core/dtype.ts'
import * as np from '../../../src/numpy/index.ts'
import * as nn from '../../../src/nn/index.ts'
import { present, type Adapter, type Adapters, type Arrays, type Settings } from './adapter.ts'

const denseParams = (p: Arrays, name: string): nn.DenseParams =>
  present({
    kernel: np.transpose(p[`${name}weight`]),
    bias: p[`${name}bias`]
  }) as unknown as nn.DenseParams

const normParams = (p: Arrays, name: string): nn.LayerNormParams =>
  present({ scale: p[`${name}.weight`], bias: p[`${name}.bias`] })

/** in_proj holds queries, keys and values one under the other, unless their widths differ. */
const attentionParams = (p: Arrays, prefix = ''): nn.MultiHeadAttentionParams => {
  const at = (name: string): NdArray | undefined => p[`${prefix}${name}`]
  const packed = at('in_proj_weight')
  const bias = at('in_proj_bias')
  const width = (packed ?? bias ?? p[`${prefix}out_proj.weight`]).shape[0]
  const size = packed === undefined && bias === undefined ? width : width / 3
  const part = (i: number, name: string): nn.DenseParams => {
    const cut = (x: NdArray): NdArray => x.slice(`${i * size}:${(i + 1) * size}`)
    const weight = packed === undefined ? at(`${name}_proj_weight`) : cut(packed)
    return present({
      kernel: np.transpose(weight as NdArray),
      bias: bias === undefined ? undefined : cut(bias)
    }) as unknown as nn.DenseParams
  }
  const flat = (x: NdArray | undefined): NdArray | undefined =>
    x === undefined ? undefined : x.reshape([x.size])
  return {
    query: part(0, 'q'),
    key: part(1, 'k'),
    value: part(2, 'v'),
    out: denseParams(p, `${prefix}out_proj.`),
    ...present({ keyBias: flat(at('bias_k')), valueBias: flat(at('bias_v')) })
  }
}

const attentionState: nn.MultiHeadAttentionState = { query: {}, key: {}, value: {}, out: {} }

/** A nested list of a configuration as an array: booleans where every entry is 0 or 1. */
const nested = (value: unknown): NdArray => {
  const shape: number[] = []
  for (let v = value; Array.isArray(v); v = v[0] as unknown) shape.push(v.length)
  const flat = [value].flat(Infinity).map(Number)
  const isMask = flat.every((x) => x === 0 || x === 1)
  return isMask
    ? fromHost(makeAval(shape, 'bool'), Uint8Array.from(flat))
    : fromHost(makeAval(shape, 'float32'), Float32Array.from(flat))
}

/** A mask from the configuration or from the inputs, whichever has it. */
const maskNamed = (
  s: Settings,
  inputs: Arrays,
  ...names: readonly string[]
): NdArray | undefined => {
  const name = names.find((n) => inputs[n] !== undefined || s.has(n))
  if (name === undefined) return undefined
  const given = inputs[name] ?? s.get(name)
  return isArray(given) ? given : nested(given)
}

interface Sight {
  readonly mask?: NdArray
  readonly keyMask?: NdArray
  readonly bias?: NdArray
}

/** PyTorch's boolean masks say what is hidden, ours what is seen; its float masks are added. */
const sightOf = (
  numHeads: number,
  attention: NdArray | undefined,
  padding: NdArray | undefined,
  isBatched: boolean
): Sight => {
  // [batch · heads, T, S] -> [batch, heads, T, S]
  const perHead = (m: NdArray): NdArray => {
    if (m.ndim < 3) return m
    const [b, t, k] = m.shape
    return isBatched ? m.reshape([b / numHeads, numHeads, t, k]) : m
  }
  const over = (m: NdArray): NdArray =>
    isBatched ? m.reshape([m.shape[0], 1, 1, m.shape[1]]) : m.reshape([1, 1, m.shape[0]])
  const biases = [
    attention !== undefined && isFloat(attention.dtype) ? perHead(attention) : undefined,
    padding !== undefined && isFloat(padding.dtype) ? over(padding) : undefined
  ].filter((b) => b !== undefined)
  return {
    ...(attention === undefined || isFloat(attention.dtype)
      ? {}
      : { mask: np.logicalNot(perHead(attention)) }),
    ...(padding === undefined || isFloat(padding.dtype) ? {} : { keyMask: np.logicalNot(padding) }),
    ...(biases.length === 0 ? {} : { bias: biases.reduce((a, b) => np.add(a, b)) })
  }
}

const masks = [
  'causal',
  'is_causal',
  'attn_mask',
  'mask',
  'key_padding_mask',
  'weights',
  'need_weights',
  'average_attn_weights'
]

const isCausal = (s: Settings): boolean => s.flag('causal', false) || s.flag('is_causal', false)

/** What the recording asks of the weights: none, of every head, or their mean. */
const weightsOf = (s: Settings): 'perHead' | 'averaged' | undefined => {
  if (s.has('weights')) {
    const asked = s.get('weights')
    if (asked === false || asked === 'none') return undefined
    return typeof asked === 'string' && /head|all|full/i.test(asked) ? 'perHead' : 'averaged'
  }
  if (!s.flag('need_weights', false)) return undefined
  return s.flag('average_attn_weights', true) ? 'averaged' : 'perHead'
}

const multihead: Adapter = {
  signature: [
    'embed_dim',
    'num_heads',
    'dropout',
    'bias',
    'add_bias_kv',
    'add_zero_attn',
    'kdim',
    'vdim',
    'batch_first',
    ...masks
  ],
  build: (s) => {
    const numHeads = s.number('num_heads')
    const returnWeights = weightsOf(s)
    const layer = nn.multiHeadAttention({
      numHeads,
      useBias: s.flag('bias', true),
      dropout: s.number('dropout', 0),
      causal: isCausal(s),
      addKeyValueBias: s.flag('add_bias_kv', false),
      addZeroAttention: s.flag('add_zero_attn', false),
      ...(returnWeights === undefined ? {} : { returnWeights })
    })
    const isMask = (name: string): boolean => masks.includes(name)
    return (p, inputs) => {
      const [q, k = q, v = k] = s.inputs.filter((n) => !isMask(n)).map((n) => inputs[n])
      const swap = (x: NdArray): NdArray =>
        x.ndim === 3 && !s.flag('batch_first', false) ? np.swapaxes(x, 0, 1) : x
      const sight = sightOf(
        numHeads,
        maskNamed(s, inputs, 'attn_mask', 'mask'),
        maskNamed(s, inputs, 'key_padding_mask'),
        q.ndim === 3
      )
      const [y] = layer.apply(
        attentionParams(p),
        attentionState,
        { query: swap(q), key: swap(k), value: swap(v), ...sight },
        { train: s.train }
      )
      return { outputs: isArray(y) ? [swap(y)] : [swap(y.output), y.weights] }
    }
  }
}

const block = [
  'd_model',
  'nhead',
  'dim_feedforward',
  'dropout',
  'activation',
  'layer_norm_eps',
  'batch_first',
  'norm_first',
  'bias'
]

const blockMasks = [
  'causal',
  'is_causal',
  'mask',
  'src_mask',
  'src_key_padding_mask',
  'tgt_mask',
  'tgt_key_padding_mask',
  'tgt_is_causal',
  'memory_mask',
  'memory_key_padding_mask',
  'memory_is_causal'
]

const blockOptions = (s: Settings) =>
  ({
    features: s.number('d_model', 512),
    numHeads: s.number('nhead', 8),
    feedForward: s.number('dim_feedforward', 2048),
    activation: s.text('activation', 'relu') === 'gelu' ? 'gelu' : 'relu',
    dropout: s.number('dropout', 0.1),
    epsilon: s.number('layer_norm_eps', 1e-5),
    normFirst: s.flag('norm_first', false),
    useBias: s.flag('bias', true)
  }) as const

const none = {}
const feedForwardState = { up: none, dropout: none, down: none }

const feedForwardParams = (p: Arrays, prefix: string) => ({
  up: denseParams(p, `${prefix}linear1.`),
  dropout: none,
  down: denseParams(p, `${prefix}linear2.`)
})

const encoderParams = (p: Arrays, prefix: string) => ({
  selfAttention: attentionParams(p, `${prefix}self_attn.`),
  dropout1: none,
  norm1: normParams(p, `${prefix}norm1`),
  feedForward: feedForwardParams(p, prefix),
  dropout2: none,
  norm2: normParams(p, `${prefix}norm2`)
})

const encoderState = {
  selfAttention: attentionState,
  dropout1: none,
  norm1: none,
  feedForward: feedForwardState,
  dropout2: none,
  norm2: none
}

const decoderParams = (p: Arrays, prefix: string) => ({
  selfAttention: attentionParams(p, `${prefix}self_attn.`),
  dropout1: none,
  norm1: normParams(p, `${prefix}norm1`),
  crossAttention: attentionParams(p, `${prefix}multihead_attn.`),
  dropout2: none,
  norm2: normParams(p, `${prefix}norm2`),
  feedForward: feedForwardParams(p, prefix),
  dropout3: none,
  norm3: normParams(p, `${prefix}norm3`)
})

const decoderState = {
  selfAttention: attentionState,
  dropout1: none,
  norm1: none,
  crossAttention: attentionState,
  dropout2: none,
  norm2: none,
  feedForward: feedForwardState,
  dropout3: none,
  norm3: none
}

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/** How many layers there are in the parameters of a stack. */
const layersIn = (p: Arrays, prefix: string): number =>
  range(1000).findIndex((i) => p[`${prefix}${i}.norm1.weight`] === undefined)

const swapper =
  (s: Settings) =>
  (x: NdArray): NdArray =>
    x.ndim === 3 && !s.flag('batch_first', false) ? np.swapaxes(x, 0, 1) : x

const sequences = (s: Settings, inputs: Arrays): readonly NdArray[] =>
  s.inputs.filter((n) => !blockMasks.includes(n)).map((n) => inputs[n])

const sourceSight = (s: Settings, inputs: Arrays, x: NdArray): Sight =>
  sightOf(
    s.number('nhead', 8),
    maskNamed(s, inputs, 'src_mask', 'mask'),
    maskNamed(s, inputs, 'src_key_padding_mask'),
    x.ndim === 3
  )

const targetSight = (s: Settings, inputs: Arrays, x: NdArray): Sight =>
  sightOf(
    s.number('nhead', 8),
    maskNamed(s, inputs, 'tgt_mask'),
    maskNamed(s, inputs, 'tgt_key_padding_mask'),
    x.ndim === 3
  )

const memorySight = (s: Settings, inputs: Arrays, x: NdArray) => {
  const sight = sightOf(
    s.number('nhead', 8),
    maskNamed(s, inputs, 'memory_mask'),
    maskNamed(s, inputs, 'memory_key_padding_mask'),
    x.ndim === 3
  )
  return present({
    memoryMask: sight.mask,
    memoryKeyMask: sight.keyMask,
    memoryBias: sight.bias
  })
}

const encoderLayer: Adapter = {
  signature: [...block, ...blockMasks],
  build: (s) => {
    const layer = nn.transformerEncoderLayer({ ...blockOptions(s), causal: isCausal(s) })
    const swap = swapper(s)
    return (p, inputs) => {
      const [x] = sequences(s, inputs)
      const given = { x: swap(x), ...sourceSight(s, inputs, x) }
      const [y] = layer.apply(encoderParams(p, ''), encoderState, given, { train: s.train })
      return { outputs: [swap(y)] }
    }
  }
}

const decoderLayer: Adapter = {
  signature: [...block, ...blockMasks],
  build: (s) => {
    const causal = isCausal(s) || s.flag('tgt_is_causal', false)
    const layer = nn.transformerDecoderLayer({ ...blockOptions(s), causal })
    const swap = swapper(s)
    return (p, inputs) => {
      const [x, memory] = sequences(s, inputs)
      const given = {
        x: swap(x),
        memory: swap(memory),
        ...targetSight(s, inputs, x),
        ...memorySight(s, inputs, x)
      }
      const [y] = layer.apply(decoderParams(p, ''), decoderState, given, { train: s.train })
      return { outputs: [swap(y)] }
    }
  }
}

const stackState = <T>(state: T, n: number) => ({ layers: range(n).map(() => state), norm: none })

/** A stack is recorded with the arguments of its layers beside its own. */
const stackNames = ['num_layers', 'enable_nested_tensor', 'mask_check', 'norm', 'final_norm']

/** The norm of a stack is a module of its own, with PyTorch's ε whatever that of the layers. */
const ownNorm = (p: Arrays) => (p['norm.weight'] === undefined ? false : { epsilon: 1e-5 })

const encoderStack: Adapter = {
  signature: [...block, ...stackNames, ...blockMasks],
  build: (s) => {
    const swap = swapper(s)
    return (p, inputs) => {
      const [x] = sequences(s, inputs)
      const n = layersIn(p, 'layers.')
      const layer = nn.transformerEncoder({
        ...blockOptions(s),
        causal: isCausal(s),
        numLayers: n,
        finalNorm: ownNorm(p)
      })
      const params = {
        layers: range(n).map((i) => encoderParams(p, `layers.${i}.`)),
        norm: normParams(p, 'norm')
      }
      const given = { x: swap(x), ...sourceSight(s, inputs, x) }
      const [y] = layer.apply(params, stackState(encoderState, n), given, { train: s.train })
      return { outputs: [swap(y)] }
    }
  }
}

const decoderStack: Adapter = {
  signature: [...block, ...stackNames, ...blockMasks],
  build: (s) => {
    const swap = swapper(s)
    const causal = isCausal(s) || s.flag('tgt_is_causal', false)
    return (p, inputs) => {
      const [x, memory] = sequences(s, inputs)
      const n = layersIn(p, 'layers.')
      const layer = nn.transformerDecoder({
        ...blockOptions(s),
        causal,
        numLayers: n,
        finalNorm: ownNorm(p)
      })
      const params = {
        layers: range(n).map((i) => decoderParams(p, `layers.${i}.`)),
        norm: normParams(p, 'norm')
      }
      const given = {
        x: swap(x),
        memory: swap(memory),
        ...targetSight(s, inputs, x),
        ...memorySight(s, inputs, x)
      }
      const [y] = layer.apply(params, stackState(decoderState, n), given, { train: s.train })
      return { outputs: [swap(y)] }
    }
  }
}

/** The arrays of one half of a Transformer under the names that the half alone would have. */
const half = (p: Arrays, prefix: string): Arrays =>
  Object.fromEntries(
    Object.entries(p).flatMap(([name, x]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : []
    )
  )

const transformer: Adapter = {
  signature: [
    'd_model',
    'nhead',
    'num_encoder_layers',
    'num_decoder_layers',
    'dim_feedforward',
    'dropout',
    'activation',
    'custom_encoder',
    'custom_decoder',
    'layer_norm_eps',
    'batch_first',
    'norm_first',
    'bias',
    'src_is_causal',
    ...blockMasks
  ],
  build: (s) => {
    const swap = swapper(s)
    const options = blockOptions(s)
    return (p, inputs) => {
      const [source, target] = sequences(s, inputs)
      const [encoding, decoding] = [half(p, 'encoder.'), half(p, 'decoder.')]
      const [n, m] = [layersIn(encoding, 'layers.'), layersIn(decoding, 'layers.')]
      const encoder = nn.transformerEncoder({
        ...options,
        causal: s.flag('src_is_causal', false),
        numLayers: n,
        finalNorm: true
      })
      const causal = isCausal(s) || s.flag('tgt_is_causal', false)
      const decoder = nn.transformerDecoder({ ...options, causal, numLayers: m, finalNorm: true })
      const [memory] = encoder.apply(
        {
          layers: range(n).map((i) => encoderParams(encoding, `layers.${i}.`)),
          norm: normParams(encoding, 'norm')
        },
        stackState(encoderState, n),
        { x: swap(source), ...sourceSight(s, inputs, source) },
        { train: s.train }
      )
      const [y] = decoder.apply(
        {
          layers: range(m).map((i) => decoderParams(decoding, `layers.${i}.`)),
          norm: normParams(decoding, 'norm')
        },
        stackState(decoderState, m),
        {
          x: swap(target),
          memory,
          ...targetSight(s, inputs, target),
          ...memorySight(s, inputs, target)
        },
        { train: s.train }
      )
      return { outputs: [swap(y)] }
    }
  }
}

export const attentionAdapters: Adapters = {
  MultiheadAttention: multihead,
  TransformerEncoderLayer: encoderLayer,
  TransformerDecoderLayer: decoderLayer,
  TransformerEncoder: encoderStack,
  TransformerDecoder: decoderStack,
  Transformer: transformer
}
