/**
 * A few rows times a matrix that is read where it lies: sums of rows of B, walked from end to end.
 *
 * Packing B would take longer than multiplying it so few times, and a tile that goes down columns
 * meets a line of every row of B. Here four rows of B at a time are added to sums in memory, of all
 * rows of C, in strips so narrow that the sums stay in a near cache. Every sum is made in the order
 * of the other paths: from zero within a block of k.
 */
import { ACCUMULATE, i32s, loadLanes, storeLanes } from './gemm-micro.ts'
import type { GemmContext } from './gemm-micro.ts'
import { multiplyAdd } from '../values/vector.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** Rows of B added at a time, and vectors side by side: as many as TurboFan has registers for. */
const [ROWS, VECTORS] = [4, 2]

/** Bytes of a row of B walked at a time. */
const BYTES_OF_STRIP = 4096

/** Columns of a strip. */
export const stripColumns = ({ bytes }: VectorType): number => BYTES_OF_STRIP / bytes

/** Bytes of workspace for `rows` rows of `columns` columns, and blocks of `depth`. */
export const rowsWorkspace = (
  rows: number,
  columns: number,
  depth: number,
  type: VectorType
): number => rows * (depth + Math.min(columns, stripColumns(type))) * type.bytes

/**
 * `factors(m, kc, a, rowStrideA, columnStrideA, target)`: four steps of k of every row side by side,
 * then the next four; what is left of k one step at a time.
 */
export const defineFactors = (module: ModuleBuilder, { type }: GemmContext): FunctionRef =>
  module.define(
    { params: i32s(6), results: [] },
    (f, m, kc, a, rowStrideA, columnStrideA, target) => {
      const [row, at, left] = f.locals('i32', 3)
      const steps = (count: number): FunctionBuilder =>
        f.while(
          () => f.get(kc).i32(count).op('i32.ge_s'),
          () => {
            f.get(a).set(row).get(m).set(left)
            f.doWhile(
              () => {
                f.get(row).set(at)
                for (let s = 0; s < count; s++) {
                  f.get(target)
                    .get(at)
                    .memory(type.load)
                    .memory(type.store, s * type.bytes)
                  f.advance(at, columnStrideA)
                }
                f.advance(row, rowStrideA).increment(target, count * type.bytes)
                f.increment(left, -1)
              },
              () => f.get(left)
            )
            for (let s = 0; s < count; s++) f.advance(a, columnStrideA)
            f.increment(kc, -count)
          }
        )
      steps(ROWS)
      steps(1)
    }
  )

/** What is done side by side: vectors, and the lanes of each. */
type Width = readonly [vectors: number, lanes: number]

const loadWidth = (
  f: FunctionBuilder,
  type: VectorType,
  [vectors, lanes]: Width,
  from: Local,
  to: readonly Local[]
): void => {
  for (let v = 0; v < vectors; v++) {
    f.get(from)
    loadLanes(f, type, lanes, 16 * v)
    f.set(to[v])
  }
}

const storeWidth = (
  f: FunctionBuilder,
  type: VectorType,
  [vectors, lanes]: Width,
  to: Local,
  from: readonly Local[]
): void => {
  for (let v = 0; v < vectors; v++) {
    f.get(to).get(from[v])
    storeLanes(f, type, lanes, 16 * v)
  }
}

/**
 * `rows(m, n, kc, factors, b, rowStrideB, c, rowStrideC, sums, flags)`: one block of k of C (+)= A·B
 * for a strip of `n` columns, contiguous in B and C, with room for m·n sums. Strides are in bytes.
 *
 * The code for a single row keeps its factors in registers. Sums lie in the order in which they are met: those of all rows for a few columns, then for the
 * next. Rows of sums would lie a power of two apart and drive each other out of the cache.
 */
export const defineRows = (
  module: ModuleBuilder,
  { type, profile }: GemmContext,
  isSingle: boolean
): FunctionRef => {
  const widths: readonly Width[] = [
    [VECTORS, type.lanes],
    [1, type.lanes],
    [1, 1]
  ]
  return module.define(
    { params: i32s(10), results: [] },
    (f, m, n, kc, factors, b, rowStrideB, c, rowStrideC, sums, flags) => {
      const [left, sum, from, isFirst] = f.locals('i32', 4)
      const [line, address] = f.locals('i32', 2)
      const [totals, terms] = [f.locals('v128', VECTORS), f.locals('v128', VECTORS)]

      /** The columns of the strip, as many at a time as fit. */
      const overColumns = (body: (width: Width, bytes: number) => void): void => {
        f.get(n).set(left).get(sums).set(sum)
        for (const width of widths) {
          const count = width[0] * width[1]
          f.while(
            () => f.get(left).i32(count).op('i32.ge_s'),
            () => {
              body(width, count * type.bytes)
              f.increment(left, -count)
            }
          )
        }
      }
      /** All rows of C, for a few columns. */
      const overRows = (bytes: number, body: () => void): void => {
        const one = (): FunctionBuilder => {
          body()
          return f.increment(sum, bytes).increment(line, -1)
        }
        f.get(m).set(line)
        if (isSingle) one()
        else f.doWhile(one, () => f.get(line))
      }
      /** Adds `count` rows of B, as long as they last, to the sums. */
      const add = (count: number): void => {
        const rows = f.locals('i32', count)
        const splats = f.locals('v128', isSingle ? count : 1)
        const splat = (r: number): Local => splats[isSingle ? r : 0]
        const loadSplat = (r: number): FunctionBuilder =>
          f
            .get(from)
            .memory(type.loadSplat, r * type.bytes)
            .set(splat(r))
        const lines = rows.map(() => f.locals('v128', VECTORS))
        const sumRows = (width: Width, bytes: number, first: boolean): void =>
          overRows(bytes, () => {
            if (first) for (const total of totals) f.i32x4(0).set(total)
            else loadWidth(f, type, width, sum, totals)
            for (let r = 0; r < count; r++) {
              if (!isSingle) loadSplat(r)
              for (let v = 0; v < width[0]; v++)
                multiplyAdd(f, type, profile, splat(r), lines[r][v], totals[v])
            }
            storeWidth(f, type, width, sum, totals)
            if (!isSingle) f.increment(from, count * type.bytes)
          })
        f.while(
          () => f.get(kc).i32(count).op('i32.ge_s'),
          () => {
            for (const row of rows) f.get(b).set(row).advance(b, rowStrideB)
            f.get(factors).set(from)
            if (isSingle) rows.forEach((_, r) => loadSplat(r))
            overColumns((width, bytes) => {
              rows.forEach((row, r) => loadWidth(f, type, width, row, lines[r]))
              f.get(factors).set(from).get(isFirst)
              f.if(
                () => sumRows(width, bytes, true),
                () => sumRows(width, bytes, false)
              )
              for (const row of rows) f.increment(row, bytes)
            })
            f.get(m)
              .i32(count * type.bytes)
              .op('i32.mul')
              .get(factors)
              .op('i32.add')
              .set(factors)
            f.i32(0).set(isFirst).increment(kc, -count)
          }
        )
      }
      f.i32(1).set(isFirst)
      add(ROWS)
      add(1)

      // C (+)= the sums.
      overColumns((width, bytes) => {
        f.get(c).set(address)
        overRows(bytes, () => {
          loadWidth(f, type, width, sum, totals)
          f.get(flags).i32(ACCUMULATE).op('i32.and')
          f.if(() => {
            loadWidth(f, type, width, address, terms)
            for (let v = 0; v < width[0]; v++)
              f.get(totals[v]).get(terms[v]).op(`${type.shape}.add`).set(totals[v])
          })
          storeWidth(f, type, width, address, totals)
          f.advance(address, rowStrideC)
        })
        f.increment(c, bytes)
      })
    }
  )
}
