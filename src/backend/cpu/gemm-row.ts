/**
 * A row times a matrix that no cache holds: sums of rows of B, which are read from end to end.
 *
 * A tile would go down columns and meet a line of every row of B, and the next tile the same rows
 * again. Here four rows at a time are added to sums in memory, which are few and stay in the first
 * cache. Every sum is made in the order of the other paths: from zero within a block of k.
 */
import { ACCUMULATE, i32s, loadLanes } from './gemm-micro.ts'
import type { GemmContext } from './gemm-micro.ts'
import { multiplyAdd } from './vector.ts'
import type { FunctionRef, Local } from './wasm/function.ts'
import type { ModuleBuilder } from './wasm/module.ts'

/** Rows of B added at a time, and vectors side by side: as many as TurboFan has registers for. */
const [ROWS, VECTORS] = [4, 2]

/**
 * `row(n, kc, a, columnStrideA, b, rowStrideB, c, sums, flags)`: one block of k of c (+)= a·B, for
 * contiguous columns of B and c, with room for n sums. Strides are in bytes.
 */
export const defineRow = (module: ModuleBuilder, context: GemmContext): FunctionRef => {
  const { type, profile } = context
  return module.define(
    { params: i32s(9), results: [] },
    (f, n, kc, a, columnStrideA, b, rowStrideB, c, sums, flags) => {
      const [left, to, from, isFirst] = f.locals('i32', 4)
      const value = f.local('v128')

      /** Columns in steps of so many vectors, of so many lanes, as long as they last. */
      const columns = (vectors: number, lanes: number, body: () => void): void => {
        const count = vectors * lanes
        f.while(
          () => f.get(left).i32(count).op('i32.ge_s'),
          () => {
            body()
            f.increment(to, count * type.bytes).increment(left, -count)
          }
        )
      }
      const store = (lanes: number, at: number): void => {
        if (lanes > 1) f.memory('v128.store', at)
        else f.laneMemory(type.storeLane, 0, at)
      }
      /** Adds `count` rows of B, as long as they last, to the sums. */
      const add = (count: number): void => {
        const rows = f.locals('i32', count)
        const factors = f.locals('v128', count)
        const terms = f.locals('v128', count * VECTORS)
        const totals = f.locals('v128', VECTORS)
        const over = (vectors: number, lanes: number): void =>
          columns(vectors, lanes, () => {
            f.get(isFirst)
            f.if(
              () => {
                for (let v = 0; v < vectors; v++) f.i32x4(0).set(totals[v])
              },
              () => {
                for (let v = 0; v < vectors; v++) {
                  f.get(to)
                  loadLanes(f, type, lanes, 16 * v)
                  f.set(totals[v])
                }
              }
            )
            rows.forEach((row, r) => {
              for (let v = 0; v < vectors; v++) {
                f.get(row)
                loadLanes(f, type, lanes, 16 * v)
                f.set(terms[r * VECTORS + v])
              }
            })
            for (let r = 0; r < count; r++)
              for (let v = 0; v < vectors; v++)
                multiplyAdd(f, type, profile, factors[r], terms[r * VECTORS + v], totals[v])
            for (let v = 0; v < vectors; v++) {
              f.get(to).get(totals[v])
              store(lanes, 16 * v)
            }
            for (const row of rows) f.increment(row, vectors * lanes * type.bytes)
          })
        f.while(
          () => f.get(kc).i32(count).op('i32.ge_u'),
          () => {
            rows.forEach((row, r) => {
              f.get(a).memory(type.loadSplat).set(factors[r])
              f.advance(a, columnStrideA).get(b).set(row).advance(b, rowStrideB)
            })
            f.get(sums).set(to).get(n).set(left)
            over(VECTORS, type.lanes)
            over(1, type.lanes)
            over(1, 1)
            f.i32(0).set(isFirst).increment(kc, -count)
          }
        )
      }
      f.i32(1).set(isFirst)
      add(ROWS)
      add(1)

      // c (+)= the sums.
      f.get(c).set(to).get(sums).set(from).get(n).set(left)
      const finish = (lanes: number): void =>
        columns(1, lanes, () => {
          const push = (place: Local): void => {
            f.get(place)
            loadLanes(f, type, lanes)
          }
          push(from)
          f.set(value)
          f.get(flags).i32(ACCUMULATE).op('i32.and')
          f.if(() => {
            push(to)
            f.get(value).op(`${type.shape}.add`).set(value)
          })
          f.get(to).get(value)
          store(lanes, 0)
          f.increment(from, lanes * type.bytes)
        })
      finish(type.lanes)
      finish(1)
    }
  )
}
