/**
 * Maps of a nest over the same points that fill one array, as concatenation does, are one; so are
 * those that only store what a reduction found.
 */
import { type Affine, coefficient, sameAffine } from '../../../kernel/affine.ts'
import type { MapStage, Stage, Store } from '../../../kernel/ir.ts'
import { buffersRead } from '../../../kernel/walk.ts'

const readBy = (stores: readonly Store[]): ReadonlySet<number> =>
  buffersRead(stores.flatMap((s) => (s.base === null ? [s.value] : [s.value, s.base])))

/**
 * Whether places that differ in the offset alone never meet: the axes of small strides stay within
 * a stride that divides the others, and the offsets are further apart than they reach.
 */
const areApart = (a: Affine, b: Affine, space: readonly number[]): boolean => {
  if (!sameAffine({ ...a, offset: 0 }, { ...b, offset: 0 })) return false
  const apart = Math.abs(a.offset - b.offset)
  const axes = space
    .flatMap((n, axis) => (n === 1 ? [] : [{ n, stride: Math.abs(coefficient(a, axis)) }]))
    .toSorted((x, y) => x.stride - y.stride)
  let reach = 0
  for (let i = 0; i < axes.length; i++) {
    const { stride, n } = axes[i]
    const larger = axes.slice(i)
    if (apart > reach && apart + reach < stride && larger.every((x) => x.stride % stride === 0))
      return true
    reach += stride * (n - 1)
  }
  return apart > reach
}

/** Whether the stores may happen in any order. */
const areIndependent = (a: Store, b: Store, space: readonly number[]): boolean =>
  a.buffer !== b.buffer || (a.base === null && b.base === null && areApart(a.index, b.index, space))

/** The stores of the map at the start of `stages`, with those of maps after it that join. */
export const joinMaps = (
  axes: readonly number[],
  stages: readonly Stage[]
): { readonly stores: readonly Store[]; readonly count: number } => {
  const [first] = stages as readonly [MapStage] // the caller found a map
  const space = [...axes, ...first.extents]
  let { stores } = first
  let count = 1
  for (; count < stages.length; count++) {
    const next = stages[count]
    if (next._tag !== 'map' || next.extents.join() !== first.extents.join()) break
    const [before, after] = [readBy(stores), readBy(next.stores)]
    const isSameArray = next.stores.every((s) => stores.some((o) => o.buffer === s.buffer))
    const mayJoin =
      (isSameArray || after.size === 0) &&
      !stores.some((s) => after.has(s.buffer)) &&
      next.stores.every(
        (s) => !before.has(s.buffer) && stores.every((o) => areIndependent(o, s, space))
      )
    if (!mayJoin) break
    stores = [...stores, ...next.stores]
  }
  return { stores, count }
}
