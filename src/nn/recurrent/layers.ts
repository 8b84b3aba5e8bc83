/** The three recurrences, over sequences and step by step. */
import { isArray, type NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { relu } from '../activations/rectified.ts'
import { addBias } from '../layers/bias.ts'
import { empty, misfit, requireCount, type Empty, type Layer, type ShapesOf } from '../layer.ts'
import {
  elman,
  gruOf,
  initCell,
  lstmOf,
  project,
  zeroCarry,
  type Carry,
  type Cell,
  type CellOptions,
  type CellParams
} from './cell.ts'
import {
  recurrent,
  recurrentNames,
  type RecurrentInput,
  type RecurrentOptions,
  type RecurrentOutput,
  type RecurrentParams,
  type RecurrentState
} from './recurrent.ts'

type Recurrence<O> = Layer<
  RecurrentParams,
  RecurrentState,
  NdArray | RecurrentInput,
  RecurrentOutput<O>
>

export interface SimpleRnnOptions extends RecurrentOptions {
  /** 'tanh' by default. */
  readonly activation?: 'tanh' | 'relu'
}

export interface LstmOptions extends RecurrentOptions {
  /** Projects the output to this many features, fewer than `features`. */
  readonly projectionSize?: number
}

const activationOf = (kind: string, name: unknown): ((x: NdArray) => NdArray) => {
  if (name === undefined || name === 'tanh') return lax.tanh
  if (name === 'relu') return relu
  throw new ValueError(kind, {
    problem: 'the activation is unknown',
    got: `activation: ${JSON.stringify(name)}`,
    expected: "'tanh' or 'relu'",
    hint: 'lstm and gru have their own'
  })
}

const checkProjection = (kind: string, { features, projectionSize }: LstmOptions): void => {
  if (projectionSize === undefined) return
  requireCount(kind, 'projectionSize', projectionSize)
  if (projectionSize < features) return
  throw new ValueError(kind, {
    problem: 'the projection does not make the output smaller',
    got: `projectionSize: ${projectionSize} of ${features} features`,
    expected: `an integer from 1 to ${features - 1}`,
    hint: 'leave projectionSize out'
  })
}

/**
 * Elman's recurrence: h_t = tanh(x_t W + b + h_{t−1} U + c).
 *
 * Shape:  [..., time, in] -> [..., time, features]; twice as many features in both directions.
 * Errors: ShapeError with the layer's path for other features; ValueError when it trains with
 *         dropout between layers and without a key.
 * Source: Elman 1990.
 *
 * @example
 * const layer = nn.simpleRnn({ features: 4 })
 * const [params, state] = layer.init(random.key(0), { inputShape: [2, 5, 3] })
 * layer.apply(params, state, np.ones([2, 5, 3]))[0].shape // => [2, 5, 4]
 *
 * @category recurrences
 * @since 0.1.0
 */
export const simpleRnn = <const O extends SimpleRnnOptions>(options: O): Recurrence<O> => {
  checkOptions('simpleRnn', options, [...recurrentNames, 'activation'])
  return recurrent(
    elman('simpleRnn', options, activationOf('simpleRnn', options.activation)),
    options
  )
}

/**
 * Long short-term memory: c_t = σ(f) c_{t−1} + σ(i) tanh(g), h_t = σ(o) tanh(c_t), with the four
 * gates affine in x_t and h_{t−1}.
 *
 * Shape:  [..., time, in] -> [..., time, features]; twice as many features in both directions.
 * Errors: ShapeError with the layer's path for other features; ValueError when it trains with
 *         dropout between layers and without a key.
 * Source: Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000.
 *
 * @example
 * const layer = nn.lstm({ features: 4, bidirectional: true, returnState: true })
 * const [params, state] = layer.init(random.key(0), { inputShape: [2, 5, 3] })
 * const x = np.ones([2, 5, 3])
 * const [{ output, final }] = layer.apply(params, state, { x, lengths: np.array([5, 2]).astype('int32') })
 * output.shape // => [2, 5, 8]
 * final[0].forward.c?.shape // => [2, 4]
 *
 * @category recurrences
 * @since 0.1.0
 */
export const lstm = <const O extends LstmOptions>(options: O): Recurrence<O> => {
  checkOptions('lstm', options, [...recurrentNames, 'projectionSize'])
  checkProjection('lstm', options)
  return recurrent(lstmOf('lstm', options, options.projectionSize), options)
}

/**
 * Gated recurrent unit: h_t = (1 − z) n + z h_{t−1}, with n = tanh(x_t W + b + r (h_{t−1} U + c))
 * and the gates r and z affine in x_t and h_{t−1}.
 *
 * Shape:  [..., time, in] -> [..., time, features]; twice as many features in both directions.
 * Errors: ShapeError with the layer's path for other features; ValueError when it trains with
 *         dropout between layers and without a key.
 * Source: Cho et al. 2014, with the reset after the product.
 *
 * @example
 * const layer = nn.gru({ features: 4, returnSequences: false })
 * const [params, state] = layer.init(random.key(0), { inputShape: [2, 5, 3] })
 * layer.apply(params, state, np.ones([2, 5, 3]))[0].shape // => [2, 4]
 *
 * @category recurrences
 * @since 0.1.0
 */
export const gru = <const O extends RecurrentOptions>(options: O): Recurrence<O> => {
  checkOptions('gru', options, recurrentNames)
  return recurrent(gruOf('gru', options), options)
}

/** One step: an input, and the carry of the step before; zeros when it is left out. */
export interface CellInput extends Partial<Carry> {
  readonly x: NdArray // [..., in]
}

type StepLayer<C extends Carry> = Layer<CellParams, Empty, NdArray | CellInput, C>

const stepLayer = <C extends Carry>(cell: Cell): StepLayer<C> => {
  const { kind } = cell
  requireCount(kind, 'features', cell.features)
  const shapeOf = (given: ShapesOf<NdArray | CellInput>): Shape => ('x' in given ? given.x : given)
  return {
    kind,
    children: {},
    init: (key, { inputShape, dtype, path }) => {
      const shape = shapeOf(inputShape)
      if (shape.length === 0)
        throw misfit(kind, path, shape, '[..., features]', 'a step takes one moment of a sequence')
      return [initCell(cell, key, shape[shape.length - 1], dtype), empty]
    },
    apply: (params, state, given, { path } = {}) => {
      const { x, ...carry } = isArray(given) ? { x: given } : given
      const features = params.inputKernel.shape[0]
      if (x.ndim === 0 || x.shape[x.ndim - 1] !== features)
        throw misfit(kind, path, x.shape, `[..., ${features}]`, 'init with the shape apply gets')
      const start = { ...zeroCarry(cell, x.shape.slice(0, -1), x.dtype), ...carry }
      const projected = addBias(project(x, params.inputKernel), params.inputBias)
      return [cell.step(params, projected, start) as C, state]
    },
    outputShape: (inputShape) => {
      const batch = shapeOf(inputShape).slice(0, -1)
      const h = [...batch, cell.outFeatures]
      const shapes = cell.hasMemory ? { h, c: [...batch, cell.features] } : { h }
      return shapes as unknown as ShapesOf<C>
    }
  }
}

const cellNames = ['features', 'useBias', 'kernelInit', 'recurrentInit', 'biasInit']

export interface RnnCellOptions extends CellOptions {
  /** 'tanh' by default. */
  readonly activation?: 'tanh' | 'relu'
}

/**
 * One step of `simpleRnn`.
 *
 * Shape: x [..., in] and h [..., features] -> { h }.
 *
 * @example
 * const cell = nn.simpleCell({ features: 4 })
 * const [params, state] = cell.init(random.key(0), { inputShape: [2, 3] })
 * cell.apply(params, state, np.ones([2, 3]))[0].h.shape // => [2, 4]
 *
 * @category recurrences
 * @since 0.1.0
 */
export const simpleCell = (options: RnnCellOptions): StepLayer<{ readonly h: NdArray }> => {
  checkOptions('simpleCell', options, [...cellNames, 'activation'])
  return stepLayer(elman('simpleCell', options, activationOf('simpleCell', options.activation)))
}

/**
 * One step of `lstm`.
 *
 * Shape: x [..., in], h and c [..., features] -> { h, c }.
 *
 * @example
 * const cell = nn.lstmCell({ features: 4 })
 * const [params, state] = cell.init(random.key(0), { inputShape: [2, 3] })
 * const [{ h, c }] = cell.apply(params, state, np.ones([2, 3]))
 * cell.apply(params, state, { x: np.ones([2, 3]), h, c })[0].c.shape // => [2, 4]
 *
 * @category recurrences
 * @since 0.1.0
 */
export const lstmCell = (
  options: CellOptions
): StepLayer<{ readonly h: NdArray; readonly c: NdArray }> => {
  checkOptions('lstmCell', options, cellNames)
  return stepLayer(lstmOf('lstmCell', options))
}

/**
 * One step of `gru`.
 *
 * Shape: x [..., in] and h [..., features] -> { h }.
 *
 * @example
 * const cell = nn.gruCell({ features: 4 })
 * const [params, state] = cell.init(random.key(0), { inputShape: [2, 3] })
 * cell.apply(params, state, np.ones([2, 3]))[0].h.shape // => [2, 4]
 *
 * @category recurrences
 * @since 0.1.0
 */
export const gruCell = (options: CellOptions): StepLayer<{ readonly h: NdArray }> => {
  checkOptions('gruCell', options, cellNames)
  return stepLayer(gruOf('gruCell', options))
}
