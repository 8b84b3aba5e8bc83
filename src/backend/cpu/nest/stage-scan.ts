/**
 * Running combinations along rows, in vectors. A few vectors are combined among themselves first,
 * so that elements wait for what came before only once for all of them.
 */
import type { Expr } from '../../../kernel/expr.ts'
import type { ScanStage } from '../../../kernel/ir.ts'
import { accumulator, cast } from '../../../kernel/make.ts'
import { combine, neutral } from '../../../kernel/monoid.ts'
import * as slots from './accumulate.ts'
import type { Lanes } from '../values/elementary/lanes.ts'
import { vectorOf } from '../values/evaluate.ts'
import { machineType } from '../values/expr-scalar.ts'
import { eachVector, pushConstVector, pushLane, pushSplat } from '../values/expr-vector.ts'
import { hoist } from '../values/hoist.ts'
import { type Binding, innerScope, type Scope } from '../values/scope.ts'
import { runningSlot } from './slots.ts'
import { scanType, stepScan } from './stage-across.ts'
import { overVectors, type StageContext } from './stage-loops.ts'
import { emitStores } from './stores.ts'
import type { Local } from '../wasm/function.ts'

/** Vectors side by side. */
const width = 4

/** 32-bit lanes of [neutral, x] that are x moved up by `distance` of its own lanes. */
const movedUp = (isWide: boolean, distance: number): readonly number[] =>
  isWide || distance === 2 ? [0, 1, 4, 5] : [0, 4, 5, 6]

/** Every 32-bit lane the last of x, or every pair where lanes are wide. */
const last = (isWide: boolean): readonly number[] => (isWide ? [2, 3, 2, 3] : [3, 3, 3, 3])

export const scanInner = (c: StageContext, scope: Scope, s: ScanStage): void => {
  const { f, lanes } = c
  const [n] = s.extents
  const axis = c.first
  const type = scanType(s)
  const isWide = machineType(type) === 'f64'
  const group = runningSlot(s.monoid, s.value, type)
  const state = slots.startSlots(c, scope, group)
  const [{ leaf }] = group.slots
  const running = state[0]._tag === 'scalar' ? state[0].local : null
  const [left, right] = [accumulator(type), accumulator(type)]
  const both = combine(s.monoid, left, right)

  const combined = (at: Scope, x: Lanes, y: Lanes): Lanes => {
    const inner = innerScope(at, { width: x.length })
    const bind = (e: Expr, v: Lanes): unknown => inner.bindings.set(e, { _tag: 'vector', lanes: v })
    bind(left, x)
    bind(right, y)
    return vectorOf(c, inner, both)
  }
  const none = f.local('v128')
  pushConstVector(f, type, neutral(s.monoid, type))
  f.set(none)
  const spread = (x: Lanes): Lanes =>
    eachVector(f, x.length, (at) => f.get(x[at]).get(x[at]).shuffle(last(isWide)))

  /** Running values of each vector by itself. */
  const within = (at: Scope, x: Lanes): Lanes => {
    let sum = x
    for (let distance = 1; distance < lanes; distance *= 2) {
      const before = sum
      const moved = eachVector(f, x.length, (i) =>
        f.get(none).get(before[i]).shuffle(movedUp(isWide, distance))
      )
      sum = combined(at, moved, sum)
    }
    return sum
  }
  const vector = (at: Scope): void => {
    const own = within(at, vectorOf(c, at, cast(s.value, type)))
    const joined = own.slice(0, 1)
    for (const next of own.slice(1))
      joined.push(...combined(at, spread([joined[joined.length - 1]]), [next]))
    if (running === null) return
    const carried = f.local('v128')
    pushSplat(f, type, running)
    f.set(carried)
    const sums = combined(at, new Array<Local>(joined.length).fill(carried), joined)
    pushLane(f, type, sums[sums.length - 1], lanes - 1)
    f.set(running)
    const after = innerScope(at)
    after.bindings.set(leaf, { _tag: 'vector', lanes: sums })
    const shown: Binding = { _tag: 'vector', lanes: vectorOf(c, after, cast(leaf, s.value.dtype)) }
    after.bindings.set('accumulator', shown)
    emitStores(c, after, s.stores)
  }
  const roots = [s.value]
  const outer = innerScope(scope)
  slots.bindSlots(outer, group, state)
  hoist(c, outer, roots, axis, c.pinned, true)
  overVectors(c, [outer], roots, axis, n, Math.max(1, Math.min(width, Math.floor(n / lanes))), {
    vector,
    scalar: (at) => stepScan(c, at, s, group, state),
    flush: null,
    unroll: 1
  })
}
