/**
 * Nests over the same rows become one: the reductions and maps of a softmax or a layer norm then
 * walk each row while it is in the cache.
 */
import { equals, sizeOf } from '../core/shape.ts'
import { type Affine, coefficient, rangeOf } from './affine.ts'
import { refinedLike } from './shared-axes.ts'
import type { Nest, Place, Stage } from './ir.ts'
import { loadsOf, renumberStage, storesOf } from './stage.ts'
import { usesOf } from './uses.ts'

/** Every access of a stage, and the extents of the space that it is made in. */
interface Access {
  readonly place: Place
  readonly space: readonly number[]
}

const accessesOf = (
  nest: Nest
): { readonly loads: readonly Access[]; readonly stores: readonly Access[] } => {
  const each = (pick: (s: Stage) => readonly Place[]): readonly Access[] =>
    nest.stages.flatMap((s) => {
      const space = [...nest.axes, ...s.extents]
      return pick(s).map((place) => ({ place, space }))
    })
  return {
    loads: each(loadsOf),
    stores: each(storesOf)
  }
}

/** The nest with its last axes as extents of its stages; null when a stage has some already. */
const withAxes = (nest: Nest, count: number): Nest | null => {
  if (nest.axes.length === count) return nest
  if (nest.stages.some((s) => s._tag !== 'map' || s.extents.length > 0)) return null
  const rest = nest.axes.slice(count)
  return {
    ...nest,
    axes: nest.axes.slice(0, count),
    stages: nest.stages.map((s) => ({ ...s, extents: rest }) as Stage) // all are maps
  }
}

/** What an access touches beside its parallel point: lowest and highest element. */
const spread = ({ place, space }: Access, count: number): readonly [number, number] => {
  const own: Affine = {
    offset: place.index.offset,
    coefficients: place.index.coefficients.map((c, a) => (a < count ? 0 : c))
  }
  return rangeOf(own, space)
}

/** Whether the accesses touch, at each point of the axes, elements that no other point touches. */
const isPerPoint = (accesses: readonly Access[], axes: readonly number[]): boolean => {
  if (accesses.some(({ place }) => place.base !== null)) return false
  const moving = axes.flatMap((n, a) => (n === 1 ? [] : [a]))
  const [{ place: first }] = accesses
  const strides = moving.map((a) => coefficient(first.index, a))
  const agree = accesses.every(({ place }) =>
    moving.every((a, i) => coefficient(place.index, a) === strides[i])
  )
  if (!agree) return false
  const ranges = accesses.map((access) => spread(access, axes.length))
  let reach = Math.max(...ranges.map(([, high]) => high)) - Math.min(...ranges.map(([low]) => low))
  const order = moving.map((a, i) => [Math.abs(strides[i]), axes[a]] as const)
  for (const [stride, extent] of order.sort(([x], [y]) => x - y)) {
    if (stride <= reach) return false
    reach += stride * (extent - 1)
  }
  return true
}

/** Whether some extent of the stage, or else the last parallel axis, is walked element by element. */
const isContiguousAlong = (s: Stage, axis: number): boolean =>
  [...storesOf(s).map((o) => o.index), ...loadsOf(s).map((e) => e.index)].every(
    (i) => Math.abs(coefficient(i, axis)) <= 1
  )

const prefersRows = (s: Stage, count: number): boolean =>
  s.extents.length === 0 || isContiguousAlong(s, count + s.extents.length - 1)

/** Rows shorter than this are walked point by point, which a nest of its own does better. */
const leastRow = 16
/** Where so few elements are at stake, one kernel less is worth more. */
const fewElements = 4096

const isWorthwhile = (nest: Nest): boolean => {
  const count = nest.axes.length
  const rows = sizeOf(nest.axes)
  const longest = Math.max(...nest.stages.map((s) => sizeOf(s.extents)))
  if (rows * longest <= fewElements) return true
  if (nest.stages.every((s) => s.extents.length === 0 || isContiguousAlong(s, count - 1)))
    return nest.stages.every((s) => s._tag === 'reduce' || s.extents.length === 0)
  return (
    nest.stages.every((s) => prefersRows(s, count)) &&
    nest.stages.every((s) => s.extents.length === 0 || (s.extents.at(-1) as number) >= leastRow) // not empty
  )
}

const maxStages = 16

/** One nest that does what `a` and then `b` do, or null. At least one of them reduces. */
export const joinRows = (first: Nest, second: Nest): Nest | null => {
  const a = refinedLike(first, second.axes)
  const b = refinedLike(second, a.axes)
  const count = Math.min(a.axes.length, b.axes.length)
  if (count === 0 || a.stages.length + b.stages.length > maxStages) return null
  if (!equals(a.axes.slice(0, count), b.axes.slice(0, count))) return null
  if ([...a.stages, ...b.stages].every((s) => s._tag === 'map')) return null
  const [x, y] = [withAxes(a, count), withAxes(b, count)]
  if (x === null || y === null) return null
  const [before, after] = [usesOf(x), usesOf(y)]
  const touched = new Set([...before.reads, ...before.writes])
  if (after.writes.some((w) => touched.has(w))) return null
  const [from, to] = [accessesOf(x), accessesOf(y)]
  const safe = before.writes.every((w) => {
    const loads = to.loads.filter(({ place }) => place.buffer === w)
    if (loads.length === 0) return true
    const stores = from.stores.filter(({ place }) => place.buffer === w)
    return isPerPoint([...stores, ...loads], x.axes)
  })
  if (!safe) return null
  const stages = [...x.stages, ...y.stages.map((s) => renumberStage(s, x.stages.length))]
  const joined: Nest = { ...x, stages }
  return isWorthwhile(joined) ? joined : null
}
