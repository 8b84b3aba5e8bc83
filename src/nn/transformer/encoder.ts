/** Encoder blocks, which are also those of language models, and stacks of them. */
import { isArray, type NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import { compose } from '../compose.ts'
import { requireCount } from '../layer.ts'
import { stack } from '../stack.ts'
import {
  blockNames,
  finalNormOf,
  parts,
  type FinalNorm,
  type TransformerLayerOptions
} from './block.ts'

/** A sequence, and what each position may see. */
export interface EncoderInput {
  readonly x: NdArray // [..., time, features]
  /** Where true, a position sees another. Shape: bool, broadcasts to [..., heads, time, time]. */
  readonly mask?: NdArray
  /** Which positions are no padding. Shape: bool [..., time]. */
  readonly keyMask?: NdArray
  /** Added to attention's logits. Shape: broadcasts to [..., heads, time, time]. */
  readonly bias?: NdArray
}

const asInput = (given: NdArray | EncoderInput): EncoderInput =>
  isArray(given) ? { x: given } : given

/**
 * Self-attention and a feed-forward network, each with a way around and a norm: after the sum
 * (`normFirst: false`, as in the paper) or in front of the part (`normFirst: true`). With
 * `causal: true` it is the block of a language model.
 *
 * Shape:  [..., time, features] -> the same.
 * Errors: those of its parts, with their paths.
 * Source: Vaswani et al. 2017; norms in front: Xiong et al. 2020.
 *
 * @example
 * const block = nn.transformerEncoderLayer({ features: 8, numHeads: 2, causal: true, normFirst: true })
 * const [params, state] = block.init(random.key(0), { inputShape: [1, 4, 8] })
 * block.apply(params, state, np.ones([1, 4, 8]))[0].shape // => [1, 4, 8]
 *
 * @category transformers
 * @since 0.1.0
 */
export const transformerEncoderLayer = (options: TransformerLayerOptions) => {
  checkOptions('transformerEncoderLayer', options, blockNames)
  const p = parts('transformerEncoderLayer', options)
  const { normFirst = false, causal = false } = options
  return compose(
    {
      selfAttention: p.selfAttention(causal),
      dropout1: p.dropout,
      norm1: p.norm,
      feedForward: p.feedForward,
      dropout2: p.dropout,
      norm2: p.norm
    },
    (layers, given: NdArray | EncoderInput): NdArray => {
      const { x, ...sight } = asInput(given)
      const attend = (h: NdArray): NdArray =>
        layers.dropout1(layers.selfAttention({ query: h, ...sight }))
      const feed = (h: NdArray): NdArray => layers.dropout2(layers.feedForward(h))
      if (normFirst) {
        const h = lax.add(x, attend(layers.norm1(x)))
        return lax.add(h, feed(layers.norm2(h)))
      }
      const h = layers.norm1(lax.add(x, attend(x)))
      return layers.norm2(lax.add(h, feed(h)))
    },
    { kind: 'transformerEncoderLayer' }
  )
}

export interface TransformerOptions extends TransformerLayerOptions {
  readonly numLayers: number
  /** A norm behind the last block: as `normFirst` by default. */
  readonly finalNorm?: FinalNorm
}

/**
 * Encoder blocks on top of each other.
 *
 * Shape:  [..., time, features] -> the same.
 * Errors: those of its parts, with their paths.
 *
 * @example
 * const model = nn.transformerEncoder({ features: 8, numHeads: 2, numLayers: 2 })
 * const [params] = model.init(random.key(0), { inputShape: [1, 4, 8] })
 * params.layers[1].feedForward.up.kernel.shape // => [8, 32]
 *
 * @category transformers
 * @since 0.1.0
 */
export const transformerEncoder = (options: TransformerOptions) => {
  checkOptions('transformerEncoder', options, [...blockNames, 'numLayers', 'finalNorm'])
  const { numLayers, finalNorm, ...block } = options
  requireCount('transformerEncoder', 'numLayers', numLayers)
  const next = (given: NdArray | EncoderInput, y: NdArray): EncoderInput => ({
    ...asInput(given),
    x: y
  })
  return compose(
    {
      layers: stack(transformerEncoderLayer(block), numLayers, next),
      norm: finalNormOf(block, finalNorm)
    },
    (layers, given: NdArray | EncoderInput): NdArray => layers.norm(layers.layers(given)),
    { kind: 'transformerEncoder' }
  )
}
