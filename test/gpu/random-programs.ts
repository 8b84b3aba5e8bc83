/**
 * Random programs: a list of steps over the values before them, drawn from a seed. A step is drawn
 * by trying it on the values of the host, so that shapes and types always fit.
 *
 * Each value has a bound on what rounding may have done to it: 0 where every machine has to find the
 * same bits. Operations with jumps (comparisons, rounding, sorts, indices) are drawn on exact values
 * only, those that magnify errors (exp, division) as well.
 */
import { type DType, lax, np, type NdArray } from 'cotangent'

/** Draws whole numbers below n. */
export type Draw = (n: number) => number

/** mulberry32: 32 bits of state, enough for drawing tests. */
export const drawFrom = (seed: number): Draw => {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

export type Operation = (...args: readonly NdArray[]) => NdArray

export interface Step {
  readonly name: string
  readonly args: readonly number[]
  readonly apply: Operation
}

export interface RandomProgram {
  readonly inputs: readonly NdArray[]
  readonly steps: readonly Step[]
  /** Values that the program returns, and their bounds. */
  readonly outputs: readonly number[]
  readonly bounds: readonly number[]
  readonly f: (...inputs: readonly NdArray[]) => readonly NdArray[]
}

interface Value {
  readonly array: NdArray
  readonly bound: number
  /** The largest finite magnitude. */
  readonly most: number
}

interface Proposal {
  readonly name: string
  readonly args: readonly number[]
  readonly apply: Operation
  /** What rounding may have done to the result, or null where nobody can tell. */
  readonly bound: (result: number) => number | null
}

type Maker = (d: Draw, pool: readonly Value[]) => Proposal | null

const epsilon = (dtype: DType): number =>
  dtype === 'bfloat16' ? 2 ** -7 : dtype === 'float16' ? 2 ** -10 : 2 ** -19

const isFloating = (x: NdArray): boolean => ['float32', 'float16', 'bfloat16'].includes(x.dtype)
const isWhole = (x: NdArray): boolean => !isFloating(x) && x.dtype !== 'bool'

const one = (
  d: Draw,
  pool: readonly Value[],
  fits: (v: Value) => boolean = () => true
): number | null => {
  const found = pool.flatMap((v, i) => (fits(v) ? [i] : []))
  return found.length === 0 ? null : found[d(found.length)]
}

const exact = (v: Value): boolean => v.bound === 0
const numeric = (v: Value): boolean => v.array.dtype !== 'bool'

const pick = <T>(d: Draw, xs: readonly T[]): T => xs[d(xs.length)]

/** A step of one operand whose result is as exact as the operand: it moves elements, or picks some. */
const moving =
  (
    name: string,
    make: (d: Draw, x: NdArray) => Operation | null,
    fits: (v: Value) => boolean = () => true
  ): Maker =>
  (d, pool) => {
    const at = one(d, pool, fits)
    if (at === null) return null
    const apply = make(d, pool[at].array)
    return apply === null ? null : { name, args: [at], apply, bound: () => pool[at].bound }
  }

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

/** Operations of exact operands, with an error of their own for floats. */
const onExact =
  (
    name: string,
    count: number,
    fits: (v: Value) => boolean,
    apply: Operation,
    rounds: boolean
  ): Maker =>
  (d, pool) => {
    const args: number[] = []
    for (let i = 0; i < count; i++) {
      const at = one(d, pool, (v) => exact(v) && fits(v))
      if (at === null) return null
      args.push(at)
    }
    const inexact = rounds && args.some((a) => isFloating(pool[a].array))
    const worst = Math.max(...args.map((a) => epsilon(pool[a].array.dtype)))
    return {
      name,
      args,
      apply,
      bound: (most) => (inexact ? 4 * worst * Math.max(1, most) : 0)
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

const axisOf = (d: Draw, x: NdArray): number => d(x.ndim)

const wider = (v: Value): boolean => v.array.ndim > 0

const extentOf = (x: NdArray): number => x.shape[x.ndim - 1] ?? 1

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

const movements: readonly Maker[] = [
  moving('transpose', () => (x) => np.transpose(x)),
  moving('flip', (d, x) =>
    x.ndim === 0
      ? null
      : (
          (axis) => (v) =>
            np.flip(v, { axis })
        )(axisOf(d, x))
  ),
  moving('ravel', () => (x) => np.ravel(x)),
  moving(
    'expandDims',
    (d, x) =>
      (
        (at) => (v) =>
          np.expandDims(v, at)
      )(d(x.ndim + 1)),
    (v) => v.array.ndim < 4
  ),
  moving('slice', (d, x) => {
    if (x.ndim === 0) return null
    const [axis, start] = [axisOf(d, x), d(3)]
    const step = pick(d, [1, 1, 2, 3, -1, -2])
    const text = step < 0 ? `::${step}` : `${start}::${step}`
    const at = [...Array<string>(axis).fill(':'), text]
    return (v) => v.slice(...(at as ['::1']))
  }),
  moving('pad', (d, x) => {
    if (x.ndim === 0 || x.dtype === 'bool') return null
    const sides = x.shape.map(() => [d(4) - 1, d(4) - 1, d(4) === 0 ? d(3) : 0] as const)
    return (v) => lax.pad(v, np.array(0, { dtype: v.dtype }), sides)
  }),
  moving('roll', (d, x) =>
    x.ndim === 0
      ? null
      : (
          (by, axis) => (v) =>
            np.roll(v, by, { axis })
        )(d(5) - 2, axisOf(d, x))
  ),
  moving('broadcast', (d, x) =>
    x.ndim > 3
      ? null
      : (
          (n) => (v) =>
            np.broadcastTo(v, [n, ...v.shape])
        )(d(4))
  ),
  moving(
    'maximum over an axis',
    (d, x) =>
      x.ndim === 0 || x.size === 0
        ? null
        : (
            (axis) => (v) =>
              np.max(v, { axis })
          )(axisOf(d, x)),
    numeric
  ),
  moving('minimum of all', (_d, x) => (x.size === 0 ? null : (v) => np.min(v)), numeric),
  moving(
    'cummax',
    (d, x) =>
      x.ndim === 0
        ? null
        : (
            (axis) => (v) =>
              lax.cummax(v, { axis })
          )(axisOf(d, x)),
    numeric
  ),
  moving('repeat', (d, x) =>
    x.ndim === 0
      ? null
      : (
          (axis) => (v) =>
            np.repeat(v, 2, { axis })
        )(axisOf(d, x))
  ),
  moving('tril', (_d, x) => (x.ndim < 2 || x.dtype === 'bool' ? null : (v) => np.tril(v))),
  moving('take', (d, x) => {
    if (x.ndim === 0 || x.size === 0) return null
    const indices = np.array([0, d(7), d(3) - 1, 2], { dtype: pick(d, ['int32', 'int8'] as const) })
    const axis = axisOf(d, x)
    return (v) => np.take(v, indices, { axis, mode: 'clip' })
  }),
  moving('dynamic slice', (d, x) => {
    if (x.ndim === 0 || x.size === 0) return null
    const sizes = x.shape.map((n) => 1 + d(n))
    const starts = x.shape.map(() => np.array(d(6) - 2, { dtype: 'int32' }))
    return (v) => lax.dynamicSlice(v, starts, sizes)
  }),
  moving('window maximum', (d, x) => {
    if (x.ndim === 0 || x.size === 0 || x.dtype === 'bool') return null
    const windowDimensions = x.shape.map((n) => 1 + d(Math.min(3, n)))
    const windowStrides = x.shape.map(() => 1 + d(2))
    const padding = pick(d, ['same', 'valid'] as const)
    return (v) => lax.reduceWindow(v, 'max', { windowDimensions, windowStrides, padding })
  })
]

const jumps: readonly Maker[] = [
  onExact('greater', 2, numeric, (x, y) => np.greater(x, y), false),
  onExact(
    'equal',
    2,
    () => true,
    (x, y) => np.equal(x, y),
    false
  ),
  onExact(
    'isnan',
    1,
    (v) => isFloating(v.array),
    (x) => np.isnan(x),
    false
  ),
  onExact(
    'floor',
    1,
    (v) => isFloating(v.array),
    (x) => np.floor(x),
    false
  ),
  onExact(
    'round',
    1,
    (v) => isFloating(v.array),
    (x) => np.round(x),
    false
  ),
  onExact('sign', 1, numeric, (x) => np.sign(x), false),
  onExact(
    'argmax',
    1,
    (v) => wider(v) && v.array.size > 0,
    (x) => np.argmax(x, { axis: -1 }),
    false
  ),
  onExact(
    'argmin',
    1,
    (v) => wider(v) && v.array.size > 0,
    (x) => np.argmin(x),
    false
  ),
  onExact('sort', 1, floatOrder, (x) => np.sort(x), false),
  onExact('argsort', 1, floatOrder, (x) => np.argsort(x), false),
  onExact(
    'any',
    1,
    () => true,
    (x) => np.any(x),
    false
  ),
  onExact('all', 1, wider, (x) => np.all(x, { axis: 0 }), false),
  onExact(
    'logicalXor',
    2,
    (v) => v.array.dtype === 'bool',
    (x, y) => np.logicalXor(x, y),
    false
  ),
  onExact(
    'bitwise',
    2,
    (v) => isWhole(v.array),
    (x, y) => np.bitwiseXor(np.bitwiseAnd(x, y), np.bitwiseOr(y, x)),
    false
  ),
  onExact(
    'quotient',
    2,
    (v) => isWhole(v.array),
    (x, y) => np.floorDivide(x, y),
    false
  ),
  onExact(
    'remainder',
    2,
    (v) => isWhole(v.array),
    (x, y) => np.remainder(x, y),
    false
  ),
  onExact(
    'shift',
    1,
    (v) => isWhole(v.array),
    (x) => np.rightShift(np.leftShift(x, 3), 1),
    false
  ),
  onExact(
    'popcount',
    1,
    (v) => isWhole(v.array),
    (x) => lax.populationCount(x),
    false
  ),
  onExact(
    'searchsorted',
    2,
    (v) => v.array.ndim === 1 && isFloating(v.array),
    (x, y) => np.searchsorted(np.sort(x), y),
    false
  ),
  onExact(
    'top',
    1,
    (v) => wider(v) && extentOf(v.array) >= 2 && numeric(v),
    (x) => lax.topK(x, 2)[0],
    false
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

const sums: readonly Maker[] = [
  summed(
    'sum over an axis',
    (d, x) =>
      (
        (axis, keepdims) => (v) =>
          np.sum(v, { axis, keepdims })
      )(axisOf(d, x), d(2) === 0),
    count
  ),
  summed('sum', () => (v) => np.sum(v), count),
  summed(
    'cumsum',
    (d, x) =>
      (
        (axis) => (v) =>
          np.cumsum(v, { axis })
      )(axisOf(d, x)),
    count
  ),
  summed(
    'reverse cumsum',
    (d, x) =>
      (
        (axis) => (v) =>
          lax.cumsum(v, { axis, reverse: true })
      )(axisOf(d, x)),
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
    (d) =>
      (
        (trips) => (v) =>
          lax.foriLoop(0, trips, (_i, c: NdArray) => np.roll(c, 1, { axis: 0 }).add(v), v)
      )(1 + d(4)),
    () => 8
  ),
  summed(
    'branch',
    (d, x) =>
      x.size === 0
        ? null
        : (
            (at) => (v) =>
              lax.cond(
                np.greater(np.array(at), 0),
                (w: NdArray) => w.add(1),
                (w: NdArray) => w.sub(1),
                v
              )
          )(d(2)),
    () => 2
  )
]

const lines = [movements, jumps, sums] as const

const others: readonly Maker[] = [
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

const extents = [0, 1, 2, 3, 4, 5, 7, 8, 16, 33, 64] as const

const shapes = (d: Draw): readonly number[] =>
  Array.from({ length: d(4) }, () => extents[d(20) === 0 ? 0 : 1 + d(extents.length - 1)])

const dtypes = [
  'float32',
  'float32',
  'float32',
  'int32',
  'uint32',
  'bool',
  'float16',
  'bfloat16',
  'int8',
  'uint8'
] as const

const special = [NaN, Infinity, -Infinity, -0]

const input = (d: Draw, hasSpecials: boolean): NdArray => {
  let shape = shapes(d)
  while (shape.reduce((a, b) => a * b, 1) > 4096) shape = shapes(d)
  const dtype = pick(d, dtypes)
  const size = shape.reduce((a, b) => a * b, 1)
  const element = (): number => {
    if (dtype === 'bool') return d(2)
    if (dtype.startsWith('u')) return d(60)
    if (!dtype.includes('float')) return d(60) - 30
    return hasSpecials && d(30) === 0 ? pick(d, special) : (d(64) - 32) / 4
  }
  return np.reshape(np.array(Array.from({ length: size }, element), { dtype }), shape)
}

const valueOf = (array: NdArray, bound: number): Value => {
  let most = 0
  for (const x of array.toTypedArray()) if (Number.isFinite(x)) most = Math.max(most, Math.abs(x))
  return { array, bound, most }
}

/** Elements of a value at most. */
const mostElements = 2 ** 14

/** The program of a seed. */
export const randomProgram = (seed: number): RandomProgram => {
  const d = drawFrom(seed)
  const hasSpecials = d(3) === 0
  const inputs = Array.from({ length: 1 + d(4) }, () => input(d, hasSpecials))
  const pool: Value[] = inputs.map((x) => valueOf(x, 0))
  const steps: Step[] = []
  const wanted = 2 + d(14)
  for (let tries = 0; steps.length < wanted && tries < 20 * wanted; tries++) {
    const makers = d(2) === 0 ? others : pick(d, lines)
    // Recent values more often, so that programs are deep.
    const proposal = pick(d, makers)(d, pool)
    if (proposal === null) continue
    const value = tried(proposal, pool)
    if (value === null) continue
    pool.push(value)
    steps.push({ name: proposal.name, args: proposal.args, apply: proposal.apply })
  }
  const last = pool.length - 1
  const outputs = [
    ...new Set([
      last,
      ...Array.from({ length: d(3) }, () => inputs.length + d(Math.max(1, steps.length)))
    ])
  ].filter((o) => o <= last)
  const f = (...xs: readonly NdArray[]): readonly NdArray[] => {
    const values = [...xs]
    for (const { apply, args } of steps) values.push(apply(...args.map((a) => values[a])))
    return outputs.map((o) => values[o])
  }
  return { inputs, steps, outputs, bounds: outputs.map((o) => pool[o].bound), f }
}

/** What the proposal gives, or null where it does not fit. */
const tried = (p: Proposal, pool: readonly Value[]): Value | null => {
  try {
    const array = p.apply(...p.args.map((a) => pool[a].array))
    if (array.size > mostElements || array.dtype === 'float64') return null
    const { most } = valueOf(array, 0)
    const bound = p.bound(most)
    return bound === null || !Number.isFinite(bound) || most > 1e7 ? null : valueOf(array, bound)
  } catch {
    return null
  }
}
