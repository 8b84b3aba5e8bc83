/** The state in which layers remember earlier positions, so that a sequence can be continued. */
import { ValueError, checkOptions } from '../core/errors.ts'
import type { PathEntry } from '../core/path.ts'
import {
  layerAt,
  requireCount,
  type AnyLayer,
  type CacheOptions,
  type Layer,
  requireLayer
} from './layer.ts'

const inside = (
  layer: AnyLayer,
  params: unknown,
  state: unknown,
  options: CacheOptions
): unknown => {
  if (layer.startCache !== undefined) return layer.startCache(params, state, options)
  const isList = Array.isArray(state)
  const made = Object.entries(layer.children).map(([name, child]) => {
    const entry: PathEntry = isList ? Number(name) : name
    const of = (tree: unknown): unknown => (tree as Readonly<Record<PathEntry, unknown>>)[name]
    const path = [...(options.path ?? []), entry]
    return [name, inside(child, of(params), of(state), { ...options, path })] as const
  })
  if (made.length === 0) return state
  return isList ? made.map(([, s]) => s) : Object.fromEntries(made)
}

const cached = (layer: AnyLayer): boolean =>
  layer.startCache !== undefined || Object.values(layer.children).some(cached)

/**
 * A state for generation: layers that mix positions (causal attention, positions, recurrences with
 * their last state) keep what they have seen. `apply` with it takes the next positions alone, one or
 * many, and gives what the pass over the whole sequence would give there.
 *
 * Errors: ValueError with the layer's path where attention is not causal, and when no layer inside
 * can remember anything.
 *
 * @example
 * const attend = nn.multiHeadAttention({ numHeads: 2, causal: true })
 * const x = random.normal(random.key(1), [1, 3, 4])
 * const [params, state] = attend.init(random.key(0), { inputShape: x.shape })
 * const all = attend.apply(params, state, x)[0]
 * const empty = nn.initCache(attend, params, state, { batchShape: [1], maxLength: 8 })
 * const [, after] = attend.apply(params, empty, x.slice(':', '0:2'))
 * const [last] = attend.apply(params, after, x.slice(':', '2:3'))
 * np.allclose(last, all.slice(':', '2:3'), { atol: 1e-6 }) // => true
 *
 * @category generation
 * @since 0.1.0
 */
export const initCache = <P, S, X, Y>(
  layer: Layer<P, S, X, Y>,
  params: P,
  state: S,
  options: CacheOptions
): S => {
  requireLayer('initCache', layer)
  checkOptions('initCache', options, ['batchShape', 'maxLength', 'path'])
  requireCount('initCache', 'maxLength', options.maxLength)
  if (!cached(layer))
    throw new ValueError('initCache', {
      problem: 'no layer of the network remembers positions',
      got: layerAt(layer.kind, options.path),
      expected: 'causal attention, positions or a recurrence somewhere inside',
      hint: 'set { causal: true } on the attention of a language model'
    })
  return inside(layer, params, state, options) as S // the same tree, with caches in it
}
