/**
 * Maps over the same space become one stage with several stores, so that what they load and
 * compute in common is loaded and computed once: the updates of an optimizer are such maps.
 */
import { sameAffine } from './affine.ts'
import type { Expr } from './expr.ts'
import type { MapStage, Stage, Store } from './ir.ts'
import { arraysReadBy, nodesOf, readsOf, writesOf } from './stage.ts'
import { rewriter } from './walk.ts'

const isMap = (s: Stage): s is MapStage => s._tag === 'map'

/** More than this and registers or pointers run out. */
const maxNodes = 64
const maxBuffers = 16

const meet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => {
  for (const x of a) if (b.has(x)) return true
  return false
}

/**
 * Buffers that a stage had better read once: arrays. Numbers are read once for all points anyway,
 * so they bring nobody together who has arrays.
 */
const commonOf = (s: MapStage): ReadonlySet<number> => {
  const arrays = arraysReadBy(s)
  return arrays.size === 0 ? readsOf(s) : arrays
}

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
    sameAffine(store.index, e.index)
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
  if (!meet(commonOf(b), commonOf(a)) && !meet(readB, writtenA)) return null
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

/** Positions of stages by the buffers that they touch. */
const createIndex = () => {
  const positions = new Map<number, Set<number>>()
  return {
    add: (buffers: ReadonlySet<number>, at: number): void => {
      for (const b of buffers) {
        const known = positions.get(b)
        if (known === undefined) positions.set(b, new Set([at]))
        else known.add(at)
      }
    },
    collect: (buffers: ReadonlySet<number>, into: Set<number>): void => {
      for (const b of buffers) for (const at of positions.get(b) ?? []) into.add(at)
    }
  }
}

/** The stages of a nest of maps without parallel axes, joined where they share what they read. */
export const joinMaps = (stages: readonly Stage[]): readonly Stage[] => {
  const result: (MapStage | null)[] = [] // null where a stage has moved on to a later one
  const [common, readers, writers] = [createIndex(), createIndex(), createIndex()]
  const put = (stage: MapStage, at: number): void => {
    result[at] = stage
    common.add(commonOf(stage), at)
    readers.add(readsOf(stage), at)
    writers.add(writesOf(stage), at)
  }
  /** Whether the stage at this position may run after all others. */
  const canWait = (stage: MapStage, at: number): boolean =>
    result.every((other, i) => i <= at || other === null || independent(stage, other))
  /** Joins the stage to one of the result: where that is, or, if it may wait, at the end. */
  const join = (stage: MapStage): boolean => {
    // Others neither join it nor are in its way.
    const near = new Set<number>()
    common.collect(commonOf(stage), near)
    writers.collect(readsOf(stage), near)
    writers.collect(writesOf(stage), near)
    readers.collect(writesOf(stage), near)
    let isFree = true // nothing between has to run before the stage
    for (const i of [...near].sort((x, y) => y - x)) {
      const before = result[i]
      if (before === null) continue
      const pair = joinPair(before, stage)
      if (pair !== null && (isFree || canWait(before, i))) {
        if (!isFree) result[i] = null
        put(pair, isFree ? i : result.length)
        return true
      }
      isFree &&= independent(before, stage)
    }
    return false
  }
  for (const stage of stages) {
    if (!isMap(stage)) return stages
    if (!join(stage)) put(stage, result.length)
  }
  return result.filter((s) => s !== null)
}
