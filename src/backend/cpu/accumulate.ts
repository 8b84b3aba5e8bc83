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
import { accumulator, binary, cast, compare, constant, select } from '../../kernel/make.ts'
import { combine, neutral } from '../../kernel/monoid.ts'
import type { Lanes } from './elementary/lanes.ts'
import { type Binding, type Scope, scalarOf, vectorOf } from './evaluate.ts'
import { type CodeContext, machineType, pushConst } from './expr-scalar.ts'
import { pushConstVector, pushLane } from './expr-vector.ts'
import type { Local } from './wasm/function.ts'

export interface Slot {
  /** Stands for the running value in steps. */
  readonly leaf: Expr
  readonly start: number
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

const positioned = (monoid: 'argmax' | 'argmin', value: Expr, position: Expr): SlotGroup => {
  const best = accumulator(value.dtype)
  const place = accumulator('int32')
  const take = (x: Expr, i: Expr): readonly Expr[] => {
    const better = beats(monoid === 'argmax' ? 'gt' : 'lt', x, i, best, place)
    return [select(better, x, best), select(better, i, place)]
  }
  const [nextBest, nextPlace] = take(value, position)
  return {
    slots: [
      { leaf: best, start: neutral(monoid, value.dtype), step: nextBest },
      { leaf: place, start: 0x7fffffff, step: nextPlace }
    ],
    merge: ([x, i]) => take(x, i)
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
    slots: [{ leaf, start: neutral(monoid, type), step: take(cast(value, type)) }],
    merge: ([x]) => [take(x)]
  }
}

/** Slots of a reduction; sums of floats in `sumType` where one is given. */
export const slotsOf = (r: Reduction, sumType?: ScalarType): SlotGroup => {
  if (r.monoid === 'argmax' || r.monoid === 'argmin') {
    return positioned(r.monoid, r.value, r.position ?? constant('int32', 0))
  }
  const type = accumulatorType(r.value.dtype)
  const isSum = r.monoid === 'add' && type === 'float32'
  return single(r.monoid, r.value, isSum && sumType !== undefined ? sumType : type)
}

/** Whether a float64 total stands behind the float32 accumulator. */
export const hasTotal = (r: Reduction): boolean =>
  r.monoid === 'add' && accumulatorType(r.value.dtype) === 'float32'

/** Fresh locals that hold the start values; `width` vectors, or scalars when 0. */
export const startSlots = (c: CodeContext, group: SlotGroup, width: number): readonly Binding[] =>
  group.slots.map(({ leaf, start }): Binding => {
    if (width === 0) {
      const local = c.f.local(machineType(leaf.dtype))
      pushConst(c.f, leaf.dtype, start)
      c.f.set(local)
      return { _tag: 'scalar', local }
    }
    const lanes = c.f.locals('v128', width)
    for (const lane of lanes) {
      pushConstVector(c.f, leaf.dtype, start)
      c.f.set(lane)
    }
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

/** A local holding one lane as a scalar. */
const laneLocal = (c: CodeContext, dtype: ScalarType, x: Local, lane: number): Local => {
  const local = c.f.local(machineType(dtype))
  pushLane(c.f, dtype, x, lane)
  c.f.set(local)
  return local
}

/** Merges all lanes of vector slots into scalar slots of the same group. */
export const mergeLanes = (
  c: CodeContext,
  makeScope: () => Scope,
  group: SlotGroup,
  vectors: readonly Binding[],
  scalars: readonly Binding[],
  lanes: number
): void => {
  const others = group.slots.map(({ leaf }) => accumulator(leaf.dtype))
  const steps = group.merge(others)
  const width = vectors[0]._tag === 'vector' ? vectors[0].lanes.length : 0
  for (let at = 0; at < width; at++) {
    for (let lane = 0; lane < lanes; lane++) {
      const scope = makeScope()
      bindSlots(scope, group, scalars)
      others.forEach((other, i) => {
        const binding = vectors[i]
        if (binding._tag !== 'vector') return
        const local = laneLocal(c, other.dtype, binding.lanes[at], lane)
        scope.bindings.set(other, { _tag: 'scalar', local })
      })
      updateSlots(c, scope, scalars, steps)
    }
  }
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
