/**
 * Tiles: pieces of a kernel that threads compute side by side. How a kernel is cut depends on its
 * shape alone, and every tile begins where whole vectors would, so results have the same bits
 * however many threads there are.
 */
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** The tiles, out of `count`, that one call of a kernel's code computes: those in [from, to). */
export interface TileRange {
  readonly from: Local
  readonly to: Local
  readonly count: number
}

/** An axis that may be cut, in pieces of whole units. */
export interface Cut {
  readonly axis: number
  readonly extent: number
  /** Points that stay together. */
  readonly unit: number
}

/** The part of an axis that a call walks. */
export interface CutAxis {
  readonly axis: number
  readonly begin: Local
  readonly end: Local
}

/** Pieces that an axis can be cut into. */
export const unitsOf = ({ extent, unit }: Cut): number => Math.ceil(extent / unit)

/** The first cut with enough pieces for `count` tiles, or the one with most; null without any. */
export const chooseCut = <C extends Cut>(cuts: readonly C[], count: number): C | null =>
  cuts.find((c) => unitsOf(c) >= 2 * count) ??
  cuts.reduce<C | null>(
    (best, c) => (unitsOf(c) > (best === null ? 1 : unitsOf(best)) ? c : best),
    null
  )

/** Points from one tile to the next. */
const step = ({ extent, unit }: Cut, count: number): number =>
  Math.ceil(Math.ceil(extent / unit) / count) * unit

/** Emits where the range begins and ends on the axis; the last tile may be shorter, or empty. */
export const cutAxis = (f: FunctionBuilder, cut: Cut, { from, to, count }: TileRange): CutAxis => {
  const points = step(cut, count)
  const bound = (tile: Local): Local => {
    const [at, limit] = f.locals('i32', 2)
    f.get(tile).i32(points).op('i32.mul').set(at).i32(cut.extent).set(limit)
    f.get(at).get(limit).get(at).get(limit).op('i32.lt_s').op('select').set(at)
    return at
  }
  return { axis: cut.axis, begin: bound(from), end: bound(to) }
}
