/**
 * Maps over the same space become one stage with several stores, so that what they load and
 * compute in common is loaded and computed once: the updates of an optimizer are such maps.
 */
import type { Affine } from './affine.ts'
import type { Expr } from './expr.ts'
import type { MapStage, Stage, Store } from './ir.ts'
import { nodesOf, readsOf, writesOf } from './stage.ts'
import { rewriter } from './walk.ts'

const isMap = (s: Stage): s is MapStage => s._tag === 'map'

const sameIndex = (a: Affine, b: Affine): boolean =>
  a.offset === b.offset &&
  a.coefficients.length === b.coefficients.length &&
  a.coefficients.every((c, i) => c === b.coefficients[i])

/** More than this and registers or pointers run out. */
const maxNodes = 64
const maxBuffers = 16

const meet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => {
  for (const x of a) if (b.has(x)) return true
  return false
}

const buffersOf = (s: MapStage): readonly number[] => [...readsOf(s), ...writesOf(s)]

/** Whether the stages may run in either order. */
const independent = (a: MapStage, b: MapStage): boolean =>
  !meet(writesOf(a), readsOf(b)) &&
  !meet(writesOf(b), readsOf(a)) &&
  !meet(writesOf(a), writesOf(b))

/** The value that `a` has just stored at the place of this load, if it is that very place. */
const forwarded = (a: MapStage, e: Expr): Expr | null => {
  if (e._tag !== 'load') return null
  const store: Store | undefined = a.stores.find((o) => o.buffer === e.buffer)
  return store !== undefined &&
    store.base === null &&
    e.base === null &&
    store.value.dtype === e.dtype &&
    sameIndex(store.index, e.index)
    ? store.value
    : null
}

/** Replaces loads of what `a` has just stored at the same point by the values stored. */
export const forwarding = (a: MapStage): ((e: Expr) => Expr) =>
  rewriter((e) => forwarded(a, e) ?? e)

/** One stage that does what `a` and then `b` do, where they share what they read; else null. */
export const joinPair = (a: MapStage, b: MapStage): MapStage | null => {
  if (a.extents.length !== b.extents.length || a.extents.some((n, i) => n !== b.extents[i]))
    return null
  const [writtenA, writtenB, readA, readB] = [writesOf(a), writesOf(b), readsOf(a), readsOf(b)]
  if (meet(writtenB, readA) || meet(writtenA, writtenB)) return null
  if (!meet(readB, readA) && !meet(readB, writtenA)) return null
  const visit = forwarding(a)
  const stores = b.stores.map((o) => ({
    ...o,
    base: o.base === null ? null : visit(o.base),
    value: visit(o.value)
  }))
  const joined: MapStage = { ...a, stores: [...a.stores, ...stores] }
  const stale = meet(writtenA, readsOf({ ...b, stores }))
  const buffers = new Set([...readA, ...readB, ...writtenA, ...writtenB])
  if (stale || buffers.size > maxBuffers || nodesOf(joined).length > maxNodes) return null
  return joined
}

/** The stages of a nest of maps without parallel axes, joined where they share what they read. */
export const joinMaps = (stages: readonly Stage[]): readonly Stage[] => {
  const result: MapStage[] = []
  const touching = new Map<number, Set<number>>() // by buffer, positions in the result
  for (const stage of stages) {
    if (!isMap(stage)) return stages
    // Those that share no buffer neither join nor are in the way.
    const near = [...new Set(buffersOf(stage).flatMap((b) => [...(touching.get(b) ?? [])]))]
    let target = result.length
    let joined: MapStage = stage
    for (const i of near.sort((x, y) => y - x)) {
      const pair = joinPair(result[i], stage)
      if (pair !== null) {
        target = i
        joined = pair
        break
      }
      if (!independent(result[i], stage)) break
    }
    result[target] = joined
    for (const b of buffersOf(joined)) {
      const positions = touching.get(b)
      if (positions === undefined) touching.set(b, new Set([target]))
      else positions.add(target)
    }
  }
  return result
}
