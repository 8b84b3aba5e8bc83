/**
 * A map and the reduction behind it walk their extents together, as the exponentials of a softmax
 * and their sum do: what the map stores is added up while it is in registers.
 */
import { equals } from '../../../core/shape.ts'
import type { ReduceStage, Stage, Store } from '../../../kernel/ir.ts'
import { forwarding } from '../../../kernel/join-maps.ts'
import { expressionsOf, mapExpressions } from '../../../kernel/stage.ts'
import { buffersRead, nodes } from '../../../kernel/walk.ts'

/** A stage to walk, by its number, and stores that are made at each of its points before it. */
export interface Walk {
  readonly number: number
  readonly stage: Stage
  readonly along: readonly Store[]
}

/** Larger bodies would leave the registers. */
const maxNodes = 48

/** The reduction with what the map has just stored instead of loads of it, or null. */
const together = (map: Stage, stage: Stage): ReduceStage | null => {
  if (map._tag !== 'map' || stage._tag !== 'reduce') return null
  if (
    stage.extents.length === 0 ||
    stage.extents.includes(0) ||
    !equals(map.extents, stage.extents)
  )
    return null
  if (map.stores.some((o) => o.base !== null)) return null
  const written = new Set(map.stores.map((o) => o.buffer))
  const joined = mapExpressions(stage, forwarding(map))
  const roots = expressionsOf(joined)
  if ([...buffersRead(roots)].some((b) => written.has(b))) return null
  return nodes([...roots, ...expressionsOf(map)]).length > maxNodes ? null : (joined as ReduceStage) // of the same kind
}

/** The stages in the order in which they are walked. */
export const walksOf = (stages: readonly Stage[]): readonly Walk[] => {
  const walks: Walk[] = []
  for (let number = 0; number < stages.length; number++) {
    const stage = stages[number] // in range
    const next = stages[number + 1]
    const joined = next === undefined ? null : together(stage, next)
    if (joined === null || stage._tag !== 'map') walks.push({ number, stage, along: [] })
    else walks.push({ number: ++number, stage: joined, along: stage.stores })
  }
  return walks
}
