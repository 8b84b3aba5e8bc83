/** Linear and bilinear maps, lookups, and how alike two vectors are. */
import type { NdArray } from '../../../src/core/array.ts'
import * as np from '../../../src/numpy/index.ts'
import * as nn from '../../../src/nn/index.ts'
import { listed, present, type Adapter, type Adapters, type Settings } from './adapter.ts'

const linear = (signature: readonly string[]): Adapter => ({
  signature,
  build: (s) => {
    const layer = nn.dense({ features: s.number('out_features'), useBias: s.flag('bias', true) })
    return ({ weight, bias }, inputs) => {
      const params = present({ kernel: np.transpose(weight), bias }) as unknown as nn.DenseParams
      return { outputs: [layer.apply(params, {}, listed(s, inputs)[0])[0]] }
    }
  }
})

const bilinear: Adapter = {
  signature: ['in1_features', 'in2_features', 'out_features', 'bias'],
  build: (s) => {
    const layer = nn.bilinear({ features: s.number('out_features') })
    return ({ weight, bias }, inputs) => {
      const [a, b] = listed(s, inputs)
      const kernel = np.moveaxis(weight, 0, -1)
      const params = present({ kernel, bias }) as unknown as nn.BilinearParams
      return { outputs: [layer.apply(params, {}, [a, b])[0]] }
    }
  }
}

const table = (s: Settings) => ({
  numEmbeddings: s.number('num_embeddings'),
  features: s.number('embedding_dim'),
  normType: s.number('norm_type', 2),
  scaleGradByFrequency: s.flag('scale_grad_by_freq', false),
  ...(s.has('padding_idx') ? { paddingIndex: s.number('padding_idx') } : {}),
  ...(s.has('max_norm') ? { maxNorm: s.number('max_norm') } : {})
})

const rows = ['num_embeddings', 'embedding_dim']

const embedding: Adapter = {
  signature: [...rows, 'padding_idx', 'max_norm', 'norm_type', 'scale_grad_by_freq', 'sparse'],
  build: (s) => {
    const layer = nn.embedding(table(s))
    return ({ weight }, inputs) => ({
      outputs: [layer.apply({ embedding: weight }, {}, listed(s, inputs)[0])[0]]
    })
  }
}

const embeddingBag: Adapter = {
  signature: [
    ...rows,
    'max_norm',
    'norm_type',
    'scale_grad_by_freq',
    'mode',
    'sparse',
    '_weight',
    'include_last_offset',
    'padding_idx',
    'offsets'
  ],
  build: (s) => {
    const layer = nn.embeddingBag({
      ...table(s),
      mode: s.text('mode', 'mean') as 'sum' | 'mean' | 'max', // the names are PyTorch's
      includeLastOffset: s.flag('include_last_offset', false)
    })
    return ({ weight }, inputs) => {
      const named = (part: string): NdArray | undefined =>
        inputs[s.inputs.find((n) => n.includes(part)) ?? part]
      const x = inputs[s.inputs[0]]
      const listedOffsets = s.has('offsets')
        ? np.array(s.get('offsets') as number[]).astype('int32')
        : undefined
      const second = s.inputs.length > 1 && x.ndim === 1 ? inputs[s.inputs[1]] : undefined
      const offsets = named('offset') ?? listedOffsets ?? second
      const weights = named('weight')
      const given = { x, ...present({ offsets, weights }) }
      return { outputs: [layer.apply({ embedding: weight }, {}, given)[0]] }
    }
  }
}

const cosine: Adapter = {
  signature: ['dim', 'eps'],
  build: (s) => (_params, inputs) => {
    const [a, b] = listed(s, inputs)
    const options = { axis: s.number('dim', 1), epsilon: s.number('eps', 1e-8) }
    return { outputs: [nn.cosineSimilarity(a, b, options)] }
  }
}

const pairwise: Adapter = {
  signature: ['p', 'eps', 'keepdim'],
  build: (s) => (_params, inputs) => {
    const [a, b] = listed(s, inputs)
    const options = {
      p: s.number('p', 2),
      epsilon: s.number('eps', 1e-6),
      keepdims: s.flag('keepdim', false)
    }
    return { outputs: [nn.pairwiseDistance(a, b, options)] }
  }
}

export const linearAdapters: Adapters = {
  Linear: linear(['in_features', 'out_features', 'bias']),
  LazyLinear: linear(['out_features', 'bias']),
  Bilinear: bilinear,
  Embedding: embedding,
  EmbeddingBag: embeddingBag,
  CosineSimilarity: cosine,
  PairwiseDistance: pairwise
}
