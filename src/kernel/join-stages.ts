/**
 * Stages of one nest that walk the same extents walk them once: neighbouring maps become one map
 * with several stores, and reductions that do not wait for each other become one stage, as those
 * of the gradients of a scale and a bias.
 */
import { equals } from '../core/shape.ts'
import type { Expr } from './expr.ts'
import type { Nest, ReduceStage, Stage } from './ir.ts'
import { joinPair } from './join-maps.ts'
import { mapExpressions, nodesOf, readsOf, storesOf } from './stage.ts'
import { rewriter } from './walk.ts'

/** More accumulators than this leave the registers. */
const maxReductions = 4

/** Stage results that expressions name. */
const stagesRead = (s: Stage): readonly number[] =>
  nodesOf(s).flatMap((e) => (e._tag === 'stage' ? [e.stage] : []))

/** Whether stage `at` could run where the earlier stage `target` runs. */
const canMove = (stages: readonly Stage[], at: number, target: number): boolean => {
  const stage = stages[at]
  if (stagesRead(stage).some((s) => s >= target)) return false
  const read = readsOf(stage)
  return stages.slice(target, at).every((s) => storesOf(s).every((o) => !read.has(o.buffer)))
}

/** The reduction stage that stage `at` may join, or −1. */
const partnerOf = (stages: readonly Stage[], at: number): number => {
  const stage = stages[at]
  if (stage._tag !== 'reduce') return -1
  return stages.findIndex(
    (s, target) =>
      target < at &&
      s._tag === 'reduce' &&
      equals(s.extents, stage.extents) &&
      s.reductions.length + stage.reductions.length <= maxReductions &&
      canMove(stages, at, target)
  )
}

/** Stages with stage `at` gone: what it found is reduction `by + r` of stage `target` now. */
export const withoutStage = (
  stages: readonly Stage[],
  at: number,
  target: number,
  by: number
): readonly Stage[] => {
  const rename = (e: Expr): Expr => {
    if (e._tag !== 'stage' || e.stage < at) return e
    if (e.stage > at) return { ...e, stage: e.stage - 1 }
    return { ...e, stage: target, reduction: e.reduction + by }
  }
  return stages
    .filter((_, i) => i !== at)
    .map((s, i) => (i < at ? s : mapExpressions(s, rewriter(rename))))
}

const joinReductions = (stages: readonly Stage[]): readonly Stage[] => {
  for (let at = 1; at < stages.length; at++) {
    const target = partnerOf(stages, at)
    if (target < 0) continue
    const [into, from] = [stages[target], stages[at]] as readonly ReduceStage[]
    const joined: ReduceStage = { ...into, reductions: [...into.reductions, ...from.reductions] }
    const replaced = stages.map((s, i) => (i === target ? joined : s))
    return joinReductions(withoutStage(replaced, at, target, into.reductions.length))
  }
  return stages
}

const joinNeighbours = (stages: readonly Stage[]): readonly Stage[] => {
  for (let at = 1; at < stages.length; at++) {
    const [before, after] = [stages[at - 1], stages[at]]
    if (before._tag !== 'map' || after._tag !== 'map' || !equals(before.extents, after.extents))
      continue
    const joined = joinPair(before, after)
    if (joined === null) continue
    const replaced = stages.map((s, i) => (i === at - 1 ? joined : s))
    return joinNeighbours(withoutStage(replaced, at, at, 0))
  }
  return stages
}

/** The nest with stages joined that walk the same extents. */
export const joinStages = (nest: Nest): Nest => ({
  ...nest,
  stages: joinNeighbours(joinReductions(nest.stages))
})
