/** Nests over the same points, written with the same axes: what joins them compares axes. */
import { axisIndex, affine, type Affine, constantIndex } from './affine.ts'
import type { Nest, Stage } from './ir.ts'
import { reindexStage } from './stage.ts'

/** New axes for old ones, with the extents of the new. */
interface Change {
  readonly axes: readonly Affine[]
  readonly extents: readonly number[]
}

/** Axes of extent 1 stand still; the others keep their order, from axis `first` on. */
const dropUnits = (extents: readonly number[], first: number): Change => {
  const kept = extents.filter((n) => n !== 1)
  let next = first
  return {
    axes: extents.map((n) => (n === 1 ? constantIndex(0) : axisIndex(next++))),
    extents: kept
  }
}

/** The nest without axes and extents of 1; a scan keeps its extent. */
export const withoutUnitAxes = (nest: Nest): Nest => {
  const isPlain = (extents: readonly number[]): boolean => !extents.includes(1)
  if (isPlain(nest.axes) && nest.stages.every((s) => s._tag === 'scan' || isPlain(s.extents)))
    return nest
  const outer = dropUnits(nest.axes, 0)
  const stages = nest.stages.map((s): Stage => {
    const inner =
      s._tag === 'scan'
        ? { axes: [axisIndex(outer.extents.length)], extents: s.extents }
        : dropUnits(s.extents, outer.extents.length)
    return reindexStage(s, [...outer.axes, ...inner.axes], inner.extents)
  })
  return { ...nest, axes: outer.extents, stages }
}

/**
 * The first axes of `mine` cut up so that they are those of `theirs`, as far as they divide:
 * [1024, 16] beside [8, 128, 4] is [8, 128, 16]. The same list when nothing is to be cut.
 */
const cut = (mine: readonly number[], theirs: readonly number[]): readonly number[][] => {
  const parts: number[][] = []
  let at = 0
  for (const extent of mine) {
    const part: number[] = []
    let rest = extent
    while (at < theirs.length && rest > theirs[at] && rest % theirs[at] === 0) {
      part.push(theirs[at])
      rest /= theirs[at++]
    }
    if (part.length === 0 || rest !== theirs[at]) {
      // What is left of an axis is an axis of its own, and ends the likeness unless it is theirs.
      part.push(rest)
      if (rest !== theirs[at]) {
        parts.push(part, ...mine.slice(parts.length + 1).map((n) => [n]))
        return parts
      }
    } else part.push(rest)
    at++
    parts.push(part)
  }
  return parts
}

/** The nest with its axes cut up as those of `other` are, where that divides them. */
export const refinedLike = (nest: Nest, other: readonly number[]): Nest => {
  const parts = cut(nest.axes, other)
  if (parts.every((p) => p.length === 1)) return nest
  const extents = parts.flat()
  let next = 0
  const outer = parts.map((part): Affine => {
    const coefficients = new Array<number>(next + part.length).fill(0)
    let stride = 1
    for (let i = part.length - 1; i >= 0; i--) {
      coefficients[next + i] = stride
      stride *= part[i]
    }
    next += part.length
    return affine(0, coefficients)
  })
  const stages = nest.stages.map((s) =>
    reindexStage(
      s,
      [...outer, ...s.extents.map((_, i) => axisIndex(extents.length + i))],
      s.extents
    )
  )
  return { ...nest, axes: extents, stages }
}
