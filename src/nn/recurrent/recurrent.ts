/** Recurrent layers: stacked, in one direction or both, over sequences of different lengths. */
import { isArray, type NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import { ValueError } from '../../core/errors.ts'
import { show, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { dropout } from '../layers/dropout.ts'
import {
  childOptions,
  empty,
  layerAt,
  misfit,
  requireCount,
  type ApplyOptions,
  type Layer,
  type ShapesOf
} from '../layer.ts'
import {
  initCell,
  zeroCarry,
  type Carry,
  type Cell,
  type CellOptions,
  type CellParams
} from './cell.ts'
import { runSequence } from './sequence.ts'

export interface RecurrentOptions extends CellOptions {
  /** Layers on top of each other: 1 by default. */
  readonly numLayers?: number
  /** Runs from both ends and joins the outputs: [..., time, 2 · features]. */
  readonly bidirectional?: boolean
  /** Dropped from the output of every layer but the last, while training. */
  readonly dropout?: number
  /** Output of every step (true by default), or of the last one alone: [..., features]. */
  readonly returnSequences?: boolean
  /** Gives `{ output, final }`, with the carries after the last step. */
  readonly returnState?: boolean
}

/** For each direction, in parameters and in carries. */
export interface Directions<T> {
  readonly forward: T
  readonly backward?: T
}

/** One entry for each layer of the stack. */
export type RecurrentParams = readonly Directions<CellParams>[]
export type RecurrentCarry = readonly Directions<Carry>[]

/** Empty, or the last carry when `initCache` has asked for it. */
export interface RecurrentState {
  readonly carry?: RecurrentCarry
}

/** A batch of sequences, and what there is to say of them. */
export interface RecurrentInput {
  readonly x: NdArray // [..., time, in]
  /** How many steps count; the rest is padding. Shape: integers [...]. */
  readonly lengths?: NdArray
  /** Which steps count. Shape: bool [..., time]. */
  readonly mask?: NdArray
  /** Where the recurrence begins: zeros by default. The `final` of another call fits. */
  readonly initial?: RecurrentCarry
}

export interface RecurrentResult {
  readonly output: NdArray // [..., time, features]
  readonly final: RecurrentCarry
}

/** What the layer gives, as its options ask; either where their type leaves it open. */
export type RecurrentOutput<O> = O extends { readonly returnState: true }
  ? RecurrentResult
  : O extends { readonly returnState: false }
    ? NdArray
    : 'returnState' extends keyof O
      ? NdArray | RecurrentResult
      : NdArray

export const recurrentNames = [
  'features',
  'useBias',
  'kernelInit',
  'recurrentInit',
  'biasInit',
  'numLayers',
  'bidirectional',
  'dropout',
  'returnSequences',
  'returnState'
]

const inputShapes = (given: ShapesOf<NdArray | RecurrentInput>): Shape =>
  'x' in given ? given.x : given

/** Which steps count, as one mask. */
const maskOf = ({ x, lengths, mask }: RecurrentInput): NdArray | undefined => {
  if (lengths === undefined) return mask
  const shape = x.shape.slice(0, -1)
  const steps = lax.broadcastedIota('int32', shape, shape.length - 1)
  const axes = lengths.shape.map((_, a) => a)
  const live = lax.lt(
    steps,
    lax.broadcastInDim(lax.convertElementType(lengths, 'int32'), shape, axes)
  )
  return mask === undefined ? live : lax.and(live, mask)
}

export const recurrent = <O extends RecurrentOptions>(
  cell: Cell,
  options: O
): Layer<RecurrentParams, RecurrentState, NdArray | RecurrentInput, RecurrentOutput<O>> => {
  const { kind } = cell
  const { numLayers = 1, bidirectional = false, returnSequences = true } = options
  requireCount(kind, 'features', cell.features)
  requireCount(kind, 'numLayers', numLayers)
  const between = dropout({ rate: options.dropout ?? 0 })
  const width = cell.outFeatures * (bidirectional ? 2 : 1)

  const begin = (batch: Shape, dtype: DType): RecurrentCarry =>
    Array.from({ length: numLayers }, () => {
      const carry = zeroCarry(cell, batch, dtype)
      return bidirectional ? { forward: carry, backward: carry } : { forward: carry }
    })

  const check = (params: RecurrentParams, x: NdArray, path: ApplyOptions['path']): void => {
    const [features] = params[0].forward.inputKernel.shape
    if (x.ndim < 2 || x.shape[x.ndim - 1] !== features)
      throw misfit(
        kind,
        path,
        x.shape,
        `[..., time, ${features}], as init was given`,
        'time is the axis before the last'
      )
  }

  const run = (
    params: RecurrentParams,
    given: RecurrentInput,
    applied: ApplyOptions
  ): RecurrentResult & { readonly last: NdArray } => {
    const mask = maskOf(given)
    const initial = given.initial ?? begin(given.x.shape.slice(0, -2), given.x.dtype)
    const final: Directions<Carry>[] = []
    const output = params.reduce((h, { forward, backward }, i) => {
      const x =
        i === 0 ? h : between.apply(empty, empty, h, childOptions(applied, `dropout${i}`))[0]
      const [ahead, last] = runSequence(cell, forward, x, initial[i].forward, mask, false)
      if (backward === undefined) {
        final.push({ forward: last })
        return ahead
      }
      const start = initial[i].backward ?? initial[i].forward
      const [back, first] = runSequence(cell, backward, x, start, mask, true)
      final.push({ forward: last, backward: first })
      return lax.concatenate([ahead, back], ahead.ndim - 1)
    }, given.x)
    const { forward, backward } = final[final.length - 1]
    const ends = backward === undefined ? [forward.h] : [forward.h, backward.h]
    return { output, final, last: lax.concatenate(ends, forward.h.ndim - 1) }
  }

  return {
    kind,
    children: {},
    init: (key, { inputShape, dtype, path }) => {
      const shape = inputShapes(inputShape)
      if (shape.length < 2)
        throw misfit(kind, path, shape, '[..., time, features]', 'time is the axis before the last')
      const params = Array.from({ length: numLayers }, (_, i): Directions<CellParams> => {
        const own = random.foldIn(key, i)
        const features = i === 0 ? shape[shape.length - 1] : width
        const forward = initCell(cell, random.foldIn(own, 'forward'), features, dtype)
        if (!bidirectional) return { forward }
        return {
          forward,
          backward: initCell(cell, random.foldIn(own, 'backward'), features, dtype)
        }
      })
      return [params, empty]
    },
    apply: (params, state, given, applied = {}) => {
      const sequence = isArray(given) ? { x: given } : given
      check(params, sequence.x, applied.path)
      const initial = sequence.initial ?? state.carry
      const { output, final, last } = run(
        params,
        initial === undefined ? sequence : { ...sequence, initial },
        applied
      )
      const y = returnSequences ? output : last
      return [
        (options.returnState === true ? { output: y, final } : y) as RecurrentOutput<O>,
        state.carry === undefined ? state : { carry: final }
      ]
    },
    outputShape: (inputShape) => {
      const shape = inputShapes(inputShape)
      const batch = shape.slice(0, -2)
      const output = [...(returnSequences ? shape.slice(0, -1) : batch), width]
      if (options.returnState !== true) return output as unknown as ShapesOf<RecurrentOutput<O>>
      const one = {
        h: [...batch, cell.outFeatures],
        ...(cell.hasMemory ? { c: [...batch, cell.features] } : {})
      }
      const both = bidirectional ? { forward: one, backward: one } : { forward: one }
      const final = Array.from({ length: numLayers }, () => both)
      return { output, final } as unknown as ShapesOf<RecurrentOutput<O>>
    },
    startCache: (params, _state, { batchShape, path }) => {
      if (!bidirectional) return { carry: begin(batchShape, params[0].forward.inputKernel.dtype) }
      throw new ValueError(layerAt(kind, path), {
        problem: 'a recurrence from both ends cannot be continued',
        got: `bidirectional: true, batch ${show(batchShape)}`,
        expected: 'a recurrence in one direction',
        hint: 'the direction that begins at the end needs the whole sequence'
      })
    }
  }
}
