/** Stores that nobody reads go, and with them stages and nests that do nothing else. */
import type { Kernel, Nest, Program, Stage } from './ir.ts'
import { withoutStage } from './join-stages.ts'
import { readCounts } from './join-epilogues.ts'

/** The nest without these stores, or null when nothing is left. */
const pruned = (nest: Nest, isRead: (buffer: number) => boolean): Nest | null => {
  let stages: readonly Stage[] = nest.stages.map((s) =>
    s._tag === 'reduce' ? s : { ...s, stores: s.stores.filter((o) => isRead(o.buffer)) }
  )
  for (let at = stages.length - 1; at >= 0; at--) {
    const s = stages[at] // in range
    if (s._tag !== 'reduce' && s.stores.length === 0) stages = withoutStage(stages, at, at, 0)
  }
  return stages.some((s) => s._tag !== 'reduce') ? { ...nest, stages } : null
}

/** The program without stores to temporaries that no kernel reads. */
export const dropStores = (program: Program): Program => {
  const counts = readCounts(program)
  const isRead = (b: number): boolean => program.buffers[b].role !== 'temporary' || counts.has(b)
  const list = (kernels: readonly Kernel[]): readonly Kernel[] =>
    kernels.flatMap((k): readonly Kernel[] => {
      switch (k._tag) {
        case 'nest': {
          const rest = pruned(k, isRead)
          return rest === null ? [] : [rest]
        }
        case 'loop':
          return [{ ...k, condition: list(k.condition), body: list(k.body) }]
        case 'branch':
          return [{ ...k, branches: k.branches.map(list) }]
        default:
          return [k]
      }
    })
  return { ...program, kernels: list(program.kernels) }
}
