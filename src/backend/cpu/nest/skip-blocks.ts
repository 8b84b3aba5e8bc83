/**
 * Positions of extremes along rows: a block of vectors that holds nothing better than the best so
 * far is skipped, after two operations for a vector and one question for all of them. Numbers in
 * random order have a new maximum ln n times in n; in ascending order every block takes all steps.
 */
import { isFloat } from '../../../core/dtype.ts'
import type { Expr } from '../../../kernel/expr.ts'
import type { Reduction, ReduceStage } from '../../../kernel/ir.ts'
import { neutral } from '../../../kernel/monoid.ts'
import { nodes } from '../../../kernel/walk.ts'
import { bindSlots, moved, updateSlots } from './accumulate.ts'
import type { Lanes } from '../values/elementary/lanes.ts'
import { vectorOf } from '../values/evaluate.ts'
import { type CodeContext, machineType } from '../values/expr-scalar.ts'
import { pushConstVector } from '../values/expr-vector.ts'
import { type Binding, innerScope, isVarying, type Scope } from '../values/scope.ts'
import { meetsInOrder, type SlotGroup } from './slots.ts'
import type { PlainInstruction } from '../wasm/opcodes.ts'
import type { Local } from '../wasm/function.ts'

/** Vectors of a block. */
const block = 8

/** Blocks of a row from which on most of them can be skipped. */
const fewest = 16

/** Vectors that are asked together, or 0 where every element takes its steps. */
export const skippedWidth = (
  c: { readonly lanes: number; readonly first: number },
  scope: Scope,
  s: ReduceStage
): number => {
  const [r] = s.reductions
  if (s.reductions.length > 1 || r.value.dtype === 'bool' || !meetsInOrder(r, c.first)) return 0
  const n = s.extents.at(-1) ?? 0
  const moving = nodes([r.value]).filter((e) => isVarying(scope, e)).length
  return moving <= 4 && n >= fewest * block * c.lanes ? block : 0
}

interface Order {
  /** The better one of two numbers; NaN may get lost. */
  readonly better: PlainInstruction
  readonly beats: PlainInstruction
  /** Whether a number of some is NaN: of their sum, whether it is. Absent where none can be. */
  readonly isMissing?: readonly [sum: PlainInstruction, differs: PlainInstruction]
}

const orderOf = ({ monoid, value: { dtype } }: Reduction): Order => {
  const [better, beats] = monoid === 'argmax' ? (['max', 'gt'] as const) : (['min', 'lt'] as const)
  if (!isFloat(dtype)) {
    const sign = dtype.startsWith('u') ? 'u' : 's'
    return { better: `i32x4.${better}_${sign}`, beats: `i32x4.${beats}_${sign}` }
  }
  const shape = machineType(dtype) === 'f64' ? 'f64x2' : 'f32x4'
  return {
    better: `${shape}.p${better}`,
    beats: `${shape}.${beats}`,
    isMissing: [`${shape}.add`, `${shape}.ne`]
  }
}

/** All vectors in one, pair by pair. */
const folded = (c: CodeContext, lanes: Lanes, op: PlainInstruction): Local => {
  if (lanes.length === 1) return lanes[0]
  const half = lanes.length / 2
  const parts = [lanes.slice(0, half), lanes.slice(half)].map((part) => folded(c, part, op))
  const both = c.f.local('v128')
  c.f.get(parts[0]).get(parts[1]).op(op).set(both)
  return both
}

/** What a number has to beat, in every lane: at first the neutral element of the extreme. */
export const startBar = (c: CodeContext, { monoid, value: { dtype } }: Reduction): Local => {
  const bar = c.f.local('v128')
  pushConstVector(c.f, dtype, neutral(monoid, dtype))
  c.f.set(bar)
  return bar
}

/** Steps of one vector of slots through a block, if a number of it beats the bar or is NaN. */
export const takeBlock = (
  c: CodeContext & { readonly lanes: number },
  scope: Scope,
  r: Reduction,
  group: SlotGroup,
  state: readonly Binding[],
  bar: Local
): void => {
  const { f } = c
  const { better, beats, isMissing } = orderOf(r)
  const values = vectorOf(c, scope, r.value)
  const extreme = folded(c, values, better)
  const sum = isMissing === undefined ? null : folded(c, values, isMissing[0])
  f.get(extreme).get(bar).op(beats)
  // A sum with a NaN is NaN; that of both infinities is too, and asks for nothing but time.
  if (isMissing !== undefined && sum !== null) f.get(sum).get(sum).op(isMissing[1]).op('v128.or')
  f.op('v128.any_true').if(() => {
    const position = r.position as Expr
    const positions = vectorOf(c, innerScope(scope), position)
    values.forEach((value, i) => {
      const one = innerScope(scope, { width: 1 })
      one.vectors.set(r.value, [value])
      one.vectors.set(position, [positions[i]])
      bindSlots(one, group, state)
      updateSlots(
        c,
        one,
        state,
        group.slots.map(({ step }) => step)
      )
    })
    const [best] = state
    if (best._tag === 'vector') f.get(best.lanes[0]).set(bar)
    for (let distance = c.lanes / 2; distance >= 1; distance /= 2)
      f.get(bar).get(bar).get(bar).shuffle(moved(r.value.dtype, distance)).op(better).set(bar)
  })
}
