/** RNN, LSTM and GRU, over sequences and step by step. */
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import * as np from '../../../src/numpy/index.ts'
import * as nn from '../../../src/nn/index.ts'
import {
  listed,
  present,
  type Adapter,
  type Adapters,
  type Arrays,
  type Settings
} from './adapter.ts'

type Kind = 'RNN' | 'LSTM' | 'GRU'

const cellParams = (p: Arrays, suffix: string): nn.CellParams =>
  present({
    inputKernel: np.transpose(p[`weight_ih${suffix}`]),
    recurrentKernel: np.transpose(p[`weight_hh${suffix}`]),
    inputBias: p[`bias_ih${suffix}`],
    recurrentBias: p[`bias_hh${suffix}`],
    projection:
      p[`weight_hr${suffix}`] === undefined ? undefined : np.transpose(p[`weight_hr${suffix}`])
  }) as unknown as nn.CellParams

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/** [layers · directions, ..., features], as PyTorch stacks carries, and as ours. */
const toCarry = (
  count: number,
  isBoth: boolean,
  h: NdArray,
  c: NdArray | undefined
): nn.RecurrentCarry => {
  const at = (i: number): nn.Carry => ({
    h: h.slice(i),
    ...(c === undefined ? {} : { c: c.slice(i) })
  })
  return range(count).map((i) =>
    isBoth ? { forward: at(2 * i), backward: at(2 * i + 1) } : { forward: at(i) }
  )
}

const stacked = (carry: nn.RecurrentCarry, name: 'h' | 'c'): NdArray =>
  np.stack(
    carry
      .flatMap(({ forward, backward }) => [forward, backward])
      .flatMap((one) => (one?.[name] === undefined ? [] : [one[name]]))
  )

const layerOf = (kind: Kind, s: Settings) => {
  const common = {
    features: s.number('hidden_size'),
    numLayers: s.number('num_layers', 1),
    useBias: s.flag('bias', true),
    bidirectional: s.flag('bidirectional', false),
    dropout: s.number('dropout', 0),
    returnState: true
  } as const
  if (kind === 'GRU') return nn.gru(common)
  if (kind === 'RNN')
    return nn.simpleRnn({
      ...common,
      activation: s.text('nonlinearity', 'tanh') === 'relu' ? 'relu' : 'tanh'
    })
  const projected = s.number('proj_size', 0)
  return nn.lstm(projected === 0 ? common : { ...common, projectionSize: projected })
}

const integers = (values: readonly number[]): NdArray =>
  fromHost(makeAval([values.length], 'int32'), Int32Array.from(values))

const sequence = (kind: Kind, signature: readonly string[]): Adapter => ({
  signature: [...signature, 'lengths', 'enforce_sorted'],
  build: (s) => {
    const layer = layerOf(kind, s)
    const isBoth = s.flag('bidirectional', false)
    const batchFirst = s.flag('batch_first', false)
    const count = s.number('num_layers', 1)
    return (p, inputs) => {
      const { lengths: given, ...rest } = inputs
      const names = s.inputs.filter((n) => n !== 'lengths')
      const [x, h, c] = names.map((n) => rest[n])
      const swap = (y: NdArray): NdArray => (x.ndim === 3 && !batchFirst ? np.swapaxes(y, 0, 1) : y)
      const params = range(count).map((i) => ({
        forward: cellParams(p, `_l${i}`),
        ...(isBoth ? { backward: cellParams(p, `_l${i}_reverse`) } : {})
      }))
      const lengths =
        given ?? (s.has('lengths') ? integers(s.get('lengths') as number[]) : undefined)
      const [{ output, final }] = layer.apply(
        params,
        {},
        {
          x: swap(x),
          ...(h === undefined ? {} : { initial: toCarry(count, isBoth, h, c) }),
          ...(lengths === undefined ? {} : { lengths })
        },
        { train: s.train }
      )
      const carries =
        kind === 'LSTM' ? [stacked(final, 'h'), stacked(final, 'c')] : [stacked(final, 'h')]
      return { outputs: [swap(output), ...carries] }
    }
  }
})

const step = (kind: Kind): Adapter => ({
  signature: ['input_size', 'hidden_size', 'bias', 'nonlinearity'],
  build: (s) => {
    const options = { features: s.number('hidden_size'), useBias: s.flag('bias', true) }
    const isRelu = s.text('nonlinearity', 'tanh') === 'relu'
    const layer =
      kind === 'RNN'
        ? nn.simpleCell({ ...options, activation: isRelu ? 'relu' : 'tanh' })
        : kind === 'GRU'
          ? nn.gruCell(options)
          : nn.lstmCell(options)
    return (p, inputs) => {
      const [x, h, c] = listed(s, inputs)
      const given = { x, ...present({ h, c }) }
      const carry: nn.Carry = layer.apply(cellParams(p, ''), {}, given)[0]
      return { outputs: carry.c === undefined ? [carry.h] : [carry.h, carry.c] }
    }
  }
})

const shared = ['bias', 'batch_first', 'dropout', 'bidirectional']

export const recurrentAdapters: Adapters = {
  RNN: sequence('RNN', ['input_size', 'hidden_size', 'num_layers', 'nonlinearity', ...shared]),
  LSTM: sequence('LSTM', ['input_size', 'hidden_size', 'num_layers', ...shared, 'proj_size']),
  GRU: sequence('GRU', ['input_size', 'hidden_size', 'num_layers', ...shared]),
  RNNCell: step('RNN'),
  LSTMCell: step('LSTM'),
  GRUCell: step('GRU')
}
