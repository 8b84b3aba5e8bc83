/** What contractions and convolutions have in common: how they are summed, where operands lie. */
import type { ScalarType } from '../../../kernel/expr.ts'
import type { Contraction, Convolution } from '../../../kernel/ir.ts'
import { nodes } from '../../../kernel/walk.ts'
import type { LaneTarget } from '../values/elementary/lanes.ts'
import { scalarOf } from '../values/evaluate.ts'
import { rootScope, type Scope } from '../values/scope.ts'
import { type Access, createCursor, loadsOf } from '../values/loops.ts'
import { byteSize } from '../values/memory-access.ts'
import type { FloatType } from '../values/vector.ts'
import type { Local } from '../wasm/function.ts'

/** The vector type that sums the products, or null for integers and bools. */
export const floatType = (dtype: ScalarType): FloatType | null =>
  dtype === 'float64'
    ? 'float64'
    : dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16'
      ? 'float32'
      : null

/** A scope to compute bases in, and the addresses of the three operands. */
export const operandsOf = (
  c: LaneTarget,
  table: Local,
  k: Contraction | Convolution,
  dtype: FloatType
) => {
  const places = [k.lhs, k.rhs, k.out]
  const accesses: readonly Access[] = places.map(({ buffer, index }) => ({ buffer, index, dtype }))
  const bases = places.flatMap((p) => (p.base === null ? [] : [p.base]))
  const cursor = createCursor(c.f, table, [...accesses, ...loadsOf(nodes(bases))])
  const scope = rootScope(cursor, { axis: -1, lanes: 4 })
  const offsets = places.map((p) => (p.base === null ? null : scalarOf(c, scope, p.base)))
  const pushAddress = (at: Scope, i: number): void => {
    const immediate = at.cursor.address(accesses[i])
    if (immediate !== 0) c.f.i32(immediate).op('i32.add')
    const base = offsets[i]
    if (base !== null) c.f.get(base).i32(byteSize(dtype)).op('i32.mul').op('i32.add')
  }
  return { scope, pushAddress }
}
