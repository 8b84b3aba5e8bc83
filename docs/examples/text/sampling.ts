/** Sequences drawn from a network that predicts the next element, one by one from its cache. */
import { jit, lax, nn, np, random, type NdArray } from 'cotangent'

export interface SamplingOptions {
  /** How many elements to draw. */
  readonly length: number
  /** Below 1 the likely gets likelier. */
  readonly temperature?: number
  /** Only the k likeliest are drawn from. */
  readonly topK?: number
  readonly key: NdArray
}

/** One draw from softmax(logits / temperature) over the `topK` likeliest. Shape: [..., n] -> [...]. */
export const drawFrom = (
  key: NdArray,
  logits: NdArray,
  { temperature = 1, topK = logits.shape[logits.ndim - 1] }: Partial<SamplingOptions>
): NdArray => {
  const [best] = lax.topK(logits, topK)
  const least = lax.sliceInDim(best, topK - 1, topK, { axis: best.ndim - 1 })
  const kept = np.where(np.less(logits, least), -Infinity, logits)
  return random.categorical(key, kept.div(temperature))
}

/**
 * Goes on after `prompt` (int32 [time]). The prompt is read at once; from then on a step reads one
 * element, and the keys and values of all earlier ones from the cache.
 */
export const sample = <P, S>(
  net: nn.Layer<P, S>,
  params: P,
  state: S,
  prompt: NdArray,
  { length, key, ...options }: SamplingOptions
): readonly number[] => {
  const step = jit(
    (p: P, cache: S, input: NdArray, k: NdArray) => {
      const [logits, next] = net.apply(p, cache, input)
      const last = logits.slice(0, -1)
      return [drawFrom(k, last, options), next] as const
    },
    { donateArgnums: 1 }
  ) as (p: P, cache: S, input: NdArray, k: NdArray) => readonly [NdArray, S]
  let cache = nn.initCache(net, params, state, {
    batchShape: [1],
    maxLength: prompt.size + length
  })
  let input = np.reshape(prompt, [1, prompt.size])
  const drawn: number[] = []
  for (let i = 0; i < length; i++) {
    const [next, after] = step(params, cache, input, random.foldIn(key, i))
    cache = after
    input = np.reshape(next, [1, 1])
    drawn.push(Number(next.item()))
  }
  return drawn
}
