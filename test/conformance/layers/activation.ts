/** Activations: functions of ours with PyTorch's parameters. */
import type { NdArray } from '../../../src/core/array.ts'
import * as nn from '../../../src/nn/index.ts'
import {
  channelsFirst,
  channelsLast,
  listed,
  type Adapter,
  type Adapters,
  type Settings
} from './adapter.ts'

/** An activation from the arguments of its constructor. */
const activation = (
  signature: readonly string[],
  make: (s: Settings) => (x: NdArray) => NdArray
): Adapter => ({
  signature,
  build: (s) => {
    const f = make(s)
    return (_params, inputs) => ({ outputs: [f(listed(s, inputs)[0])] })
  }
})

const plain = (f: (x: NdArray) => NdArray): Adapter => activation([], () => f)

/** PyTorch's axis when none is given: 0 for one and three axes, else 1. */
const axisOf = (s: Settings, x: NdArray): number =>
  s.number('dim', x.ndim === 0 || x.ndim === 1 || x.ndim === 3 ? 0 : 1)

const alongAxis = (f: (x: NdArray, options: { readonly axis: number }) => NdArray): Adapter =>
  activation(['dim'], (s) => (x) => f(x, { axis: axisOf(s, x) }))

const prelu: Adapter = {
  signature: ['num_parameters', 'init'],
  build: (s) => {
    const layer = nn.prelu({ perFeature: s.number('num_parameters', 1) > 1 })
    return ({ weight }, inputs) => {
      const [x] = listed(s, inputs)
      const rank = Math.max(0, x.ndim - 2)
      const [y] = layer.apply({ slope: weight }, {}, channelsLast(x, rank))
      return { outputs: [channelsFirst(y, rank)] }
    }
  }
}

const rrelu: Adapter = {
  signature: ['lower', 'upper'],
  build: (s) => {
    const layer = nn.rrelu({ lower: s.number('lower', 1 / 8), upper: s.number('upper', 1 / 3) })
    return (_params, inputs) => ({
      outputs: [layer.apply({}, {}, listed(s, inputs)[0], { train: s.train })[0]]
    })
  }
}

export const activationAdapters: Adapters = {
  CELU: activation(['alpha'], (s) => (x) => nn.celu(x, { alpha: s.number('alpha', 1) })),
  ELU: activation(['alpha'], (s) => (x) => nn.elu(x, { alpha: s.number('alpha', 1) })),
  GELU: activation(
    ['approximate'],
    (s) => (x) => nn.gelu(x, { approximate: s.text('approximate', 'none') === 'tanh' })
  ),
  GLU: activation(['dim'], (s) => (x) => nn.glu(x, { axis: s.number('dim', -1) })),
  Hardshrink: activation(
    ['lambd'],
    (s) => (x) => nn.hardShrink(x, { lambda: s.number('lambd', 0.5) })
  ),
  Hardsigmoid: plain(nn.hardSigmoid),
  Hardswish: plain(nn.hardSwish),
  Hardtanh: activation(
    ['min_val', 'max_val', 'min_value', 'max_value'],
    (s) => (x) =>
      nn.hardTanh(x, {
        minval: s.number('min_val', s.number('min_value', -1)),
        maxval: s.number('max_val', s.number('max_value', 1))
      })
  ),
  LeakyReLU: activation(
    ['negative_slope'],
    (s) => (x) => nn.leakyRelu(x, { negativeSlope: s.number('negative_slope', 0.01) })
  ),
  LogSigmoid: plain(nn.logSigmoid),
  LogSoftmax: alongAxis(nn.logSoftmax),
  Mish: plain(nn.mish),
  PReLU: prelu,
  ReLU: plain(nn.relu),
  ReLU6: plain(nn.relu6),
  RReLU: rrelu,
  SELU: plain(nn.selu),
  SiLU: plain(nn.silu),
  Sigmoid: plain(nn.sigmoid),
  Softmax: alongAxis(nn.softmax),
  Softmax2d: plain((x) => nn.softmax(x, { axis: -3 })),
  Softmin: alongAxis(nn.softmin),
  Softplus: activation(
    ['beta', 'threshold'],
    (s) => (x) =>
      nn.softplus(x, { beta: s.number('beta', 1), threshold: s.number('threshold', 20) })
  ),
  Softshrink: activation(
    ['lambd'],
    (s) => (x) => nn.softShrink(x, { lambda: s.number('lambd', 0.5) })
  ),
  Softsign: plain(nn.softSign),
  Tanh: plain(nn.tanh),
  Tanhshrink: plain(nn.tanhShrink),
  Threshold: activation(
    ['threshold', 'value'],
    (s) => (x) => nn.threshold(x, { threshold: s.number('threshold'), value: s.number('value') })
  )
}
