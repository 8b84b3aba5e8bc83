/** Arrays with a border, in all of NumPy's ways of filling it. */
import { type ArrayLike, type NdArray } from '../core/array.ts'
import { isInexact, isInteger } from '../core/dtype.ts'
import { ShapeError, ValueError, checkOptions, listOf } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import { iota } from '../primitives/iota.ts'
import { broadcastInDim, broadcastTo } from '../primitives/movement.ts'
import { rev } from '../primitives/reversal.ts'
import * as slicing from '../primitives/slicing.ts'
import { add, divide, multiply, subtract } from './arithmetic.ts'
import { mean, median } from './averages.ts'
import { asArray, asType, filled } from './promotion.ts'
import { max, min } from './reductions.ts'
import { round } from './rounding.ts'

type Width = readonly [before: number, after: number]

/** A width for both ends of all axes, one pair for all axes, or one for each. */
export type PadWidth = number | readonly number[] | readonly Width[]

export type PadMode =
  | 'constant'
  | 'edge'
  | 'reflect'
  | 'symmetric'
  | 'wrap'
  | 'linearRamp'
  | 'maximum'
  | 'minimum'
  | 'mean'
  | 'median'
  | 'empty'

/** One value, one pair for all axes, or one pair for each. */
export type PadValues = ArrayLike | readonly number[] | readonly (readonly [number, number])[]

export interface PadOptions {
  /** 'constant'. */
  readonly mode?: PadMode
  /** What 'constant' puts; 0. */
  readonly constantValues?: PadValues
  /** What 'linearRamp' ends in; 0. */
  readonly endValues?: PadValues
  /** Elements at each edge that 'maximum', 'mean' … look at; all of the axis when left out. */
  readonly statLength?: PadWidth
  /** 'odd' mirrors 'reflect' and 'symmetric' through the edge value; 'even'. */
  readonly reflectType?: 'even' | 'odd'
}

const pairs = (operation: string, given: PadWidth, rank: number): readonly Width[] => {
  const all = (w: Width): readonly Width[] => new Array<Width>(rank).fill(w)
  if (typeof given === 'number') return all([given, given])
  listOf<unknown>(operation, given)
  const flat = given.every((w) => typeof w === 'number')
  if (flat && given.length === 1) return all([given[0], given[0]])
  if (flat && given.length === 2) return all([given[0], given[1]])
  const nested = (given as readonly Width[]).map((w) => listOf(operation, w) as Width)
  if (!flat && nested.length === 1) return all(nested[0])
  if (!flat && nested.length === rank && nested.every((w) => w.length === 2)) return nested
  throw new ShapeError(operation, {
    problem: 'the widths do not fit the axes',
    got: `${JSON.stringify(given)} for rank ${rank}`,
    expected: 'a number, [before, after], or such a pair for each axis',
    hint: 'np.pad(x, [[1, 2], [0, 0]]) pads the first of two axes'
  })
}

const checkWidths = (widths: readonly Width[]): void => {
  if (widths.every((w) => w.every((n) => Number.isInteger(n) && n >= 0))) return
  throw new ValueError('np.pad', {
    problem: 'a width is no count',
    got: JSON.stringify(widths),
    expected: 'integers of at least 0',
    hint: 'lax.pad crops with negative widths'
  })
}

const part = (x: NdArray, axis: number, from: number, to: number): NdArray =>
  slicing.sliceInDim(x, from, to, axis)

const repeated = (x: NdArray, axis: number, count: number): NdArray =>
  broadcastTo(
    x,
    x.shape.map((n, a) => (a === axis ? count : n))
  )

const joined = (parts: readonly NdArray[], axis: number): NdArray => {
  const some = parts.filter((p) => p.shape[axis] > 0)
  return some.length === 0 ? parts[0] : concatenate(some, axis)
}

/** Pads one axis. */
type PadAxis = (x: NdArray, axis: number, width: Width) => NdArray

const edge: PadAxis = (x, axis, [before, after]) => {
  const n = x.shape[axis]
  return joined(
    [
      repeated(part(x, axis, 0, 1), axis, before),
      x,
      repeated(part(x, axis, n - 1, n), axis, after)
    ],
    axis
  )
}

/** Goes on at the other end, round and round. */
const wrap: PadAxis = (x, axis, [before, after]) => {
  const n = x.shape[axis]
  const copies = (count: number): readonly NdArray[] => new Array<NdArray>(count).fill(x)
  const head = before % n
  const tail = after % n
  return joined(
    [
      part(x, axis, n - head, n),
      ...copies(Math.floor(before / n)),
      x,
      ...copies(Math.floor(after / n)),
      part(x, axis, 0, tail)
    ],
    axis
  )
}

/**
 * Mirrors at the ends, `skip` elements of the edge left out, as often as it takes: each round may
 * add what the array so far has to offer.
 */
const mirror =
  (skip: 0 | 1, odd: boolean): PadAxis =>
  (x, axis, [before, after]) => {
    if (skip === 1 && x.shape[axis] === 1) return edge(x, axis, [before, after])
    const reflected = (piece: NdArray, at: NdArray): NdArray => {
      const turned = rev(piece, [axis])
      return odd ? subtract(multiply(at, 2), turned) : turned
    }
    let result = x
    let [left, right] = [before, after]
    while (left > 0 || right > 0) {
      const n = result.shape[axis]
      const reach = n - skip
      const [l, r] = [Math.min(left, reach), Math.min(right, reach)]
      const first = part(result, axis, 0, 1)
      const last = part(result, axis, n - 1, n)
      result = joined(
        [
          reflected(part(result, axis, skip, skip + l), first),
          result,
          reflected(part(result, axis, n - skip - r, n - skip), last)
        ],
        axis
      )
      left -= l
      right -= r
    }
    return result
  }

type Statistic = (
  x: NdArray,
  options: { readonly axis: number; readonly keepdims: true }
) => NdArray

const statistic = (f: Statistic, lengths: readonly Width[] | null): PadAxis => {
  const value = (x: NdArray, axis: number): NdArray => {
    const y = f(x, { axis, keepdims: true })
    return asType(isInteger(x.dtype) && isInexact(y.dtype) ? round(y) : y, x.dtype)
  }
  return (x, axis, [before, after]) => {
    const n = x.shape[axis]
    const [l, r] = lengths?.[axis] ?? [n, n]
    return joined(
      [
        repeated(value(part(x, axis, 0, Math.min(n, l)), axis), axis, before),
        x,
        repeated(value(part(x, axis, Math.max(0, n - r), n), axis), axis, after)
      ],
      axis
    )
  }
}

/** Values for both ends of an axis, as scalars of the array's type. */
type Ends = (x: NdArray, axis: number) => readonly [NdArray, NdArray]

const endsOf = (operation: string, given: PadValues): Ends => {
  if (!Array.isArray(given)) {
    const value = asArray(given as ArrayLike, operation) // no list, so one value
    return (x) => {
      const typed = asType(value, x.dtype)
      return [typed, typed]
    }
  }
  return (x, axis) => {
    const width = pairs(operation, given as PadWidth, x.ndim)[axis]
    return [filled(operation, width[0], [], x.dtype), filled(operation, width[1], [], x.dtype)]
  }
}

const constant =
  (ends: Ends): PadAxis =>
  (x, axis, width) => {
    const [low, high] = ends(x, axis)
    const config = (before: number, after: number): slicing.PadConfig =>
      x.shape.map((_, a) => (a === axis ? [before, after, 0] : [0, 0, 0]))
    if (low === high) return slicing.pad(x, low, config(width[0], width[1]))
    return slicing.pad(slicing.pad(x, low, config(width[0], 0)), high, config(0, width[1]))
  }

/** A straight line from the edge to the end value, which the outermost element has. */
const ramp = (x: NdArray, axis: number, count: number, from: NdArray, end: NdArray): NdArray => {
  const shape = x.shape.map((n, a) => (a === axis ? count : n))
  const type = isInexact(x.dtype) ? x.dtype : 'float32'
  const t = divide(broadcastInDim(iota(type, [count]), shape, [axis]), Math.max(1, count))
  const [a, b] = [convertElementType(end, type), convertElementType(from, type)]
  const line = add(a, multiply(t, subtract(b, a)))
  return convertElementType(line, x.dtype)
}

const linearRamp =
  (ends: Ends): PadAxis =>
  (x, axis, [before, after]) => {
    const n = x.shape[axis]
    const [low, high] = ends(x, axis)
    const left = ramp(x, axis, before, part(x, axis, 0, 1), low)
    const right = rev(ramp(x, axis, after, part(x, axis, n - 1, n), high), [axis])
    return joined([left, x, right], axis)
  }

const modeOf = (x: NdArray, options: PadOptions): PadAxis => {
  const { mode = 'constant', reflectType = 'even', statLength } = options
  const lengths = statLength === undefined ? null : pairs('np.pad', statLength, x.ndim)
  const odd = reflectType === 'odd'
  switch (mode) {
    case 'constant':
      return constant(endsOf('np.pad', options.constantValues ?? 0))
    case 'empty':
      return constant(endsOf('np.pad', 0))
    case 'edge':
      return edge
    case 'reflect':
      return mirror(1, odd)
    case 'symmetric':
      return mirror(0, odd)
    case 'wrap':
      return wrap
    case 'linearRamp':
      return linearRamp(endsOf('np.pad', options.endValues ?? 0))
    case 'maximum':
      return statistic(max, lengths)
    case 'minimum':
      return statistic(min, lengths)
    case 'mean':
      return statistic(mean, lengths)
    case 'median':
      return statistic(median, lengths)
    default:
      throw new ValueError('np.pad', {
        problem: 'the mode is unknown',
        got: String(mode satisfies never),
        expected:
          'constant, edge, reflect, symmetric, wrap, linearRamp, maximum, minimum, mean, median or empty',
        hint: 'names are camelCase: linearRamp'
      })
  }
}

/**
 * `x` with a border of the given widths.
 *
 * Shape:  axis a -> before + n + after.
 * Errors: ValueError where a mode other than 'constant' has nothing to copy.
 *
 * @example
 * np.pad(np.array([1, 2, 3]), [1, 2], { mode: 'reflect' }).toNested() // => [2, 1, 2, 3, 2, 1]
 */
export const pad = (x: ArrayLike, padWidth: PadWidth, options: PadOptions = {}): NdArray => {
  checkOptions('np.pad', options, [
    'mode',
    'constantValues',
    'endValues',
    'statLength',
    'reflectType'
  ])
  const y = asArray(x, 'np.pad')
  const widths = pairs('np.pad', padWidth, y.ndim)
  checkWidths(widths)
  const { mode = 'constant' } = options
  const padAxis = modeOf(y, options)
  const barren = widths.findIndex(([b, a], axis) => b + a > 0 && y.shape[axis] === 0)
  if (barren >= 0 && mode !== 'constant' && mode !== 'empty')
    throw new ValueError('np.pad', {
      problem: 'an axis without elements has nothing to copy',
      got: `axis ${barren} of shape ${show(y.shape)}, mode '${mode}'`,
      expected: "at least one element, or mode 'constant'",
      hint: 'np.zeros makes an array of any shape'
    })
  return widths.reduce(
    (z, [before, after], axis) =>
      before === 0 && after === 0 ? z : padAxis(z, axis, [before, after]),
    y
  )
}
