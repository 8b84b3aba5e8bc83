/** Prompts that are learned: rows in front of a sequence, or keys and values in front of those of attention. */
import { isArray, type NdArray } from '../core/array.ts'
import { ShapeError, StructureError, ValueError, checkOptions } from '../core/errors.ts'
import { show, type Shape } from '../core/shape.ts'
import * as lax from '../lax/index.ts'
import type { KeyValueCache } from '../nn/attention/key-value-cache.ts'
import { initCache } from '../nn/cache.ts'
import type { Layer } from '../nn/layer.ts'
import * as np from '../numpy/index.ts'
import * as random from '../random/index.ts'
import { insertAt, type AdapterTree } from './adaptation.ts'

const checkLength = (operation: string, length: number): void => {
  if (Number.isInteger(length) && length > 0) return
  throw new ValueError(operation, {
    problem: 'length is no number of positions',
    got: `length: ${String(length)}`,
    expected: 'an integer from 1 on',
    hint: '10 to 100 positions are common'
  })
}

export interface PromptParams {
  readonly prompt: NdArray // [length, features]
}

/**
 * Prompt tuning: `init(key, features)` makes rows, `apply` puts them in front of embedded input.
 *
 * Shape:  apply takes [..., time, features] and gives [..., length + time, features].
 * Errors: ValueError for a length that is none; ShapeError for other features.
 * Source: Lester, Al-Rfou & Constant 2021.
 *
 * @example
 * const method = promptTuning({ length: 3 })
 * const params = method.init(random.key(0), 4)
 * method.apply(params, np.ones([2, 5, 4])).shape // => [2, 8, 4]
 *
 * @category adapters
 * @since 0.1.0
 */
export const promptTuning = (options: { readonly length: number }) => {
  checkOptions('promptTuning', options, ['length'])
  const { length } = options
  checkLength('promptTuning', length)
  return {
    init: (key: NdArray, features: number): PromptParams => ({
      prompt: lax.mul(random.normal(key, [length, features]), 0.02)
    }),
    apply: ({ prompt }: PromptParams, embedded: NdArray): NdArray => {
      if (embedded.ndim < 2 || embedded.shape[embedded.ndim - 1] !== prompt.shape[1])
        throw new ShapeError('promptTuning', {
          problem: 'the prompt does not fit the input',
          got: `prompt ${show(prompt.shape)}, input ${show(embedded.shape)}`,
          expected: `[..., time, ${prompt.shape[1]}]`,
          hint: 'apply the prompt behind the embedding, and init it with its features'
        })
      const rows = np.broadcastTo(prompt, [...embedded.shape.slice(0, -2), ...prompt.shape])
      return lax.concatenate([rows.astype(embedded.dtype), embedded], embedded.ndim - 2)
    }
  }
}

export interface PrefixParts {
  readonly key: NdArray // [length, heads, H]
  readonly value: NdArray // [length, heads, H]
}

export type PrefixAdapter = AdapterTree<PrefixParts>

type Fields = Readonly<Record<string, unknown>>

const isCache = (x: unknown): x is KeyValueCache =>
  typeof x === 'object' &&
  x !== null &&
  'key' in x &&
  'value' in x &&
  'length' in x &&
  isArray(x.key)

/** The state with `f` of every cache of keys and values, by the path of its attention. */
const mapCaches = (
  state: unknown,
  f: (cache: KeyValueCache, path: readonly string[]) => KeyValueCache,
  path: readonly string[] = []
): unknown => {
  if (typeof state !== 'object' || state === null || isArray(state)) return state
  if (Array.isArray(state)) return state.map((s, i) => mapCaches(s, f, [...path, String(i)]))
  return Object.fromEntries(
    Object.entries(state as Fields).map(([name, s]) => [
      name,
      name === 'cache' && isCache(s) ? f(s, path) : mapCaches(s, f, [...path, name])
    ])
  )
}

export interface PrefixOptions {
  /** Axes in front of time: [batch]. */
  readonly batchShape: Shape
  /** The most positions of the sequence itself. */
  readonly maxLength: number
}

/**
 * Prefix tuning of a causal language model: keys and values that every attention sees before those
 * of the sequence. `state(layer, params, state, prefix, …)` is the state to apply the layer with.
 *
 * Errors: ValueError for a length that is none, and with a layer's path where attention is not
 *         causal; StructureError with the path of an attention without prefix.
 * Source: Li & Liang 2021; the keys and values themselves are the parameters, as in PEFT.
 *
 * @example
 * const block = nn.transformerEncoderLayer({ features: 8, numHeads: 2, causal: true })
 * const x = np.ones([1, 4, 8])
 * const [params, state] = block.init(random.key(0), { inputShape: x.shape })
 * const method = prefixTuning({ length: 3 })
 * const prefix = method.init(random.key(1), block, params, state)
 * const begin = method.state(block, params, state, prefix, { batchShape: [1], maxLength: 4 })
 * block.apply(params, begin, x)[0].shape // => [1, 4, 8]
 *
 * @category adapters
 * @since 0.1.0
 */
export const prefixTuning = (options: { readonly length: number }) => {
  checkOptions('prefixTuning', options, ['length'])
  const { length } = options
  checkLength('prefixTuning', length)
  return {
    init: <P, S, X, Y>(
      key: NdArray,
      layer: Layer<P, S, X, Y>,
      params: P,
      state: S
    ): PrefixAdapter => {
      const cached = initCache(layer, params, state, { batchShape: [], maxLength: length })
      let adapter: PrefixAdapter = {}
      mapCaches(cached, (cache, path) => {
        const own = random.foldIn(key, path.join('/'))
        const draw = (name: string): NdArray =>
          lax.mul(random.normal(random.foldIn(own, name), cache.key.shape), 0.02)
        adapter = insertAt(adapter, [...path, 'prefix'], { key: draw('key'), value: draw('value') })
        return cache
      })
      return adapter
    },
    state: <P, S, X, Y>(
      layer: Layer<P, S, X, Y>,
      params: P,
      state: S,
      prefix: PrefixAdapter,
      { batchShape, maxLength }: PrefixOptions
    ): S => {
      const cached = initCache(layer, params, state, { batchShape, maxLength: length + maxLength })
      return mapCaches(cached, (cache, path) => {
        const own = [...path, 'prefix'].reduce<unknown>(
          (node, step) => (node as Fields | undefined)?.[step],
          prefix
        ) as PrefixParts | undefined
        if (own === undefined || !isArray(own.key) || !isArray(own.value))
          throw new StructureError('prefixTuning', {
            problem: 'an attention has no prefix',
            got: `no ${[...path, 'prefix'].join('/')} among the prefixes`,
            expected: 'a key and a value for every attention of the network',
            hint: 'use the prefixes that init made for this network'
          })
        const put = (empty: NdArray, rows: NdArray): NdArray =>
          lax.dynamicUpdateSliceInDim(
            empty,
            np.broadcastTo(rows, [...batchShape, ...rows.shape]).astype(empty.dtype),
            0,
            batchShape.length
          )
        return {
          key: put(cache.key, own.key),
          value: put(cache.value, own.value),
          length: lax.full([], length, 'int32')
        }
      }) as S // the same tree, with its caches begun
    }
  }
}
