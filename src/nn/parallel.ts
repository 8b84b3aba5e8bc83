/** Layers beside each other. */
import * as random from '../random/index.ts'
import type { NdArray } from '../core/array.ts'
import { checkTree } from './check-tree.ts'
import { childrenOf, type Fields, type Layers } from './children.ts'
import {
  applyChild,
  childInit,
  childOptions,
  type Layer,
  type OutputOf,
  type ParamsOf,
  type ShapesOf,
  type StateOf
} from './layer.ts'

export type ParallelParams<L> = { readonly [K in keyof L]: ParamsOf<L[K]> }
export type ParallelState<L> = { readonly [K in keyof L]: StateOf<L[K]> }
/** One output for each layer, as the layers were given. */
export type ParallelOutput<L> = { readonly [K in keyof L]: OutputOf<L[K]> }

/**
 * Every layer gets the same input; the output is a tuple or an object, as the layers were given.
 * `compose` joins them into one array.
 *
 * @example
 * const heads = nn.parallel({ mean: nn.dense({ features: 2 }), spread: nn.softplus })
 * const [params, state] = heads.init(random.key(0), { inputShape: [1, 3] })
 * const [{ mean, spread }] = heads.apply(params, state, np.ones([5, 3]))
 * mean.shape // => [5, 2]
 * spread.shape // => [5, 3]
 *
 * @category combinators
 * @since 0.1.0
 */
export const parallel = <const L extends Layers>(
  layers: L
): Layer<ParallelParams<L>, ParallelState<L>, NdArray, ParallelOutput<L>> => {
  const { parts, names, byName, collect } = childrenOf(layers)
  return {
    kind: 'parallel',
    children: byName,
    init: (key, options) => {
      const made = parts.map(([name, layer]) =>
        layer.init(random.foldIn(key, String(name)), childInit(options, name, options.inputShape))
      )
      return [collect(made.map(([p]) => p as unknown)), collect(made.map(([, s]) => s as unknown))]
    },
    apply: (params, state, x, options = {}) => {
      checkTree('parallel', 'parameters', params, names, options.path)
      checkTree('parallel', 'states', state, names, options.path)
      const made = parts.map(([name, layer]) =>
        applyChild(
          layer,
          (params as Fields)[name],
          (state as Fields)[name],
          x,
          childOptions(options, name)
        )
      )
      return [collect(made.map(([y]) => y as unknown)), collect(made.map(([, s]) => s as unknown))]
    },
    outputShape: (inputShape) =>
      collect<ShapesOf<ParallelOutput<L>>>(
        parts.map(([, layer]) => layer.outputShape(inputShape) as unknown)
      )
  }
}
