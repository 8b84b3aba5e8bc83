/** Steps that add up: reductions, running sums, windows, loops, updates at places that coincide. */
import { lax, np, type NdArray } from 'cotangent'
import {
  axisOf,
  epsilon,
  isFloating,
  numeric,
  one,
  type Draw,
  type Maker,
  type Operation
} from './value.ts'

/** Sums along an axis, running ones, loops that add, updates at places that coincide. */
const summed =
  (
    name: string,
    make: (d: Draw, x: NdArray) => Operation | null,
    most: (x: NdArray) => number
  ): Maker =>
  (d, pool) => {
    const at = one(d, pool, (v) => numeric(v) && v.array.ndim > 0 && v.most < 1e5)
    if (at === null) return null
    const v = pool[at]
    const apply = make(d, v.array)
    if (apply === null) return null
    const n = most(v.array)
    const isHalf = epsilon(v.array.dtype) > 2 ** -19
    const inexact = isFloating(v.array) && (v.bound > 0 || isHalf)
    return {
      name,
      args: [at],
      apply,
      bound: () => (inexact ? n * v.bound + 4 * n * epsilon(v.array.dtype) * v.most : 0)
    }
  }

const count = (x: NdArray): number => Math.max(1, x.size)

export const sums: readonly Maker[] = [
  summed(
    'sum over an axis',
    (d, x) => {
      const [axis, keepdims] = [axisOf(d, x), d(2) === 0]
      return (v) => np.sum(v, { axis, keepdims })
    },
    count
  ),
  summed('sum', () => (v) => np.sum(v), count),
  summed(
    'cumsum',
    (d, x) => {
      const axis = axisOf(d, x)
      return (v) => np.cumsum(v, { axis })
    },
    count
  ),
  summed(
    'reverse cumsum',
    (d, x) => {
      const axis = axisOf(d, x)
      return (v) => lax.cumsum(v, { axis, reverse: true })
    },
    count
  ),
  summed(
    'window sum',
    (d, x) => {
      if (x.size === 0) return null
      const windowDimensions = x.shape.map((n) => 1 + d(Math.min(3, n)))
      return (v) => lax.reduceWindow(v, 'add', { windowDimensions, padding: 'same' })
    },
    () => 81
  ),
  summed(
    'scatter',
    (d, x) => {
      if (x.shape[0] < 2) return null
      const indices = np.array([0, d(x.shape[0]), 0, d(x.shape[0])], { dtype: 'int32' })
      return (v) => v.at(indices).add(np.take(v, indices, { axis: 0 }))
    },
    () => 8
  ),
  summed(
    'set',
    (d, x) => {
      if (x.shape[0] < 2) return null
      const at = d(x.shape[0])
      return (v) => v.at(at).set(v.slice(0))
    },
    () => 1
  ),
  summed(
    'scan',
    (_d, x) =>
      x.shape[0] === 0 || x.shape[0] > 9
        ? null
        : (v) =>
            lax.scan(
              (c: NdArray, row: NdArray) => [c.add(row), c] as const,
              np.zerosLike(v.slice(0)),
              v
            )[1],
    count
  ),
  summed(
    'loop',
    (d) => {
      const trips = 1 + d(4)
      return (v) => lax.foriLoop(0, trips, (_i, c: NdArray) => np.roll(c, 1, { axis: 0 }).add(v), v)
    },
    () => 8
  ),
  summed(
    'branch',
    (d, x) => {
      if (x.size === 0) return null
      const at = d(2)
      return (v) =>
        lax.cond(
          np.greater(np.array(at), 0),
          (w: NdArray) => w.add(1),
          (w: NdArray) => w.sub(1),
          v
        )
    },
    () => 2
  )
]
