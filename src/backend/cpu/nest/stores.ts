/** Stores of values at a point, or at vectors of points. */
import { coefficient } from '../../../kernel/affine.ts'
import type { Store } from '../../../kernel/ir.ts'
import { scalarOf, vectorOf } from '../values/evaluate.ts'
import type { CodeContext } from '../values/expr-scalar.ts'
import { pushLane } from '../values/expr-vector.ts'
import { byteSize, storeScalar, storeVector } from '../values/memory-access.ts'
import type { Scope } from '../values/scope.ts'

/** Computes all values, then stores them at the scope's point or points. */
export const emitStores = (c: CodeContext, scope: Scope, stores: readonly Store[]): void => {
  const { f } = c
  const { lanes, axis } = scope.layout
  const vector = scope.width > 0
  const values = stores.map((s) =>
    vector ? vectorOf(c, scope, s.value) : [scalarOf(c, scope, s.value)]
  )
  stores.forEach((s, i) => {
    const { dtype } = s.value
    const size = byteSize(dtype)
    const base = s.base === null ? null : scalarOf(c, scope, s.base)
    const place = { buffer: s.buffer, dtype, index: s.index }
    const pushPlace = (distance: number): number => {
      const offset = scope.cursor.address(place)
      if (base !== null) f.get(base).i32(size).op('i32.mul').op('i32.add')
      if (distance < 0) f.i32(distance).op('i32.add')
      return offset + Math.max(0, distance)
    }
    if (!vector) {
      const offset = pushPlace(0)
      f.get(values[i][0])
      storeScalar(f, dtype, offset)
      return
    }
    const step = coefficient(s.index, axis)
    values[i].forEach((v, at) => {
      if (step === 1) {
        const offset = pushPlace(at * lanes * size)
        storeVector(f, dtype, lanes, v, offset)
        return
      }
      for (let lane = 0; lane < lanes; lane++) {
        const offset = pushPlace((at * lanes + lane) * step * size)
        pushLane(f, dtype, v, lane)
        storeScalar(f, dtype, offset)
      }
    })
  })
}
