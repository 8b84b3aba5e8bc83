/**
 * Joins neighbouring nests, so that a program has few kernels and a loop body few calls.
 *
 * Two maps in a row join as stages of one nest without parallel axes. Stages run one after the
 * other over the whole of their extents, so later ones may read what earlier ones stored and
 * nothing has to be proved. The optimizer updates of all parameters become one kernel this way.
 */
import type { Kernel, Nest, Program } from './ir.ts'

/** The maps of a nest as one sequence of stages over no parallel axes, or null. */
const asSequence = (nest: Nest): Nest | null => {
  if (nest.axes.length === 0) return nest
  if (nest.stages.some((s) => s._tag !== 'map' || s.extents.length > 0)) return null
  const stages = nest.stages.map((s) => ({ ...s, extents: nest.axes }))
  return { _tag: 'nest', axes: [], stages: stages as Nest['stages'] }
}

const hasOnlyMaps = (nest: Nest): boolean => nest.stages.every((s) => s._tag === 'map')

/** More stages than this make functions that the engine compiles slowly. */
const maxStages = 64

const join = (a: Kernel | undefined, b: Kernel): Nest | null => {
  if (a?._tag !== 'nest' || b._tag !== 'nest') return null
  if (!hasOnlyMaps(a) || !hasOnlyMaps(b) || a.stages.length + b.stages.length > maxStages) {
    return null
  }
  const [x, y] = [asSequence(a), asSequence(b)]
  if (x === null || y === null) return null
  return { _tag: 'nest', axes: [], stages: [...x.stages, ...y.stages] }
}

const mergeList = (kernels: readonly Kernel[]): readonly Kernel[] => {
  const merged: Kernel[] = []
  for (const kernel of kernels) {
    const inner = descend(kernel)
    const joined = join(merged.at(-1), inner)
    if (joined === null) merged.push(inner)
    else merged[merged.length - 1] = joined
  }
  return merged
}

const descend = (kernel: Kernel): Kernel => {
  switch (kernel._tag) {
    case 'loop':
      return {
        ...kernel,
        condition: mergeList(kernel.condition),
        body: mergeList(kernel.body)
      }
    case 'branch':
      return { ...kernel, branches: kernel.branches.map(mergeList) }
    default:
      return kernel
  }
}

/** The program with neighbouring maps joined. */
export const mergeNests = (program: Program): Program => ({
  ...program,
  kernels: mergeList(program.kernels)
})
