/**
 * The register tile of a matrix product, and how a tile reaches memory.
 *
 * A tile is summed from zero over one block of k and then added to what C holds, so the bits of an
 * element depend on how k is split and on nothing else: not on the tile's shape, not on whether the
 * element lies at an edge. Long sums are thereby blocked: their error grows with the number of
 * blocks, not of terms.
 */

import type { EngineProfile } from '../engine/engine.ts'
import { multiplyAdd } from '../values/vector.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'
import type { ValueType } from '../wasm/opcodes.ts'

/**
 * What is done to finished sums while they are in the caches: bias, activation, residual, rounding.
 * `finish(row, rows, column, columns, …params)` works in place on a part of C; the product takes
 * the parameters behind its own and hands them on.
 */
export interface Epilogue {
  /** Number of i32 parameters. */
  readonly params: number
  readonly finish: FunctionRef
}

/** What every part of one matrix product agrees on. */
export interface GemmContext {
  readonly type: VectorType
  readonly profile: EngineProfile
  readonly epilogue: Epilogue | undefined
}

/** Flags of a store, in an i32. */
export const ACCUMULATE = 1 // add to what C holds
export const FINISH = 2 // the last block of k: the epilogue follows

export const i32s = (count: number): readonly ValueType[] =>
  Array.from({ length: count }, () => 'i32' as const)

/** Types of the epilogue's own parameters. */
export const epilogueParams = ({ epilogue }: GemmContext): readonly ValueType[] =>
  i32s(epilogue?.params ?? 0)

/** Columns of the tile in elements. */
export const tileColumns = ({ type, profile }: GemmContext): number =>
  profile.tile.vectors * type.lanes

/** Where a tile is stored: its address, the bytes between rows, flags. */
export interface TileTarget {
  readonly address: Local
  readonly rowStride: Local
  readonly flags: Local
}

/** Loads a whole vector, or lane 0 alone. */
export const loadLanes = (f: FunctionBuilder, type: VectorType, lanes: number, at = 0): void => {
  if (lanes > 1) f.memory('v128.load', at)
  else f.memory(type.bytes === 4 ? 'v128.load32_zero' : 'v128.load64_zero', at)
}

/** Stores what was pushed last: a whole vector, or lane 0 alone. */
export const storeLanes = (f: FunctionBuilder, type: VectorType, lanes: number, at = 0): void => {
  if (lanes > 1) f.memory('v128.store', at)
  else f.laneMemory(type.storeLane, 0, at)
}

/** Stores `sums[row][vector]`; with `lanes` 1 only lane 0 of each vector exists. */
export const storeTile = (
  f: FunctionBuilder,
  { type }: GemmContext,
  sums: readonly (readonly Local[])[],
  lanes: number,
  { address, rowStride, flags }: TileTarget
): void => {
  const rows: Local[] = [address]
  for (let i = 1; i < sums.length; i++) {
    const next = f.local('i32')
    f.get(rows[i - 1])
      .get(rowStride)
      .op('i32.add')
      .set(next)
    rows.push(next)
  }
  f.get(flags).i32(ACCUMULATE).op('i32.and')
  f.if(() =>
    sums.forEach((vectors, i) =>
      vectors.forEach((sum, j) => {
        f.get(rows[i])
        loadLanes(f, type, lanes, 16 * j)
        f.get(sum).op(`${type.shape}.add`).set(sum)
      })
    )
  )
  sums.forEach((vectors, i) =>
    vectors.forEach((sum, j) => {
      f.get(rows[i]).get(sum)
      storeLanes(f, type, lanes, 16 * j)
    })
  )
}

/** Applies the epilogue, if there is one, to a part of C; each push leaves one i32. */
export const emitFinish = (
  f: FunctionBuilder,
  { epilogue }: GemmContext,
  part: readonly (() => FunctionBuilder)[], // row, rows, column, columns
  params: readonly Local[]
): void => {
  if (epilogue === undefined) return
  part.forEach((push) => push())
  params.forEach((param) => f.get(param))
  f.call(epilogue.finish)
}

/**
 * `micro(kc, a, b, c, rowStride, flags)`: C tile (+)= A panel · B panel, of the first `rows` rows.
 * Panels are packed: a [kc][rows of the profile's tile], b [kc][columns].
 *
 * A step goes through the rows from the last to the first, and the tile is stored from the first to
 * the last. TurboFan keeps the order of loads, but places the arithmetic of a loop in the order in
 * which it comes upon the sums behind it, backwards: in this order each row's load is followed by
 * its arithmetic. In the other all loads come first, and their registers are missing for sums.
 */
const defineMicro = (module: ModuleBuilder, context: GemmContext, rows: number): FunctionRef => {
  const { type, profile } = context
  const { vectors, unroll } = profile.tile
  const [stepA, stepB] = [profile.tile.rows * type.bytes, 16 * vectors]
  return module.define({ params: i32s(6), results: [] }, (f, kc, a, b, c, rowStride, flags) => {
    const sums = Array.from({ length: rows }, () => f.locals('v128', vectors))
    const right = f.locals('v128', vectors)
    const left = f.local('v128')
    const end = f.local('i32')
    const step = (u: number): void => {
      right.forEach((v, j) =>
        f
          .get(b)
          .memory('v128.load', u * stepB + 16 * j)
          .set(v)
      )
      for (let i = rows - 1; i >= 0; i--) {
        f.get(a)
          .memory(type.loadSplat, u * stepA + i * type.bytes)
          .set(left)
        sums[i].forEach((sum, j) => multiplyAdd(f, type, profile, left, right[j], sum))
      }
    }
    const steps = (count: number): void => {
      f.while(
        () => f.get(a).get(end).op('i32.lt_u'),
        () => {
          for (let u = 0; u < count; u++) step(u)
          f.increment(a, count * stepA).increment(b, count * stepB)
        }
      )
    }
    if (unroll > 1) {
      f.get(a).get(kc).i32(-unroll).op('i32.and').i32(stepA).op('i32.mul').op('i32.add').set(end)
      steps(unroll)
      f.get(a)
        .get(kc)
        .i32(unroll - 1)
        .op('i32.and')
        .i32(stepA)
        .op('i32.mul')
      f.op('i32.add').set(end)
      steps(1)
    } else {
      f.get(a).get(kc).i32(stepA).op('i32.mul').op('i32.add').set(end)
      steps(1)
    }
    storeTile(f, context, sums, type.lanes, { address: c, rowStride, flags })
  })
}

/** `edge(tile, c, rowStride, flags, rows, columns)`: stores the part of a tile that lies inside C. */
export const defineEdge = (module: ModuleBuilder, context: GemmContext): FunctionRef => {
  const { type } = context
  return module.define(
    { params: i32s(6), results: [] },
    (f, tile, c, rowStride, flags, rows, columns) => {
      const [address, source, left] = f.locals('i32', 3)
      const value = f.local('v128')
      const pieces = (lanes: number): void => {
        f.while(
          () => f.get(left).i32(lanes).op('i32.ge_s'),
          () => {
            f.get(source)
            loadLanes(f, type, lanes)
            f.set(value)
            storeTile(f, context, [[value]], lanes, { address, rowStride, flags })
            f.increment(address, lanes * type.bytes).increment(source, lanes * type.bytes)
            f.increment(left, -lanes)
          }
        )
      }
      f.while(
        () => f.get(rows),
        () => {
          f.get(c).set(address).get(tile).set(source).get(columns).set(left)
          pieces(type.lanes)
          pieces(1)
          f.advance(c, rowStride).increment(tile, tileColumns(context) * type.bytes)
          f.increment(rows, -1)
        }
      )
    }
  )
}

/**
 * `macro(mc, nc, kc, a, b, c, rowStride, flags, row, column, spare, step, …)`: a block of C from
 * packed blocks of A and B; `row` and `column` are its place in C, `spare` holds one tile for the
 * edges, `step` is the number of rows in a tile: those of the profile, or one less.
 *
 * Tiles follow each other along the rows of C, which are then read and written as streams that the
 * processor fetches ahead; down a column each tile would wait for lines of its own. A row of tiles
 * gets its epilogue as soon as it is complete.
 */
export const defineMacro = (module: ModuleBuilder, context: GemmContext): FunctionRef => {
  const make = (): FunctionRef => emitMacro(module, context)
  return context.epilogue === undefined
    ? module.shared(`macro ${context.type.scalar}`, make)
    : make()
}

const emitMacro = (module: ModuleBuilder, context: GemmContext): FunctionRef => {
  const { type, profile } = context
  const tileRows = profile.tile.rows
  const columns = tileColumns(context)
  const microOf = (rows: number): FunctionRef =>
    module.shared(`micro ${type.scalar} ${rows}`, () => defineMicro(module, context, rows))
  const [micro, lower] = [microOf(tileRows), microOf(tileRows - 1)]
  const edge = module.shared(`edge ${type.scalar}`, () => defineEdge(module, context))
  const signature = { params: [...i32s(12), ...epilogueParams(context)], results: [] }
  return module.define(
    signature,
    (f, mc, nc, kc, a, b, c, rowStride, flags, row, column, spare, step, ...params) => {
      const [left, panel, address] = f.locals('i32', 3)
      const [rows, cols, whole] = f.locals('i32', 3)
      const [target, stride, store] = f.locals('i32', 3)
      const smaller = (x: Local, y: () => FunctionBuilder): void => {
        f.get(x)
        y().get(x)
        y().op('i32.lt_s').op('select')
      }
      const tile = (): void => {
        smaller(left, () => f.i32(columns))
        f.set(cols)
        f.get(rows).get(step).op('i32.eq').get(cols).i32(columns).op('i32.eq').op('i32.and')
        f.set(whole)
        f.get(address).get(spare).get(whole).op('select').set(target)
        f.get(rowStride)
          .i32(columns * type.bytes)
          .get(whole)
          .op('select')
          .set(stride)
        f.get(flags).i32(0).get(whole).op('select').set(store)
        const sum = (kernel: FunctionRef): void => {
          f.get(kc).get(a).get(panel).get(target).get(stride).get(store).call(kernel)
        }
        f.get(step).i32(tileRows).op('i32.eq')
        f.if(
          () => sum(micro),
          () => sum(lower)
        )
        f.get(whole).op('i32.eqz')
        f.if(() => {
          f.get(spare).get(address).get(rowStride).get(flags).get(rows).get(cols).call(edge)
        })
      }
      f.while(
        () => f.get(mc).i32(0).op('i32.gt_s'),
        () => {
          smaller(mc, () => f.get(step))
          f.set(rows)
          f.get(nc).set(left).get(b).set(panel).get(c).set(address)
          f.while(
            () => f.get(left).i32(0).op('i32.gt_s'),
            () => {
              tile()
              f.get(kc)
                .i32(columns * type.bytes)
                .op('i32.mul')
                .get(panel)
                .op('i32.add')
                .set(panel)
              f.increment(address, columns * type.bytes).increment(left, -columns)
            }
          )
          if (context.epilogue !== undefined) {
            f.get(flags).i32(FINISH).op('i32.and')
            f.if(() =>
              emitFinish(
                f,
                context,
                [row, rows, column, nc].map((local) => () => f.get(local)),
                params
              )
            )
          }
          f.get(kc)
            .i32(tileRows * type.bytes)
            .op('i32.mul')
            .get(a)
            .op('i32.add')
            .set(a)
          f.get(rowStride).get(step).op('i32.mul').get(c).op('i32.add').set(c)
          f.advance(row, step)
          f.get(mc).get(step).op('i32.sub').set(mc)
        }
      )
    }
  )
}
