/** A network whose forward pass is a function of its layers. */
import { checkOptions, checkFunction } from '../core/errors.ts'
import { isArray, type NdArray } from '../core/array.ts'
import type { Shape } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as random from '../random/index.ts'
import { evalShape, shapeDType } from '../transforms/inspect.ts'
import { checkTree } from './check-tree.ts'
import { childrenOf } from './children.ts'
import {
  applyChild,
  childInit,
  childOptions,
  type ApplyOptions,
  type InitOptions,
  type InputOf,
  type Layer,
  type LayerLike,
  type OutputOf,
  type ParamsOf,
  type ShapesOf,
  type StateOf
} from './layer.ts'

type Children = Readonly<Record<string, LayerLike>>

/** The layers as functions: parameters, states, keys and paths are passed along unseen. */
export type Callable<C> = { readonly [K in keyof C]: (x: InputOf<C[K]>) => OutputOf<C[K]> }
export type ComposeParams<C> = { readonly [K in keyof C]: ParamsOf<C[K]> }
export type ComposeState<C> = { readonly [K in keyof C]: StateOf<C[K]> }

export interface ComposeOptions {
  /** What it is, for messages and summaries: 'compose' by default. */
  readonly kind?: string
}

export const isShape = (x: unknown): x is Shape =>
  Array.isArray(x) && x.every((n) => typeof n === 'number')

export const overShapes = (shapes: unknown, f: (shape: Shape) => unknown): unknown => {
  if (isShape(shapes)) return f(shapes)
  if (Array.isArray(shapes)) return shapes.map((s: unknown) => overShapes(s, f))
  const fields = Object.entries(shapes as object).filter(([, s]) => s !== undefined)
  return Object.fromEntries(fields.map(([name, s]) => [name, overShapes(s, f)]))
}

/** The shapes of a tree of arrays. */
export const shapesOf = <X>(x: X): ShapesOf<X> =>
  tree.map((leaf: unknown) => (isArray(leaf) ? leaf.shape : []), x) as ShapesOf<X>

/**
 * A layer from layers and a function that calls them. The same function runs for `apply` and, on
 * shapes alone, for `init`: it must call the same layers whatever the values are.
 *
 * A layer that is called twice shares its parameters between the calls.
 *
 * @example
 * const gated = nn.compose(
 *   { value: nn.dense({ features: 4 }), gate: nn.dense({ features: 4 }) },
 *   (layers, x: NdArray) => layers.value(x).mul(nn.sigmoid(layers.gate(x)))
 * )
 * const [params, state] = gated.init(random.key(0), { inputShape: [1, 3] })
 * gated.apply(params, state, np.ones([2, 3]))[0].shape // => [2, 4]
 *
 * @category combinators
 * @since 0.1.0
 */
export const compose = <const C extends Children, X = NdArray, Y = NdArray>(
  layers: C,
  run: (layers: Callable<C>, x: X, options: ApplyOptions) => Y,
  options: ComposeOptions = {}
): Layer<ComposeParams<C>, ComposeState<C>, X, Y> => {
  checkOptions('compose', options, ['kind'])
  checkFunction('compose', run)
  const { kind = 'compose' } = options
  const { names, byName: children } = childrenOf(layers)

  /** Runs with shapes alone; `seen` gets the shapes that each layer is called with first. */
  const runShapes = (inputShape: unknown, seen: Map<string, unknown>): ShapesOf<Y> => {
    const abstract = Object.fromEntries(
      Object.entries(children).map(([name, layer]) => [
        name,
        (x: unknown) => {
          const shapes = shapesOf(x)
          if (!seen.has(name)) seen.set(name, shapes)
          return overShapes(layer.outputShape(shapes), (shape) => lax.full(shape, 0, 'float32'))
        }
      ])
    ) as unknown as Callable<C>
    const x = overShapes(inputShape, (shape) => lax.full(shape, 0, 'float32'))
    const out = evalShape((_unused: NdArray) => run(abstract, x as X, {}), shapeDType([]))
    return shapesOf(out)
  }

  return {
    kind,
    children,
    init: (key, options: InitOptions<ShapesOf<X>>) => {
      const seen = new Map<string, unknown>()
      runShapes(options.inputShape, seen)
      const made = Object.entries(children).map(([name, layer]) => {
        const own = childInit(options, name, seen.get(name) ?? [])
        return [name, layer.init(random.foldIn(key, name), own)] as const
      })
      return [
        Object.fromEntries(made.map(([name, [p]]) => [name, p])) as ComposeParams<C>,
        Object.fromEntries(made.map(([name, [, s]]) => [name, s])) as ComposeState<C>
      ]
    },
    apply: (params, state, x, options = {}) => {
      checkTree(kind, 'parameters', params, names, options.path)
      checkTree(kind, 'states', state, names, options.path)
      const next: Record<string, unknown> = { ...state }
      const calls = new Map<string, number>()
      const callable = Object.fromEntries(
        Object.entries(children).map(([name, layer]) => [
          name,
          (h: unknown) => {
            const count = calls.get(name) ?? 0
            calls.set(name, count + 1)
            const own = childOptions(options, name)
            const again =
              count === 0 || own.key === undefined
                ? own
                : { ...own, key: random.foldIn(own.key, count) }
            const [y, s] = applyChild(layer, params[name], next[name], h, again)
            next[name] = s
            return y as unknown
          }
        ])
      ) as unknown as Callable<C>
      return [run(callable, x, options), next as ComposeState<C>]
    },
    outputShape: (inputShape) => runShapes(inputShape, new Map())
  }
}
