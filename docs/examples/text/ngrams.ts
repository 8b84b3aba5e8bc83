/** An embedding that sees the last few characters, and not one alone: a layer of one's own. */
import { np, random, tree, type NdArray, type nn } from 'cotangent'

export interface NgramOptions {
  readonly vocabulary: number
  readonly features: number
  /** Up to how many characters a row is for. */
  readonly order: number
  /** Rows for each length above 1, found by hash: a power of two. */
  readonly rows: number
}

export interface NgramParams {
  readonly single: NdArray // [vocabulary, features]
  readonly longer: readonly NdArray[] // [rows, features] each
}

/** Nothing, or while generating the characters before those to come. */
export interface NgramState {
  readonly before?: NdArray // int32 [..., order - 1]
}

/** Knuth's multiplier and others: odd, so that no bit of a character is lost. */
const multipliers = [2654435761, 2246822519, 3266489917, 668265263, 374761393] as const

/**
 * The sum of a row for the character, a row for it and the one before, and so on: what n-gram
 * models know is there before the first block.
 *
 * Shape: int32 [..., time] -> [..., time, features].
 */
export const ngramEmbedding = ({
  vocabulary,
  features,
  order,
  rows
}: NgramOptions): nn.Layer<NgramParams, NgramState> => {
  const bits = Math.log2(rows)
  const lengths = Array.from({ length: order - 1 }, (_, i) => i + 2)
  return {
    kind: 'ngramEmbedding',
    children: {},
    init: (key) => {
      const table = (name: number, count: number): NdArray =>
        random.normal(random.foldIn(key, name), [count, features]).mul(features ** -0.5)
      return [
        { single: table(1, vocabulary), longer: lengths.map((n) => table(n, rows).mul(0.1)) },
        {}
      ]
    },
    apply: ({ single, longer }, state, codes) => {
      const batch = codes.shape.slice(0, -1)
      const time = codes.shape[codes.ndim - 1]
      const before = state.before ?? np.zeros([...batch, order - 1], { dtype: 'int32' })
      const all = np.concatenate([before, codes], { axis: -1 })
      /** The character `back` positions before each. */
      const at = (back: number): NdArray =>
        all.slice('...', `${order - 1 - back}:${order - 1 - back + time}`).astype('uint32')
      const hash = (length: number): NdArray => {
        const mixed = Array.from({ length }, (_, i) => at(i).add(1).mul(multipliers[i]))
        const sum = mixed.reduce((a, b) => np.bitwiseXor(a, b).mul(multipliers[0]))
        return np.rightShift(sum, 32 - bits).astype('int32')
      }
      const found = [
        np.take(single, codes, { axis: 0 }),
        ...longer.map((table, i) => np.take(table, hash(lengths[i]), { axis: 0 }))
      ]
      const next = state.before === undefined ? state : { before: all.slice('...', `${time}:`) }
      return [found.reduce((a, b) => a.add(b)), next]
    },
    outputShape: (shape) => [...shape, features],
    startCache: (_params, _state, { batchShape }) => ({
      before: np.zeros([...batchShape, order - 1], { dtype: 'int32' })
    })
  }
}

/** How many numbers a tree of parameters has. */
export const countOf = (params: unknown): number =>
  tree.reduce((n, leaf) => n + (leaf as NdArray).size, params, 0)
