/**
 * Accumulators of reductions and scans.
 *
 * A reduction is a few slots (one, or value and position), each with a step: an expression over
 * the slots and the new element. The same step runs on scalars and on vectors. Sums of float32
 * and narrower are kept twice: short runs in float32 vectors, their totals in float64, so that
 * the error does not grow with the length.
 */
import { isFloat } from '../../core/dtype.ts'
import type { Expr, ScalarType } from '../../kernel/expr.ts'
import type { Monoid, Reduction } from '../../kernel/ir.ts'
import {
  accumulator,
  binary,
  cast,
  compare,
  constant,
  iota,
  select,
  unary
} from '../../kernel/make.ts'
import { affine } from '../../kernel/affine.ts'
import { combine, neutral } from '../../kernel/monoid.ts'
import type { Lanes } from './elementary/lanes.ts'
import { type Binding, innerScope, type Scope, scalarOf, vectorOf } from './evaluate.ts'
import { type CodeContext, machineType } from './expr-scalar.ts'
import { pushLane } from './expr-vector.ts'
import type { Local } from './wasm/function.ts'

export interface Slot {
  /** Stands for the running value in steps. */
  readonly leaf: Expr
  /** What it is before the first element: fixed while the reduction runs. */
  readonly start: Expr
  /** The next running value, from the leaves of all slots and one element. */
  readonly step: Expr
}

/** A reduction as slots; `merge` gives the steps that take in another accumulator's slots. */
export interface SlotGroup {
  readonly slots: readonly Slot[]
  readonly merge: (others: readonly Expr[]) => readonly Expr[]
}

/** Where integers are summed: narrow ones wrap once, at the end. */
export const accumulatorType = (dtype: ScalarType): ScalarType => {
  if (dtype === 'float16' || dtype === 'bfloat16') return 'float32'
  return dtype === 'int8' || dtype === 'int16' || dtype === 'uint8' || dtype === 'uint16'
    ? 'int32'
    : dtype
}

const isNaNOf = (x: Expr): Expr => compare('ne', x, x)

/** Whether (x, i) beats (y, j): NaN first, then the extreme, then the lower position. */
const beats = (op: 'gt' | 'lt', x: Expr, i: Expr, y: Expr, j: Expr): Expr => {
  const or = (a: Expr, b: Expr): Expr => binary('or', a, b)
  const and = (a: Expr, b: Expr): Expr => binary('and', a, b)
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
    ? unary('not', binary('or', compare(op === 'gt' ? 'le' : 'ge', x, y), compare('ne', y, y)))
    : compare(op, x, y)

const positioned = (
  monoid: 'argmax' | 'argmin',
  value: Expr,
  position: Expr,
  axes: number
): SlotGroup => {
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
    merge: ([x, i]) => take(beats(op, x, i, best, place), x, i)
  }
}

const single = (
  monoid: Exclude<Monoid, 'argmax' | 'argmin'>,
  value: Expr,
  type: ScalarType
): SlotGroup => {
  const leaf = accumulator(type)
  const take = (x: Expr): Expr => combine(monoid, leaf, x)
  return {
    slots: [{ leaf, start: constant(type, neutral(monoid, type)), step: take(cast(value, type)) }],
    merge: ([x]) => [take(x)]
  }
}

/** Slots of a reduction behind `axes` parallel axes; sums of floats in `sumType` where one is given. */
export const slotsOf = (r: Reduction, axes: number, sumType?: ScalarType): SlotGroup => {
  if (r.monoid === 'argmax' || r.monoid === 'argmin') {
    return positioned(r.monoid, r.value, r.position ?? constant('int32', 0), axes)
  }
  const type = accumulatorType(r.value.dtype)
  const isSum = r.monoid === 'add' && type === 'float32'
  return single(r.monoid, r.value, isSum && sumType !== undefined ? sumType : type)
}

/** Whether a float64 total stands behind the float32 accumulator. */
export const hasTotal = (r: Reduction): boolean =>
  r.monoid === 'add' && accumulatorType(r.value.dtype) === 'float32'

/** Fresh locals that hold the start values: vectors, or scalars where the scope has no width. */
export const startSlots = (c: CodeContext, scope: Scope, group: SlotGroup): readonly Binding[] =>
  group.slots.map(({ leaf, start }): Binding => {
    const inner = innerScope(scope)
    if (scope.width === 0) {
      const local = c.f.local(machineType(leaf.dtype))
      c.f.get(scalarOf(c, inner, start)).set(local)
      return { _tag: 'scalar', local }
    }
    const lanes = c.f.locals('v128', scope.width)
    const values = vectorOf(c, inner, start)
    lanes.forEach((lane, at) => c.f.get(values[at]).set(lane))
    return { _tag: 'vector', lanes }
  })

export const bindSlots = (scope: Scope, group: SlotGroup, bindings: readonly Binding[]): void =>
  group.slots.forEach(({ leaf }, i) => scope.bindings.set(leaf, bindings[i]))

/** Moves the slots to `steps`; all steps are computed before any slot changes. */
export const updateSlots = (
  c: CodeContext,
  scope: Scope,
  bindings: readonly Binding[],
  steps: readonly Expr[]
): void => {
  const values = bindings.map((b, i) =>
    b._tag === 'scalar' ? [scalarOf(c, scope, steps[i])] : vectorOf(c, scope, steps[i])
  )
  bindings.forEach((b, i) => {
    const targets = b._tag === 'scalar' ? [b.local] : b.lanes
    targets.forEach((target, at) => c.f.get(values[i][at]).set(target))
  })
}

/** 32-bit lanes of a vector with its values moved by `distance` of their own lanes. */
const moved = (dtype: ScalarType, distance: number): readonly [number, number, number, number] =>
  distance === 2 || machineType(dtype) === 'f64' ? [2, 3, 0, 1] : [1, 0, 3, 2]

/** Merges vector slots into scalar slots of the same group: vectors first, then their lanes. */
export const mergeLanes = (
  c: CodeContext,
  makeScope: (width: number) => Scope,
  group: SlotGroup,
  vectors: readonly Binding[],
  scalars: readonly Binding[],
  lanes: number
): void => {
  const others = group.slots.map(({ leaf }) => accumulator(leaf.dtype))
  const steps = group.merge(others)
  const own = vectors.map((v) => (v._tag === 'vector' ? v.lanes : []))
  const take = (width: number, mine: readonly Binding[], theirs: readonly Binding[]): void => {
    const scope = makeScope(width)
    bindSlots(scope, group, mine)
    others.forEach((other, i) => scope.bindings.set(other, theirs[i]))
    updateSlots(c, scope, mine, steps)
  }
  const part = (from: number, to: number): readonly Binding[] =>
    own.map((v): Binding => ({ _tag: 'vector', lanes: v.slice(from, to) }))
  for (let width = own[0].length; width > 1;) {
    const half = Math.ceil(width / 2)
    take(width - half, part(0, width - half), part(half, width))
    width = half
  }
  for (let distance = lanes / 2; distance >= 1; distance /= 2) {
    const theirs = group.slots.map(({ leaf }, i): Binding => {
      const other = c.f.local('v128')
      const [first] = own[i]
      c.f.get(first).get(first).shuffle(moved(leaf.dtype, distance)).set(other)
      return { _tag: 'vector', lanes: [other] }
    })
    take(1, part(0, 1), theirs)
  }
  const last = group.slots.map(({ leaf }, i): Binding => {
    const local = c.f.local(machineType(leaf.dtype))
    pushLane(c.f, leaf.dtype, own[i][0], 0)
    c.f.set(local)
    return { _tag: 'scalar', local }
  })
  take(0, scalars, last)
}

/** total += Σ of all lanes; the float32 vectors start again at zero. */
export const flushSum = (c: CodeContext, vectors: Lanes, lanes: number, total: Local): void => {
  const { f } = c
  const sum = f.local('v128')
  vectors.forEach((v, i) => {
    f.get(v)
    if (i > 0) f.op('f32x4.add')
  })
  f.tee(sum).op('f64x2.promote_low_f32x4')
  if (lanes === 4) {
    f.get(sum).get(sum).shuffle([2, 3, 2, 3]).op('f64x2.promote_low_f32x4').op('f64x2.add')
  }
  const pair = f.local('v128')
  f.set(pair).get(total)
  f.get(pair).lane('f64x2.extract_lane', 0).get(pair).lane('f64x2.extract_lane', 1).op('f64.add')
  f.op('f64.add').set(total)
  for (const v of vectors) f.f32x4(0).set(v)
}

/** Totals of vector sums, lane by lane: two float64 vectors (low, high lanes) per vector. */
export interface LaneTotals {
  readonly low: Lanes
  readonly high: Lanes
}

export const laneTotals = (c: CodeContext, width: number): LaneTotals => {
  const low = c.f.locals('v128', width)
  const high = c.f.locals('v128', width)
  for (const v of [...low, ...high]) c.f.f64x2(0).set(v)
  return { low, high }
}

/** totals += vectors, which start again at zero. */
export const flushLanes = (c: CodeContext, vectors: Lanes, totals: LaneTotals): void => {
  const { f } = c
  vectors.forEach((v, at) => {
    const [low, high] = [totals.low[at], totals.high[at]]
    f.get(low).get(v).op('f64x2.promote_low_f32x4').op('f64x2.add').set(low)
    f.get(high).get(v).get(v).shuffle([2, 3, 2, 3]).op('f64x2.promote_low_f32x4')
    f.op('f64x2.add').set(high).f32x4(0).set(v)
  })
}

/** The totals as float32 lanes. */
export const totalsAsFloat32 = (c: CodeContext, totals: LaneTotals): Lanes =>
  totals.low.map((low, at) => {
    const result = c.f.local('v128')
    c.f.get(low).op('f32x4.demote_f64x2_zero')
    c.f.get(totals.high[at]).op('f32x4.demote_f64x2_zero').shuffle([0, 1, 4, 5]).set(result)
    return result
  })
