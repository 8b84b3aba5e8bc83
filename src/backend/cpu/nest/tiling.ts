/**
 * Maps that read along one axis and write along another, such as transposes, in tiles: a cache
 * line is then used up before it is replaced.
 */
import { type Affine, axisIndex, coefficient } from '../../../kernel/affine.ts'
import type { MapStage, Stage } from '../../../kernel/ir.ts'
import { reindexStage } from '../../../kernel/stage.ts'
import { nodes } from '../../../kernel/walk.ts'

/** Elements of a line of 64 bytes, for elements of four. */
const tile = 16

/** Shorter axes leave few lines to lose. */
const leastExtent = 2 * tile

/** Strides below this stay within a line or two. */
const leastStride = 16

/** The axis along which loads are contiguous that jump along the innermost one; none if few are. */
const readAxis = (s: MapStage, first: number): number | undefined => {
  const inner = first + s.extents.length - 1
  const loads = nodes(s.stores.map((o) => o.value)).flatMap((e) =>
    e._tag === 'load' ? [e.index] : []
  )
  const jumping = loads.filter((i) => Math.abs(coefficient(i, inner)) >= leastStride)
  for (const index of jumping) {
    const axis = s.extents.findIndex(
      (n, a) =>
        a < s.extents.length - 1 &&
        n >= leastExtent &&
        Math.abs(coefficient(index, first + a)) === 1
    )
    if (axis >= 0) return axis
  }
  return undefined
}

/** axis ↦ tile · axes[outer] + axes[inner] + offset. */
const split = (outer: number, inner: number, offset: number): Affine => {
  const coefficients = new Array<number>(Math.max(outer, inner) + 1).fill(0)
  coefficients[outer] = tile
  coefficients[inner] += 1
  return { offset, coefficients }
}

const shifted = (axis: number, offset: number): Affine => ({ ...axisIndex(axis), offset })

/**
 * The stage as one or more that do the same: one in tiles, and what is left of both axes.
 */
export const tiled = (s: Stage, first: number): readonly Stage[] => {
  const rank = s.extents.length
  if (s._tag !== 'map' || rank < 2 || s.extents[rank - 1] < leastExtent) return [s]
  const a = readAxis(s, first)
  if (a === undefined) return [s]
  const b = rank - 1
  const parallel = Array.from({ length: first }, (_, i) => axisIndex(i))
  const [m, n] = [s.extents[a], s.extents[b]]
  const [wholeM, wholeN] = [m - (m % tile), n - (n % tile)]
  // New extents: the others in their order, then tiles of b, tiles of a, a, b.
  const others = s.extents.flatMap((_, i) => (i === a || i === b ? [] : [i]))
  const at = first + others.length
  const main = reindexStage(
    s,
    [
      ...parallel,
      ...s.extents.map((_, i) =>
        i === a
          ? split(at + 1, at + 2, 0)
          : i === b
            ? split(at, at + 3, 0)
            : axisIndex(first + others.indexOf(i))
      )
    ],
    [...others.map((i) => s.extents[i]), wholeN / tile, wholeM / tile, tile, tile]
  )
  const part = (axis: number, from: number, extents: readonly number[]): readonly Stage[] =>
    extents.includes(0)
      ? []
      : [
          reindexStage(
            s,
            [
              ...parallel,
              ...s.extents.map((_, i) =>
                i === axis ? shifted(first + i, from) : axisIndex(first + i)
              )
            ],
            extents
          )
        ]
  const withExtent = (changes: ReadonlyMap<number, number>): readonly number[] =>
    s.extents.map((e, i) => changes.get(i) ?? e)
  return [
    main,
    ...part(a, wholeM, withExtent(new Map([[a, m - wholeM]]))),
    ...part(
      b,
      wholeN,
      withExtent(
        new Map([
          [a, wholeM],
          [b, n - wholeN]
        ])
      )
    )
  ]
}
