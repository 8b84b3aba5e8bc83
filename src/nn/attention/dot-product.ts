/** Scaled dot-product attention: the mean of values, weighted by how well keys match queries. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../../core/errors.ts'
import { show, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { softmax } from '../activations/normalized.ts'

export interface DotProductAttentionOptions {
  /** Added to the logits. Shape: broadcasts to [..., heads, queries, keys]. */
  readonly bias?: NdArray
  /** Where true, a query sees a key. Shape: broadcasts to [..., heads, queries, keys]. */
  readonly mask?: NdArray
  /** 1 / √features by default. */
  readonly scale?: number
  /** A query sees the keys up to its own position. */
  readonly isCausal?: boolean
  /** How many queries count, for each example; the others give zeros. Shape: [...]. */
  readonly querySeqLengths?: NdArray
  /** How many keys count, for each example. Shape: [...]. */
  readonly keyValueSeqLengths?: NdArray
  /** How far a query sees to either side, or [left, right]. */
  readonly localWindowSize?: number | readonly [left: number, right: number]
}

const names = [
  'bias',
  'mask',
  'scale',
  'isCausal',
  'querySeqLengths',
  'keyValueSeqLengths',
  'localWindowSize'
]

const misfit = (q: NdArray, k: NdArray, v: NdArray, problem: string): ShapeError =>
  new ShapeError('dotProductAttention', {
    problem,
    got: `query ${show(q.shape)}, key ${show(k.shape)}, value ${show(v.shape)}`,
    expected: 'query [..., T, N, H], key [..., S, K, H], value [..., S, K, E], N a multiple of K',
    hint: 'time stands before heads, and features come last'
  })

const check = (q: NdArray, k: NdArray, v: NdArray): void => {
  const fine = q.ndim >= 3 && k.ndim === q.ndim && v.ndim === q.ndim
  if (!fine) throw misfit(q, k, v, 'the operands have different numbers of axes')
  const [n, h] = q.shape.slice(-2)
  const [s, heads] = k.shape.slice(-3)
  const same = (a: Shape, b: Shape): boolean =>
    a.length === b.length && a.every((x, i) => x === b[i])
  if (
    k.shape[k.ndim - 1] !== h ||
    v.shape[v.ndim - 3] !== s ||
    v.shape[v.ndim - 2] !== heads ||
    n % heads !== 0 ||
    !same(q.shape.slice(0, -3), k.shape.slice(0, -3)) ||
    !same(q.shape.slice(0, -3), v.shape.slice(0, -3))
  )
    throw misfit(q, k, v, 'the operands do not fit')
}

/** q · k of every query and key. Shape: [..., T, N, H] and [..., S, K, H] -> [..., N, T, S]. */
const logitsOf = (q: NdArray, k: NdArray, scale: number): NdArray => {
  const lead = q.shape.slice(0, -3)
  const [t, n, h] = q.shape.slice(-3)
  const [s, heads] = k.shape.slice(-3)
  const b = lead.map((_, a) => a)
  const r = lead.length
  // [..., K, N / K, T, H]
  const grouped = lax.transpose(lax.reshape(lax.mul(q, scale), [...lead, t, heads, n / heads, h]), [
    ...b,
    r + 1,
    r + 2,
    r,
    r + 3
  ])
  const products = lax.dotGeneral(grouped, k, {
    dimensionNumbers: {
      lhsBatch: [...b, r],
      rhsBatch: [...b, r + 1],
      lhsContracting: [r + 3],
      rhsContracting: [r + 2]
    }
  })
  return lax.reshape(products, [...lead, n, t, s])
}

/** Σ weights · value. Shape: [..., N, T, S] and [..., S, K, E] -> [..., T, N, E]. */
export const weighted = (weights: NdArray, v: NdArray): NdArray => {
  const lead = v.shape.slice(0, -3)
  const [n, t, s] = weights.shape.slice(-3)
  const [, heads, e] = v.shape.slice(-3)
  const b = lead.map((_, a) => a)
  const r = lead.length
  const sums = lax.dotGeneral(lax.reshape(weights, [...lead, heads, n / heads, t, s]), v, {
    dimensionNumbers: {
      lhsBatch: [...b, r],
      rhsBatch: [...b, r + 1],
      lhsContracting: [r + 3],
      rhsContracting: [r]
    }
  })
  // [..., K, N / K, T, E] -> [..., T, K, N / K, E]
  const placed = lax.transpose(sums, [...b, r + 2, r, r + 1, r + 3])
  return lax.reshape(placed, [...lead, t, n, e])
}

/** Positions of queries and keys as int32 columns and rows: [T, 1] and [1, S]. */
const grid = (t: number, s: number): readonly [NdArray, NdArray] => [
  lax.broadcastedIota('int32', [t, s], 0),
  lax.broadcastedIota('int32', [t, s], 1)
]

/** lengths [...] -> [..., 1, …, n, …, 1]: whether each of n positions counts. */
const within = (lengths: NdArray, n: number, shape: (n: number) => Shape): NdArray => {
  const positions = lax.reshape(lax.iota('int32', n), shape(n))
  const limits = lax.reshape(lax.convertElementType(lengths, 'int32'), [
    ...lengths.shape,
    ...shape(1)
  ])
  return np.less(positions, limits)
}

const windowOf = (size: number | readonly [number, number]): readonly [number, number] => {
  const [left, right] = typeof size === 'number' ? [size, size] : size
  if (Number.isInteger(left) && Number.isInteger(right) && left >= 0 && right >= 0)
    return [left, right]
  throw new ValueError('dotProductAttention', {
    problem: 'the window is no distance',
    got: `localWindowSize: ${JSON.stringify(size)}`,
    expected: 'an integer from 0 on, or [left, right]',
    hint: 'the number of positions that a query sees to either side of its own'
  })
}

/** The masks that hold together, or undefined where every key is seen. */
const maskOf = (t: number, s: number, o: DotProductAttentionOptions): NdArray | undefined => {
  const [rows, columns] = grid(t, s)
  const [left, right] =
    o.localWindowSize === undefined ? [undefined, undefined] : windowOf(o.localWindowSize)
  const masks = [
    o.mask,
    o.isCausal === true ? lax.ge(rows, columns) : undefined,
    left === undefined ? undefined : lax.ge(columns, lax.sub(rows, left)),
    right === undefined ? undefined : lax.le(columns, lax.add(rows, right)),
    o.querySeqLengths === undefined ? undefined : within(o.querySeqLengths, t, (n) => [1, n, 1]),
    o.keyValueSeqLengths === undefined
      ? undefined
      : within(o.keyValueSeqLengths, s, (n) => [1, 1, n])
  ].filter((m) => m !== undefined)
  return masks.length === 0 ? undefined : masks.reduce((a, b) => np.logicalAnd(a, b))
}

/** So low that its exponential is 0, and finite, so that a row without keys gives no NaN. */
const hidden = (dtype: string): number =>
  dtype === 'float16'
    ? -0.7 * 65504
    : dtype === 'float64'
      ? -0.7 * Number.MAX_VALUE
      : -0.7 * 3.4028235e38

/** The softmax over keys of scaled and masked products. Shape: -> [..., N, T, S]. */
export const attentionWeights = (
  q: NdArray,
  k: NdArray,
  options: DotProductAttentionOptions
): NdArray => {
  const scale = options.scale ?? 1 / Math.sqrt(q.shape[q.ndim - 1])
  const raw = logitsOf(q, k, scale)
  const biased = options.bias === undefined ? raw : np.add(raw, options.bias)
  const mask = maskOf(q.shape[q.ndim - 3], k.shape[k.ndim - 3], options)
  const seen =
    mask === undefined
      ? biased
      : np.where(mask, biased, lax.full([], hidden(biased.dtype), biased.dtype))
  const isHalf = seen.dtype === 'float16' || seen.dtype === 'bfloat16'
  const wide = isHalf ? lax.convertElementType(seen, 'float32') : seen
  return lax.convertElementType(softmax(wide), q.dtype)
}

/**
 * softmax(q kᵀ · scale + bias) v, for every head. With fewer heads in keys and values than in
 * queries, groups of query heads share one (grouped-query and multi-query attention).
 *
 * Shape:  query [..., T, N, H], key [..., S, K, H], value [..., S, K, E] -> [..., T, N, E].
 * Errors: ShapeError when the operands do not fit.
 * Source: Vaswani et al. 2017; groups: Ainslie et al. 2023. Arguments as jax.nn has them.
 *
 * @example
 * const x = random.normal(random.key(0), [2, 5, 4, 8])
 * nn.dotProductAttention(x, x, x, { isCausal: true }).shape // => [2, 5, 4, 8]
 *
 * @category attention
 * @since 0.1.0
 */
export const dotProductAttention = (
  queries: ArrayLike,
  keys: ArrayLike,
  values: ArrayLike,
  options: DotProductAttentionOptions = {}
): NdArray => {
  checkOptions('dotProductAttention', options, names)
  const [query, key, value] = [queries, keys, values].map((x) => np.asarray(x))
  check(query, key, value)
  const out = weighted(attentionWeights(query, key, options), value)
  if (options.querySeqLengths === undefined) return out
  const live = within(options.querySeqLengths, query.shape[query.ndim - 3], (n) => [n, 1, 1])
  return np.where(live, out, lax.zerosLike(out))
}
