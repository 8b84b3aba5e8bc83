/** Buffers that exchange their places while a program runs. */
import type { Kernel } from '../../../kernel/ir.ts'

export const carriedBuffers = (kernels: readonly Kernel[]): readonly number[] =>
  kernels.flatMap((k) => {
    if (k._tag === 'branch') return k.branches.flatMap(carriedBuffers)
    if (k._tag !== 'loop') return []
    return [
      ...k.carries.flatMap((c) => [c.current, c.next]),
      ...carriedBuffers(k.condition),
      ...carriedBuffers(k.body)
    ]
  })
