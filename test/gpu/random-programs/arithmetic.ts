/** Steps that compute with several operands, or by smooth functions. */
import { lax, np, type NdArray } from 'cotangent'
import {
  epsilon,
  exact,
  extentOf,
  isFloating,
  numeric,
  one,
  pick,
  wider,
  type Maker,
  type Operation,
  type Value
} from './value.ts'

/** Functions whose slope is at most `slope`. */
const smooth =
  (name: string, slope: number, apply: Operation, fits: (v: Value) => boolean): Maker =>
  (d, pool) => {
    const at = one(d, pool, (v) => isFloating(v.array) && fits(v))
    if (at === null) return null
    const { bound, array } = pool[at]
    return {
      name,
      args: [at],
      apply,
      bound: (most) => bound * slope + 4 * epsilon(array.dtype) * Math.max(1, most)
    }
  }

/** Sums and products: bounds by the rules of interval arithmetic, `terms` of them. */
const arithmetic =
  (name: string, apply: Operation, isProduct: boolean, terms: (x: NdArray) => number): Maker =>
  (d, pool) => {
    const [a, b] = [one(d, pool, numeric), one(d, pool, numeric)]
    if (a === null || b === null) return null
    const [x, y] = [pool[a], pool[b]]
    if (Math.max(x.most, y.most) > 1e6) return null
    const n = terms(x.array)
    const own = Math.max(epsilon(x.array.dtype), epsilon(y.array.dtype))
    const floating = isFloating(x.array) || isFloating(y.array)
    const isInexact = floating && (isProduct || x.bound + y.bound > 0 || own > 2 ** -19)
    const carried = isProduct ? x.bound * y.most + y.bound * x.most : x.bound + y.bound
    const size = isProduct ? x.most * y.most : x.most + y.most
    return {
      name,
      args: [a, b],
      apply,
      bound: () => (isInexact ? 2 * n * carried + 4 * n * own * Math.max(1e-30, size) : 0)
    }
  }

const chosen: Maker = (d, pool) => {
  const at = one(d, pool, (v) => exact(v) && v.array.dtype === 'bool')
  const [a, b] = [one(d, pool), one(d, pool)]
  if (at === null || a === null || b === null) return null
  const bound = Math.max(pool[a].bound, pool[b].bound)
  return {
    name: 'where',
    args: [at, a, b],
    apply: (c, x, y) => np.where(c, x, y),
    bound: () => bound
  }
}

const joined: Maker = (d, pool) => {
  const a = one(d, pool, wider)
  if (a === null) return null
  const { shape, dtype } = pool[a].array
  const axis = d(shape.length)
  const b = one(
    d,
    pool,
    ({ array: y }) =>
      y.dtype === dtype &&
      y.ndim === shape.length &&
      y.shape.every((n, i) => i === axis || n === shape[i])
  )
  if (b === null) return null
  const bound = Math.max(pool[a].bound, pool[b].bound)
  return {
    name: 'concatenate',
    args: [a, b],
    apply: (x, y) => np.concatenate([x, y], { axis }),
    bound: () => bound
  }
}

export const arithmetics: readonly Maker[] = [
  arithmetic(
    'add',
    (x, y) => np.add(x, y),
    false,
    () => 1
  ),
  arithmetic(
    'subtract',
    (x, y) => np.subtract(x, y),
    false,
    () => 1
  ),
  arithmetic(
    'multiply',
    (x, y) => np.multiply(x, y),
    true,
    () => 1
  ),
  arithmetic(
    'maximum',
    (x, y) => np.maximum(x, y),
    false,
    () => 1
  ),
  arithmetic('matmul', (x, y) => np.matmul(x, y), true, extentOf),
  arithmetic(
    'outer',
    (x, y) => np.outer(x, y),
    true,
    () => 1
  ),
  (d, pool) => {
    const at = one(
      d,
      pool,
      (v) => numeric(v) && v.array.ndim === 2 && v.array.size > 0 && v.most < 1e3
    )
    if (at === null) return null
    const v = pool[at]
    const [h, w] = v.array.shape
    const features = 1 + d(9)
    const windowStrides = [1 + d(2), 1 + d(2)]
    const rhsDilation = [1 + d(2), 1]
    const padding = pick(d, ['same', 'valid'] as const)
    const weights = np.reshape(
      np.array(
        Array.from({ length: 9 * features }, () => d(5)),
        { dtype: v.array.dtype }
      ),
      [3, 3, 1, features]
    )
    const inexact = isFloating(v.array) && (v.bound > 0 || epsilon(v.array.dtype) > 2 ** -19)
    return {
      name: 'convolution',
      args: [at],
      apply: (x) =>
        lax.convGeneralDilated(np.reshape(x, [1, h, w, 1]), weights, {
          windowStrides,
          padding,
          rhsDilation,
          dimensionNumbers: ['NHWC', 'HWIO', 'NHWC']
        }),
      bound: () => (inexact ? 9 * 4 * (v.bound + 4 * epsilon(v.array.dtype) * v.most) : 0)
    }
  },
  smooth(
    'tanh',
    1,
    (x) => np.tanh(x),
    () => true
  ),
  smooth(
    'logistic',
    1,
    (x) => lax.logistic(x),
    () => true
  ),
  smooth(
    'sin',
    1,
    (x) => np.sin(x),
    (v) => v.most < 1000
  ),
  smooth(
    'exp',
    1,
    (x) => np.exp(x),
    (v) => exact(v) && v.most < 12
  ),
  smooth(
    'log1p',
    1,
    (x) => np.log1p(np.abs(x)),
    () => true
  ),
  smooth(
    'erf',
    2,
    (x) => lax.erf(x),
    () => true
  ),
  smooth('sqrt', 1, (x) => np.sqrt(np.abs(x)), exact),
  smooth(
    'reciprocal',
    1,
    (x) => np.divide(1, np.add(np.square(x), 1)),
    (v) => v.most < 1e4
  ),
  smooth(
    'softmax',
    2,
    (x) => {
      const e = np.exp(np.subtract(x, np.max(x, { axis: -1, keepdims: true })))
      return np.divide(e, np.sum(e, { axis: -1, keepdims: true }))
    },
    (v) => wider(v) && v.array.size > 0 && v.most < 100
  ),
  chosen,
  chosen,
  joined
]
