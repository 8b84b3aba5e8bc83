/** Attention with learned projections, of several heads, with a cache for generation. */
import { isArray, type NdArray } from '../../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../../core/errors.ts'
import { show, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import * as random from '../../random/index.ts'
import { zeros as zeroInit, type Initializer } from '../initializers/simple.ts'
import { xavierNormal } from '../initializers/variance-scaling.ts'
import {
  applyChild,
  childInit,
  childOptions,
  empty,
  layerAt,
  misfit,
  requireCount,
  type ApplyOptions,
  type Empty,
  type Layer,
  type ShapesOf
} from '../layer.ts'
import { dense, type DenseOptions, type DenseParams } from '../layers/dense.ts'
import { dropout } from '../layers/dropout.ts'
import { attentionWeights, weighted, type DotProductAttentionOptions } from './dot-product.ts'
import { withExtraKeys } from './extra-keys.ts'
import { positionMask, startKeyValues, update, type KeyValueCache } from './key-value-cache.ts'
import { alibi, rotary, rotaryNames, type RotaryOptions } from './rotary.ts'

export interface MultiHeadAttentionOptions {
  readonly numHeads: number
  /** Features of the output: those of the query by default. */
  readonly features?: number
  /** Features of all heads together: those of the query by default. */
  readonly qkvFeatures?: number
  /** Heads of keys and values, which groups of query heads share: numHeads by default. */
  readonly numKeyValueHeads?: number
  /** A position sees itself and those before it. */
  readonly causal?: boolean
  /** How far a position sees to either side, or [left, right]. */
  readonly localWindowSize?: number | readonly [left: number, right: number]
  /** Weights that become zero while training. */
  readonly dropout?: number
  readonly useBias?: boolean
  /** A bias in the projection of the output: as useBias by default. */
  readonly outBias?: boolean
  /** Turns queries and keys by their positions. */
  readonly rotary?: boolean | Omit<RotaryOptions, 'positions'>
  /** Adds a bias that falls with distance. */
  readonly alibi?: boolean
  /** 1 / √(features of a head) by default. */
  readonly scale?: number
  /** A learned key and value that every query sees besides. */
  readonly addKeyValueBias?: boolean
  /** A key and value of zeros that every query sees besides. */
  readonly addZeroAttention?: boolean
  /** Gives `{ output, weights }`: of every head, or their mean. */
  readonly returnWeights?: 'perHead' | 'averaged'
  readonly kernelInit?: Initializer
  readonly biasInit?: Initializer
}

export interface MultiHeadAttentionParams {
  readonly query: DenseParams // [in, heads · H]
  readonly key: DenseParams // [in, keyValueHeads · H]
  readonly value: DenseParams // [in, keyValueHeads · H]
  readonly out: DenseParams // [heads · H, features]
  readonly keyBias?: NdArray // [keyValueHeads · H]
  readonly valueBias?: NdArray // [keyValueHeads · H]
}

/** Of the projections, which have none, and the keys and values seen so far while generating. */
export interface MultiHeadAttentionState {
  readonly query: Empty
  readonly key: Empty
  readonly value: Empty
  readonly out: Empty
  readonly cache?: KeyValueCache
}

/** Queries, what they look at, and what they may see. */
export interface AttentionInput {
  readonly query: NdArray // [..., T, in]
  /** The query itself by default. Shape: [..., S, in]. */
  readonly key?: NdArray
  /** The key by default. Shape: [..., S, in]. */
  readonly value?: NdArray
  /** Where true, a query sees a key. Shape: bool, broadcasts to [..., heads, T, S]. */
  readonly mask?: NdArray
  /** Which keys are no padding. Shape: bool [..., S]; S is the maxLength of a cache. */
  readonly keyMask?: NdArray
  /** Added to the logits. Shape: broadcasts to [..., heads, T, S]. */
  readonly bias?: NdArray
}

export interface AttentionResult {
  readonly output: NdArray // [..., T, features]
  readonly weights: NdArray // [..., heads, T, S], or [..., T, S]
}

/** What the layer gives, as its options ask; either where their type leaves it open. */
export type AttentionOutput<O> = O extends { readonly returnWeights: string }
  ? AttentionResult
  : 'returnWeights' extends keyof O
    ? NdArray | AttentionResult
    : NdArray

export const attentionNames = [
  'numHeads',
  'features',
  'qkvFeatures',
  'numKeyValueHeads',
  'causal',
  'localWindowSize',
  'dropout',
  'useBias',
  'outBias',
  'rotary',
  'alibi',
  'scale',
  'addKeyValueBias',
  'addZeroAttention',
  'returnWeights',
  'kernelInit',
  'biasInit'
]

const kind = 'multiHeadAttention'

interface Shapes {
  readonly query: Shape
  readonly key: Shape
  readonly value: Shape
}

const shapesFrom = (given: ShapesOf<NdArray | AttentionInput>): Shapes => {
  if (!('query' in given)) return { query: given, key: given, value: given }
  const { query, key = query, value = key } = given
  return { query, key, value }
}

/**
 * Attention: queries, keys and values are affine in their inputs, each head attends on its own
 * features, and the heads together are mapped to the output. An array is its own query, key and
 * value (self-attention); `{ query, key, value }` looks elsewhere (cross-attention).
 *
 * Shape:  [..., T, in] -> [..., T, features].
 * Errors: ShapeError with the layer's path for other features; ValueError for heads that do not
 *         divide, or when it trains with dropout and without a key.
 * Source: Vaswani et al. 2017.
 *
 * @example
 * const layer = nn.multiHeadAttention({ numHeads: 4, numKeyValueHeads: 2, causal: true })
 * const x = np.ones([2, 5, 16])
 * const [params, state] = layer.init(random.key(0), { inputShape: x.shape })
 * params.key.kernel.shape // => [16, 8]
 * layer.apply(params, state, x)[0].shape // => [2, 5, 16]
 *
 * @category attention
 * @since 0.1.0
 */
export const multiHeadAttention = <const O extends MultiHeadAttentionOptions>(
  options: O
): Layer<
  MultiHeadAttentionParams,
  MultiHeadAttentionState,
  NdArray | AttentionInput,
  AttentionOutput<O>
> => {
  checkOptions(kind, options, attentionNames)
  const { numHeads, numKeyValueHeads = numHeads, causal = false } = options
  const { useBias = true, outBias = useBias, returnWeights } = options
  requireCount(kind, 'numHeads', numHeads)
  requireCount(kind, 'numKeyValueHeads', numKeyValueHeads)
  if (numHeads % numKeyValueHeads !== 0)
    throw new ValueError(kind, {
      problem: 'the heads of keys and values do not divide those of queries',
      got: `numHeads: ${numHeads}, numKeyValueHeads: ${numKeyValueHeads}`,
      expected: 'a divisor of numHeads',
      hint: 'each group of query heads shares one head of keys and values'
    })
  const turn = typeof options.rotary === 'object' ? options.rotary : {}
  checkOptions('multiHeadAttention rotary', turn, rotaryNames.slice(0, 3))
  const drop = dropout({ rate: options.dropout ?? 0 })
  const begin = {
    kernelInit: options.kernelInit ?? xavierNormal(),
    biasInit: options.biasInit ?? zeroInit
  }

  const projections = (shapes: Shapes) => {
    const inFeatures = shapes.query[shapes.query.length - 1]
    const { qkvFeatures = inFeatures, features = inFeatures } = options
    const width = (qkvFeatures / numHeads) * numKeyValueHeads
    const layer = (n: number, bias: boolean): DenseOptions => ({
      features: n,
      useBias: bias,
      ...begin
    })
    return {
      query: dense(layer(qkvFeatures, useBias)),
      key: dense(layer(width, useBias)),
      value: dense(layer(width, useBias)),
      out: dense(layer(features, outBias))
    }
  }
  // dense.apply reads its parameters alone, so these serve for every width.
  const map = dense({ features: 1 })

  const checkInit = (shapes: Shapes, path: ApplyOptions['path']): void => {
    const { query } = shapes
    if (Object.values(shapes).some((s: Shape) => s.length < 2))
      throw misfit(kind, path, query, '[..., time, features]', 'time is the axis before the last')
    const all = options.qkvFeatures ?? query[query.length - 1]
    if (all % numHeads !== 0)
      throw misfit(
        kind,
        path,
        query,
        `features that ${numHeads} heads divide`,
        'set { qkvFeatures } to a multiple of numHeads'
      )
  }

  const heads = (x: NdArray, count: number): NdArray =>
    lax.reshape(x, [...x.shape.slice(0, -1), count, x.shape[x.ndim - 1] / count])

  const checkApply = (
    params: MultiHeadAttentionParams,
    { query, key, value }: { query: NdArray; key: NdArray; value: NdArray },
    path: ApplyOptions['path']
  ): void => {
    if (query.ndim < 2 || key.ndim !== query.ndim || value.ndim !== query.ndim)
      throw new ShapeError(layerAt(kind, path), {
        problem: 'queries, keys and values do not fit together',
        got: `query ${show(query.shape)}, key ${show(key.shape)}, value ${show(value.shape)}`,
        expected: '[..., time, features] each, with the same batch axes',
        hint: 'np.expandDims adds an axis, np.broadcastTo repeats along it'
      })
    const width = params.query.kernel.shape[0]
    if (query.shape[query.ndim - 1] !== width)
      throw misfit(
        kind,
        path,
        query.shape,
        `[..., time, ${width}], as init was given`,
        'init with the inputShape that apply gets'
      )
  }

  return {
    kind,
    children: projections({ query: [1, numHeads], key: [1, numHeads], value: [1, numHeads] }),
    init: (key, given) => {
      const shapes = shapesFrom(given.inputShape)
      checkInit(shapes, given.path)
      const parts = projections(shapes)
      const { query: q } = shapes
      const all = options.qkvFeatures ?? q[q.length - 1]
      const make = (name: keyof typeof parts, shape: Shape): DenseParams =>
        parts[name].init(random.foldIn(key, name), childInit(given, name, shape))[0]
      const extra = (name: string): NdArray =>
        xavierNormal()(
          random.foldIn(key, name),
          [1, (all / numHeads) * numKeyValueHeads],
          given.dtype
        ).reshape([(all / numHeads) * numKeyValueHeads])
      return [
        {
          query: make('query', shapes.query),
          key: make('key', shapes.key),
          value: make('value', shapes.value),
          out: make('out', [...q.slice(0, -1), all]),
          ...(options.addKeyValueBias === true
            ? { keyBias: extra('keyBias'), valueBias: extra('valueBias') }
            : {})
        },
        { query: empty, key: empty, value: empty, out: empty }
      ]
    },
    apply: (params, state, given, applied = {}) => {
      const input: AttentionInput = isArray(given) ? { query: given } : given
      const { query, key = query, value = key } = input
      checkApply(params, { query, key, value }, applied.path)
      const project = (name: 'query' | 'key' | 'value', x: NdArray, count: number): NdArray =>
        heads(applyChild(map, params[name], empty, x, childOptions(applied, name))[0], count)
      const q0 = project('query', query, numHeads)
      const k0 = project('key', key, numKeyValueHeads)
      const v0 = project('value', value, numKeyValueHeads)
      const { cache } = state
      const position = cache === undefined ? {} : { positions: cache.length }
      const rotated = options.rotary !== undefined && options.rotary !== false
      const q = rotated ? rotary(q0, { ...turn, ...position }) : q0
      const k1 = rotated ? rotary(k0, { ...turn, ...position }) : k0
      const t = q.shape[q.ndim - 3]
      const seen = cache === undefined ? undefined : update(cache, k1, v0)
      const [k, v] = seen === undefined ? [k1, v0] : [seen.key, seen.value]
      const s = k.shape[k.ndim - 3]

      const keyMask =
        input.keyMask === undefined
          ? undefined
          : lax.expandDims(input.keyMask, [input.keyMask.ndim - 1, input.keyMask.ndim - 1])
      const allowed = positionMask(t, s, cache?.length, {
        causal,
        ...(options.localWindowSize === undefined
          ? {}
          : { localWindowSize: options.localWindowSize })
      })
      const masks = [input.mask, keyMask, allowed].filter((m) => m !== undefined)
      const slope =
        options.alibi === true ? alibi(numHeads, t, s, { offset: cache?.length ?? 0 }) : undefined
      const biases = [input.bias, slope].filter((b) => b !== undefined)
      const { keyBias, valueBias } = params
      const learned =
        keyBias === undefined || valueBias === undefined
          ? undefined
          : ([heads(keyBias, numKeyValueHeads), heads(valueBias, numKeyValueHeads)] as const)
      const sight: DotProductAttentionOptions = {
        ...(options.scale === undefined ? {} : { scale: options.scale }),
        ...(masks.length === 0 ? {} : { mask: masks.reduce((a, b) => np.logicalAnd(a, b)) }),
        ...(biases.length === 0 ? {} : { bias: biases.reduce((a, b) => np.add(a, b)) })
      }
      const zeros = options.addZeroAttention === true
      const [kk, vv, settings] = withExtraKeys(k, v, sight, { learned, zeros })
      const weights = attentionWeights(q, kk, settings)
      const kept = drop.apply(empty, empty, weights, childOptions(applied, 'dropout'))[0]
      const joined = weighted(kept, vv)
      const flat = lax.reshape(joined, [
        ...joined.shape.slice(0, -2),
        joined.shape[joined.ndim - 2] * joined.shape[joined.ndim - 1]
      ])
      const output = applyChild(map, params.out, empty, flat, childOptions(applied, 'out'))[0]
      const next = seen === undefined ? state : { ...state, cache: seen }
      if (returnWeights === undefined) return [output as AttentionOutput<O>, next]
      const shown = returnWeights === 'averaged' ? np.mean(kept, { axis: -3 }) : kept
      return [{ output, weights: shown } as unknown as AttentionOutput<O>, next]
    },
    outputShape: (inputShape) => {
      const { query, key } = shapesFrom(inputShape)
      const { features = query[query.length - 1] } = options
      const output = [...query.slice(0, -1), features]
      if (returnWeights === undefined) return output as unknown as ShapesOf<AttentionOutput<O>>
      const s =
        key[key.length - 2] +
        (options.addKeyValueBias === true ? 1 : 0) +
        (options.addZeroAttention === true ? 1 : 0)
      const [lead, t] = [query.slice(0, -2), query[query.length - 2]]
      const weights = returnWeights === 'averaged' ? [...lead, t, s] : [...lead, numHeads, t, s]
      return { output, weights } as unknown as ShapesOf<AttentionOutput<O>>
    },
    startCache: (params, state, { batchShape, maxLength, path }) => {
      const width = params.key.kernel.shape[1] / numKeyValueHeads
      if (causal)
        return {
          ...state,
          cache: startKeyValues(
            [...batchShape, maxLength, numKeyValueHeads, width],
            params.key.kernel.dtype
          )
        }
      throw new ValueError(layerAt(kind, path), {
        problem: 'attention that sees later positions cannot be continued',
        got: 'causal: false',
        expected: 'multiHeadAttention({ causal: true })',
        hint: 'a mask given with the input does not say what later inputs will see'
      })
    }
  }
}
