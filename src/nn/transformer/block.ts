/** What encoder and decoder blocks are made of. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import { relu } from '../activations/rectified.ts'
import { gelu, silu } from '../activations/smooth.ts'
import { multiHeadAttention, type MultiHeadAttentionOptions } from '../attention/multi-head.ts'
import { compose } from '../compose.ts'
import { lambda, requireCount, type Empty, type Layer } from '../layer.ts'
import { dense } from '../layers/dense.ts'
import { dropout } from '../layers/dropout.ts'
import { layerNorm, type LayerNormParams } from '../layers/layer-norm.ts'
import { rmsNorm } from '../layers/rms-norm.ts'

export interface TransformerLayerOptions {
  /** Features of input and output. */
  readonly features: number
  readonly numHeads: number
  /** Features between the two maps of the feed-forward network: four times `features` by default. */
  readonly feedForward?: number
  /** 'relu' by default. */
  readonly activation?: 'relu' | 'gelu' | 'silu' | ((x: NdArray) => NdArray)
  /** After attention, between the two maps and after them: 0 by default. */
  readonly dropout?: number
  /** Of attention's weights: as `dropout` by default. */
  readonly attentionDropout?: number
  /** Norms in front of each part, with a way around for the gradient; else after each sum. */
  readonly normFirst?: boolean
  /** 'layer' by default. */
  readonly norm?: 'layer' | 'rms'
  /** Added to the variance: 1e-5 by default. */
  readonly epsilon?: number
  readonly useBias?: boolean
  /** A position sees itself and those before it; true by default in decoders. */
  readonly causal?: boolean
  /** What else the self-attention has: rotary, alibi, numKeyValueHeads … */
  readonly attention?: Omit<
    MultiHeadAttentionOptions,
    'numHeads' | 'causal' | 'dropout' | 'returnWeights' | 'features'
  >
}

export const blockNames = [
  'features',
  'numHeads',
  'feedForward',
  'activation',
  'dropout',
  'attentionDropout',
  'normFirst',
  'norm',
  'epsilon',
  'useBias',
  'causal',
  'attention'
]

const activationOf = (
  kind: string,
  activation: TransformerLayerOptions['activation'] = 'relu'
): ((x: NdArray) => NdArray) => {
  if (typeof activation === 'function') return activation
  switch (activation) {
    case 'relu':
      return relu
    case 'gelu':
      return (x) => gelu(x, { approximate: false })
    case 'silu':
      return silu
    default:
      throw new ValueError(kind, {
        problem: 'the activation is unknown',
        got: `activation: ${JSON.stringify(activation satisfies never)}`,
        expected: "'relu', 'gelu', 'silu' or a function of arrays",
        hint: 'such as nn.mish'
      })
  }
}

/** Params are those of layerNorm; rmsNorm has no bias. */
export const normOf = ({
  norm,
  epsilon = 1e-5,
  useBias = true
}: TransformerLayerOptions): Layer<LayerNormParams, Empty> =>
  norm === 'rms' ? rmsNorm({ epsilon }) : layerNorm({ epsilon, useBias })

/** Whether there is a norm behind the last block, or one with another ε than theirs. */
export type FinalNorm = boolean | { readonly epsilon: number }

/** The norm behind a stack: where norms stand in front of the parts, unless said otherwise. */
export const finalNormOf = (
  options: TransformerLayerOptions,
  finalNorm: FinalNorm = options.normFirst ?? false
): Layer<LayerNormParams, Empty> => {
  if (finalNorm === false) return lambda((x) => x, { kind: 'identity' })
  if (finalNorm === true) return normOf(options)
  checkOptions('finalNorm', finalNorm, ['epsilon'])
  return normOf({ ...options, ...finalNorm })
}

/** The parts that the options ask for. */
export const parts = (kind: string, options: TransformerLayerOptions) => {
  const { useBias = true } = options
  requireCount(kind, 'features', options.features)
  requireCount(kind, 'numHeads', options.numHeads)
  const rate = options.dropout ?? 0
  const shared = {
    numHeads: options.numHeads,
    useBias,
    dropout: options.attentionDropout ?? rate
  }
  return {
    norm: normOf(options),
    dropout: dropout({ rate }),
    selfAttention: (causal: boolean) =>
      multiHeadAttention({ ...options.attention, ...shared, causal }),
    crossAttention: multiHeadAttention(shared),
    feedForward: feedForward(kind, options)
  }
}

/** down(dropout(activation(up(x)))). */
const feedForward = (kind: string, options: TransformerLayerOptions) => {
  const { useBias = true } = options
  const activation = activationOf(kind, options.activation)
  if (options.feedForward !== undefined) requireCount(kind, 'feedForward', options.feedForward)
  return compose(
    {
      up: dense({ features: options.feedForward ?? 4 * options.features, useBias }),
      dropout: dropout({ rate: options.dropout ?? 0 }),
      down: dense({ features: options.features, useBias })
    },
    (layers, x: NdArray) => layers.down(layers.dropout(activation(layers.up(x)))),
    { kind: 'feedForward' }
  )
}
