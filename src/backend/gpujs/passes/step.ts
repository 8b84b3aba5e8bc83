/** Steps of a GPU program: passes, control of the host, and kernels that the CPU runs. */
import type { Branch, Carry, Kernel } from '../../../kernel/ir.ts'
import { usesOf } from '../../../kernel/uses.ts'
import { buffersRead } from '../../../kernel/walk.ts'
import { type Pass, rootsOf } from './pass.ts'

export type Step =
  | {
      readonly _tag: 'pass'
      readonly pass: Pass
      readonly reads: readonly number[]
      readonly writes: readonly number[]
    }
  | { readonly _tag: 'host'; readonly kernel: Kernel; readonly reason: string }
  | {
      readonly _tag: 'loop'
      readonly trips: number
      readonly carries: readonly Carry[]
      /** Set the counter to 0 before the first trip, and one higher after each. */
      readonly start: readonly Step[]
      readonly body: readonly Step[]
    }
  | {
      readonly _tag: 'branch'
      readonly kernel: Branch
      readonly branches: readonly (readonly Step[])[]
    }

/** Buffers that a pass reads and writes. */
export const usesOfPass = (
  p: Pass
): { readonly reads: readonly number[]; readonly writes: readonly number[] } => {
  const read = new Set(buffersRead(rootsOf(p)))
  switch (p._tag) {
    case 'map':
    case 'reduce':
      return { reads: [...read], writes: [...new Set(p.stores.map((s) => s.buffer))] }
    case 'product':
      read.add(p.kernel.lhs.buffer)
      read.add(p.kernel.rhs.buffer)
      return { reads: [...read], writes: [p.partial ?? p.kernel.out.buffer] }
    case 'fours':
      return { reads: [...read], writes: [p.out] }
    case 'scatter': {
      const target = p.kernel.place.buffer
      if (p.way === 'claim') return { reads: [...read], writes: [p.claims as number] } // made for it
      if (p.way === 'write') read.add(p.claims as number)
      read.add(target)
      return { reads: [...read], writes: [target] }
    }
  }
}

/** Buffers that a step touches, inner steps included. */
export const buffersOfStep = (s: Step): readonly number[] => {
  switch (s._tag) {
    case 'pass':
      return [...s.reads, ...s.writes]
    case 'host': {
      const { reads, writes } = usesOf(s.kernel)
      return [...reads, ...writes]
    }
    case 'loop':
      return [
        ...s.carries.flatMap((c) => [c.current, c.next]),
        ...[...s.start, ...s.body].flatMap(buffersOfStep)
      ]
    case 'branch':
      return [s.kernel.index, ...s.branches.flat().flatMap(buffersOfStep)]
  }
}
