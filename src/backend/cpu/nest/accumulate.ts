/**
 * Accumulators of reductions and scans: slots (slots.ts) in locals. Sums of float32 and narrower
 * are kept twice: short runs in float32 vectors, their totals in float64, so that the error does
 * not grow with the length.
 */
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import { accumulator } from '../../../kernel/make.ts'
import type { Lanes } from '../values/elementary/lanes.ts'
import { scalarOf, vectorOf } from '../values/evaluate.ts'
import { type Binding, innerScope, type Scope } from '../values/scope.ts'
import { type CodeContext, machineType } from '../values/expr-scalar.ts'
import { pushLane } from '../values/expr-vector.ts'
import type { SlotGroup } from './slots.ts'
import type { Local } from '../wasm/function.ts'

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
export const moved = (
  dtype: ScalarType,
  distance: number
): readonly [number, number, number, number] =>
  distance === 2 || machineType(dtype) === 'f64' ? [2, 3, 0, 1] : [1, 0, 3, 2]

/** The results of slots, as locals of the same kind. */
export const resultsOf = (
  c: CodeContext,
  scope: Scope,
  group: SlotGroup,
  bindings: readonly Binding[]
): readonly Binding[] => {
  const inner = innerScope(scope)
  bindSlots(inner, group, bindings)
  return group.results.map((result): Binding => {
    const slot = group.slots.findIndex(({ leaf }) => leaf === result)
    if (slot >= 0) return bindings[slot]
    return inner.width === 0
      ? { _tag: 'scalar', local: scalarOf(c, inner, result) }
      : { _tag: 'vector', lanes: vectorOf(c, inner, result) }
  })
}

/** Merges vectors into scalars of the same reduction: vectors first, then the lanes of the last. */
export const mergeLanes = (
  c: CodeContext,
  makeScope: (width: number) => Scope,
  [vectorGroup, vectors]: readonly [SlotGroup, readonly Binding[]],
  [group, scalars]: readonly [SlotGroup, readonly Binding[]],
  lanes: number
): void => {
  const take = (
    { slots, merge }: SlotGroup,
    width: number,
    mine: readonly Binding[],
    theirs: readonly Binding[]
  ): void => {
    const others = slots.map(({ leaf }) => accumulator(leaf.dtype))
    const scope = makeScope(width)
    slots.forEach(({ leaf }, i) => scope.bindings.set(leaf, mine[i]))
    others.forEach((other, i) => scope.bindings.set(other, theirs[i]))
    updateSlots(c, scope, mine, merge(others))
  }
  const lanesOf = (b: Binding): Lanes => (b._tag === 'vector' ? b.lanes : [])
  const part = (from: number, to: number): readonly Binding[] =>
    vectors.map((v): Binding => ({ _tag: 'vector', lanes: lanesOf(v).slice(from, to) }))
  for (let width = lanesOf(vectors[0]).length; width > 1;) {
    const half = Math.ceil(width / 2)
    take(vectorGroup, width - half, part(0, width - half), part(half, width))
    width = half
  }
  const own = resultsOf(c, makeScope(1), vectorGroup, part(0, 1))
  for (let distance = lanes / 2; distance >= 1; distance /= 2) {
    const theirs = group.slots.map(({ leaf }, i): Binding => {
      const other = c.f.local('v128')
      const [first] = lanesOf(own[i])
      c.f.get(first).get(first).shuffle(moved(leaf.dtype, distance)).set(other)
      return { _tag: 'vector', lanes: [other] }
    })
    take(group, 1, own, theirs)
  }
  const last = group.slots.map(({ leaf }, i): Binding => {
    const local = c.f.local(machineType(leaf.dtype))
    pushLane(c.f, leaf.dtype, lanesOf(own[i])[0], 0)
    c.f.set(local)
    return { _tag: 'scalar', local }
  })
  take(group, 0, scalars, last)
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
