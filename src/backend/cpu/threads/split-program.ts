/** Programs whose kernels are replaced by sequences that threads can share better. */
import type { ScalarType } from '../../../kernel/expr.ts'
import type { Buffer, Kernel, Program } from '../../../kernel/ir.ts'

/** Adds a temporary to the program. */
export type Allocate = (dtype: ScalarType, size: number) => number

/** The program with every kernel outside and inside of loops and branches replaced. */
export const splitKernels = (
  program: Program,
  split: (kernel: Kernel, allocate: Allocate) => readonly Kernel[]
): Program => {
  const buffers: Buffer[] = [...program.buffers]
  const allocate: Allocate = (dtype, size) =>
    buffers.push({ id: buffers.length, dtype, size, role: 'temporary', data: null }) - 1
  const visit = (kernels: readonly Kernel[]): readonly Kernel[] =>
    kernels.flatMap((k): readonly Kernel[] => {
      if (k._tag === 'loop') return [{ ...k, condition: visit(k.condition), body: visit(k.body) }]
      if (k._tag === 'branch') return [{ ...k, branches: k.branches.map(visit) }]
      return split(k, allocate)
    })
  const kernels = visit(program.kernels)
  return { ...program, buffers, kernels }
}
