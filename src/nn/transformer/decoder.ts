/** Decoder blocks, which look at a memory beside their own sequence, and stacks of them. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import { compose } from '../compose.ts'
import { requireCount, type CacheOptions } from '../layer.ts'
import { stack } from '../stack.ts'
import { blockNames, finalNormOf, parts, type TransformerLayerOptions } from './block.ts'
import type { EncoderInput, TransformerOptions } from './encoder.ts'

/** A sequence, the memory it looks at, and what each position may see of either. */
export interface DecoderInput extends EncoderInput {
  readonly memory: NdArray // [..., source, features]
  /** Where true, a position sees one of the memory. Shape: bool, broadcasts to [..., heads, time, source]. */
  readonly memoryMask?: NdArray
  /** Which positions of the memory are no padding. Shape: bool [..., source]. */
  readonly memoryKeyMask?: NdArray
  /** Added to the logits of attention to the memory. */
  readonly memoryBias?: NdArray
}

/** The input of attention to the memory, without the fields that are not there. */
const across = (query: NdArray, given: DecoderInput) => ({
  query,
  key: given.memory,
  ...(given.memoryMask === undefined ? {} : { mask: given.memoryMask }),
  ...(given.memoryKeyMask === undefined ? {} : { keyMask: given.memoryKeyMask }),
  ...(given.memoryBias === undefined ? {} : { bias: given.memoryBias })
})

/**
 * Causal self-attention, attention to a memory, and a feed-forward network, each with a way around
 * and a norm, as in `transformerEncoderLayer`.
 *
 * Shape:  x [..., time, features], memory [..., source, features] -> [..., time, features].
 * Errors: those of its parts, with their paths.
 * Source: Vaswani et al. 2017.
 *
 * @example
 * const block = nn.transformerDecoderLayer({ features: 8, numHeads: 2 })
 * const input = { x: np.ones([1, 3, 8]), memory: np.ones([1, 5, 8]) }
 * const [params, state] = block.init(random.key(0), {
 *   inputShape: { x: [1, 3, 8], memory: [1, 5, 8] }
 * })
 * block.apply(params, state, input)[0].shape // => [1, 3, 8]
 *
 * @category transformers
 * @since 0.1.0
 */
export const transformerDecoderLayer = (options: TransformerLayerOptions) => {
  checkOptions('transformerDecoderLayer', options, blockNames)
  const p = parts('transformerDecoderLayer', options)
  const { normFirst = false, causal = true } = options
  const { selfAttention, crossAttention } = p
  const composed = compose(
    {
      selfAttention: selfAttention(causal),
      dropout1: p.dropout,
      norm1: p.norm,
      crossAttention,
      dropout2: p.dropout,
      norm2: p.norm,
      feedForward: p.feedForward,
      dropout3: p.dropout,
      norm3: p.norm
    },
    (layers, given: DecoderInput): NdArray => {
      const { x, mask, keyMask, bias } = given
      const sight = {
        ...(mask === undefined ? {} : { mask }),
        ...(keyMask === undefined ? {} : { keyMask }),
        ...(bias === undefined ? {} : { bias })
      }
      const attend = (h: NdArray): NdArray =>
        layers.dropout1(layers.selfAttention({ query: h, ...sight }))
      const look = (h: NdArray): NdArray => layers.dropout2(layers.crossAttention(across(h, given)))
      const feed = (h: NdArray): NdArray => layers.dropout3(layers.feedForward(h))
      if (normFirst) {
        const a = lax.add(x, attend(layers.norm1(x)))
        const b = lax.add(a, look(layers.norm2(a)))
        return lax.add(b, feed(layers.norm3(b)))
      }
      const a = layers.norm1(lax.add(x, attend(x)))
      const b = layers.norm2(lax.add(a, look(a)))
      return layers.norm3(lax.add(b, feed(b)))
    },
    { kind: 'transformerDecoderLayer' }
  )
  const own = composed.children['selfAttention']
  return {
    ...composed,
    // The memory is whole from the start: only the sequence itself is remembered.
    startCache: (
      params: Parameters<typeof composed.apply>[0],
      state: Parameters<typeof composed.apply>[1],
      cache: CacheOptions
    ): Parameters<typeof composed.apply>[1] => ({
      ...state,
      selfAttention: own.startCache?.(params.selfAttention, state.selfAttention, {
        ...cache,
        path: [...(cache.path ?? []), 'selfAttention']
      })
    })
  }
}

/**
 * Decoder blocks on top of each other, all looking at the same memory.
 *
 * Shape:  x [..., time, features], memory [..., source, features] -> [..., time, features].
 * Errors: those of its parts, with their paths.
 *
 * @example
 * const model = nn.transformerDecoder({ features: 8, numHeads: 2, numLayers: 2 })
 * const inputShape = { x: [1, 3, 8], memory: [1, 5, 8] }
 * const [params, state] = model.init(random.key(0), { inputShape })
 * params.layers.length // => 2
 * const input = { x: np.ones([1, 3, 8]), memory: np.ones([1, 5, 8]) }
 * model.apply(params, state, input)[0].shape // => [1, 3, 8]
 *
 * @category transformers
 * @since 0.1.0
 */
export const transformerDecoder = (options: TransformerOptions) => {
  checkOptions('transformerDecoder', options, [...blockNames, 'numLayers', 'finalNorm'])
  const { numLayers, finalNorm, ...block } = options
  requireCount('transformerDecoder', 'numLayers', numLayers)
  const next = (given: DecoderInput, y: NdArray): DecoderInput => ({ ...given, x: y })
  return compose(
    {
      layers: stack(transformerDecoderLayer(block), numLayers, next),
      norm: finalNormOf(block, finalNorm)
    },
    (layers, given: DecoderInput): NdArray => layers.norm(layers.layers(given)),
    { kind: 'transformerDecoder' }
  )
}
