/**
 * Reductions as slots: running values, each with a step that takes in one element.
 *
 * Scalars keep what the result is: the value, or value and position. Vectors may keep something
 * else that is faster to step and gives the same in the end: the maximum of floats in float32, for
 * which NaN and −0 make an instruction of nine, is found among the bits as integers, and a
 * position in steps that know of NaN only by where the first one was.
 */
import { isFloat } from '../../../core/dtype.ts'
import { type Affine, affine } from '../../../kernel/affine.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import type { Monoid, Reduction, ReduceStage } from '../../../kernel/ir.ts'
import {
  accumulator,
  binary,
  bitcast,
  cast,
  compare,
  constant,
  iota,
  select,
  unary
} from '../../../kernel/make.ts'
import { combine, neutral } from '../../../kernel/monoid.ts'

export interface Slot {
  /** Stands for the running value in steps. */
  readonly leaf: Expr
  /** What it is before the first element: fixed while the reduction runs. */
  readonly start: Expr
  /** The next running value, from the leaves of all slots and one element. */
  readonly step: Expr
}

export interface SlotGroup {
  readonly slots: readonly Slot[]
  /** The steps that take in another accumulator's slots. */
  readonly merge: (others: readonly Expr[]) => readonly Expr[]
  /** What the slots say: the value, and the position where there is one. */
  readonly results: readonly Expr[]
}

/** Where integers are summed: narrow ones wrap once, at the end. */
export const accumulatorType = (dtype: ScalarType): ScalarType => {
  if (dtype === 'float16' || dtype === 'bfloat16') return 'float32'
  return dtype === 'int8' || dtype === 'int16' || dtype === 'uint8' || dtype === 'uint16'
    ? 'int32'
    : dtype
}

/** Whether a float64 total stands behind the float32 accumulator. */
export const hasTotal = (r: Reduction): boolean =>
  r.monoid === 'add' && accumulatorType(r.value.dtype) === 'float32'

type Positioned = 'argmax' | 'argmin'

const isPositioned = (monoid: Monoid): monoid is Positioned =>
  monoid === 'argmax' || monoid === 'argmin'

const or = (a: Expr, b: Expr): Expr => binary('or', a, b)
const and = (a: Expr, b: Expr): Expr => binary('and', a, b)
const isNaNOf = (x: Expr): Expr => compare('ne', x, x)

/** Whether (x, i) beats (y, j): NaN first, then the extreme, then the lower position. */
const beats = (op: 'gt' | 'lt', x: Expr, i: Expr, y: Expr, j: Expr): Expr => {
  const earlier = compare('lt', i, j)
  const wins = or(compare(op, x, y), and(compare('eq', x, y), earlier))
  if (!isFloat(x.dtype)) return wins
  // A NaN beats every number and a later NaN; no number beats a NaN, as comparisons are false.
  const number = compare('eq', y, y)
  return or(wins, and(isNaNOf(x), or(number, earlier)))
}

/** The position of the first element, where positions only ever grow while the extents are walked. */
const firstPosition = (position: Expr, axes: number): Expr | null => {
  if (position._tag !== 'iota') return null
  const { offset, coefficients } = position.index
  if (coefficients.slice(axes).some((c) => c <= 0)) return null
  return iota('int32', affine(offset, coefficients.slice(0, axes)))
}

/** Whether (x, i) beats (y, j) when i is the higher position: ties and a second NaN do not. */
const beatsEarlier = (op: 'gt' | 'lt', x: Expr, y: Expr): Expr =>
  isFloat(x.dtype)
    ? unary('not', or(compare(op === 'gt' ? 'le' : 'ge', x, y), compare('ne', y, y)))
    : compare(op, x, y)

const positioned = (monoid: Positioned, value: Expr, position: Expr, axes: number): SlotGroup => {
  const best = accumulator(value.dtype)
  const place = accumulator('int32')
  const op = monoid === 'argmax' ? 'gt' : 'lt'
  const take = (better: Expr, x: Expr, i: Expr): readonly Expr[] => [
    select(better, x, best),
    select(better, i, place)
  ]
  // An element that is no better than the neutral one leaves the first position, which is right.
  const first = firstPosition(position, axes)
  const [nextBest, nextPlace] = take(
    first === null ? beats(op, value, position, best, place) : beatsEarlier(op, value, best),
    value,
    position
  )
  return {
    slots: [
      { leaf: best, start: constant(value.dtype, neutral(monoid, value.dtype)), step: nextBest },
      { leaf: place, start: first ?? constant('int32', 0x7fffffff), step: nextPlace }
    ],
    merge: ([x, i]) => take(beats(op, x, i, best, place), x, i),
    results: [best, place]
  }
}

/**
 * The best number, its position, and where the first NaN was: the greatest ~position of one, or 0.
 * Positions grow and are not negative, so the last that was better is the greatest.
 */
const positionedLanes = (
  monoid: Positioned,
  value: Expr,
  position: Expr,
  first: Expr
): SlotGroup => {
  const { dtype } = value
  const op = monoid === 'argmax' ? 'gt' : 'lt'
  const [best, place] = [accumulator(dtype), accumulator('int32')]
  const better = compare(op, value, best)
  const never = constant('int32', 0)
  const number: readonly Slot[] = [
    {
      leaf: best,
      start: constant(dtype, neutral(monoid, dtype)),
      step: select(better, value, best)
    },
    { leaf: place, start: first, step: binary('max', place, select(better, position, never)) }
  ]
  const nearer = (x: Expr, i: Expr): Expr =>
    or(compare(op, x, best), and(compare('eq', x, best), compare('lt', i, place)))
  const mergeNumbers = ([x, i]: readonly Expr[]): readonly Expr[] => [
    select(nearer(x, i), x, best),
    select(nearer(x, i), i, place)
  ]
  if (!isFloat(dtype)) return { slots: number, merge: mergeNumbers, results: [best, place] }
  const missing = accumulator('uint32')
  const none = constant('uint32', 0)
  const inverted = unary('not', bitcast(position, 'uint32'))
  const found = compare('ne', missing, none)
  return {
    slots: [
      ...number,
      {
        leaf: missing,
        start: none,
        step: binary('max', missing, select(isNaNOf(value), inverted, none))
      }
    ],
    merge: (others) => [...mergeNumbers(others), binary('max', missing, others[2])],
    results: [
      select(found, constant(dtype, NaN), best),
      select(found, bitcast(unary('not', missing), 'int32'), place)
    ]
  }
}

/** Bits of ∞ in float32, as integers with and without sign. */
const infinity = 0x7f800000
const minusInfinity = 0xff800000

/**
 * The extreme of float32 among their bits. As signed integers, floats without sign are in order
 * and above those with it; as unsigned ones, those with the sign are above, farther from zero the
 * higher, and a NaN is beyond the infinity of its sign.
 */
const extremeOfBits = (monoid: 'max' | 'min', value: Expr): SlotGroup => {
  const signed = bitcast(cast(value, 'float32'), 'int32')
  const unsigned = bitcast(signed, 'uint32')
  const [highest, lowest, farthest] = [
    accumulator('int32'),
    accumulator('int32'),
    accumulator('uint32')
  ]
  const bits = monoid === 'max' ? minusInfinity : infinity
  const steps = (x: Expr, y: Expr, z: Expr): readonly Expr[] => [
    binary('max', highest, x),
    binary('min', lowest, y),
    binary('max', farthest, z)
  ]
  const [first, second, third] = steps(signed, signed, unsigned)
  const below = bitcast(farthest, 'int32')
  const zero = constant('int32', 0)
  const result =
    monoid === 'max'
      ? select(
          compare('gt', farthest, constant('uint32', minusInfinity)),
          below,
          select(compare('ge', highest, zero), highest, lowest)
        )
      : select(
          compare('gt', highest, constant('int32', infinity)),
          highest,
          select(compare('lt', below, zero), below, lowest)
        )
  return {
    slots: [
      { leaf: highest, start: constant('int32', bits), step: first },
      { leaf: lowest, start: constant('int32', bits), step: second },
      { leaf: farthest, start: constant('uint32', bits), step: third }
    ],
    merge: ([x, y, z]) => steps(x, y, z),
    results: [bitcast(result, 'float32')]
  }
}

/** One slot of `type`: a plain running combination. */
export const runningSlot = (
  monoid: Exclude<Monoid, Positioned>,
  value: Expr,
  type: ScalarType
): SlotGroup => {
  const leaf = accumulator(type)
  const take = (x: Expr): Expr => combine(monoid, leaf, x)
  return {
    slots: [{ leaf, start: constant(type, neutral(monoid, type)), step: take(cast(value, type)) }],
    merge: ([x]) => [take(x)],
    results: [leaf]
  }
}

/** Slots of scalars, for a reduction behind `axes` parallel axes; they are its results. */
export const scalarSlots = (r: Reduction, axes: number): SlotGroup =>
  isPositioned(r.monoid)
    ? positioned(r.monoid, r.value, r.position ?? constant('int32', 0), axes)
    : runningSlot(r.monoid, r.value, hasTotal(r) ? 'float64' : accumulatorType(r.value.dtype))

/** Slots of vectors. */
export const vectorSlots = (r: Reduction, axes: number): SlotGroup => {
  const type = accumulatorType(r.value.dtype)
  if (isPositioned(r.monoid)) {
    const position = r.position ?? constant('int32', 0)
    const first = meetsInOrder(r, axes) ? firstPosition(position, axes) : null
    return first !== null
      ? positionedLanes(r.monoid, r.value, position, first)
      : positioned(r.monoid, r.value, position, axes)
  }
  return type === 'float32' && (r.monoid === 'max' || r.monoid === 'min')
    ? extremeOfBits(r.monoid, r.value)
    : runningSlot(r.monoid, r.value, type)
}

/** Whether a reduction looks for a position, and meets the elements in the order of theirs. */
export const meetsInOrder = ({ monoid, position }: Reduction, axes: number): boolean =>
  isPositioned(monoid) &&
  position?._tag === 'iota' &&
  firstPosition(position, axes) !== null &&
  isNatural(position.index)

/** Whether the index is nowhere negative. */
const isNatural = ({ offset, coefficients }: Affine): boolean =>
  offset >= 0 && coefficients.every((c) => c >= 0)

/** Vectors that the reductions of a stage keep, for every vector of elements side by side. */
export const slotsIn = (s: ReduceStage, axes: number): number =>
  s.reductions.reduce((n, r) => n + vectorSlots(r, axes).slots.length, 0)
