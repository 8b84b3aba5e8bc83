/** One layer after another. */
import type { NdArray } from '../core/array.ts'
import * as random from '../random/index.ts'
import { checkTree } from './check-tree.ts'
import { childrenOf, type Fields, type Layers } from './children.ts'
import {
  applyChild,
  childInit,
  childOptions,
  type InputOf,
  type Layer,
  type OutputOf,
  type ParamsOf,
  type ShapesOf,
  type StateOf
} from './layer.ts'

/** A network's parameters: a tuple or an object, as its layers were given. */
export type SequentialParams<L> = { readonly [K in keyof L]: ParamsOf<L[K]> }
export type SequentialState<L> = { readonly [K in keyof L]: StateOf<L[K]> }

type First<L> = L extends readonly [infer F, ...unknown[]] ? F : L[keyof L & number]
type Last<L> = L extends readonly [...unknown[], infer F] ? F : L[keyof L & number]

/** What the first layer takes; where the order is not known to the types, what any of them takes. */
export type SequentialInput<L> = L extends readonly []
  ? NdArray
  : L extends readonly unknown[]
    ? InputOf<First<L>>
    : NdArray | { [K in keyof L]: InputOf<L[K]> }[keyof L]
/** What the last layer gives; where the order is not known to the types, what any of them gives. */
export type SequentialOutput<L> = L extends readonly []
  ? NdArray
  : L extends readonly unknown[]
    ? OutputOf<Last<L>>
    : { [K in keyof L]: OutputOf<L[K]> }[keyof L]

/**
 * Each layer's output is the next one's input. Given a list, parameters are a tuple; given an
 * object, they have its names, which is what selections for fine-tuning read.
 *
 * Functions such as `nn.relu` are layers without parameters. Keys are folded by name, so adding a
 * layer does not change how the others begin.
 *
 * Errors: those of its layers, with the path of the layer.
 *
 * @category combinators
 * @since 0.1.0
 */
export const sequential = <const L extends Layers>(
  layers: L
): Layer<SequentialParams<L>, SequentialState<L>, SequentialInput<L>, SequentialOutput<L>> => {
  const { parts: steps, names, byName, collect } = childrenOf(layers)
  return {
    kind: 'sequential',
    children: byName,
    init: (key, options) => {
      const params: unknown[] = []
      const state: unknown[] = []
      steps.reduce<unknown>((shape, [name, layer]) => {
        const own = childInit(options, name, shape)
        const [p, s] = layer.init(random.foldIn(key, String(name)), own)
        params.push(p)
        state.push(s)
        return layer.outputShape(shape)
      }, options.inputShape)
      return [collect(params), collect(state)]
    },
    apply: (params, state, x, options = {}) => {
      checkTree('sequential', 'parameters', params, names, options.path)
      checkTree('sequential', 'states', state, names, options.path)
      const next: unknown[] = []
      const y = steps.reduce<unknown>((h, [name, layer]) => {
        const [out, s] = applyChild(
          layer,
          (params as Fields)[name],
          (state as Fields)[name],
          h,
          childOptions(options, name)
        )
        next.push(s)
        return out
      }, x)
      // Each layer takes what the one before it gives: the last gives y.
      return [y as SequentialOutput<L>, collect(next)]
    },
    outputShape: (inputShape) =>
      steps.reduce<unknown>((shape, [, layer]) => layer.outputShape(shape), inputShape) as ShapesOf<
        SequentialOutput<L>
      >
  }
}
