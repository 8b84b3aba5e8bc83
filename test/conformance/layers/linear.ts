/** Linear, Identity and lookups. */
import * as np from '../../../src/numpy/index.ts'
import * as nn from '../../../src/nn/index.ts'
import { listed, present, type Adapter, type Adapters } from './adapter.ts'

const linear: Adapter = {
  signature: ['in_features', 'out_features', 'bias'],
  build: (s) => {
    const layer = nn.dense({ features: s.number('out_features'), useBias: s.flag('bias', true) })
    return ({ weight, bias }, inputs) => {
      const params = present({ kernel: np.transpose(weight), bias }) as unknown as nn.DenseParams
      return { outputs: [layer.apply(params, {}, listed(s, inputs)[0])[0]] }
    }
  }
}

export const linearAdapters: Adapters = { Linear: linear }
