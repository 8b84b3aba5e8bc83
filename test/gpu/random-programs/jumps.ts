/** Steps whose results jump: comparisons, orders, indices, integers, drawn on exact operands. */
import { lax, np } from 'cotangent'
import {
  exact,
  extentOf,
  isFloating,
  isWhole,
  numeric,
  one,
  pick,
  wider,
  type Maker,
  type Operation,
  type Value
} from './value.ts'

const indexTypes = ['int32', 'int8', 'uint32'] as const
const casts = [
  'float32',
  'int32',
  'uint32',
  'bool',
  'float16',
  'bfloat16',
  'int8',
  'uint16'
] as const

const floatOrder = (v: Value): boolean => exact(v) && wider(v)

/** Operations of exact operands, whose results every machine has to find to the bit. */
const onExact =
  (name: string, count: number, fits: (v: Value) => boolean, apply: Operation): Maker =>
  (d, pool) => {
    const args: number[] = []
    for (let i = 0; i < count; i++) {
      const at = one(d, pool, (v) => exact(v) && fits(v))
      if (at === null) return null
      args.push(at)
    }
    return { name, args, apply, bound: () => 0 }
  }

export const jumps: readonly Maker[] = [
  onExact('greater', 2, numeric, (x, y) => np.greater(x, y)),
  onExact(
    'equal',
    2,
    () => true,
    (x, y) => np.equal(x, y)
  ),
  onExact(
    'isnan',
    1,
    (v) => isFloating(v.array),
    (x) => np.isnan(x)
  ),
  onExact(
    'floor',
    1,
    (v) => isFloating(v.array),
    (x) => np.floor(x)
  ),
  onExact(
    'round',
    1,
    (v) => isFloating(v.array),
    (x) => np.round(x)
  ),
  onExact('sign', 1, numeric, (x) => np.sign(x)),
  onExact(
    'argmax',
    1,
    (v) => wider(v) && v.array.size > 0,
    (x) => np.argmax(x, { axis: -1 })
  ),
  onExact(
    'argmin',
    1,
    (v) => wider(v) && v.array.size > 0,
    (x) => np.argmin(x)
  ),
  onExact('sort', 1, floatOrder, (x) => np.sort(x)),
  onExact('argsort', 1, floatOrder, (x) => np.argsort(x)),
  onExact(
    'any',
    1,
    () => true,
    (x) => np.any(x)
  ),
  onExact('all', 1, wider, (x) => np.all(x, { axis: 0 })),
  onExact(
    'logicalXor',
    2,
    (v) => v.array.dtype === 'bool',
    (x, y) => np.logicalXor(x, y)
  ),
  onExact(
    'bitwise',
    2,
    (v) => isWhole(v.array),
    (x, y) => np.bitwiseXor(np.bitwiseAnd(x, y), np.bitwiseOr(y, x))
  ),
  onExact(
    'quotient',
    2,
    (v) => isWhole(v.array),
    (x, y) => np.floorDivide(x, y)
  ),
  onExact(
    'remainder',
    2,
    (v) => isWhole(v.array),
    (x, y) => np.remainder(x, y)
  ),
  onExact(
    'shift',
    1,
    (v) => isWhole(v.array),
    (x) => np.rightShift(np.leftShift(x, 3), 1)
  ),
  onExact(
    'popcount',
    1,
    (v) => isWhole(v.array),
    (x) => lax.populationCount(x)
  ),
  onExact(
    'searchsorted',
    2,
    (v) => v.array.ndim === 1 && isFloating(v.array),
    (x, y) => np.searchsorted(np.sort(x), y)
  ),
  onExact(
    'top',
    1,
    (v) => wider(v) && extentOf(v.array) >= 2 && numeric(v),
    (x) => lax.topK(x, 2)[0]
  ),
  (d, pool) => {
    const at = one(d, pool, exact)
    if (at === null) return null
    const to = pick(d, casts)
    return { name: `as ${to}`, args: [at], apply: (x) => x.astype(to), bound: () => 0 }
  },
  (d, pool) => {
    const at = one(d, pool, (v) => exact(v) && wider(v) && v.array.size > 0)
    if (at === null) return null
    const kind = pick(d, indexTypes)
    return {
      name: `gather by ${kind}`,
      args: [at],
      apply: (x) => {
        const order = np.argsort(np.ravel(x)).astype(kind)
        return np.take(np.ravel(x), order, { axis: 0, mode: 'fill', fillValue: 3 })
      },
      bound: () => 0
    }
  }
]
