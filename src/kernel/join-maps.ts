/**
 * Maps over the same space become one stage with several stores, so that what they load and
 * compute in common is loaded and computed once: the updates of an optimizer are such maps.
 */
import type { Affine } from './affine.ts'
import type { Expr } from './expr.ts'
import type { MapStage, Stage, Store } from './ir.ts'
import { expressionsOf } from './stage.ts'
import { buffersRead, nodes, rewriter } from './walk.ts'

const isMap = (s: Stage): s is MapStage => s._tag === 'map'

const written = (s: MapStage): readonly number[] => s.stores.map((o) => o.buffer)

const sameIndex = (a: Affine, b: Affine): boolean =>
  a.offset === b.offset &&
  a.coefficients.length === b.coefficients.length &&
  a.coefficients.every((c, i) => c === b.coefficients[i])

/** More than this and registers or pointers run out. */
const maxNodes = 64
const maxBuffers = 16

const meet = (a: Iterable<number>, b: ReadonlySet<number>): boolean => [...a].some((x) => b.has(x))

/** Whether the stages may run in either order. */
const independent = (a: MapStage, b: MapStage): boolean => {
  const [readA, readB] = [buffersRead(expressionsOf(a)), buffersRead(expressionsOf(b))]
  const [writtenA, writtenB] = [new Set(written(a)), new Set(written(b))]
  return !meet(writtenA, readB) && !meet(writtenB, readA) && !meet(writtenA, writtenB)
}

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
  const [writtenA, writtenB] = [new Set(written(a)), new Set(written(b))]
  const readA = buffersRead(expressionsOf(a))
  const readB = buffersRead(expressionsOf(b))
  if (meet(writtenB, readA) || meet(writtenA, writtenB)) return null
  const common = [...readB].some((x) => readA.has(x) || writtenA.has(x))
  if (!common) return null
  const visit = forwarding(a)
  const stores = b.stores.map((o) => ({
    ...o,
    base: o.base === null ? null : visit(o.base),
    value: visit(o.value)
  }))
  const joined: MapStage = { ...a, stores: [...a.stores, ...stores] }
  const stale = meet(writtenA, buffersRead(expressionsOf({ ...b, stores })))
  const buffers = new Set([...readA, ...readB, ...writtenA, ...writtenB])
  if (stale || buffers.size > maxBuffers || nodes(expressionsOf(joined)).length > maxNodes)
    return null
  return joined
}

/** The stages of a nest of maps without parallel axes, joined where they share what they read. */
export const joinMaps = (stages: readonly Stage[]): readonly Stage[] => {
  const result: Stage[] = []
  for (const stage of stages) {
    let target = -1
    let joined: MapStage | null = null
    for (let i = result.length - 1; i >= 0 && isMap(stage); i--) {
      const other = result[i]
      if (!isMap(other)) break
      joined = joinPair(other, stage)
      if (joined !== null) {
        target = i
        break
      }
      if (!independent(other, stage)) break
    }
    if (joined === null) result.push(stage)
    else result[target] = joined
  }
  return result
}
