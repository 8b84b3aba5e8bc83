/** The short form for networks that remember nothing between calls. */
import { requireLayer } from './layer.ts'
import type { NdArray } from '../core/array.ts'
import { StructureError } from '../core/errors.ts'
import { slashed } from '../core/path.ts'
import * as tree from '../core/tree.ts'
import type { AnyLayer, ApplyOptions, InitOptions, Layer, ShapesOf } from './layer.ts'

/** A layer without state: parameters in, an array out. */
export interface Stateless<P, X = NdArray, Y = NdArray> {
  /** What it is, and the layers inside, as the layer has them: selections by kind read both. */
  readonly kind: string
  readonly children: Readonly<Record<string, AnyLayer>>
  readonly init: (key: NdArray, options: InitOptions<ShapesOf<X>>) => P
  readonly apply: (params: P, x: X, options?: ApplyOptions) => Y
  readonly outputShape: (inputShape: ShapesOf<X>) => ShapesOf<Y>
}

const requireEmpty = (state: unknown): void => {
  const [entries] = tree.flattenWithPath(state, 'stateless')
  if (entries.length === 0) return
  throw new StructureError('stateless', {
    problem: 'the layer has state',
    got: entries.map(([path]) => slashed(path)).join(', '),
    expected: 'a layer that remembers nothing between calls',
    hint: 'use layer.init and layer.apply, which take the state and return the next one'
  })
}

/** The state of a layer without state: empty nodes, one for each layer inside. */
const emptyState = (layer: AnyLayer): unknown => {
  const entries = Object.entries(layer.children).map(
    ([name, child]) => [name, emptyState(child)] as const
  )
  const isList = entries.length > 0 && entries.every(([name], i) => name === String(i))
  return isList ? entries.map(([, state]) => state) : Object.fromEntries(entries)
}

/**
 * `init(key, { inputShape }) → params` and `apply(params, x) → y`.
 *
 * Errors: StructureError with the paths when the layer has state (batch norm).
 *
 * @example
 * const net = stateless(nn.sequential([nn.dense({ features: 2 })]))
 * net.apply(net.init(random.key(0), { inputShape: [1, 3] }), np.zeros([5, 3])).shape // => [5, 2]
 *
 * @category combinators
 * @since 0.1.0
 */
export const stateless = <P, S, X, Y>(layer: Layer<P, S, X, Y>): Stateless<P, X, Y> => {
  requireLayer('stateless', layer)
  const state = emptyState(layer) as S // init has no other: it is checked there
  return {
    kind: layer.kind,
    children: layer.children,
    init: (key, options) => {
      const [params, made] = layer.init(key, options)
      requireEmpty(made)
      return params
    },
    apply: (params, x, options) => layer.apply(params, state, x, options)[0],
    outputShape: layer.outputShape
  }
}
