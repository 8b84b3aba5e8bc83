/**
 * Layers: pure functions over parameter trees. `init` makes parameters and state from a random key,
 * `apply` maps an input to an output and the next state. A network is a layer again.
 *
 * Shapes are those that `apply` will be given, batch axes and all; the extents of batch axes do not
 * matter. So `outputShape(x.shape)` is the shape of `apply(params, state, x)`.
 */
import { isArray, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import {
  ShapeError,
  ValueError,
  checkFunction,
  checkOptions,
  showArgument
} from '../core/errors.ts'
import { show as showPath, slashed, type Path, type PathEntry } from '../core/path.ts'
import { show, type Shape } from '../core/shape.ts'
import * as random from '../random/index.ts'
import { evalShape, shapeDType } from '../transforms/inspect.ts'

/** The shapes of a tree of arrays: a tree with a shape for each array. */
// The first test finds `any`, which would unfold without end.
export type ShapesOf<X> = 0 extends 1 & X
  ? X
  : X extends NdArray
    ? Shape
    : { readonly [K in keyof X]: ShapesOf<X[K]> }

export interface InitOptions<Shapes = Shape> {
  /** Shape of the input, with its batch axes; a tree of shapes where the input is a tree. */
  readonly inputShape: Shapes
  /** Element type of parameters: float32 by default. */
  readonly dtype?: DType
  /** Where the layer is in its network: for messages, set by the layers around it. */
  readonly path?: Path
}

export interface ApplyOptions {
  /** Randomness for dropout and its kin. */
  readonly key?: NdArray
  /** True while training: dropout drops, batch norm uses the statistics of the batch. */
  readonly train?: boolean
  /** Batch norm uses its running statistics, and leaves them as they are, while training too. */
  readonly frozenStatistics?: boolean
  /** What each layer inside a network gives goes through this: adapters and probes. */
  readonly intercept?: Interceptor
  /** Where the layer is in its network: for messages, set by the layers around it. */
  readonly path?: Path
}

/** What takes the place of a layer's output: `at` is the layer's path, as `features/conv1`. */
export type Interceptor = (output: unknown, at: string, kind: string) => unknown

/** How long what is remembered while generating may get, and for which batch. */
export interface CacheOptions {
  /** Axes in front of time: [1] for inputs [1, time]. */
  readonly batchShape: Shape
  /** The most positions that will be kept. */
  readonly maxLength: number
  /** Where the layer is in its network: for messages, set by the layers around it. */
  readonly path?: Path
}

/**
 * A pure function with parameters `P` and state `S`, both plain trees. Input and output are arrays,
 * or trees of them where a layer takes or gives several.
 */
export interface Layer<P = unknown, S = unknown, X = NdArray, Y = NdArray> {
  /** What it is: 'dense', 'conv', 'sequential' … */
  readonly kind: string
  readonly init: (key: NdArray, options: InitOptions<ShapesOf<X>>) => readonly [params: P, state: S]
  readonly apply: (params: P, state: S, x: X, options?: ApplyOptions) => readonly [y: Y, state: S]
  readonly outputShape: (inputShape: ShapesOf<X>) => ShapesOf<Y>
  /** The layers inside, by name, which have these names in parameters and state too. */
  readonly children: Readonly<Record<string, AnyLayer>>
  /** The state that remembers earlier positions, for layers that can: see `initCache`. */
  readonly startCache?: (params: P, state: S, options: CacheOptions) => S
}

/** Layers in a network have different parameters: each is only ever applied to its own. */
// `any` is existential here: Layer<unknown> would not accept a Layer<P>.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyLayer = Layer<any, any, any, any>

/** A layer, or a function of arrays (an activation), which is a layer without parameters. */
export type LayerLike = AnyLayer | ((x: NdArray) => NdArray)

/** The tree of what has nothing to learn or to remember. */
export interface Empty {}

export const empty: Empty = Object.freeze({})

// Functions come first: they have an `apply` of their own.
/** What a layer takes. */
export type InputOf<L> = L extends (x: infer X) => unknown
  ? NdArray extends X
    ? NdArray
    : X
  : L extends {
        readonly apply: (params: never, state: never, x: infer X, ...rest: never[]) => unknown
      }
    ? X
    : never
/** What a layer gives. */
export type OutputOf<L> = L extends (...args: never[]) => unknown
  ? NdArray
  : L extends {
        readonly apply: (...args: never[]) => readonly [infer Y, unknown]
      }
    ? Y
    : never
export type ParamsOf<L> = L extends {
  readonly init: (...args: never[]) => readonly [infer P, unknown]
}
  ? P
  : Empty
export type StateOf<L> = L extends {
  readonly init: (...args: never[]) => readonly [unknown, infer S]
}
  ? S
  : Empty

/** The name of a layer in messages: its kind, and its path where it is inside another. */
export const layerAt = (kind: string, path: Path | undefined): string =>
  path === undefined || path.length === 0 ? kind : `${kind} at ${showPath(path)}`

/** The options for a child: its own path, and its own key folded from its name. */
export const childOptions = (options: ApplyOptions, name: PathEntry): ApplyOptions => ({
  ...options,
  path: [...(options.path ?? []), name],
  ...(options.key === undefined ? {} : { key: random.foldIn(options.key, String(name)) })
})

/** A layer inside of another one, applied with the options that are its own. */
export const applyChild = <P, S, X, Y>(
  layer: Layer<P, S, X, Y>,
  params: P,
  state: S,
  x: X,
  own: ApplyOptions
): readonly [y: Y, state: S] => {
  const [y, next] = layer.apply(params, state, x, own)
  if (own.intercept === undefined) return [y, next]
  const seen = own.intercept(y, slashed(own.path ?? []), layer.kind)
  return [seen as Y, next] // an interceptor keeps the type of what it is given
}

export const childInit = <Shapes>(
  options: InitOptions<unknown>,
  name: PathEntry,
  inputShape: Shapes
): InitOptions<Shapes> => ({
  ...options,
  inputShape,
  path: [...(options.path ?? []), name]
})

/** A ShapeError that names the layer's path. */
export const misfit = (
  kind: string,
  path: Path | undefined,
  got: Shape,
  expected: string,
  hint: string
): ShapeError =>
  new ShapeError(layerAt(kind, path), {
    problem: 'the layer cannot take an input of this shape',
    got: `an input of shape ${show(got)}`,
    expected,
    hint
  })

/** The key, or a ValueError that names the layer's path. */
export const requireKey = (kind: string, options: ApplyOptions): NdArray => {
  if (isArray(options.key)) return options.key
  throw new ValueError(layerAt(kind, options.path), {
    problem: 'the layer needs a random key while training',
    got: 'apply without a key',
    expected: 'apply(params, state, x, { key, train: true })',
    hint: 'random.split gives a fresh key for every step; { train: false } needs none'
  })
}

/** Throws a ValueError that names `name` unless the value is a positive integer. */
export const requireCount = (kind: string, name: string, value: unknown): void => {
  if (Number.isInteger(value) && (value as number) > 0) return
  throw new ValueError(kind, {
    problem: `${name} is no count`,
    got: `${name}: ${String(value)}`,
    expected: 'an integer from 1 on',
    hint: `for example { ${name}: 64 }`
  })
}

export interface LambdaOptions {
  readonly kind?: string
}

/**
 * A layer without parameters from a function of arrays.
 *
 * @category layers
 * @since 0.1.0
 */
export const lambda = (
  f: (x: NdArray) => NdArray,
  options: LambdaOptions = {}
): Layer<Empty, Empty> => {
  checkFunction('lambda', f)
  checkOptions('lambda', options, ['kind'])
  return {
    kind: options.kind ?? (f.name === '' ? 'lambda' : f.name),
    init: () => [empty, empty],
    apply: (_params, state, x) => [f(x), state],
    outputShape: (inputShape) => evalShape(f, shapeDType(inputShape)).shape,
    children: {}
  }
}

/** Throws unless the argument is a layer. */
export const requireLayer = (operation: string, of: unknown): void => {
  if (typeof of === 'object' && of !== null && 'apply' in of && 'init' in of) return
  throw new ValueError(operation, {
    problem: 'an argument is no layer',
    got: showArgument(of),
    expected: 'what nn.dense, nn.sequential … return, with init and apply',
    hint: 'nn.lambda(f) makes a layer of a function'
  })
}

/** A layer from a layer or a function. */
export const toLayer = (of: LayerLike): AnyLayer => {
  if (typeof of === 'function') return lambda(of)
  requireLayer('layers', of)
  return of
}
