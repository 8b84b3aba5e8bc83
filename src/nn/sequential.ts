/** One layer after another. */
import type { NdArray } from '../core/array.ts'
import { StructureError } from '../core/errors.ts'
import type { PathEntry } from '../core/path.ts'
import * as random from '../random/index.ts'
import {
  childInit,
  childOptions,
  toLayer,
  type AnyLayer,
  type Layer,
  type LayerLike,
  type ParamsOf,
  type StateOf
} from './layer.ts'

type Layers = readonly LayerLike[] | Readonly<Record<string, LayerLike>>

/** A network's parameters: a tuple or an object, as its layers were given. */
export type SequentialParams<L> = { readonly [K in keyof L]: ParamsOf<L[K]> }
export type SequentialState<L> = { readonly [K in keyof L]: StateOf<L[K]> }

type Fields = Readonly<Record<PathEntry, unknown>>

const checkTree = (
  what: string,
  tree: unknown,
  names: readonly PathEntry[],
  path: string
): void => {
  const keys = typeof tree === 'object' && tree !== null ? Object.keys(tree) : []
  const missing = names.filter((name) => !keys.includes(String(name)))
  if (missing.length === 0 && keys.length === names.length) return
  throw new StructureError(path, {
    problem: `the ${what} are not those of this network`,
    got: keys.length === 0 ? `${what} without entries` : `entries ${keys.join(', ')}`,
    expected: `one entry for each layer: ${names.join(', ')}`,
    hint: 'pass what init returned, or what combine made of its parts'
  })
}

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
): Layer<SequentialParams<L>, SequentialState<L>> => {
  const isList = Array.isArray(layers)
  const steps: readonly (readonly [PathEntry, AnyLayer])[] = isList
    ? (layers as readonly LayerLike[]).map((l, i) => [i, toLayer(l)] as const)
    : Object.entries(layers).map(([name, l]) => [name, toLayer(l)] as const)
  const names = steps.map(([name]) => name)
  // The same container as `layers`, entry for entry, which is what the mapped types say.
  const collect = <T>(values: readonly unknown[]): T =>
    (isList ? values : Object.fromEntries(names.map((name, i) => [name, values[i]]))) as T
  return {
    kind: 'sequential',
    children: Object.fromEntries(steps.map(([name, layer]) => [String(name), layer])),
    init: (key, options) => {
      const params: unknown[] = []
      const state: unknown[] = []
      steps.reduce((shape, [name, layer]) => {
        const own = childInit(options, name, shape)
        const [p, s] = layer.init(random.foldIn(key, String(name)), own)
        params.push(p)
        state.push(s)
        return layer.outputShape(shape)
      }, options.inputShape)
      return [collect(params), collect(state)]
    },
    apply: (params, state, x, options = {}) => {
      const where =
        options.path === undefined ? 'sequential' : `sequential at ${options.path.join('.')}`
      checkTree('parameters', params, names, where)
      checkTree('states', state, names, where)
      const next: unknown[] = []
      const y = steps.reduce<NdArray>((h, [name, layer]) => {
        const [out, s] = layer.apply(
          (params as Fields)[name],
          (state as Fields)[name],
          h,
          childOptions(options, name)
        )
        next.push(s)
        return out
      }, x)
      return [y, collect(next)]
    },
    outputShape: (inputShape) =>
      steps.reduce((shape, [, layer]) => layer.outputShape(shape), inputShape)
  }
}
