/**
 * What a nest keeps for its later stages is kept where one of them leaves its result: the
 * exponentials of a softmax lie in its output until they are divided. An array less is written,
 * read and held.
 */
import { equals } from '../core/shape.ts'
import { sameAffine } from './affine.ts'
import type { Load } from './expr.ts'
import type { Kernel, Nest, Program, Stage, Store } from './ir.ts'
import { readCounts } from './join-epilogues.ts'
import { loadsOf, mapExpressions, storesOf, visitStage } from './stage.ts'
import { usesOf } from './uses.ts'
import { rewriter } from './walk.ts'

/** Loads of the buffer in a stage. */
const loadsFrom = (s: Stage, buffer: number): readonly Load[] =>
  loadsOf(s).filter((e) => e.buffer === buffer)

const touches = (s: Stage, buffer: number): boolean =>
  loadsFrom(s, buffer).length > 0 || storesOf(s).some((o) => o.buffer === buffer)

/** Whether stage `at` may leave its result `out` where stage `from` left `kept`. */
const fits = (stages: readonly Stage[], from: number, at: number, kept: Store, out: Store) => {
  const [first, last] = [stages[from], stages[at]]
  const alike =
    equals(first.extents, last.extents) &&
    kept.base === null &&
    out.base === null &&
    kept.value.dtype === out.value.dtype &&
    sameAffine(kept.index, out.index)
  if (!alike) return false
  // The stage that overwrites it reads it at the very place, and nothing reads it afterwards.
  const inPlace = loadsFrom(last, kept.buffer).every(
    (e) => e.base === null && sameAffine(e.index, out.index)
  )
  const others = last._tag === 'map' ? last.stores.filter((o) => o !== out) : []
  return (
    inPlace &&
    others.every((o) => o.buffer !== kept.buffer && o.buffer !== out.buffer) &&
    stages.slice(at + 1).every((s) => !touches(s, kept.buffer)) &&
    stages.slice(0, at).every((s) => !touches(s, out.buffer)) &&
    loadsFrom(last, out.buffer).length === 0 &&
    stages.every((s, i) => i === from || storesOf(s).every((o) => o.buffer !== kept.buffer))
  )
}

const renamed = (s: Stage, from: number, to: number): Stage =>
  visitStage(
    mapExpressions(
      s,
      rewriter((e) => (e._tag === 'load' && e.buffer === from ? { ...e, buffer: to } : e))
    ),
    { expr: (e) => e, place: (p) => (p.buffer === from ? { ...p, buffer: to } : p) }
  )

/** The nest with one array less, or null. `isOwn` tells what no other kernel touches. */
const reused = (
  nest: Nest,
  isOwn: (buffer: number) => boolean,
  isFresh: (buffer: number, kept: number) => boolean
): Nest | null => {
  const { stages } = nest
  // Without reductions between them, stages of maps have been joined already.
  if (stages.every((s) => s._tag === 'map')) return null
  for (const [from, s] of stages.entries()) {
    if (s._tag !== 'map' || s.extents.length === 0) continue
    for (const kept of s.stores) {
      if (!isOwn(kept.buffer)) continue
      for (let at = from + 1; at < stages.length; at++) {
        const later = stages[at] // in range
        if (later._tag !== 'map') continue
        const out = later.stores.find(
          (o) => isFresh(o.buffer, kept.buffer) && fits(stages, from, at, kept, o)
        )
        if (out !== undefined)
          return { ...nest, stages: stages.map((x) => renamed(x, kept.buffer, out.buffer)) }
      }
    }
  }
  return null
}

/** The program with what nests keep for themselves in the places of their results. */
export const reuseResults = (program: Program): Program => {
  const counts = readCounts(program)
  const { buffers } = program
  const list = (kernels: readonly Kernel[], depth: number): readonly Kernel[] =>
    kernels.map((k): Kernel => {
      if (k._tag === 'loop')
        return { ...k, condition: list(k.condition, depth + 1), body: list(k.body, depth + 1) }
      if (k._tag === 'branch') return { ...k, branches: k.branches.map((b) => list(b, depth + 1)) }
      if (k._tag !== 'nest') return k
      const read = usesOf(k).reads
      // Every loop and branch around counts a reader once more. The one reader has to be this
      // nest: what another kernel alone reads would be gone by then.
      const isOwn = (b: number): boolean =>
        buffers[b].role === 'temporary' && counts.get(b) === 1 + depth && read.includes(b)
      const isFresh = (b: number, kept: number): boolean =>
        buffers[b].role !== 'input' && buffers[b].size === buffers[kept].size
      let nest: Nest = k
      for (let next: Nest | null = k; next !== null; next = reused(nest, isOwn, isFresh))
        nest = next
      return nest
    })
  return { ...program, kernels: list(program.kernels, 0) }
}
