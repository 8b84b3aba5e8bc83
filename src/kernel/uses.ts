/** Which buffers a kernel reads and writes. */
import type { Expr } from './expr.ts'
import type { Kernel, Place } from './ir.ts'
import { readsOf, writesOf } from './stage.ts'
import { buffersRead } from './walk.ts'

/** Buffers touched, each kind without order. A buffer may be in both lists. */
export interface Uses {
  readonly reads: readonly number[]
  readonly writes: readonly number[]
}

const read = (...es: readonly (Expr | null)[]): readonly number[] => [
  ...buffersRead(es.filter((e) => e !== null))
]

const placeReads = (p: Place): readonly number[] => [p.buffer, ...read(p.base)]

const all = (sets: readonly Iterable<number>[]): readonly number[] => {
  const found = new Set<number>()
  for (const set of sets) for (const b of set) found.add(b)
  return [...found]
}

const join = (uses: readonly Uses[]): Uses => ({
  reads: all(uses.map((u) => u.reads)),
  writes: all(uses.map((u) => u.writes))
})

const known = new WeakMap<Kernel, Uses>()

/** Kernels inside of a loop or branch count as uses of the loop or branch. */
export const usesOf = (kernel: Kernel): Uses => {
  const before = known.get(kernel)
  if (before !== undefined) return before
  const uses = findUses(kernel)
  known.set(kernel, uses)
  return uses
}

const findUses = (kernel: Kernel): Uses => {
  switch (kernel._tag) {
    case 'nest':
      return { reads: all(kernel.stages.map(readsOf)), writes: all(kernel.stages.map(writesOf)) }
    case 'contraction':
    case 'convolution':
      return {
        reads: [
          ...placeReads(kernel.lhs),
          ...placeReads(kernel.rhs),
          ...read(kernel.epilogue, kernel.out.base)
        ],
        writes: [kernel.out.buffer]
      }
    case 'scatter':
      return {
        reads: [...placeReads(kernel.place), ...read(kernel.value, kernel.valid)],
        writes: [kernel.place.buffer]
      }
    case 'sort':
    case 'library':
      return { reads: kernel.inputs, writes: kernel.outputs }
    case 'loop': {
      const inside = join([...kernel.condition, ...kernel.body].map(usesOf))
      const carried = kernel.carries.flatMap((c) => [c.current, c.next])
      const control = [kernel.counter, kernel.predicate].filter((b) => b !== null)
      return join([inside, { reads: [...carried, ...control], writes: [...carried, ...control] }])
    }
    case 'branch':
      return join([{ reads: [kernel.index], writes: [] }, ...kernel.branches.flat().map(usesOf)])
  }
}

/** A kernel, and after a loop or branch the kernels in it: the order in which `explain` counts. */
export const withBodies = (k: Kernel): readonly Kernel[] => {
  switch (k._tag) {
    case 'loop':
      return [k, ...k.body.flatMap(withBodies)]
    case 'branch':
      return [k, ...k.branches.flatMap((b) => b.flatMap(withBodies))]
    default:
      return [k]
  }
}
