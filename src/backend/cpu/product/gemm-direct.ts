/**
 * Matrix products without packing: small ones, products with few rows, and matrix–vector products.
 *
 * They sum in the order of the packed path (blocks of k, each from zero), except for the dot
 * products at the end, whose lanes hold every fourth term.
 */

import type { EngineProfile, TileShape } from '../engine/engine.ts'
import { ACCUMULATE, i32s, loadLanes, storeTile } from './gemm-micro.ts'
import type { GemmContext } from './gemm-micro.ts'
import { multiplyAdd } from '../values/vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** Registers for a tile of one row: enough independent sums to hide the latency of an addition. */
const SINGLE_ROW_VECTORS = 8

/** TurboFan has no registers for loads of more than four rows beside eight sums. */
const directTile = ({ compiler, tile }: EngineProfile): Pick<TileShape, 'rows' | 'vectors'> =>
  compiler === 'turbofan' ? { rows: 4, vectors: 2 } : tile

/**
 * `direct(M, N, kc, a, rowStrideA, columnStrideA, b, rowStrideB, c, rowStrideC, flags)`: one block
 * of k of C (+)= A·B. Columns of B and C are contiguous; strides are in bytes.
 */
export const defineDirect = (module: ModuleBuilder, context: GemmContext): FunctionRef => {
  const { type, profile } = context
  return module.define(
    { params: i32s(11), results: [] },
    (f, m, n, kc, a, rowStrideA, columnStrideA, b, rowStrideB, c, rowStride, flags) => {
      const [left, counter] = f.locals('i32', 2)
      const [columnOfB, source, address] = f.locals('i32', 3)
      const [factor] = f.locals('v128', 1)

      /** All tiles of `rows` rows and `vectors` vectors that fit into the columns left. */
      const tiles = (rows: readonly Local[], vectors: number, lanes: number): void => {
        const columns = vectors * lanes
        const sums = rows.map(() => f.locals('v128', vectors))
        const right = f.locals('v128', vectors)
        f.while(
          () => f.get(left).i32(columns).op('i32.ge_s'),
          () => {
            f.get(columnOfB).set(source)
            f.get(a).set(rows[0])
            for (let i = 1; i < rows.length; i++)
              f.get(rows[i - 1])
                .get(rowStrideA)
                .op('i32.add')
                .set(rows[i])
            for (const sum of sums.flat()) f.i32x4(0).set(sum)
            f.get(kc).set(counter)
            f.while(
              () => f.get(counter),
              () => {
                right.forEach((v, j) => {
                  f.get(source)
                  loadLanes(f, type, lanes, 16 * j)
                  f.set(v)
                })
                rows.forEach((from, i) => {
                  f.get(from).memory(type.loadSplat).set(factor)
                  sums[i].forEach((sum, j) => multiplyAdd(f, type, profile, factor, right[j], sum))
                  f.advance(from, columnStrideA)
                })
                f.advance(source, rowStrideB).increment(counter, -1)
              }
            )
            storeTile(f, context, sums, lanes, { address, rowStride, flags })
            f.increment(columnOfB, columns * type.bytes).increment(address, columns * type.bytes)
            f.increment(left, -columns)
          }
        )
      }
      /** All blocks of `count` rows that fit into the rows left. */
      const blocks = (count: number, widths: readonly (readonly [number, number])[]): void => {
        const rows = f.locals('i32', count)
        f.while(
          () => f.get(m).i32(count).op('i32.ge_s'),
          () => {
            f.get(b).set(columnOfB).get(c).set(address).get(n).set(left)
            for (const [vectors, lanes] of widths) tiles(rows, vectors, lanes)
            f.get(rowStrideA).i32(count).op('i32.mul').get(a).op('i32.add').set(a)
            f.get(rowStride).i32(count).op('i32.mul').get(c).op('i32.add').set(c)
            f.increment(m, -count)
          }
        )
      }
      const { lanes } = type
      const { rows, vectors } = directTile(profile)
      const narrow: readonly (readonly [number, number])[] = [
        [1, lanes],
        [1, 1]
      ]
      blocks(
        rows,
        vectors > 2 ? [[vectors, lanes], [2, lanes], ...narrow] : [[2, lanes], ...narrow]
      )
      // Whole cache lines, as B may be too large to be read from a cache twice.
      blocks(2, [[4, lanes], ...narrow])
      blocks(1, [[SINGLE_ROW_VECTORS, lanes], ...narrow])
    }
  )
}

/** Adds up the lanes of `vector` into lane 0 of it. */
const sumLanes = (
  f: FunctionBuilder,
  { type: { shape, lanes } }: GemmContext,
  vector: Local
): void => {
  const halves = lanes === 4 ? [2, 3, 2, 3] : [1, 1]
  f.get(vector).get(vector).get(vector).shuffle(halves).op(`${shape}.add`).set(vector)
  if (lanes === 4)
    f.get(vector).get(vector).get(vector).shuffle([1, 1, 1, 1]).op(`${shape}.add`).set(vector)
}

/**
 * `dot(rows, k, depth, a, rowStrideA, x, c, strideC, accumulate, strideX, strideCX)`: c_ij (+)=
 * Σ_k a_ik x_jk for `width` vectors x_j, with a and x contiguous along k, summed in blocks of
 * `depth`; c_ij lies at i·strideC + j·strideCX. The same code serves A·x and xᵀ·B. A row is read
 * from end to end, as the processor fetches ahead.
 */
export const defineDot = (module: ModuleBuilder, context: GemmContext, width = 1): FunctionRef => {
  const { type, profile } = context
  return module.define(
    { params: i32s(11), results: [] },
    (f, count, k, depth, a, rowStrideA, x, c, strideC, accumulate, strideX, strideCX) => {
      const [counter, left, flags, address, to] = f.locals('i32', 5)
      const [turns, stepA, stepC] = f.locals('i32', 3)
      const sources = f.locals('i32', width)
      const factors = f.locals('v128', width)
      const term = f.local('v128')
      const blocks = (height: number): void => {
        const rows = f.locals('i32', height)
        const sums = rows.map(() => f.locals('v128', width))
        const terms = (lanes: number): void => {
          f.while(
            () => f.get(counter).i32(lanes).op('i32.ge_s'),
            () => {
              sources.forEach((source, j) => {
                f.get(source)
                loadLanes(f, type, lanes)
                f.set(factors[j]).increment(source, lanes * type.bytes)
              })
              rows.forEach((from, i) => {
                f.get(from)
                loadLanes(f, type, lanes)
                f.set(term).increment(from, lanes * type.bytes)
                sums[i].forEach((sum, j) => multiplyAdd(f, type, profile, term, factors[j], sum))
              })
              f.increment(counter, -lanes)
            }
          )
        }
        // Rows far apart are fetched ahead side by side, neighbours one after the other.
        f.get(count).i32(height).op('i32.div_u').tee(turns)
        f.get(rowStrideA).op('i32.mul').set(stepA)
        f.get(turns).get(strideC).op('i32.mul').set(stepC)
        f.while(
          () => f.get(turns),
          () => {
            f.get(x).set(sources[0]).get(k).set(left).get(accumulate).set(flags)
            const apart = (list: readonly Local[], step: Local): void =>
              list.slice(1).forEach((next, i) => f.get(list[i]).get(step).op('i32.add').set(next))
            apart(sources, strideX)
            f.get(a).set(rows[0])
            apart(rows, stepA)
            f.doWhile(
              () => {
                f.get(left).get(depth).get(left).get(depth).op('i32.lt_u').op('select')
                f.set(counter)
                f.get(left).get(counter).op('i32.sub').set(left)
                for (const sum of sums.flat()) f.i32x4(0).set(sum)
                terms(type.lanes)
                terms(1)
                f.get(c).set(address)
                for (const line of sums) {
                  f.get(address).set(to)
                  for (const sum of line) {
                    sumLanes(f, context, sum)
                    storeTile(f, context, [[sum]], 1, { address: to, rowStride: strideC, flags })
                    f.advance(to, strideCX)
                  }
                  f.advance(address, stepC)
                }
                f.i32(ACCUMULATE).set(flags)
              },
              () => f.get(left)
            )
            f.advance(a, rowStrideA).advance(c, strideC).increment(turns, -1)
          }
        )
        for (let i = 1; i < height; i++) f.advance(a, stepA).advance(c, stepC)
        f.get(count).i32(height).op('i32.rem_u').set(count)
      }
      blocks(4)
      blocks(1)
    }
  )
}
